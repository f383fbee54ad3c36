"""The model validation stage: modelled against measured speed and power; and the calibration by drive tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from commune_coverage.config.country import Country
from commune_coverage.core.files import read_table, write_json, write_table
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, read_figures
from commune_coverage.pipeline.stages.radio.network import lay_out_tile, network_for
from commune_coverage.population.tables import read_tile, read_urbanisation, tile_count
from commune_coverage.population.urbanisation import UrbanisationGrid, cell_keys
from commune_coverage.radio.best_server import best_servers
from commune_coverage.radio.network_model import NetworkModel
from commune_coverage.radio.tile import NO_SERVER
from commune_coverage.radio.validation import corrections_db, error_statistics, reference_db
from commune_coverage.runs.run import Run

Progress = Callable[[int, int], None]
Floats = npt.NDArray[np.float64]

COLUMNS = ["environment", "quantity", "places", "tests", "bias_db", "spread_db"]
_SAME_PLACE_M = 1000.0


def agreement(run: Run, _: Progress) -> StageResult:
    """Write ``model_validation.parquet``: bias and spread of speed and received power by environment."""
    files = SignalFiles(run.stages_folder)
    rows = []
    if files.speed_tests.is_file() and files.transmitters.is_file():
        tests = read_table(files.speed_tests)
        rows = _speeds(tests[tests["network"] == "mobile"], files) + _powers(tests, files, run.country)
    write_table(run.stages_folder / "model_validation.parquet", pd.DataFrame(rows, columns=COLUMNS))
    result = StageResult()
    for row in rows:
        if row["places"]:
            values = f"{row['bias_db']:+.1f} dB, spread {row['spread_db']:.1f} dB, {row['places']:,} places"
            result.assume(
                "internet",
                f"measured over modelled {row['quantity']}, {row['environment']}",
                values,
                "",
                "speed tests of the country file",
            )
    return result


def calibrate(files: SignalFiles, country: Country, urbanisation_grid: UrbanisationGrid) -> dict[str, float]:
    """Write and return the shift of received power by environment; empty unless the country file sets ``calibrate``."""
    shifts: dict[str, float] = {}
    if country.radio.calibrate and files.speed_tests.is_file():
        tests = read_table(files.speed_tests)
        places = tests.assign(environment=urbanisation_grid.at(tests["x_m"].to_numpy(), tests["y_m"].to_numpy()))
        network = network_for(files, country, {})
        shifts = corrections_db(_power_rows(places, network, country), country.radio.calibration_tests)
    write_json(files.calibration, shifts)
    return shifts


def _speeds(tests: pd.DataFrame, files: SignalFiles) -> list[dict[str, Any]]:
    """Busy-hour speed of the populated place nearest to each test, as 10 log10 of the ratio."""
    tests = tests[tests["download_mbps"] > 0]
    if tests.empty or not tile_count(files.folder):
        return []
    modelled, environment = _nearest_speeds(tests[["x_m", "y_m"]].to_numpy(), files)
    measured = 10 * np.log10(tests["download_mbps"].to_numpy(np.float64))
    modelled = np.where(modelled > 0, modelled, np.nan)
    return error_statistics(
        "speed", measured, 10 * np.log10(modelled), environment, tests["tests"].to_numpy(np.float64)
    )


def _nearest_speeds(position_m: Floats, files: SignalFiles) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Modelled speed and environment of the place nearest to each position; NaN beyond 1 km."""
    nearest = np.full(len(position_m), np.inf)
    modelled, environment = np.full(len(position_m), np.nan), np.zeros(len(position_m), dtype=np.int64)
    for tile in range(tile_count(files.folder)):
        places = read_tile(files.folder, tile, ["x_m", "y_m", "environment"])
        there = places[["x_m", "y_m"]].to_numpy()
        low, high = there.min(axis=0) - _SAME_PLACE_M, there.max(axis=0) + _SAME_PLACE_M
        near = np.flatnonzero(((position_m >= low) & (position_m <= high)).all(axis=1))
        about = np.flatnonzero(np.isin(cell_keys(*there.T), _squares_about(position_m[near])))
        if not len(about):
            continue
        distance, place = cKDTree(there[about]).query(position_m[near], distance_upper_bound=_SAME_PLACE_M)
        place = np.append(about, len(there))[place]
        closer = distance < nearest[near]
        row, place = near[closer], place[closer]
        nearest[row] = distance[closer]
        modelled[row] = read_figures(files.figures(tile), "busy_mbps".__eq__)["busy_mbps"][place]
        environment[row] = places["environment"].to_numpy()[place]
    return modelled, environment


def _squares_about(position_m: Floats) -> npt.NDArray[np.int64]:
    """Keys of the squares of 1 km that hold all that is within _SAME_PLACE_M of the positions."""
    steps = [(east, north) for east in (-1, 0, 1) for north in (-1, 0, 1)]
    return np.unique([cell_keys(*(position_m + np.array(step) * _SAME_PLACE_M).T) for step in steps])


def _powers(tests: pd.DataFrame, files: SignalFiles, country: Country) -> list[dict[str, Any]]:
    if not tile_count(files.folder) or not tests["rsrp_dbm"].notna().any():
        return []
    environment = read_urbanisation(files.urbanisation_grid).at(tests["x_m"].to_numpy(), tests["y_m"].to_numpy())
    return _power_rows(tests.assign(environment=environment), network_for(files, country), country)


def _power_rows(tests: pd.DataFrame, network: NetworkModel, country: Country) -> list[dict[str, Any]]:
    """Received power at each test that names its operator and technology, by the same kernels as the radio stage."""
    named = tests["operator"].isin(network.operators) & (tests["technology"] != "") & tests["rsrp_dbm"].notna()
    tests = tests[named].reset_index(drop=True)
    if tests.empty or network.transmitters.empty:
        return []
    modelled = _modelled_dbm(tests, network, country)
    measured, weight = tests["rsrp_dbm"].to_numpy(np.float64), tests["tests"].to_numpy(np.float64)
    return error_statistics("power", measured, modelled, tests["environment"].to_numpy(np.int64), weight)


def _modelled_dbm(tests: pd.DataFrame, network: NetworkModel, country: Country) -> Floats:
    """What a phone would report of the strongest carrier of the test's operator and technology; NaN out of reach."""
    here = lay_out_tile(tests, network, country)
    received, server = best_servers(here.tile)
    strongest = np.full(len(tests), -np.inf)
    operator, technology = (tests[name].to_numpy()[here.order] for name in ("operator", "technology"))
    width = network.transmitters["bandwidth_mhz"].to_numpy()
    for row, carrier in enumerate(here.carriers):
        named = network.carriers.iloc[carrier]
        at = np.flatnonzero(
            (operator == named["operator"]) & (technology == named["technology"]) & (server[row] != NO_SERVER)
        )
        less = np.array([reference_db(named["technology"], w) for w in width[here.near[server[row, at]]]])
        strongest[at] = np.maximum(strongest[at], 10 * np.log10(received[row, at]) - less)
    in_order = np.empty(len(tests))
    in_order[here.order] = np.where(np.isfinite(strongest), strongest, np.nan)
    return in_order
