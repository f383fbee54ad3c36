"""Interference of a whole run against the sum over all transmitters, each over its own profile to the place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from commune_coverage.core.jit import read_only
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.radio.best_server import best_servers
from commune_coverage.radio.diffraction.profile import Antennas, Ground
from commune_coverage.radio.diffraction.terrain_gain import round_earth_table
from commune_coverage.radio.interference.candidates import CellActivity
from commune_coverage.radio.interference.distant_cells import add_distant_interference
from commune_coverage.radio.interference.kernel import (
    CarrierLimits,
    InterferenceParts,
    NearInterference,
    all_interference,
    near_interference,
)
from commune_coverage.radio.path_gain_tables import Gains, make_table, table_distances_m
from commune_coverage.radio.tile import Places, Tile, Transmitters, corners_of
from commune_coverage.runs.run import start_run
from commune_coverage.synthetic.invented import write_country
from tests.radio.direct_sum import off_db

CELL_M, SIDE, EARTH_KM = 100.0, 220, 8500.0
SITES_KM = np.array([5.0, 6.5, 8.0, 10.0, 13.0, 16.0])


def test_interference_of_the_invented_country_is_the_direct_sum(tmp_path: Path) -> None:
    country = write_country(tmp_path / "in", "default", 7)
    run = start_run(country, tmp_path / "d", tmp_path / "m", date(2026, 3, 1), "serial")
    for stage in STAGES:
        if stage.name in ("communes", "people", "elevation", "towers", "speed_tests", "fibre", "radio"):
            run_stage(stage, run)
    ours, flat = off_db(run.stages_folder, run.country, 200)
    assert abs(np.median(ours)) < 0.5
    assert np.quantile(np.abs(ours), 0.95) < 3.0
    assert np.quantile(flat, 0.95) > 6.0  # what far cells over flat ground would be off


def _tile(ridge_m: float) -> Tile:
    """A village at the south, sites north of it at SITES_KM, and a ridge 1.5 km north of it on flat ground."""
    height = np.zeros((SIDE, SIDE), dtype=np.float32)
    height[25] = ridge_m
    at = np.arange(4.0)
    places = Places(10_000 + 50 * at, 1000 + 0 * at, 10 + 0 * at, 100 + 0.5 * at, np.array([0, 4]), np.array([2]))
    count = len(SITES_KM)
    north_m = 1000 + 1000 * SITES_KM
    transmitters = Transmitters(
        np.array([0, count]), np.array([0.9]), np.ones((1, 3)), np.full(count, 10_000.0), north_m,
        np.full(count, 1e6), np.zeros(count, np.int64), np.arange(count), np.arange(count),
    )  # fmt: skip
    antennas = Antennas(north_m / CELL_M, np.full(count, 100.0), np.full(count, 120.0), 10.0)
    free_space = 32.4 + 20 * np.log10(900) + 20 * np.log10(table_distances_m() / 1000)
    table, reach_m = make_table(free_space, 30_000.0)
    gains = Gains(
        np.tile(table, (3, 1)), np.full(3, reach_m), round_earth_table(0.9, 120.0, 10.0, EARTH_KM)[np.newaxis]
    )
    return read_only(Tile(places, corners_of(places), transmitters, antennas, Ground(height, CELL_M, EARTH_KM), gains))


def _levels_db(tile: Tile) -> tuple[float, float]:
    """Power of the server and of all others at the first place, dBm."""
    power_mw, server = best_servers(tile)
    sent_mw, everyone = tile.transmitters.power_mw, np.ones(len(SITES_KM), dtype=bool)
    near = NearInterference(np.zeros(server.shape, np.float32), np.zeros(server.shape, np.float32))
    near_interference(tile, server, CellActivity(np.ones(len(SITES_KM)), sent_mw), np.ones((1, 1), dtype=bool), near)
    corner_mw = np.zeros((1, 1, 4), dtype=np.int64)
    add_distant_interference(tile, sent_mw, everyone, corner_mw)
    limits = CarrierLimits(np.ones(1), np.full(1, 2.0**-50), np.ones(1))
    others_mw = all_interference(tile, InterferenceParts(server, near.near_mw, corner_mw), limits)
    return 10 * np.log10(power_mw[0, 0]), 10 * np.log10(others_mw[0, 0])


def test_a_village_behind_a_ridge_keeps_its_ratio_of_signal_to_interference() -> None:
    open_server, open_others = _levels_db(_tile(0.0))
    server, others = _levels_db(_tile(300.0))
    assert server < open_server - 15
    assert server - others == pytest.approx(open_server - open_others, abs=2.5)
