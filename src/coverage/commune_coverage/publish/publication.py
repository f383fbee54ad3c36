"""Publications: what was shown when, and the one link that says what is shown now.

``<maps>/publications/<number>`` holds the links ``site`` (pages) and ``run`` (tables), and ``publication.json``.
``<maps>/current`` names one of them; ``<maps>/latest`` and ``<data>/latest`` lead through it and never change. Maps and
tables are therefore switched together, in one atomic step, and every switch stays on record. Readers of pages are led
to its folder ``served`` (see ``served.py``).

Where layers are confidential ``site``, ``served`` and ``run`` are of the public edition, ``internal_site``,
``internal_served`` and ``internal_run`` of the other, to which ``<maps>/internal/latest`` and ``<data>/internal`` lead:
one step switches both.
"""

from __future__ import annotations

import json
import math
import os
import shutil
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from commune_coverage.core.errors import RunError, UnreadableFileError
from commune_coverage.core.event_log import log_event
from commune_coverage.core.files import replace_symlink, sync_tree
from commune_coverage.core.identity import identify
from commune_coverage.core.quarantine import printable
from commune_coverage.core.run_places import places_of
from commune_coverage.core.state.declared import PUBLICATION, REPORT
from commune_coverage.core.state.files import digest_of_record
from commune_coverage.publish.served import forget_served, write_served
from commune_coverage.quality.decisions import Decided, order, reason_of, record_decision
from commune_coverage.quality.results import Finding, failed, findings_in
from commune_coverage.runs.run import run_lock
from commune_coverage.site.pages.update_files import files_folder

What = Literal["published", "held", "published by hand", "rolled back"]
_RECORD, _SEAL = "publication.json", "digest"
_LOST = "the record of this was lost"


@dataclass(frozen=True)
class Hold:
    """A run that is not shown: ``since`` is the first of the runs held in a row."""

    run_id: str
    run_date: str
    since: str
    checks: list[str]
    reasons: list[str]


