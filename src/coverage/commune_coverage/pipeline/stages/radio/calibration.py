"""The model validation stage: modelled against measured speed and power; and the calibration by drive tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from commune_coverage.config.country import Country
from commune_coverage.core.files import read_table, write_json, write_table
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, carrier_offsets_db, read_figures
from commune_coverage.pipeline.stages.radio.network import lay_out_tile, network_for
from commune_coverage.population.tables import read_tile, read_urbanisation, tile_count
from commune_coverage.population.urbanisation import NAMES, UrbanisationGrid, cell_keys
from commune_coverage.radio.best_server import best_servers
from commune_coverage.radio.network_model import NetworkModel
from commune_coverage.radio.scoring.validation import corrections_db, error_statistics, reference_db, shrunken_means_db
from commune_coverage.radio.tile import NO_SERVER
from commune_coverage.runs.run import Run

Progress = Callable[[int, int], None]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

COLUMNS = ["environment", "quantity", "places", "tests", "bias_db", "spread_db"]
_SAME_PLACE_M = 1000.0


def agreement(run: Run, _: Progress) -> StageResult:
    """Write ``model_validation.parquet``: bias and spread of speed and received power by environment."""
    files = SignalFiles(run.stages_folder)
    rows = []
    if files.speed_tests.is_file() and files.transmitters.is_file():
        tests = read_table(files.speed_tests)
        rows = [row for each in _speeds(tests, files) for row in _statistics(each)]
        rows += [row for each in _powers(tests, files, run.country) for row in _statistics(each)]
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


class Measured(NamedTuple):
    """Measured and modelled values of one quantity at (n,) places; ``carrier`` is -1 where none is known.

    ``operator`` and ``technology`` are '' for all together.
    """

    quantity: str
    operator: str
    technology: str
    position_m: Floats
    environment: Integers
    measured_db: Floats
    modelled_db: Floats
    tests: Floats
    carrier: Integers


def measured_levels(files: SignalFiles, country: Country) -> list[Measured]:
    """Speeds of all operators, and received powers by operator and technology, beside what is modelled."""
    if not files.speed_tests.is_file():
        return []
    tests = read_table(files.speed_tests)
    powers = [part for each in _powers(tests, files, country) for part in _by_pair(each, tests, files, country)]
    return [*_speeds(tests, files), *powers]


def _statistics(measured: Measured) -> list[dict[str, Any]]:
    return error_statistics(
        measured.quantity, measured.measured_db, measured.modelled_db, measured.environment, measured.tests
    )


def calibrate(files: SignalFiles, country: Country, urbanisation_grid: UrbanisationGrid) -> dict[str, float]:
    """Write and return the shift of received power by environment; empty unless the country file sets ``calibrate``.

    What is then left of each carrier goes into ``carrier_corrections``.
    """
    shifts: dict[str, float] = {}
    corrections: list[dict[str, Any]] = []
    if country.radio.calibrate and files.speed_tests.is_file():
        tests = read_table(files.speed_tests)
        places = tests.assign(environment=urbanisation_grid.at(tests["x_m"].to_numpy(), tests["y_m"].to_numpy()))
        network = network_for(files, country, {})
        powers = _power_levels(places, network, country)
        min_tests = country.radio.calibration_tests
        shifts = corrections_db([row for each in powers for row in _statistics(each)], min_tests)
        corrections = [row for each in powers for row in _by_carrier(each, shifts, network, min_tests)]
    write_json(files.calibration, shifts)
    write_json(files.carrier_corrections, corrections)
    return shifts


def _by_carrier(
    measured: Measured, shifts_db: dict[str, float], network: NetworkModel, min_tests: int
) -> list[dict[str, Any]]:
    """What the errors of each operator and band have of their own, where it is not nothing."""
    pooled = np.array([shifts_db.get(name, np.nan) for name in NAMES])[measured.environment]
    own_db = measured.measured_db - measured.modelled_db - pooled
    found = shrunken_means_db(own_db, measured.carrier, measured.tests, min_tests)
    rows = []
    for number, (correction_db, tests) in found.items():
        if number >= 0 and correction_db:
            carrier = network.carriers.iloc[number]
            named = {name: carrier[name] for name in ("operator", "technology")}
            named["frequency_mhz"] = float(carrier["frequency_mhz"])
            rows.append(named | {"correction_db": correction_db, "tests": tests})
    return rows


def _speeds(tests: pd.DataFrame, files: SignalFiles) -> list[Measured]:
    """Busy-hour speed of the populated place nearest to each test, as 10 log10."""
    tests = tests[(tests["network"] == "mobile") & (tests["download_mbps"] > 0)]
    if tests.empty or not tile_count(files.folder):
        return []
    position_m = tests[["x_m", "y_m"]].to_numpy()
    modelled, environment = _nearest_speeds(position_m, files)
    measured = 10 * np.log10(tests["download_mbps"].to_numpy(np.float64))
    modelled = 10 * np.log10(np.where(modelled > 0, modelled, np.nan))
    weight, nothing = tests["tests"].to_numpy(np.float64), np.full(len(tests), -1)
    return [Measured("speed", "", "", position_m, environment, measured, modelled, weight, nothing)]


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


def _powers(tests: pd.DataFrame, files: SignalFiles, country: Country) -> list[Measured]:
    """Received power at each test with the levels of this run."""
    if not tile_count(files.folder) or not tests["rsrp_dbm"].notna().any():
        return []
    environment = read_urbanisation(files.urbanisation_grid).at(tests["x_m"].to_numpy(), tests["y_m"].to_numpy())
    network = network_for(files, country)
    offsets_db = carrier_offsets_db(files, network.carriers)
    return _power_levels(tests.assign(environment=environment), network, country, offsets_db)


def _power_levels(
    tests: pd.DataFrame, network: NetworkModel, country: Country, offsets_db: Floats | None = None
) -> list[Measured]:
    """Received power at each test that names its operator and technology, by the same kernels as the radio stage."""
    tests = _named(tests, network)
    if tests.empty or network.transmitters.empty:
        return []
    offsets_db = np.zeros(len(network.carriers)) if offsets_db is None else offsets_db
    modelled, carrier = _modelled_dbm(tests, network, country, offsets_db)
    measured, weight = tests["rsrp_dbm"].to_numpy(np.float64), tests["tests"].to_numpy(np.float64)
    environment, position_m = tests["environment"].to_numpy(np.int64), tests[["x_m", "y_m"]].to_numpy()
    return [Measured("power", "", "", position_m, environment, measured, modelled, weight, carrier)]


def _named(tests: pd.DataFrame, network: NetworkModel) -> pd.DataFrame:
    named = tests["operator"].isin(network.operators) & (tests["technology"] != "") & tests["rsrp_dbm"].notna()
    return tests[named].reset_index(drop=True)


def _by_pair(measured: Measured, tests: pd.DataFrame, files: SignalFiles, country: Country) -> list[Measured]:
    """The received powers of each operator and technology."""
    tests, parts = _named(tests, network_for(files, country)), []
    pairs = tests[["operator", "technology"]].drop_duplicates().sort_values(["operator", "technology"])
    for operator, technology in pairs.to_numpy(dtype=str):
        rows = np.flatnonzero((tests["operator"] == operator) & (tests["technology"] == technology))
        values = {name: getattr(measured, name)[rows] for name in Measured._fields[3:]}
        parts.append(Measured(measured.quantity, str(operator), str(technology), **values))
    return parts


def _modelled_dbm(
    tests: pd.DataFrame, network: NetworkModel, country: Country, offsets_db: Floats
) -> tuple[Floats, Integers]:
    """What a phone would report of the strongest carrier of the test's operator and technology, and which that is.

    NaN and -1 out of reach.
    """
    here = lay_out_tile(tests, network, country)
    received, server = best_servers(here.tile)
    strongest, strongest_carrier = np.full(len(tests), -np.inf), np.full(len(tests), -1)
    operator, technology = (tests[name].to_numpy()[here.order] for name in ("operator", "technology"))
    width = network.transmitters["bandwidth_mhz"].to_numpy()
    for row, carrier in enumerate(here.carriers):
        named = network.carriers.iloc[carrier]
        at = np.flatnonzero(
            (operator == named["operator"]) & (technology == named["technology"]) & (server[row] != NO_SERVER)
        )
        less = np.array([reference_db(named["technology"], w) for w in width[here.near[server[row, at]]]])
        level = 10 * np.log10(received[row, at]) - less + offsets_db[carrier]
        better = level > strongest[at]
        strongest[at[better]], strongest_carrier[at[better]] = level[better], carrier
    in_order, carrier_in_order = np.empty(len(tests)), np.empty(len(tests), dtype=np.int64)
    in_order[here.order] = np.where(np.isfinite(strongest), strongest, np.nan)
    carrier_in_order[here.order] = strongest_carrier
    return in_order, carrier_in_order
