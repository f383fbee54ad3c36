"""Reach of the invented country at national scale, cold and kept, against the time to decode its inputs, in one run."""

from __future__ import annotations

import sqlite3
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import rasterio

from coverage.reach.questions import pickup_spreads
from coverage.runs import Run, start_run
from coverage.stages import STAGES, run_stage
from coverage.steps import network, reach, snapping
from coverage.steps.reach_files import write_spreads
from coverage.steps.reach_tiles import hub_ways
from coverage.steps.report import measured
from coverage.store import tile_rows
from coverage.synthetic.invented import write_country

pytestmark = [pytest.mark.bench]

Progress = Callable[[int, int], None]

_NEEDED = ("communes", "people", "hubs", "payments", "roads")


def test_reach_of_a_nation_in_two_seasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    country_path = write_country(tmp_path / "in", "national", 7)
    decode_s = min(_decode(tmp_path / "in") for _ in range(3))
    told = []
    for name, night, most in (("cold", date(2026, 1, 30), 15),):
        run = start_run(country_path, tmp_path / "d", tmp_path / "m", night, "threads")
        for stage in STAGES:
            if stage.name in _NEEDED:
                run_stage(stage, run)
        with measured() as cost:
            seconds = _reach(run)
        told.append((name, sum(seconds.values()) / decode_s, most))
        with capsys.disabled():
            parts = ", ".join(f"{part} {value:.2f}" for part, value in seconds.items())
            print(  # noqa: T201
                f"\nreach {name}: {told[-1][1]:.2f} x decoding the inputs ({parts}; {decode_s:.2f} s), "
                f"peak {cost['peak_memory_mb']:,.0f} MB"
            )
    for name, ratio, most in told:
        assert ratio < most, name


def _reach(run: Run) -> dict[str, float]:
    """Seconds of the network, of snapping all places, of the nodes' minutes in every scenario, and of the places'."""
    seconds = {}
    stages = {"network": network.network, "snapping": snapping.snapping, "nodes": _nodes, "both seasons": _places}
    for name, stage in stages.items():
        start = time.perf_counter()
        stage(run, lambda *_: None)
        seconds[name] = time.perf_counter() - start
    return seconds


def _nodes(run: Run, progress: Progress) -> None:
    """Pick-up minutes alone: what the reach stage does for hubs where no port or depot is named."""
    points_of = reach.points_of(run)
    folder = run.stages_folder / "minutes"
    if not (folder / "hubs.npz").is_file():
        ways = reach.ways_of(run)
        spreads = pickup_spreads(ways, reach.hub_stops(ways, points_of["hubs"]), run.country.reach)
        write_spreads(folder / "hubs.npz", spreads)
    progress(1, 1)


def _places(run: Run, _: Progress) -> None:
    """Minutes of every place as estimated, in the dry and in the wet season, tile by tile from those of the nodes."""
    reached = 0
    for tile, (first, last) in enumerate(tile_rows(run.stages_folder)):
        ways = hub_ways(run, tile, first, last, ("",))
        reached += int((ways["pickup_wet"] < 60).sum())
    assert reached > 0


def _decode(folder: Path) -> float:
    start = time.perf_counter()
    for name in ("people.tif", "elevation.tif"):
        with rasterio.open(folder / name) as source:
            source.read(1)
    for name in ("communes.gpkg", "roads.gpkg"):
        gpd.read_file(folder / name)
    with tempfile.TemporaryDirectory() as unpacked, zipfile.ZipFile(folder / "osm_nodes.sqlite.zip") as archive:
        member = archive.extract(archive.namelist()[0], unpacked)
        pd.read_sql_query("SELECT * FROM NODE", sqlite3.connect(member))
    return time.perf_counter() - start
