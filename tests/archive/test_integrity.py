"""What is kept and shown proves itself by digest: one bit is enough to be found, and no figure changes by it."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commune_coverage.api import run as run_pipeline
from commune_coverage.archive.integrity import damaged_files, recorded_runs
from commune_coverage.cli.app import app
from commune_coverage.config.quality import Alerts
from commune_coverage.core.errors import RunError
from commune_coverage.monitoring.health import health
from commune_coverage.pipeline.cache import DamagedCacheWarning
from tests import tiny

FLIPPED = 12


def _run(country: Path, folder: Path, day: int) -> str:
    published = run_pipeline(country, folder / "data", folder / "maps", date(2026, 3, day), "serial", lambda *_: None)
    return published.run_id


def _flip(path: Path, rng: random.Random) -> None:
    """One bit of a file, in a copy of its own: what is linked with it elsewhere stays."""
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.unlink()
    path.write_bytes(content)


def _tables(folder: Path, run_id: str) -> dict[str, bytes]:
    """Tables of a run, without what they tell of the run before."""
    files = sorted((folder / "data/runs" / run_id).glob("*.csv"))
    files = [path for path in files if path.name != "changes.csv"]
    return {path.name: path.read_bytes().replace(run_id.encode(), b"RUN") for path in files}


@pytest.fixture
def country(tmp_path: Path) -> Path:
    return tiny.write_with_roads(tmp_path / "in")


def test_a_bit_that_flips_in_what_is_cached_changes_no_figure(country: Path, tmp_path: Path) -> None:
    """The kept results of a run are spoilt one after the other; the next day's figures are those of a cold run."""
    rng = random.Random(5)  # noqa: S311
    _run(country, tmp_path, 1)
    kept = [path for path in sorted((tmp_path / "data/cache").rglob("*")) if path.is_file() and path.stat().st_size]
    cold = _tables(tmp_path / "cold", _run(country, tmp_path / "cold", 2))
    for path in rng.sample(kept, FLIPPED):
        _flip(path, rng)
    with pytest.warns(DamagedCacheWarning, match="is damaged; it is computed anew"):
        found = _tables(tmp_path, _run(country, tmp_path, 2))
    assert found == cold


def test_a_finished_run_that_was_tampered_with_is_found_and_mended(country: Path, tmp_path: Path) -> None:
    rng, data, maps = random.Random(6), tmp_path / "data", tmp_path / "maps"  # noqa: S311
    run_id = _run(country, tmp_path, 1)
    assert damaged_files(run_id, data, maps) == []
    table, page = data / "runs" / run_id / "commune_gaps.csv", maps / "runs" / run_id / "internet.html"
    before = table.read_bytes(), page.read_bytes()
    _flip(table, rng)
    page.unlink()
    assert damaged_files(run_id, data, maps) == ["pages/internet.html", "tables/commune_gaps.csv"]
    found = [one for one in health(data, maps, Alerts()).conditions if one.name == "damaged"]
    assert [one.status for one in found] == ["critical"]
    assert "2 files are not as the run left it" in found[0].sentence
    assert _run(country, tmp_path, 1) == run_id
    assert (table.read_bytes(), page.read_bytes()) == before
    assert damaged_files(run_id, data, maps) == []
    assert not [one for one in health(data, maps, Alerts()).conditions if one.name == "damaged"]


def test_what_the_stages_handed_on_is_verified_too(country: Path, tmp_path: Path) -> None:
    run_id = _run(country, tmp_path, 1)
    _flip(tmp_path / "data/runs" / run_id / "stages/payments.parquet", random.Random(7))  # noqa: S311
    assert damaged_files(run_id, tmp_path / "data", tmp_path / "maps") == ["tables/stages/payments"]


def test_the_command_tells_of_one_run_or_of_all(country: Path, tmp_path: Path) -> None:
    runs = [_run(country, tmp_path, day) for day in (1, 2)]
    where = ["--data-dir", str(tmp_path / "data"), "--maps-dir", str(tmp_path / "maps")]
    good = CliRunner().invoke(app, ["verify", *where])
    assert (good.exit_code, good.output.strip()) == (0, f"{runs[1]}: every file is as the run left it")
    damaged = tmp_path / "data/runs" / runs[0] / "hubs.csv"
    damaged.unlink()  # what is written in its place is a file of this run alone
    damaged.write_text("")
    every = CliRunner().invoke(app, ["verify", "--all", *where])
    assert every.exit_code == 1
    assert f"{runs[0]}: 1 file is not as the run left it (tables/hubs.csv)" in every.output
    assert recorded_runs(tmp_path / "data") == sorted(runs)
    with pytest.raises(RunError, match="no finished run 'KHM-1' with its record is there"):
        damaged_files("KHM-1", tmp_path / "data", tmp_path / "maps")


def test_a_stage_of_a_killed_run_whose_artifact_is_damaged_is_done_again(
    country: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    cold = _tables(tmp_path / "cold", _run(country, tmp_path / "cold", 1))
    with monkeypatch.context() as patched:
        patched.setattr("commune_coverage.pipeline.stages.publish.stage.move_into_place", die)
        with pytest.raises(Killed):
            _run(country, tmp_path, 1)
    [work] = (tmp_path / "data/runs").glob(".work-*")
    _flip(work / "stages/hubs.parquet", random.Random(8))  # noqa: S311
    for path in (tmp_path / "data/cache").rglob("hubs.parquet"):
        _flip(path, random.Random(8))  # noqa: S311
    with pytest.warns(DamagedCacheWarning):
        assert _tables(tmp_path, _run(country, tmp_path, 1)) == cold
