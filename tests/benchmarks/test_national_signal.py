"""Best server of the invented country at national scale, against the time to decode its inputs, in one run."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio

from coverage.assumptions import Signal
from coverage.country import Country
from coverage.engine import map_items
from coverage.runs import start_run
from coverage.signal.best_server import best_servers
from coverage.stages import STAGES, run_stage
from coverage.steps.report import measured
from coverage.steps.signal_files import SignalFiles
from coverage.steps.signal_tiles import lay_out_tile, network_for
from coverage.store import read_tile, tile_count
from coverage.synthetic.invented import write_country

pytestmark = [pytest.mark.bench]


def test_best_server_of_a_nation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    country_path = write_country(tmp_path / "in", "national", 7)
    run = start_run(country_path, tmp_path / "d", tmp_path / "m", date(2026, 1, 31), "threads")
    for stage in STAGES:
        if stage.group == "ingest" or stage.name == "signal":
            run_stage(stage, run)
    files, country = SignalFiles(run.stages_folder), run.country
    flat = country.model_copy(update={"signal": Signal(terrain=False)})
    _solve(files, country, [0])
    told = {}
    for name, asked, most in (("without terrain", flat, 12), ("with terrain", country, 60)):
        decode_s = min(_decode(tmp_path / "in") for _ in range(3))
        with measured() as cost:
            seconds = _solve(files, asked, list(range(tile_count(run.stages_folder))))
        told[name] = (seconds / decode_s, most)
        with capsys.disabled():
            print(  # noqa: T201
                f"\nbest server {name}: {seconds / decode_s:.1f} x decoding the inputs ({seconds:.1f} s, "
                f"{decode_s:.2f} s), peak {cost['peak_memory_mb']:,.0f} MB"
            )
    for name, (ratio, most) in told.items():
        assert ratio < most, name


def _decode(folder: Path) -> float:
    start = time.perf_counter()
    with rasterio.open(folder / "people.tif") as source:
        source.read(1)
    with rasterio.open(folder / "elevation.tif") as source:
        source.read(1)
    gpd.read_file(folder / "communes.gpkg")
    pd.read_csv(folder / "towers.csv.gz", header=None, on_bad_lines="skip", low_memory=False)
    return time.perf_counter() - start


def _solve(files: SignalFiles, country: Country, tiles: list[int]) -> float:
    """Seconds for the best servers of the tiles, reading them and laying them out included."""
    start = time.perf_counter()

    def solve(tile: int) -> int:
        here = lay_out_tile(read_tile(files.folder, tile), network_for(files, country), country)
        gains = network_for(files, country).gains
        server = best_servers(here.places, here.transmitters, gains, here.masts, here.ground)[1]
        return int(np.count_nonzero(server >= 0))

    assert sum(map_items(solve, tiles, "threads")) > 0
    return time.perf_counter() - start
