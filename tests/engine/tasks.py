"""What the tests let workers do."""

from __future__ import annotations

import time
from pathlib import Path

from distributed import get_worker


def double(folder: Path, number: int) -> Path:
    """Write twice what ``in.txt`` and the folder ``more`` hold, and say where."""
    scratch = Path(get_worker().local_directory)
    assert folder.is_relative_to(scratch), "the worker sees the coordinator's folder"
    text = (folder / "in.txt").read_text() + (folder / "more" / "deep.txt").read_text()
    target = folder / "out" / f"{number}.txt"
    assert not target.exists(), "another run's file is taken for this one's"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"{number} {text * 2}")
    return target


def slowly(folder: Path, number: int) -> int:
    """Leave a mark that it began, take a while, and square."""
    (folder / f"{number}-{time.monotonic_ns()}").touch()
    time.sleep(0.25)
    return number * number
