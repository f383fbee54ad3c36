"""Updates day after day, clocks that jump, upgrades and restores among them, take no more room than at the start."""

from __future__ import annotations

import logging
import shutil
import time
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.archive.backup import back_up, restore
from commune_coverage.archive.record_checks import broken_records
from commune_coverage.archive.trends import trend
from commune_coverage.core import versions
from commune_coverage.pipeline import cache
from commune_coverage.publish.publication import now_shown, shown_so_far
from commune_coverage.quality import manifest
from tests import tiny

START = date(2025, 3, 1)
TO_COME, PAST = date(2031, 5, 5), date(1999, 1, 1)
SETTINGS = """
    [history]
    runs = 3
    days = 20
    [checks.national_change]
    severity = "warn"
"""
LOG = logging.getLogger(__name__)
GROWS = ("maps/publications", "data/log", "data/history")
"""What stays on record, by design: of every update, and of each month a run; the log loses its oldest months."""


class Room(NamedTuple):
    """What an update left: bytes and names of files without and with what grows by design, and how long it took."""

    bytes: int
    inodes: int
    grown_bytes: int
    grown_inodes: int
    took_s: float


class Year:
    """A tiny country, one update after the other."""

    def __init__(self, folder: Path, patched: pytest.MonkeyPatch) -> None:
        self.folder, self.data, self.maps = folder, folder / "data", folder / "maps"
        self.country = tiny.write_with_roads(folder / "in")
        self._patched, self._code = patched, cache.code_of
        tiny.say(self.country, SETTINGS)
        self.rooms: list[Room] = []

    def update(self, day: int) -> None:
        """What happens on a day of ten: its towers change, or nothing, the clock jumps, the code is another's."""
        kind = day % 10
        if kind == 5:
            self._upgrade(day)
        if kind == 8:
            self._restore()
        if kind != 2:
            self._change(day)
        run_date = {3: TO_COME, 6: PAST}.get(kind, START + timedelta(days=day))
        before, began = now_shown(self.maps), time.monotonic()
        published = run_pipeline(self.country, self.data, self.maps, run_date, "serial", lambda *_: None)
        took_s, shown = time.monotonic() - began, now_shown(self.maps)
        assert shown is not None
        if kind in (3, 6):
            assert before is not None
            assert (shown.run_id, shown.hold is not None) == (before.run_id, True)
        else:
            assert (shown.run_id, shown.hold) == (published.run_id, None)
        self.rooms.append(self._room(took_s))
        LOG.info("update %d: %s", day, self.rooms[-1])

    def _change(self, day: int) -> None:
        towers = self.country.with_name("towers.csv")
        pd.read_csv(towers).assign(samples=100 + day).to_csv(towers, index=False)

    def _upgrade(self, day: int) -> None:
        """From now on the code has another digest."""
        for module in (versions, manifest):
            for name in ("code_hash", "code_hash_now"):
                self._patched.setattr(module, name, lambda: f"{day:016x}")
        self._patched.setattr(
            cache, "code_of", lambda modules: {name: f"{one}{day}" for name, one in self._code(modules).items()}
        )

    def _restore(self) -> None:
        kept = self.folder / "kept.tar"
        back_up(self.data, self.maps, kept)
        for folder in (self.data, self.maps):
            shutil.rmtree(folder)
        assert restore(kept, self.data, self.maps).problems == []
        kept.unlink()

    def _room(self, took_s: float) -> Room:
        found: dict[bool, dict[int, int]] = {False: {}, True: {}}
        for path in (*self.data.rglob("*"), *self.maps.rglob("*")):
            facts = path.lstat()
            grows = path.relative_to(self.folder).as_posix().startswith(GROWS)
            found[grows][facts.st_ino] = facts.st_blocks * 512
        flat, grown = found[False], found[True]
        return Room(sum(flat.values()), len(flat), sum(grown.values()), len(grown), took_s)


def _ratio(rooms: list[Room], of: str) -> float:
    """The median of the last fifth by that of the second."""
    fifth = len(rooms) // 5
    values = [getattr(room, of) for room in rooms]
    return float(np.median(values[-fifth:]) / np.median(values[fifth : 2 * fifth]))


@pytest.mark.parametrize("updates", [10, pytest.param(365, marks=pytest.mark.long)])
def test_updates_take_no_more_room_and_lose_no_history(
    updates: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    year = Year(tmp_path, monkeypatch)
    for day in range(updates):
        year.update(day)
    ratios = {of: round(_ratio(year.rooms, of), 3) for of in Room._fields}
    middle, last = year.rooms[updates // 2], year.rooms[-1]
    later = updates - 1 - updates // 2
    per_update = {of: (getattr(last, of) - getattr(middle, of)) / later for of in Room._fields}
    LOG.info("%d updates: last fifth by second %s; a further update %s", updates, ratios, per_update)
    if updates > 100:
        assert per_update["grown_inodes"] <= 5
        assert per_update["grown_bytes"] <= 40_000
        assert ratios["bytes"] <= 1.05
        assert ratios["inodes"] <= 1.05
    else:
        assert last.inodes <= 1.15 * middle.inodes
        assert last.bytes <= 1.15 * middle.bytes
        assert per_update["grown_inodes"] <= 12
    assert broken_records(year.data, year.maps) == {}
    assert [one.number for one in shown_so_far(year.maps)] == list(range(1, updates + 1))
    told = trend(year.data, year.maps, "KHM")
    assert told[["people", "internet_gap_people"]].notna().all(axis=None)
    assert _days_that_stay(updates) <= set(told["run_date"])


def _days_that_stay(updates: int) -> set[str]:
    """Dates of a right clock: those of the last 20 days, and of each month the first."""
    days = [START + timedelta(days=day) for day in range(updates) if day % 10 not in (3, 6)]
    first = {(day.year, day.month): day for day in reversed(days)}
    last = days[-1] - timedelta(days=20)
    return {day.isoformat() for day in days if day >= last or day in first.values()}
