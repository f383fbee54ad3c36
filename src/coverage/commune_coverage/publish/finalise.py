"""A finished run is shown, or held back, and then yesterday's maps say so."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

from commune_coverage.core.files import read_json
from commune_coverage.publish.publication import Hold, Publication, lead_to_current, now_shown, show
from commune_coverage.quality.results import Finding, failed, findings_in


def settle(run_id: str, data_dir: Path, maps_dir: Path) -> Publication | None:
    """Show a finished run, or hold it when a blocking check failed; None where nothing can be shown at all.

    What was settled before stays: a run that is shown or held already, or that a person has replaced by another.
    """
    last = now_shown(maps_dir)
    if last is not None and run_id in (last.run_id, last.instead_of, last.hold.run_id if last.hold else ""):
        lead_to_current(data_dir, maps_dir)
        return last
    blocking = failed(findings_in(data_dir / "runs" / run_id), "block")
    if blocking:
        return None if last is None else _hold(run_id, last, blocking, data_dir, maps_dir)
    return show(publication_of(run_id, data_dir), data_dir, maps_dir)


def how_to_publish(run_id: str) -> str:
    return f'If its figures are right: commune-coverage publish {run_id} --because "…"'


def publication_of(run_id: str, data_dir: Path) -> Publication:
    night = str(read_json(data_dir / "runs" / run_id / "report.json")["night"])
    return Publication(0, "", "published", run_id, night, run_id)


def _hold(run_id: str, last: Publication, blocking: list[Finding], data_dir: Path, maps_dir: Path) -> Publication:
    """The run shown so far, drawn again with a banner that says since when and why it is not newer."""
    night = publication_of(run_id, data_dir).night
    hold = Hold(
        run_id, night, last.hold.since if last.hold else night,
        [one.name for one in blocking], [one.sentence for one in blocking],
    )  # fmt: skip
    site = f"{last.run_id}.{last.number + 1:06d}"
    _draw(last, hold, data_dir, maps_dir / "runs" / site)
    held = replace(last, what="held", site=site, because="", by="", instead_of="", hold=hold)
    return show(held, data_dir, maps_dir)


def _draw(last: Publication, hold: Hold, data_dir: Path, folder: Path) -> None:
    from commune_coverage.site.hold_banner import draw_held

    report = read_json(data_dir / "runs" / last.run_id / "report.json") | {"hold": asdict(hold)}
    draw_held(folder.with_name(last.site), folder, report)
