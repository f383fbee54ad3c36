"""Levels of each operator and technology: by hand, by the formulas written out, and against the signal tables."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather

from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, read_figures
from commune_coverage.pipeline.stages.radio.level_tiles import Pair, pairs_of, read_levels
from commune_coverage.population.tables import read_tile, tile_count
from commune_coverage.radio.levels import Levels, levels_of
from commune_coverage.radio.service.place import place_figures
from commune_coverage.radio.tile import NO_SERVER
from commune_coverage.runs.run import start_run
from commune_coverage.schema.inputs import TECHNOLOGIES
from tests import tiny
from tests.hata import open_country_db
from tests.radio.test_country import LTE, RUN_DATE, _register
from tests.radio.test_figures import EVERY_PLACE, PLACES, RADIOS, Case, left_of
from tests.radio.test_following import _random_cells, _run, _write

STEP_DB = 0.01
UMTS = {**LTE, "operator": "Two", "technology": "3g", "band_mhz": 2100, "bandwidth_mhz": 5}
SUBCARRIERS = {"4g": 60, "5g": 30}


def reference_db(technology: str, width_mhz: float) -> float:
    """RSRP is one of so many subcarriers a MHz, RSCP a tenth of the power, RXLEV all of it."""
    return 10 * math.log10(
        SUBCARRIERS[technology] * width_mhz if technology in SUBCARRIERS else 1 + 9 * (technology == "3g")
    )


def _radio(country: Path, folder: Path) -> SignalFiles:
    """The files of the radio stage."""
    run = start_run(country, folder / "d", folder / "m", RUN_DATE, "serial")
    for stage in STAGES[: 1 + [stage.name for stage in STAGES].index("radio")]:
        run_stage(stage, run)
    return SignalFiles(run.stages_folder)


def _all_levels(files: SignalFiles, pair: Pair) -> tuple[pd.DataFrame, Levels]:
    """All places and the levels of one operator and technology there."""
    places = [read_tile(files.folder, tile) for tile in range(tile_count(files.folder))]
    levels = [read_levels(files.levels(tile), pair, len(each)) for tile, each in enumerate(places)]
    return pd.concat(places), Levels(*(np.concatenate(parts) for parts in zip(*levels, strict=True)))


def _km_from(column: int, row: int, places: pd.DataFrame) -> np.ndarray:
    x_m, y_m = tiny.at(column, row)
    return np.hypot(places["x_m"] - x_m, places["y_m"] - y_m).to_numpy() / 1000


def test_the_level_of_a_known_tower_is_its_power_less_the_loss(tmp_path: Path) -> None:
    files = _radio(_register(tmp_path, [LTE, {**UMTS, "at": 0}]), tmp_path)
    for pair, at, mhz, less_db in (
        (("One", "4g"), (1, 1), 1800, 10 * math.log10(1200)),
        (("Two", "3g"), (0, 0), 2100, 10.0),
    ):
        places, levels = _all_levels(files, Pair(*pair))
        km = _km_from(*at, places)
        near = (km > 1) & (km < 19)
        assert near.sum() >= 3
        wanted = [50 - open_country_db(mhz, 30, float(far)) - less_db for far in km[near]]
        assert levels.received_dbm[near] == pytest.approx(wanted, abs=STEP_DB)
    # Alone, a cell's median SINR is its power over the noise of 20 MHz and what the body takes off.
    one = _all_levels(files, Pair("One", "4g"))[1]
    noise_dbm = -174 + 10 * math.log10(20e6) + RADIOS.technologies["4g"].noise_figure_db
    assert one.sinr_db == pytest.approx(one.received_dbm + 10 * math.log10(1200) - noise_dbm - 3, abs=0.05)


def test_an_operator_without_cells_is_absent_and_out_of_reach_is_unknown(tmp_path: Path) -> None:
    country = _register(tmp_path, [LTE], "\n[radio]\nmax_range_km = 11.0\n")
    files = _radio(country, tmp_path)
    places, levels = _all_levels(files, Pair("One", "4g"))
    reached = _km_from(1, 1, places) < 11
    assert 0 < reached.sum() < len(places) == 9
    for values in levels:
        assert (np.isfinite(values) == reached).all()
    tables = [feather.read_table(files.levels(tile)) for tile in range(tile_count(files.folder))]
    assert [table.column_names for table in tables] == [[f"{name}_0_4g" for name in Levels._fields]] * 2
    for column in range(3):
        assert sum(table.column(column).null_count for table in tables) == (~reached).sum()
    absent = _all_levels(files, Pair("Two", "4g"))[1]
    assert [(len(values), np.isnan(values).all()) for values in absent] == [(9, True)] * 3


@pytest.mark.parametrize("seed", [1, 2])
def test_levels_are_what_the_formulas_say(seed: int) -> None:
    case = Case(seed)
    for operator in case.operators:
        for technology in TECHNOLOGIES:
            own = np.flatnonzero((case.carriers["operator"] == operator) & (case.carriers["technology"] == technology))
            found = levels_of(case.inputs(), own, EVERY_PLACE)
            for place in range(PLACES):
                wanted = _levels(case, place, own)
                assert [values[place] for values in found] == pytest.approx(wanted, abs=2e-4, rel=1e-5, nan_ok=True)


def _levels(case: Case, place: int, own: np.ndarray) -> tuple[float, float, float]:
    """Level and SINR of the strongest carrier as a phone measures it, and the speed of the fastest."""
    best = (np.nan, np.nan, np.nan)
    for row in own:
        sender = case.received.server[row, place]
        if sender == NO_SERVER:
            continue
        width, technology = case.table["bandwidth_mhz"].to_numpy()[sender], case.carriers["technology"].iloc[row]
        level = 10 * math.log10(case.received.power_mw[row, place]) - reference_db(technology, width)
        edge, _ = case.sinr_db(place, row, "outdoor", RADIOS.conditions.edge_probability, is_busy=False)
        busy, _ = case.sinr_db(place, row, "outdoor", 0.5, is_busy=True)
        heard = case.uplink_db(place, row, "outdoor", RADIOS.conditions.edge_probability) >= 0
        covered = heard and edge >= case.budget(row).min_sinr_db
        speed = case.speed(row, sender, busy) * left_of(float(case.busy[0][sender])) if covered else 0.0
        if not level <= best[0]:
            best = (level, case.sinr_db(place, row, "outdoor", 0.5, is_busy=False)[0], best[2])
        best = (*best[:2], float(np.fmax(best[2], speed)))
    return best


def test_some_places_get_what_they_get_among_all() -> None:
    case, some = Case(6), np.array([0, 3, 99, 100, 250])
    carriers = np.arange(len(case.carriers))
    for alone, among in zip(
        levels_of(case.inputs(), carriers, some), levels_of(case.inputs(), carriers, EVERY_PLACE), strict=True
    ):
        assert alone.tobytes() == among[some].tobytes()


def test_the_fastest_operator_and_technology_gives_the_speed_of_the_place() -> None:
    case = Case(7)
    speeds = [levels_of(case.inputs(), np.array([row]), EVERY_PLACE).speed_mbps for row in range(len(case.carriers))]
    fastest = place_figures(case.inputs(), np.zeros(PLACES), EVERY_PLACE).busy_mbps
    assert (np.nan_to_num(np.array(speeds)).max(axis=0) == fastest).all()
    assert len(set(fastest)) > PLACES / 2


def test_levels_of_a_run_agree_with_its_signal_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One carrier for each operator and technology: the strongest of all is the received power of the technology."""
    monkeypatch.setattr("commune_coverage.readers.population.tiles.TILE_M", 9_000.0)
    rng = np.random.default_rng(3)
    country = _write(tmp_path / "in", _random_cells(rng, 60, 1), rng)
    files = SignalFiles(_run(country, tmp_path / "a", 1).stages_folder)
    cells = pd.read_parquet(files.transmitters).set_index("key")
    assert tile_count(files.folder) > 4
    for tile in range(tile_count(files.folder)):
        figures, pairs = read_figures(files.figures(tile)), pairs_of(files.levels(tile))
        places = len(figures["busy_mbps"])
        levels = {pair: read_levels(files.levels(tile), pair, places) for pair in pairs}
        speeds = np.array([each.speed_mbps for each in levels.values()])
        assert np.nanmax(speeds, axis=0) == pytest.approx(figures["busy_mbps"], rel=2**-11)
        for technology in ("2g", "3g", "4g"):
            power, server = figures[f"received_{technology}_dbm"], figures[f"server_{technology}"]
            operator = cells["operator"].reindex(server).to_numpy()
            width = cells["bandwidth_mhz"].reindex(server).to_numpy()
            for row in np.flatnonzero(server != NO_SERVER):
                own = levels[Pair(operator[row], technology)].received_dbm[row]
                assert own == pytest.approx(power[row] - reference_db(technology, width[row]), abs=STEP_DB / 2 + 1e-4)


def test_a_place_takes_six_bytes_for_each_operator_and_technology(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    country = _write(tmp_path / "in", _random_cells(rng, 60, 1), rng)
    files = SignalFiles(_run(country, tmp_path / "a", 1).stages_folder)
    tables = [feather.read_table(files.levels(tile)) for tile in range(tile_count(files.folder))]
    pairs, table = len(pairs_of(files.levels(0))), tables[0]
    assert (pairs, sum(each.num_rows for each in tables), table.num_columns) == (6, 700, 18)
    assert {field.type for field in table.schema} == {pa.int16(), pa.float16()}
    # Values, and a bit of each that says whether it is known.
    assert table.nbytes <= table.num_rows * pairs * 3 * (2 + 1 / 8) + 100
    about = table.schema.field(0).metadata
    assert (about[b"operator"], about[b"technology"], about[b"unit"], about[b"step"]) == (
        b"One",
        b"2g",
        b"dBm",
        b"0.01",
    )
