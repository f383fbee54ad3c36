"""Whole signal stages of small countries: what more power, one more cell, or a register's word does to people."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commune_coverage.api import run as run_pipeline
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.pipeline.stages.radio.artifacts import read_figures
from commune_coverage.population.tables import read_places
from commune_coverage.radio.scoring.validation import corrections_db, error_statistics, reference_db
from commune_coverage.radio.transmitters import make_gains
from commune_coverage.readers.towers.link_budgets import load_radios
from commune_coverage.runs.run import start_run
from tests import tiny

RUN_DATE = date(2026, 1, 1)


def _register(folder: Path, cells: list[dict[str, object]], more: str = "") -> Path:
    """The tiny country with a register of towers at the middle of its communes."""
    country = tiny.write_files(folder)
    middle = tiny.centres()
    rows = [{**middle.iloc[int(str(cell["at"]))].to_dict(), **cell} for cell in cells]
    pd.DataFrame(rows).drop(columns="at").to_csv(folder / "towers.csv", index=False)
    text = country.read_text().replace('path = "towers.csv"', 'path = "towers.csv"\nformat = "register"')
    country.write_text(text + more)
    return country


def _run(country: Path, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    run_pipeline(country, folder / "d", folder / "m", RUN_DATE, "serial", lambda *_: None)
    latest = folder / "d" / "latest"
    return pd.read_parquet(latest / "commune_gaps.parquet").set_index("commune_code"), _tiles(latest / "stages")


def _tiles(stages: Path) -> pd.DataFrame:
    return pd.concat([pd.DataFrame(read_figures(path)) for path in sorted((stages / "radio").glob("*.arrow"))])


def _received(country: Path, folder: Path) -> pd.DataFrame:
    """What places receive, without all that a run does with it."""
    run = start_run(country, folder / "d", folder / "m", RUN_DATE, "serial")
    for stage in STAGES[: 1 + [stage.name for stage in STAGES].index("radio")]:
        run_stage(stage, run)
    return _tiles(run.stages_folder)


LTE = {
    "at": 4,
    "operator": "One",
    "technology": "4g",
    "band_mhz": 1800,
    "bandwidth_mhz": 20,
    "eirp_dbm": 50.0,
    "antenna_height_m": 30,
}


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(30, 55), st.integers(1, 10), st.integers(0, 8), st.integers(0, 8))
def test_more_power_helps_its_own_users_at_the_edge(
    tmp_path_factory: pytest.TempPathFactory, eirp_dbm: int, more_db: int, first: int, second: int
) -> None:
    folder = tmp_path_factory.mktemp("power")
    cells = [{**LTE, "at": first, "eirp_dbm": eirp_dbm}, {**LTE, "at": second, "eirp_dbm": 48}]
    before = _received(_register(folder / "a", cells), folder / "a")
    cells[0]["eirp_dbm"] = eirp_dbm + more_db
    after = _received(_register(folder / "b", cells), folder / "b")
    own = before["server_4g"].to_numpy() == 0
    assert (after["received_4g_dbm"].to_numpy()[own] >= before["received_4g_dbm"].to_numpy()[own]).all()
    assert (after["edge_mbps"].to_numpy()[own] >= before["edge_mbps"].to_numpy()[own] - 1e-4).all()


def test_what_a_register_states_wins_and_is_known(tmp_path: Path) -> None:
    stated = _run(_register(tmp_path / "a", [{**LTE, "eirp_dbm": 61.0}]), tmp_path / "a")[0]
    silent = {key: value for key, value in LTE.items() if key in ("at", "operator", "technology")}
    assumed = _run(_register(tmp_path / "b", [silent]), tmp_path / "b")[0]
    covered = stated["covered_4g_share"] > 0
    assert (stated.loc[covered, "stated_radio_share"] == 1).all()
    assert (assumed["stated_radio_share"].dropna() == 0).all()
    width = (stated["internet_gap_share_high"] - stated["internet_gap_share_low"]).sum()
    assert width <= (assumed["internet_gap_share_high"] - assumed["internet_gap_share_low"]).sum()
    assert not stated["internet_doubts"].str.contains("power|height|band ").any()


def test_shares_are_in_order_and_the_gap_is_the_sum_of_its_parts(tmp_path: Path) -> None:
    cells = [{**LTE, "eirp_dbm": 58.0}, {"at": 0, "operator": "Two", "technology": "3g"}]
    table, tiles = _run(_register(tmp_path, cells), tmp_path)
    for name in [column.removesuffix("_low") for column in table if column.endswith("_share_low")]:
        if table[name].isna().all():
            assert name.startswith("payment")
            continue
        assert (table[f"{name}_low"] <= table[name] + 1e-12).all()
        assert (table[name] <= table[f"{name}_high"] + 1e-12).all()
    assert (table["no_signal_people"] + table["too_slow_people"]).tolist() == pytest.approx(
        table["internet_gap_people"].tolist()
    )
    chance = tiles[[f"probability_{t}" for t in ("2g", "3g", "4g", "5g")]].to_numpy()
    assert ((chance >= 0) & (chance <= 1)).all()
    loads = pd.read_parquet(tmp_path / "d/latest/stages/transmitters/loads.parquet")
    # Heard: 10 dB under the thermal noise of 20 and of 5 MHz. Not all of them are covered.
    heard = ((tiles["received_4g_dbm"] >= -110.99) | (tiles["received_3g_dbm"] >= -117.01)).to_numpy()
    covered = (tiles[["outdoor_0_4g", "outdoor_1_3g"]] & 1).any(axis=1).to_numpy()
    people = read_places(tmp_path / "d/latest/stages")["people"].to_numpy()
    assert loads["people"].sum() == pytest.approx(people[heard].sum())
    assert people[covered].sum() < people[heard].sum()


def test_terrain_changes_who_is_covered(tmp_path: Path) -> None:
    import rasterio
    from rasterio.transform import from_origin

    cells = [{**LTE, "eirp_dbm": 45.0}]
    flat = _run(_register(tmp_path / "a", cells), tmp_path / "a")[1]
    _register(tmp_path / "b", cells, '\n[layers.elevation]\npath = "dem.tif"\n')
    height = np.zeros((200, 200), dtype="int16")
    height[:, 108:112] = 900
    west, north = tiny.WEST - 5000, tiny.SOUTH + 35_000
    options = {"driver": "GTiff", "height": 200, "width": 200, "count": 1, "dtype": "int16", "crs": tiny.METRIC}
    with rasterio.open(tmp_path / "b/dem.tif", "w", transform=from_origin(west, north, 200, 200), **options) as target:
        target.write(height, 1)
    hills = _run(tmp_path / "b/country.toml", tmp_path / "b")[1]
    drop = flat["received_4g_dbm"].to_numpy() - hills["received_4g_dbm"].to_numpy()
    behind = read_places(tmp_path / "a/d/latest/stages")["x_m"].to_numpy() > tiny.WEST + 18_000
    assert behind.sum() == 3
    assert (drop[behind] > 15).all()
    assert (np.abs(drop[~behind]) < 4).all()


def test_fibre_measurements_and_users_add_to_the_model(tmp_path: Path) -> None:
    middle = tiny.centres()
    more = (
        '\n[layers.fibre]\npath = "fibre.csv"\n[layers.speed_tests]\npath = "tests.csv"\nmin_tests = 2\n'
        '[layers.subscriptions]\npath = "users.csv"\n[radio]\nfixed = [{ within_km = 1.0, speed_mbps = 100.0 }]\n'
        "calibrate = true\ncalibration_tests = 10\n"
    )
    country = _register(tmp_path, [{**LTE, "eirp_dbm": 58.0}], more)
    middle.iloc[[8]].assign(name="node").to_csv(tmp_path / "fibre.csv", index=False)
    lon, lat = middle.iloc[4]
    rows = [(lon + 0.001 * k, lat, 20.0, "One", "4g", -60.0) for k in range(1, 21)]
    names = ["lon", "lat", "download_mbps", "operator", "technology", "rsrp_dbm"]
    pd.DataFrame(rows, columns=names).to_csv(tmp_path / "tests.csv", index=False)
    (tmp_path / "users.csv").write_text("code,users\n010105,300\n")
    table, _ = _run(country, tmp_path)
    assert table.loc["010109", "internet_gap_share"] == 0
    assert table.loc["010109", "fibre_within_1_km_share"] == 1
    assert table.loc["010105", "measured_mobile_tests"] == 20
    assert table.loc["010105", "measured_mobile_gap_25_mbps_share"] == 1
    assert table.loc["010105", "measured_mobile_gap_10_mbps_share"] == 0
    assert np.isnan(table.loc["010101", "measured_mobile_gap_10_mbps_share"])
    assert table.loc["010105", "usage_gap_people"] == pytest.approx(500 - 300)
    agreement_rows = pd.read_csv(tmp_path / "d/latest/agreement.csv", encoding="utf-8-sig")
    power = agreement_rows[(agreement_rows["quantity"] == "power") & (agreement_rows["environment"] == "rural")]
    assert power["bias_db"].abs().item() < 0.02
    assert table["calibration"].str.startswith("rural ").all()
    report = (tmp_path / "d/latest/report.json").read_text()
    assert "calibrated by drive tests, rural" in report


def test_error_statistics_by_hand() -> None:
    measured, modelled = np.array([1.0, 2, 3, 10, np.nan]), np.array([0.0, 0, 0, 0, 0])
    rural, suburban, urban = error_statistics("power", measured, modelled, np.array([0, 0, 0, 2, 2]), np.ones(5))
    assert (rural["bias_db"], rural["places"], urban["bias_db"]) == (2, 3, 10)
    assert np.isnan(suburban["bias_db"])
    assert corrections_db([rural, suburban, urban], 2) == {"rural": 2}
    assert reference_db("4g", 20) == pytest.approx(30.79, abs=0.01)
    assert reference_db("2g", 0.2) == 0


def test_the_shipped_radios_are_whole_and_overrides_win(tmp_path: Path) -> None:
    radios = load_radios(None)
    assert set(radios.technologies) == {"2g", "3g", "4g", "5g"}
    assert radios.budget("X", "rural", "4g") == radios.budget("X", "", "4g") == radios.technologies["4g"]
    shipped = (files("commune_coverage.radio") / "radios.toml").read_text(encoding="utf-8")
    taller = '\n[[overrides]]\nenvironment = "rural"\nantenna_height_m = 40\nsource = "a register"\n'
    (tmp_path / "radios.toml").write_text(shipped + taller, encoding="utf-8")
    own = load_radios(tmp_path / "radios.toml")
    assert own.budget("X", "rural", "4g").antenna_height_m.value == 40
    assert own.budget("X", "suburban", "4g").antenna_height_m.value == 30


@given(st.floats(450, 4000), st.floats(5, 200))
def test_farther_is_never_stronger_on_flat_ground(frequency_mhz: float, height_m: float) -> None:
    pathloss_classes = pd.DataFrame(
        {"frequency_mhz": [frequency_mhz], "effective_height_m": height_m, "lowest_antenna_m": height_m}
    )
    gains = make_gains(pathloss_classes, load_radios(None), 35_000)
    assert (np.diff(gains.table, axis=1) <= 0).all()
    assert (gains.table[:, -1] == 0).all()
    assert (np.diff(gains.round_earth, axis=1) <= 1e-12).all()
