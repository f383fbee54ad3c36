"""A run that goes on from the one before: every byte, also of what later runs go on from, as from scratch."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.runs.run import Run, start_run
from tests import tiny

_UNTIL = (
    "communes", "people", "towers", "speed_tests", "fibre", "radio", "internet_sums", "territory_spots", "territory",
)  # fmt: skip


def _random_cells(rng: np.random.Generator, count: int, first: int) -> pd.DataFrame:
    corner, other = (tiny.centres().agg(name) for name in ("min", "max"))
    return pd.DataFrame(
        {
            "radio": rng.choice(["LTE", "UMTS", "GSM"], count),
            "mcc": 456,
            "net": rng.choice([1, 2], count),
            "area": 1,
            "cell": first + np.arange(count),
            "unit": 0,
            "lon": rng.uniform(corner["lon"], other["lon"], count),
            "lat": rng.uniform(corner["lat"], other["lat"], count),
            "range": 1000,
            "samples": rng.integers(1, 300, count),
            "changeable": 1,
            "created": 1_500_000_000,
            "updated": 1_700_000_000,
            "averageSignal": 0,
        }
    )


def _write(folder: Path, cells: pd.DataFrame, rng: np.random.Generator) -> Path:
    country = tiny.write_files(folder)
    corner, other = (tiny.centres().agg(name) for name in ("min", "max"))
    villages = pd.DataFrame(
        {
            "village": [f"V{i}" for i in range(700)],
            "people": rng.integers(1, 900, 700),
            "lon": rng.uniform(corner["lon"] - 0.02, other["lon"] + 0.02, 700).round(6),
            "lat": rng.uniform(corner["lat"] - 0.02, other["lat"] + 0.02, 700).round(6),
        }
    )
    villages.to_csv(folder / "villages.csv", index=False)
    cells.to_csv(folder / "towers.csv", index=False)
    return country


def _run(country: Path, data: Path, day: int) -> Run:
    run = start_run(country, data, data / "maps", date(2026, 3, day), "serial")
    for stage in STAGES:
        if stage.name in _UNTIL:
            run_stage(stage, run)
    return run


def _bytes(run: Run) -> dict[str, bytes]:
    stages = run.stages_folder
    files = [path for path in stages.rglob("*") if path.is_file() and not path.name.endswith(".report.json")]
    return {str(path.relative_to(stages)): path.read_bytes() for path in files}


def _changed(cells: pd.DataFrame, rng: np.random.Generator, run_date: int) -> pd.DataFrame:
    """Some cells removed, as many new ones, one moved, one seen more often."""
    count = int(rng.integers(1, 6))
    kept = cells.drop(index=rng.choice(len(cells), count, replace=False)).reset_index(drop=True)
    kept.loc[0, "lat"] += 0.001
    kept.loc[1, "samples"] += 100
    new = _random_cells(rng, count, 1000 * run_date)
    new.loc[0, ["lon", "lat"]] = kept.loc[5, ["lon", "lat"]]
    return pd.concat([kept, new], ignore_index=True).sample(frac=1, random_state=run_date)


@pytest.mark.parametrize("seed", [1, 2])
def test_runs_that_follow_one_another_are_as_if_cold(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    cells = _random_cells(rng, 150, 1)
    country = _write(tmp_path / "in", cells, rng)
    country.write_text(country.read_text(encoding="utf-8") + "\n[territory]\nspacing_m = 1000\n", encoding="utf-8")
    first = _run(country, tmp_path / "a", 1)
    for stage in ("radio", "territory"):
        assert first.stage_report(stage)["compute_mode"].startswith("from scratch: no earlier run")
    for run_date in range(2, 5):
        cells = _changed(cells, rng, run_date).reset_index(drop=True)
        cells.to_csv(country.parent / "towers.csv", index=False)
        followed, cold = _run(country, tmp_path / "a", run_date), _run(country, tmp_path / f"b{run_date}", run_date)
        for stage in ("radio", "territory"):
            assert followed.stage_report(stage)["compute_mode"].startswith("from the run before: ")
        assert followed.stage_report("territory_spots")["reused"]
        assert followed.stage_report("internet_sums")["compute_mode"] == "from the run before"
        assert _bytes(followed) == _bytes(cold)


def test_tiles_that_no_change_reaches_are_taken_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commune_coverage.readers.population.tiles.TILE_M", 3_000.0)
    rng = np.random.default_rng(7)
    cells = _random_cells(rng, 60, 1)
    country = _write(tmp_path / "in", cells, rng)
    country.write_text(country.read_text(encoding="utf-8") + "\n[radio]\nmax_range_km = 2.0\n", encoding="utf-8")
    first = _run(country, tmp_path / "a", 1)
    cells.drop(index=cells["lon"].idxmin()).to_csv(country.parent / "towers.csv", index=False)
    followed, cold = _run(country, tmp_path / "a", 2), _run(country, tmp_path / "b", 2)
    assert followed.stage_report("radio")["compute_mode"].startswith("from the run before: ")
    assert _bytes(followed) == _bytes(cold)
    for kind in ("serving_cells", "busy_hour", "levels", "radio"):
        before, now = (sorted((run.stages_folder / kind).iterdir()) for run in (first, followed))
        same = [one.samefile(other) for one, other in zip(before, now, strict=True)]
        assert any(same)
        assert not all(same)


@pytest.mark.parametrize("change", ["carrier", "most"])
def test_a_run_too_unlike_the_one_before_begins_anew_and_says_why(change: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    cells = _random_cells(rng, 60, 1)
    country = _write(tmp_path / "in", cells, rng)
    _run(country, tmp_path / "a", 1)
    if change == "carrier":
        cells, why = cells[(cells["radio"] != "GSM") | (cells["net"] != 2)], "from scratch: other carriers than"
    else:
        cells, why = pd.concat([cells.iloc[20:], _random_cells(rng, 20, 1000)]), "of the transmitters came or went"
    cells.to_csv(country.parent / "towers.csv", index=False)
    anew = _run(country, tmp_path / "a", 2)
    assert why in anew.stage_report("radio")["compute_mode"]
    assert anew.stage_report("radio")["compute_mode"].startswith("from scratch: ")
    assert _bytes(anew) == _bytes(_run(country, tmp_path / "b", 2))
