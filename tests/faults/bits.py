"""One bit that flips in what a run has left, and what the next update makes of it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import warnings
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from commune_coverage.api import run as run_pipeline
from commune_coverage.core.errors import CoverageError

KEPT = ("data", "maps")
# They say when, by whom and for how long something was done, which no two updates share.
_OF_THE_DAY = ("report.json", ".report.json", "run.html", "publication.json")


def update(country: Path, folder: Path, day: date) -> str:
    """Publish the country as it is on a day; the run's name."""
    return run_pipeline(country, folder / "data", folder / "maps", day, "serial", lambda *_: None).run_id


def what_is_left(folder: Path) -> list[Path]:
    """The first name of each file that a run has left, relative to the folder; links share their bytes."""
    found = (path for kind in KEPT for path in sorted((folder / kind).rglob("*")))
    files = {path.stat().st_ino: path for path in found if path.is_file() and not path.is_symlink()}
    return sorted(path.relative_to(folder) for path in files.values() if path.stat().st_size)


def copied(folder: Path, target: Path) -> Path:
    """A copy in which files that share their bytes share them again."""
    target.mkdir()
    subprocess.run(["cp", "-a", *(folder / kind for kind in KEPT), target], check=True)
    return target


def flip(path: Path, rng: random.Random) -> None:
    """Flip one bit where it lies on the disk, under all names of the file and without a trace in its times."""
    facts, content = path.stat(), bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def published(folder: Path, run_id: str) -> dict[str, bytes]:
    """Tables and pages of a run, without what tells of the day."""
    shown = {"tables": folder / "data/runs" / run_id, "pages": folder / "maps/runs" / run_id}
    files = ((kind, place, path) for kind, place in shown.items() for path in place.rglob("*") if path.is_file())
    return {
        f"{kind}/{path.relative_to(place)}": path.read_bytes()
        for kind, place, path in files
        if not path.name.endswith(_OF_THE_DAY)
    }


@dataclass(frozen=True)
class Outcome:
    """What an update has published, or the error that it ended with, and all that it said besides."""

    files: dict[str, bytes]
    error: str
    said: tuple[str, ...]


def outcome(country: Path, folder: Path, day: date) -> Outcome:
    """Update once; an error that is none of ours goes on."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            run_id = update(country, folder, day)
        except CoverageError as error:
            return Outcome({}, str(error), (str(error),))
    files = published(folder, run_id)
    checks, changes = (json.loads(files[f"tables/{name}.json"]) for name in ("checks", "changes"))
    said = [str(each.message) for each in caught], [one["detail"] for one in checks["checks"] if not one["passed"]]
    return Outcome(files, "", (*said[0], *said[1], changes.get("why_not", "")))
