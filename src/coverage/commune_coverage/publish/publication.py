"""Publications: what was shown when, and the one link that says what is shown now.

``<maps>/publications/<number>`` holds the links ``site`` (pages) and ``run`` (tables), and ``publication.json``.
``<maps>/current`` names one of them; ``<maps>/latest`` and ``<data>/latest`` lead through it and never change. Maps and
tables are therefore switched together, in one atomic step, and every switch stays on record.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.event_log import log_event
from commune_coverage.core.files import point_link, read_json, write_json

What = Literal["published", "held", "published by hand", "rolled back"]

_RECORD = "publication.json"


@dataclass(frozen=True)
class Hold:
    """A night that is not shown: ``since`` is the first of the nights held in a row."""

    run_id: str
    night: str
    since: str
    checks: list[str]
    reasons: list[str]


@dataclass(frozen=True)
class Publication:
    """What is shown of which run. ``because`` and ``by`` are of the person who decided it, '' where the night did."""

    number: int
    at: str
    what: What
    run_id: str
    night: str
    site: str
    because: str = ""
    by: str = ""
    instead_of: str = ""
    hold: Hold | None = None


def now_shown(maps_dir: Path) -> Publication | None:
    """The current publication; None before the first."""
    current = maps_dir / "current"
    return _read(current.resolve()) if current.is_dir() else None


def shown_so_far(maps_dir: Path) -> list[Publication]:
    """Every publication up to the current one, oldest first."""
    last = now_shown(maps_dir)
    return [one for one in map(_read, _folders(maps_dir)) if last is not None and one.number <= last.number]


def show(publication: Publication, data_dir: Path, maps_dir: Path) -> Publication:
    """Show it from now on; its number and time are filled in. Killed before the switch, nothing has changed."""
    last = now_shown(maps_dir)
    number = last.number + 1 if last else 1
    numbered = replace(publication, number=number, at=datetime.now(UTC).isoformat(timespec="seconds"))
    folder = maps_dir / "publications" / f"{number:06d}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_json(folder / _RECORD, asdict(numbered))
    point_link(folder / "site", maps_dir / "runs" / publication.site)
    point_link(folder / "run", data_dir / "runs" / publication.run_id)
    point_link(maps_dir / "current", folder)
    lead_to_current(data_dir, maps_dir)
    log_event(
        data_dir, numbered.what.replace(" ", "_"), number=number, run_id=numbered.run_id, because=numbered.because
    )
    return numbered


def lead_to_current(data_dir: Path, maps_dir: Path) -> None:
    """Let both ``latest`` lead through ``current``, as they do from the first publication on."""
    for link, name in ((maps_dir / "latest", "site"), (data_dir / "latest", "run")):
        target = Path(os.path.relpath(maps_dir / "current" / name, link.parent))
        if not link.is_symlink() or link.readlink() != target:
            point_link(link, maps_dir / "current" / name)


def _folders(maps_dir: Path) -> list[Path]:
    """The publications' folders, oldest first."""
    folders = sorted((maps_dir / "publications").glob("[0-9]*"))
    return [folder for folder in folders if (folder / "site").is_symlink() and (folder / "run").is_symlink()]


def _read(folder: Path) -> Publication:
    """The record of a publication; where it is lost, what the folder's links tell."""
    try:
        fields: dict[str, Any] = read_json(folder / _RECORD)
        return Publication(**{**fields, "hold": Hold(**fields["hold"]) if fields["hold"] else None})
    except (OSError, UnreadableFileError):
        run_id, site = ((folder / name).readlink().name for name in ("run", "site"))
        return Publication(int(folder.name), "", "published", run_id, "", site, "the record of this was lost")
