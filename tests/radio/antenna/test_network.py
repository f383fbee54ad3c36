"""Sectors of a network: which cells are one transmitter, their keys, groups and patterns; whole runs with azimuths."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.pipeline.stages.radio.artifacts import read_figures
from commune_coverage.population.tables import read_places
from commune_coverage.population.urbanisation import RURAL
from commune_coverage.radio.antenna.directivity import OMNIDIRECTIONAL
from commune_coverage.radio.antenna.patterns import ParabolicCut, measured_pattern, parabolic_pattern
from commune_coverage.radio.antenna.sectors import ANTENNA_COLUMNS, directivity_of, interfering_groups
from commune_coverage.radio.network_model import distant_power_mw, sector_share
from commune_coverage.radio.transmitters import make_network
from commune_coverage.readers.towers.link_budgets import load_radios
from commune_coverage.runs.run import Run, start_run
from tests import tiny
from tests.radio.test_following import _bytes, _run

RADIOS = load_radios(None)
NAN = np.nan
MEASURED = {
    "a.msi": measured_pattern(
        np.array([0.0, 180]), np.array([0.0, 15]), np.array([0.0, 6, 90]), np.array([4.0, 0, 9]), 6.0
    )
}


def network(patterns=None, **columns) -> pd.DataFrame:
    """Transmitters of cells of one site, but for what is stated of them."""
    count = len(next(iter(columns.values())))
    usual = {
        "operator": "One", "technology": "4g", "site": 0, "samples": 10.0, "lon": 104.0, "lat": 11.0, "x_m": 0.0,
        "y_m": 0.0, "band_mhz": 1800.0, "bandwidth_mhz": 20.0, "eirp_dbm": 60.0, "antenna_height_m": 30.0,
    }  # fmt: skip
    cells = pd.DataFrame(usual | columns, index=range(count))
    if "azimuth_deg" in cells and "grid_azimuth_deg" not in cells:
        cells["grid_azimuth_deg"] = cells["azimuth_deg"]
    flat = np.full(count, NAN)
    return make_network(cells, np.full(count, RURAL, dtype=np.int8), flat, True, RADIOS, patterns).transmitters


def test_equal_cells_are_one_transmitter_and_cells_that_point_elsewhere_are_not() -> None:
    table = network(azimuth_deg=[0.0, 120, 240, 240, NAN, NAN], electrical_tilt_deg=[2.0, 2, 2, 2, NAN, NAN])
    assert sorted(zip(table["azimuth_deg"].fillna(-1), table["sectors"], strict=True)) == [
        (-1, 2), (0, 1), (120, 1), (240, 2),
    ]  # fmt: skip
    tilted = network(azimuth_deg=[0.0, 0, 0], electrical_tilt_deg=[2.0, 3, 2])
    assert sorted(tilted["sectors"]) == [1, 2]


def test_where_no_azimuth_is_known_nothing_else_of_the_antenna_counts() -> None:
    plain = network(site=[0, 0, 1])
    stated = network(site=[0, 0, 1], electrical_tilt_deg=[3.0, NAN, 5], horizontal_beamwidth_deg=[65.0, 33, NAN])
    pd.testing.assert_frame_equal(plain, stated)
    assert plain["sectors"].tolist() == [2, 1] or plain["sectors"].tolist() == [1, 2]
    assert directivity_of(plain, {}, 1.5) is OMNIDIRECTIONAL


def test_the_key_of_a_transmitter_tells_its_antenna_and_its_pattern_s_content_but_not_other_sites() -> None:
    def keys(patterns=None, **columns):
        table = network(patterns, **columns)
        return set(table["key"])

    one = keys(azimuth_deg=[10.0])
    different = [
        keys(azimuth_deg=[11.0]),
        keys(azimuth_deg=[10.0], mechanical_tilt_deg=[1.0]),
        keys(azimuth_deg=[10.0], vertical_beamwidth_deg=[7.0]),
        keys(MEASURED, azimuth_deg=[10.0], pattern=["a.msi"]),
        keys({"a.msi": parabolic_pattern(ParabolicCut(65.0, 20.0))}, azimuth_deg=[10.0], pattern=["a.msi"]),
        keys(azimuth_deg=[NAN]),
    ]
    assert len(set.union(one, *different)) == 1 + len(different)
    beside = network(azimuth_deg=[10.0, 50.0, NAN], site=[0, 1, 2], x_m=[0.0, 1e5, 2e5])
    assert set(beside.loc[beside["site"] == 0, "key"]) == one
    assert set(beside.loc[beside["site"] == 2, "key"]) == set(network(site=[2], x_m=[2e5])["key"])


def test_sectors_that_point_elsewhere_interfere_and_others_of_a_site_do_not() -> None:
    table = pd.DataFrame(
        {"site": [0, 0, 0, 3, 1, 1, 2], "azimuth_deg": [0.0, 0, 120, NAN, NAN, NAN, 0], "carrier": [0] * 7}
    )
    groups = interfering_groups(table)
    alike = groups[:, None] == groups
    expected = np.eye(7, dtype=bool)
    for first, second in ((0, 1), (4, 5)):
        expected[first, second] = expected[second, first] = True
    assert (alike == expected).all()
    omnidirectional = table.assign(azimuth_deg=NAN)
    assert interfering_groups(omnidirectional).tolist() == [0, 0, 0, 3, 1, 1, 2]


def test_no_cells_of_a_site_interfere_where_one_of_their_carrier_has_no_azimuth() -> None:
    azimuth_deg = [0.0, 120, NAN, 0, 120]
    groups = interfering_groups(pd.DataFrame({"site": 0, "carrier": [0, 0, 0, 1, 1], "azimuth_deg": azimuth_deg}))
    assert len(set(groups[:3])) == 1
    assert len(set(groups[3:])) == 2


def test_a_sector_with_an_azimuth_sends_its_whole_power_where_it_points() -> None:
    table = network(azimuth_deg=[0.0, NAN], site=[0, 1], x_m=[0.0, 1e5]).sort_values("site")
    assert sector_share(table).tolist() == pytest.approx([1, 1 / 3])
    assert distant_power_mw(table, RADIOS).tolist() == pytest.approx([1e6 * 0.5, 1e6 / 3 * 0.5])


@pytest.mark.parametrize(
    ("columns", "horizontal_db", "vertical_db", "max_db"),
    # At 60 degrees around, and 8 degrees down.
    [
        ({}, 12 * (60 / 65) ** 2, 0.0, 20),
        ({"horizontal_beamwidth_deg": [33.0]}, 20.0, 0.0, 20),
        ({"vertical_beamwidth_deg": [7.0]}, 12 * (60 / 70) ** 2, 12 * (8 / 7) ** 2, 25),
        ({"electrical_tilt_deg": [3.0]}, 12 * (60 / 70) ** 2, 12 * (8 / 10) ** 2, 25),
        ({"electrical_tilt_deg": [0.0]}, 12 * (60 / 65) ** 2, 0.0, 20),
        ({"horizontal_beamwidth_deg": [90.0], "vertical_beamwidth_deg": [20.0]}, 12 * (60 / 90) ** 2, 1.92, 25),
        ({"horizontal_beamwidth_deg": [360.0]}, 0.0, 0.0, 20),
        ({"pattern": ["a.msi"], "horizontal_beamwidth_deg": [33.0]}, 5.0, 9 * 2 / 84, 15),
    ],
)
def test_the_pattern_is_that_which_is_stated(columns, horizontal_db: float, vertical_db: float, max_db: float) -> None:
    made = directivity_of(network(MEASURED, azimuth_deg=[30.0], **columns), MEASURED, 1.5)
    assert -10 * np.log10(made.horizontal[0, 600]) == pytest.approx(horizontal_db, abs=0.001)
    assert -10 * np.log10(made.vertical[0, 980]) == pytest.approx(vertical_db, abs=0.001)
    assert -10 * np.log10(made.min_gain[0]) == pytest.approx(max_db)
    assert (made.east[0], made.north[0]) == pytest.approx((0.5, np.sqrt(0.75)))
    assert made.over_receiver_m.tolist() == [28.5]


def test_the_electrical_tilt_of_a_measured_cut_is_not_counted_twice() -> None:
    def turned(**columns) -> list[float]:
        return directivity_of(
            network(MEASURED, azimuth_deg=[0.0], **columns), MEASURED, 1.5
        ).electrical_tilt_deg.tolist()

    assert turned(pattern=["a.msi"]) == [0]
    assert turned(pattern=["a.msi"], electrical_tilt_deg=[6.0]) == [0]
    assert turned(pattern=["a.msi"], electrical_tilt_deg=[8.0]) == [2]
    assert turned(electrical_tilt_deg=[8.0]) == [8]


# Whole runs


def _cells(rng: np.random.Generator, sites: int) -> pd.DataFrame:
    """A register: sites of three sectors, some without azimuth, some with tilts and a measured pattern."""
    corner, other = (tiny.centres().agg(name) for name in ("min", "max"))
    rows = []
    for site in range(sites):
        lon, lat = rng.uniform(corner["lon"], other["lon"]), rng.uniform(corner["lat"], other["lat"])
        turn, known = rng.uniform(0, 360), rng.random() < 0.7
        rows += [
            {
                "lon": lon,
                "lat": lat,
                "technology": technology,
                "operator": ("One", "Two")[site % 2],
                "cell_id": f"{site}-{sector}-{technology}",
                "eirp_dbm": 50 + site % 5,
                "azimuth_deg": round((turn + 120 * sector) % 360) if known else NAN,
                "electrical_tilt_deg": (NAN, 4.0, 6.0)[site % 3],
                "mechanical_tilt_deg": (2.0, NAN)[site % 2],
                "pattern": ("", "a.csv", "", "b.csv", "", "", "", "")[site % 8],
            }
            for sector in range(3)
            for technology in ("4g", "3g")[: 1 + site % 2]
        ]
    return pd.DataFrame(rows)


def _write_pattern(folder: Path, name: str, back_db: float) -> None:
    angles = np.arange(0, 360, 10)
    lost = back_db / 2 * (1 - np.cos(np.radians(angles)))
    pd.DataFrame({"angle": angles, "attenuation": lost.round(3)}).to_csv(folder / name, index=False)


def _country(folder: Path, cells: pd.DataFrame, rng: np.random.Generator) -> Path:
    country = tiny.write_files(folder)
    corner, other = (tiny.centres().agg(name) for name in ("min", "max"))
    villages = pd.DataFrame(
        {
            "village": [f"V{i}" for i in range(300)],
            "people": rng.integers(1, 900, 300),
            "lon": rng.uniform(corner["lon"] - 0.02, other["lon"] + 0.02, 300).round(6),
            "lat": rng.uniform(corner["lat"] - 0.02, other["lat"] + 0.02, 300).round(6),
        }
    )
    villages.to_csv(folder / "villages.csv", index=False)
    cells.to_csv(folder / "towers.csv", index=False)
    _write_pattern(folder, "a.csv", 20)
    _write_pattern(folder, "b.csv", 30)
    patterns = 'patterns = [{ path = "a.csv" }, { path = "b.csv" }]'
    text = country.read_text().replace('path = "towers.csv"', f'path = "towers.csv"\nformat = "register"\n{patterns}')
    country.write_text(text)
    return country


def _figures(run: Run) -> dict[str, bytes]:
    return {name: content for name, content in _bytes(run).items() if name.startswith("radio/")}


def test_a_run_that_follows_one_with_other_azimuths_tilts_and_patterns_is_as_if_cold(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    cells = _cells(rng, 40)
    country = _country(tmp_path / "in", cells, rng)
    runs = [_run(country, tmp_path / "a", 1)]
    changes = {
        2: lambda: cells.__setitem__("azimuth_deg", cells["azimuth_deg"].where(cells.index > 5, 77.0)),
        3: lambda: cells.__setitem__("electrical_tilt_deg", cells["electrical_tilt_deg"].where(cells.index < 170, 9.0)),
        4: lambda: _write_pattern(tmp_path / "in", "b.csv", 15),
        5: lambda: cells.__setitem__("azimuth_deg", cells["azimuth_deg"].where(cells.index > 3, NAN)),
    }
    for day, change in changes.items():
        change()
        cells.to_csv(country.parent / "towers.csv", index=False)
        followed, cold = _run(country, tmp_path / "a", day), _run(country, tmp_path / f"b{day}", day)
        assert followed.stage_report("radio")["compute_mode"].startswith("from the run before: ")
        assert _bytes(followed) == _bytes(cold)
        assert _figures(followed) != _figures(runs[-1]), "the change makes no difference"
        runs.append(followed)


def test_two_workers_give_the_bytes_of_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    country = _country(tmp_path / "in", _cells(rng, 12), rng)
    tables = []
    for engine in ("serial", "processes"):
        data = tmp_path / engine
        run_pipeline(country, data, data / "maps", date(2026, 1, 1), engine, lambda *_: None)
        stages = data / "latest" / "stages"
        parts = sorted(
            path for name in ("radio", "levels", "transmitters", "serving_cells") for path in (stages / name).iterdir()
        )
        tables.append([path.read_bytes() for path in parts] + [(data / "latest/commune_gaps.parquet").read_bytes()])
    assert tables[0] == tables[1]


def test_turning_the_azimuths_of_a_register_changes_who_is_served(tmp_path: Path) -> None:
    """One mast in the middle: behind a sector its front-to-back ratio of 20 dB is lost, ahead of it nothing."""
    middle = tiny.centres().iloc[4]
    cell = {"lon": middle["lon"], "lat": middle["lat"], "technology": "4g", "operator": "One", "eirp_dbm": 60}
    received = {}
    for azimuth in (0, 180, NAN):
        folder = tmp_path / str(azimuth)
        country = _country(folder, pd.DataFrame([cell | {"azimuth_deg": azimuth}]), np.random.default_rng(1))
        country.write_text(country.read_text().replace('patterns = [{ path = "a.csv" }, { path = "b.csv" }]', ""))
        run = start_run(country, folder / "d", folder / "m", date(2026, 1, 1), "serial")
        for stage in STAGES[: 1 + [stage.name for stage in STAGES].index("radio")]:
            run_stage(stage, run)
        tiles = sorted((run.stages_folder / "radio").glob("*.arrow"))
        received[azimuth] = np.concatenate([read_figures(tile)["received_4g_dbm"] for tile in tiles])
        places = read_places(run.stages_folder, ["x_m", "y_m"])
    east, north = places["x_m"] - tiny.at(1, 1)[0], places["y_m"] - tiny.at(1, 1)[1]
    near = np.hypot(east, north).to_numpy() < 8000
    is_north, is_south = ((np.abs(np.arctan2(east, sign * north)) < 0.3).to_numpy() & near for sign in (1, -1))
    assert is_north.any()
    assert is_south.any()
    lost_north, lost_south = (received[NAN] - received[azimuth] for azimuth in (180, 0))
    assert lost_north[is_north] == pytest.approx(20, abs=0.01)
    assert lost_south[is_south] == pytest.approx(20, abs=0.01)
    # 0.3 radians off: 12 (17.2 / 65)^2 dB.
    assert (received[NAN] - received[0])[is_north].max() < 0.85
    assert (received[NAN] - received[0])[is_north].min() >= 0


def test_the_transmitters_of_a_run_hold_what_is_known_of_their_antennas(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    run = _run(_country(tmp_path / "in", _cells(rng, 8), rng), tmp_path / "a", 1)
    table = pd.read_parquet(run.stages_folder / "transmitters" / "cells.parquet")
    assert set(ANTENNA_COLUMNS) <= set(table)
    named = table[table["pattern"] != ""]
    assert (named["pattern_digest"] != "").all()
    assert set(named["pattern"]) <= {"a.csv", "b.csv"}
    (value,) = [
        row["value"]
        for row in run.stage_report("radio")["assumptions"]
        if row["name"] == "sectors whose azimuth is known"
    ]
    known = table["azimuth_deg"].notna().sum()
    assert value == f"{known} of {len(table)} transmitters, {len(named)} with a measured pattern"