@dataclass(frozen=True)
class Publication:
    """What is shown of which run. ``because`` and ``by`` are of the person who decided it, '' where the run did.

    ``by`` is the account, ``stated`` the name that the person gave.

    ``withheld`` are the layers that its public edition does not show, with the least count of figures that it does.
    ``further`` is what another version says beyond that.
    """

    number: int
    at: str
    what: What
    run_id: str
    run_date: str
    site: str
    because: str = ""
    by: str = ""
    stated: str = ""
    instead_of: str = ""
    hold: Hold | None = None
    withheld: dict[str, int | None] = field(default_factory=dict)
    further: dict[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """As JSON, with what another version says further."""
        content = json.loads(json.dumps(asdict(self)))
        return content.pop("further") | content


def now_shown(maps_dir: Path) -> Publication | None:
    """The current publication; None before the first."""
    current = maps_dir / "current"
    return _read(current.resolve()) if current.is_dir() else None


def shown_so_far(maps_dir: Path) -> list[Publication]:
    """Every publication up to the current one, oldest first."""
    last = now_shown(maps_dir)
    return [one for one in map(_read, _folders(maps_dir)) if last is not None and one.number <= last.number]


def show(publication: Publication, data_dir: Path, maps_dir: Path, decided: Decided | None = None) -> Publication:
    """Show it from now on, as a person decided or a run did, and record that; its number and time are filled in.

    Killed before the switch, nothing is shown that was not. What is shown is on the disk before the switch, so that a
    power failure leaves the old or the new publication, whole.
    """
    last = now_shown(maps_dir)
    number = last.number + 1 if last else 1
    numbered = replace(publication, number=number, at=datetime.now(UTC).isoformat(timespec="seconds"))
    folder = maps_dir / "publications" / f"{number:06d}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    record = numbered.record()
    PUBLICATION.write(folder / _RECORD, record | {_SEAL: digest_of_record(record)}, durable=True)
    for name, target in _links(publication, data_dir, maps_dir).items():
        sync_tree(target, maps_dir if target.is_relative_to(maps_dir) else data_dir)
        replace_symlink(folder / name, target)
    _serve(folder, numbered, data_dir, maps_dir)
    sync_tree(folder, maps_dir)
    record_decision(data_dir, numbered.what, recorded_publication(numbered, data_dir, maps_dir), decided)
    replace_symlink(maps_dir / "current", folder)
    lead_to_current(data_dir, maps_dir)
    forget_served(maps_dir, number - 1)
    log_event(
        data_dir, numbered.what.replace(" ", "_"), number=number, run_id=numbered.run_id, because=numbered.because
    )
    return numbered


def recorded_publication(publication: Publication, data_dir: Path, maps_dir: Path) -> dict[str, Any]:
    """What the record of decisions says of a publication; ``maps`` is where, as seen from the data."""
    maps = os.path.relpath(maps_dir, data_dir)
    return {"run": publication.run_id, "maps": maps, "publication": publication.record()}


def _links(publication: Publication, data_dir: Path, maps_dir: Path) -> dict[str, Path]:
    """Where the links of a publication lead to."""
    tables = places_of(publication.run_id, data_dir, maps_dir)
    pages = places_of(publication.site, data_dir, maps_dir)
    if not publication.withheld:
        return {"site": pages.pages, "run": tables.run}
    internal = {"internal_site": pages.internal_pages, "internal_run": tables.run}
    return {"site": pages.pages, "run": tables.public_tables, **internal}


def _serve(folder: Path, publication: Publication, data_dir: Path, maps_dir: Path) -> None:
    """Write what readers are led to; what public pages showed that is confidential now is open to nobody any more."""
    shown = [one for one in shown_so_far(maps_dir) if one.number < publication.number]
    public = {one.run_id: one.site for one in shown if not _shown_in_detail(one, publication)}
    sites = {files_folder(run_id): places_of(site, data_dir, maps_dir).pages for run_id, site in public.items()}
    write_served(folder / "served", (folder / "site").resolve(), sites)
    if publication.withheld:
        sites = {files_folder(one.run_id): _whole_pages(one, data_dir, maps_dir) for one in shown}
        write_served(folder / "internal_served", (folder / "internal_site").resolve(), sites)


def _whole_pages(publication: Publication, data_dir: Path, maps_dir: Path) -> Path:
    """The pages that show everything of it."""
    places = places_of(publication.site, data_dir, maps_dir)
    return places.internal_pages if publication.withheld else places.pages


def lead_to_current(data_dir: Path, maps_dir: Path) -> None:
    """Let both ``latest`` lead through ``current``, as they do from the first publication on.

    The links of an internal edition are there as long as there is one.
    """
    current = maps_dir / "current"
    # A publication of an older version has no links for readers.
    pages = "served" if (current / "served").is_dir() else "site"
    for link, name in ((maps_dir / "latest", pages), (data_dir / "latest", "run")):
        _lead(link, current / name)
    for link, name in ((maps_dir / "internal" / "latest", pages), (data_dir / "internal", "run")):
        if (current / "internal_run").is_symlink():
            link.parent.mkdir(exist_ok=True)
            _lead(link, current / f"internal_{name}")
        else:
            link.unlink(missing_ok=True)


def link_again(number: int, data_dir: Path, maps_dir: Path) -> None:
    """Make the links of all publications anew, for where the folders lie now, and show that of the number.

    A publication whose record was lost is left without links.
    """
    for folder in sorted((maps_dir / "publications").glob("[0-9]*")):
        if (folder / _RECORD).is_file():
            for name, target in _links(_recorded(folder), data_dir, maps_dir).items():
                replace_symlink(folder / name, target)
    folder = maps_dir / "publications" / f"{number:06d}"
    replace_symlink(maps_dir / "current", folder)
    if (folder / _RECORD).is_file():
        _serve(folder, _recorded(folder), data_dir, maps_dir)
    lead_to_current(data_dir, maps_dir)


def _lead(link: Path, target: Path) -> None:
    if not link.is_symlink() or link.readlink() != Path(os.path.relpath(target, link.parent)):
        replace_symlink(link, target)


def _folders(maps_dir: Path) -> list[Path]:
    """The publications' folders, oldest first."""
    folders = sorted((maps_dir / "publications").glob("[0-9]*"))
    return [folder for folder in folders if (folder / "site").is_symlink() and (folder / "run").is_symlink()]


def _recorded(folder: Path) -> Publication:
    source = folder / _RECORD
    content = PUBLICATION.read(source)
    stated = content.pop(_SEAL, None)
    known = {one.name for one in fields(Publication)} - {"further"}
    own, further = (
        {name: content[name] for name in names} for names in (content.keys() & known, content.keys() - known)
    )
    publication = PUBLICATION.typed(own | {"further": further}, Publication, source)
    if stated not in (None, digest_of_record(publication.record())):
        raise UnreadableFileError(
            f"'{folder.name}/{source.name}' of the publications is damaged: not as it was written"
        )
    return publication


def _read(folder: Path) -> Publication:
    """The record of a publication; where it is lost or damaged, what the folder's links and the run's report tell."""
    try:
        return _recorded(folder)
    except (OSError, UnreadableFileError):
        run_id, site = ((folder / name).readlink().name for name in ("run", "site"))
        whole = folder / ("internal_run" if (folder / "internal_run").is_symlink() else "run")
        report = REPORT.read(whole / "report.json") if (whole / "report.json").is_file() else {}
        lost = Publication(int(folder.name), "", "published", run_id, report.get("run_date", ""), site, _LOST)
        return replace(lost, withheld=report["withheld_layers"]) if whole.name == "internal_run" else lost


def publish_run(run_id: str, because: str, data_dir: Path, maps_dir: Path, stated: str = "") -> str:
    """Show a finished run whatever its checks say; a sentence on it. ``stated`` is the name that the person gives.

    Raises RunError when it is not there whole, or the person may not do it.
    """
    data_dir, maps_dir = data_dir.resolve(), maps_dir.resolve()
    with run_lock(data_dir, maps_dir):
        runs = sorted(path.name for path in (data_dir / "runs").glob("[!.]*"))
        if run_id not in runs or not _is_whole(run_id, data_dir, maps_dir):
            raise RunError(f"no finished run '{printable(run_id, 60)}'; there are: {', '.join(runs) or 'none'}")
        return _decide(run_id, "published by hand", _decided(because, stated), data_dir, maps_dir)


def roll_back(because: str, data_dir: Path, maps_dir: Path, stated: str = "") -> str:
    """Show the run that was shown before the current one; a sentence on it.

    Raises RunError when there is none, or the person may not do it.
    """
    data_dir, maps_dir = data_dir.resolve(), maps_dir.resolve()
    with run_lock(data_dir, maps_dir):
        last = now_shown(maps_dir)
        earlier = [one.run_id for one in shown_so_far(maps_dir) if last is not None and one.run_id != last.run_id]
        whole = [run_id for run_id in earlier if _is_whole(run_id, data_dir, maps_dir)]
        if last is not None:
            whole = [run_id for run_id in whole if not _shown_in_detail(publication_of(run_id, data_dir), last)]
        if last is None or not whole:
            raise RunError("no earlier run is there to go back to; 'commune-coverage publications' lists all")
        return _decide(whole[-1], "rolled back", _decided(because, stated), data_dir, maps_dir)


def list_publications(maps_dir: Path, as_json: bool) -> str:
    """Every publication, one a line, oldest first; or all as one JSON text."""
    listed = shown_so_far(maps_dir)
    if as_json:
        return json.dumps([one.record() for one in listed], ensure_ascii=False, indent=1)
    return "\n".join(_line(one) for one in listed) or "nothing was published yet"


def _line(one: Publication) -> str:
    words = f"{one.number:>4}  {one.at}  {one.what}: {one.run_id}"
    if one.hold is not None:
        words += f"; {one.hold.run_id} is held since {one.hold.since}: {'; '.join(one.hold.reasons)}"
    if one.withheld:
        words += f"; public edition without details of {', '.join(one.withheld)}, internal edition beside it"
    stated = f" ({one.stated})" if one.stated else ""
    return words + (f'; by {one.by}{stated}, because "{one.because}"' if one.by else "")


def _decided(because: str, stated: str) -> Decided:
    return Decided(identify(stated), reason_of(because, 'say why with --because "…"; it is recorded'))


def _decide(run_id: str, what: What, decided: Decided, data_dir: Path, maps_dir: Path) -> str:
    last, publication = now_shown(maps_dir), publication_of(run_id, data_dir)
    if last is not None and (layers := _shown_in_detail(publication, last)):
        raise RunError(
            f"{run_id} shows more of {', '.join(layers)} than the run that is shown, whose country file keeps that "
            "confidential; compute that day again with the country file of today"
        )
    ordered = order(data_dir, "publish", {"run": run_id}, decided)
    if ordered is None:
        return f"{run_id}: recorded; it is shown once a second person has given the same command"
    who = ordered.who
    publication = replace(publication, what=what, because=ordered.because, by=who.name, stated=who.stated)
    shown = show(replace(publication, instead_of=last.run_id if last else ""), data_dir, maps_dir, ordered)
    return f"{shown.run_id} is shown from now on ({shown.what}, publication {shown.number})"


def _shown_in_detail(decided: Publication, last: Publication) -> list[str]:
    """Layers of which a run's public edition shows more than that of the run that is shown."""
    of_nothing = math.inf
    least = {name: of_nothing if count is None else count for name, count in decided.withheld.items()}
    return [
        name for name, count in last.withheld.items() if least.get(name, 0) < (of_nothing if count is None else count)
    ]


def _is_whole(run_id: str, data_dir: Path, maps_dir: Path) -> bool:
    places = places_of(run_id, data_dir, maps_dir)
    if not (places.run / "report.json").is_file():
        return False
    withheld = publication_of(run_id, data_dir).withheld
    return all(folder.is_dir() for folder in (places if withheld else (places.pages, places.run)))


def publish_or_hold(run_id: str, data_dir: Path, maps_dir: Path) -> Publication | None:
    """Show a finished run, or hold it when a blocking check failed; None where nothing can be shown at all.

    What was settled before stays: a run that is shown or held already, or that a person has replaced by another.
    """
    last = now_shown(maps_dir)
    if last is not None and run_id in (last.run_id, last.instead_of, last.hold.run_id if last.hold else ""):
        lead_to_current(data_dir, maps_dir)
        return last
    blocking = failed(findings_in(data_dir / "runs" / run_id), "block")
    if blocking and last is None:
        record_decision(data_dir, "held", {"run": run_id, "reasons": [one.sentence for one in blocking]})
        return None
    if blocking and last is not None:
        return _hold(run_id, last, blocking, data_dir, maps_dir)
    return show(publication_of(run_id, data_dir), data_dir, maps_dir)


def how_to_publish(run_id: str) -> str:
    return f'If its figures are right: commune-coverage publish {run_id} --because "…"'


def publication_of(run_id: str, data_dir: Path) -> Publication:
    report = REPORT.read(data_dir / "runs" / run_id / "report.json")
    withheld = report.get("withheld_layers", {})
    return Publication(0, "", "published", run_id, str(report["run_date"]), run_id, withheld=withheld)


def _hold(run_id: str, last: Publication, blocking: list[Finding], data_dir: Path, maps_dir: Path) -> Publication:
    """The run shown so far, drawn again with a banner that says since when and why it is not newer."""
    run_date = publication_of(run_id, data_dir).run_date
    hold = Hold(
        run_id,
        run_date,
        last.hold.since if last.hold else run_date,
        [one.name for one in blocking],
        [one.sentence for one in blocking],
    )
    site = f"{last.run_id}.{last.number + 1:06d}"
    _draw(last, hold, site, data_dir, maps_dir)
    held = replace(last, what="held", site=site, because="", by="", stated="", instead_of="", hold=hold)
    return show(held, data_dir, maps_dir)


def _draw(last: Publication, hold: Hold, site: str, data_dir: Path, maps_dir: Path) -> None:
    """Both editions' pages once more, as ``site``."""
    from commune_coverage.site.hold_banner import draw_held

    tables = places_of(last.run_id, data_dir, maps_dir)
    shown, held = (places_of(name, data_dir, maps_dir) for name in (last.site, site))
    editions = [(tables.run, shown.pages, held.pages)]
    if last.withheld:
        editions = [
            (tables.public_tables, shown.pages, held.pages),
            (tables.run, shown.internal_pages, held.internal_pages),
        ]
    for folder, before, after in editions:
        draw_held(before, after, REPORT.read(folder / "report.json") | {"hold": asdict(hold)})
