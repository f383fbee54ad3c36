"""Room on the disk of the data: bytes, names of files, and when both will have been used up."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Literal, NamedTuple

from commune_coverage.core.event_log import DISK, events_in
from commune_coverage.core.quarantine import printable

_MIN_FREE_SHARE = 0.05
_MIN_DAYS = 30.0
_FEWEST, _MOST = 5, 60
_FOLDERS = ("runs", "public", "cache", "inputs", "sources", "history")
_DAY_S = 86_400.0
Problem = tuple[str, Literal["warning", "critical"], str]


class Room(NamedTuple):
    """Free bytes and free names of files (inodes) after a run that ended at ``at_s`` (Unix time)."""

    at_s: float
    bytes: float
    inodes: float


def problems_of_disk(data_dir: Path) -> Iterator[Problem]:
    """Find what is wrong with the disk of the data, or soon will be.

    Parameters
    ----------
    data_dir : Path
        Where runs are kept.

    Yields
    ------
    tuple of str, Status and str
        Name of the condition, how bad it is, and a sentence.
    """
    if not data_dir.is_dir():
        return
    if why := _not_writable(data_dir):
        yield "unwritable", "critical", f"nothing can be written into the data folder: {why}; a run will fail"
    disk, files = shutil.disk_usage(data_dir), os.statvfs(data_dir)
    if disk.free < _MIN_FREE_SHARE * disk.total:
        free = f"{disk.free / 1e9:.1f} GB, {disk.free / disk.total:.1%} of the disk"
        yield "disk", "warning", f"{free}, is free; fewer 'runs' in [history] take less. {_largest(data_dir)}"
    if files.f_files and files.f_favail < _MIN_FREE_SHARE * files.f_files:
        share = files.f_favail / files.f_files
        yield "inodes", "warning", f"{files.f_favail:,} more files, {share:.1%} of all, can be made (df -i)"
    yield from _forecast(data_dir)


def days_left(rooms: Sequence[Room], of: str) -> float | None:
    """Forecast when nothing will be free any more.

    Parameters
    ----------
    rooms : sequence of Room
        What was free after past runs, oldest first.
    of : {'bytes', 'inodes'}
        Of what.

    Returns
    -------
    float or None
        Days after the last of them by the median of the slopes between any two (Theil-Sen), so that a clean-up or a
        large copy that comes and goes does not decide; None where they are too few, or what is free does not fall.
    """
    if len(rooms) < _FEWEST:
        return None
    pairs = [(one, other) for one, other in combinations(rooms, 2) if other.at_s > one.at_s]
    slopes = [(getattr(late, of) - getattr(early, of)) / (late.at_s - early.at_s) for early, late in pairs]
    slope = statistics.median(slopes) if slopes else 0.0
    return -getattr(rooms[-1], of) / slope / _DAY_S if slope < 0 else None


def _forecast(data_dir: Path) -> Iterator[Problem]:
    """A disk that is new or was cleaned has room for longer than its past tells: the last runs decide."""
    rooms = _rooms(data_dir)
    for of, words in (("bytes", "The disk"), ("inodes", "The table of files")):
        days = days_left(rooms, of)
        if days is not None and days < _MIN_DAYS:
            since = datetime.fromtimestamp(rooms[0].at_s).date()
            sentence = f"{words} will be full in {days:.0f} days, as it filled since {since}. {_largest(data_dir)}"
            yield f"{of}_forecast", "warning", sentence


def _rooms(data_dir: Path) -> list[Room]:
    events = [event for event in events_in(data_dir, DISK) if {"free_bytes", "free_inodes"} <= event.keys()]
    return [
        Room(datetime.fromisoformat(event["at"]).timestamp(), event["free_bytes"], event["free_inodes"])
        for event in events[-_MOST:]
    ]


def _not_writable(data_dir: Path) -> str:
    try:
        with tempfile.NamedTemporaryFile(dir=data_dir, prefix=".probe-") as probe:
            probe.write(b"\0")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return printable(error.strerror or str(error), 100)
    return ""


def _largest(data_dir: Path) -> str:
    """What the folders hold, the largest first; a file under several names is counted where it is met first."""
    seen: set[tuple[int, int]] = set()
    sizes = {name: _bytes_in(data_dir / name, seen) for name in _FOLDERS}
    held = [f"{name} {size / 1e9:.1f} GB" for name, size in sorted(sizes.items(), key=lambda one: -one[1]) if size]
    return f"The data folder holds: {', '.join(held)}" if held else ""


def _bytes_in(folder: Path, seen: set[tuple[int, int]]) -> int:
    total = 0
    for path in folder.rglob("*"):
        facts = path.lstat()
        if not path.is_symlink() and path.is_file() and (facts.st_dev, facts.st_ino) not in seen:
            seen.add((facts.st_dev, facts.st_ino))
            total += facts.st_blocks * 512
    return total
