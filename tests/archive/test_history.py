"""Runs stay as tables when runs are pruned; trends read them; old runs are computed again byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.archive.archive import run_of
from commune_coverage.archive.records import recorded, write_record
from commune_coverage.archive.trends import trend
from commune_coverage.core.errors import RunError
from commune_coverage.publish import publication as by_hand
from commune_coverage.publish.publication import now_shown
from commune_coverage.reanalysis import replay as replaying
from commune_coverage.reanalysis.replay import replay
from tests import tiny

START = date(2026, 3, 1)


def _silent(*_: object) -> None:
    return None


class RunHistory:
    """The tiny country, or that with roads, with other cells every run."""

    def __init__(self, folder: Path, settings: str = "", write: Callable[[Path], Path] = tiny.write_files) -> None:
        self.folder, self.data, self.maps = folder, folder / "data", folder / "maps"
        self.country = write(folder / "in")
        tiny.say(self.country, settings + '\n[checks.national_change]\nseverity = "warn"')

    def change(self, day: int) -> None:
        towers = pd.read_csv(self.country.parent / "towers.csv")
        towers["samples"] = 100 + day
        towers.to_csv(self.country.parent / "towers.csv", index=False)

    def run(self, day: int, changed: bool = True) -> str:
        if changed:
            self.change(day)
        return run_pipeline(self.country, self.data, self.maps, START + timedelta(days=day), "serial", _silent).run_id


def _size(folder: Path) -> int:
    """Bytes on disk; a file under several names counts once."""
    files = {path.stat().st_ino: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    return sum(files.values())


def test_a_run_three_runs_old_is_computed_again_to_the_same_bytes(tmp_path: Path) -> None:
    updates = RunHistory(tmp_path, write=tiny.write_with_roads)
    first = updates.run(0)
    for day in (1, 2, 3):
        updates.run(day)
    found = replay(first, updates.data, "serial", _silent)
    assert found.differ == []
    assert {
        "tables/commune_gaps.parquet",
        "tables/commune_gaps.gpkg",
        "tables/sites.csv",
        "pages/index.html",
        "pages/internet.html",
    } <= set(found.same)


def test_what_is_missing_for_a_replay_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    updates = RunHistory(tmp_path)
    run = updates.run(0)
    with pytest.raises(RunError, match="no record of a run 'KHM-1'"):
        replay("KHM-1", updates.data, "serial", _silent)
    here = replaying.library_versions()
    monkeypatch.setattr(replaying, "library_versions", lambda: here | {"code": "other"})
    with pytest.raises(RunError, match=r"code was .*, here it is other"):
        replay(run, updates.data, "serial", _silent)
    monkeypatch.undo()
    for stored in (updates.data / "inputs").glob("*/objects/*/towers.csv"):
        stored.write_text(stored.read_text() + "\n")
    with pytest.raises(RunError, match=r"towers \('towers.csv', SHA-256 .*\) is not stored any more"):
        replay(run, updates.data, "serial", _silent)


def test_a_file_that_comes_out_otherwise_is_named(tmp_path: Path) -> None:
    updates = RunHistory(tmp_path)
    run = updates.run(0)
    record = recorded(updates.data, run) or {}
    record["tables"]["commune_gaps.csv"] = "0" * 64
    write_record(updates.data / "history/KHM", run, record)
    assert replay(run, updates.data, "serial", _silent).differ == ["tables/commune_gaps.csv"]


def test_the_trend_is_that_of_the_runs_that_were_shown(tmp_path: Path) -> None:
    updates = RunHistory(tmp_path)
    first, second = updates.run(0), updates.run(1)
    again = updates.run(1 + 0, changed=False)
    assert again == second
    national = trend(updates.data, updates.maps, "KHM")
    assert national["run_date"].tolist() == ["2026-03-01", "2026-03-02"]
    assert national["run_id"].tolist() == [first, second]
    table = pd.read_csv(updates.data / "latest/commune_gaps.csv", dtype={"commune_code": str})
    assert national["internet_gap_people"].iloc[-1] == pytest.approx(table["internet_gap_people"].sum())
    one = trend(updates.data, updates.maps, "KHM", "010103")
    assert one["people"].tolist() == [300, 300]
    towers = updates.country.parent / "towers.csv"
    pd.read_csv(towers).iloc[:2].to_csv(towers, index=False)
    third = updates.run(1, changed=False)
    assert trend(updates.data, updates.maps, "KHM")["run_id"].tolist() == [first, third]
    assert run_of("2026-03-02", updates.data, updates.maps) == third
    by_hand.publish_run(second, "the file was wrong", updates.data, updates.maps)
    assert run_of("2026-03-02", updates.data, updates.maps) == second
    assert run_of(first, updates.data, updates.maps) == first
    with pytest.raises(RunError, match="of the run 2026-03-03; 2 runs from 2026-03-01 to 2026-03-02 are kept"):
        run_of("2026-03-03", updates.data, updates.maps)
    assert trend(updates.data, updates.maps, "KHM")["run_id"].tolist() == [first, second]
    with pytest.raises(RunError, match="no commune '999' in any run"):
        trend(updates.data, updates.maps, "KHM", "999")
    with pytest.raises(RunError, match="nothing is kept of 'LUX'"):
        trend(updates.data, updates.maps, "LUX")


SHORT = "[history]\nruns = 3\ndays = 6"


def test_runs_are_pruned_their_tables_thinned_and_what_is_needed_stays(tmp_path: Path) -> None:
    updates = RunHistory(tmp_path, SHORT)
    runs = [updates.run(day) for day in (29, 31, 32, 37, 38, 39)]
    kept = sorted(path.name for path in (updates.data / "runs").iterdir())
    assert kept == runs[-3:]
    assert sorted(path.name for path in (updates.maps / "runs").iterdir()) == kept
    open_to_pages = [path.name for path in (updates.maps / "latest").iterdir() if not path.is_file()]
    assert sorted(open_to_pages) == kept, "files of updates that are kept, and no link that leads nowhere"
    assert len(list((updates.maps / "publications").glob("*/served"))) == 2, "links of old publications do not add up"
    tables = sorted(path.name for path in (updates.data / "history/KHM/communes").iterdir())
    assert tables == ["run_date=2026-03-30", *(f"run_date=2026-04-{day:02d}" for day in (1, 7, 8, 9))]
    assert len(list((updates.data / "history/KHM/runs").iterdir())) == len(tables)
    by_hand.roll_back("to see that it is there", updates.data, updates.maps)
    shown = now_shown(updates.maps)
    assert shown is not None
    assert shown.run_id == runs[-2]
    for day in range(40, 43):
        updates.run(day)
    assert (updates.maps / "latest/index.html").is_file()


def test_of_an_old_date_one_run_stays_and_of_a_date_to_come_those_that_are_whole(tmp_path: Path) -> None:
    """A clock that jumps to the same date again and again leaves no table a jump."""
    updates = RunHistory(tmp_path, "[history]\nruns = 2\ndays = 3")
    updates.run(29)
    for jump in range(3):
        updates.run(30 + jump)
        for days in (-9_000, 9_000):
            updates.change(40 + jump)
            updates.run(days, changed=False)
    updates.run(34)
    history = updates.data / "history/KHM"
    for kind in ("communes", "national"):
        held = {path.name: len(list(path.iterdir())) for path in (history / kind).iterdir()}
        assert held["run_date=2001-07-10"] == 1
        assert held.get("run_date=2050-10-21", 0) <= 2
    runs = {path.stem for path in (history / "communes").rglob("*.parquet")}
    assert runs == {path.stem for path in (history / "runs").iterdir()}


@pytest.mark.parametrize("count", [6, pytest.param(365, marks=pytest.mark.long)])
def test_bytes_and_files_of_a_run_stay_as_many_as_they_are_after_pruning(count: int, tmp_path: Path) -> None:
    updates = RunHistory(tmp_path, "[history]\nruns = 2\ndays = 3")
    sizes, files = [], []
    for day in range(count):
        updates.run(day)
        files.append(sum(path.is_file() for folder in (updates.data, updates.maps) for path in folder.rglob("*")))
        sizes.append(_size(updates.data) + _size(updates.maps))
    early, late = slice(count // 3, 2 * count // 3), slice(2 * count // 3, count)
    assert np.median(sizes[late]) < 1.05 * np.median(sizes[early]) + count * 8_000
    assert np.median(files[late]) < 1.05 * np.median(files[early]) + count
