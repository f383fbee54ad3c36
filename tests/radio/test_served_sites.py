"""Whom sites serve, against the loads of their transmitters and against places looked at one by one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from commune_coverage.core.files import read_json, read_table
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, users_by_site
from commune_coverage.pipeline.stages.radio.served_sites import Served, read_served
from commune_coverage.population.tables import read_tile, tile_count
from commune_coverage.population.urbanisation import CELL_M, cell_keys
from commune_coverage.radio.service.users import Users
from commune_coverage.runs.run import Run, start_run
from tests import tiny


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two operators, the second with two sites, in the tiny country with 200 villages."""
    folder = tmp_path_factory.mktemp("served")
    country, rng = tiny.write_files(folder / "in"), np.random.default_rng(4)
    middle = tiny.centres()
    pd.DataFrame(
        {
            "lon": middle["lon"].iloc[[0, 4, 8]],
            "lat": middle["lat"].iloc[[0, 4, 8]],
            "operator": ["One", "Two", "Two"],
            "technology": "4g",
            "band_mhz": 900,
            "bandwidth_mhz": 10,
            "eirp_dbm": 58.0,
            "antenna_height_m": 40,
        }
    ).to_csv(folder / "in/towers.csv", index=False)
    low, high = middle.min(), middle.max()
    pd.DataFrame(
        {
            "village": [f"V{i}" for i in range(200)],
            "people": rng.integers(1, 900, 200),
            **{name: rng.uniform(low[name], high[name], 200).round(6) for name in ("lon", "lat")},
        }
    ).to_csv(folder / "in/villages.csv", index=False)
    country.write_text(country.read_text().replace('path = "towers.csv"', 'path = "towers.csv"\nformat = "register"'))
    started = start_run(country, folder / "d", folder / "m", date(2026, 3, 1), "serial")
    for stage in STAGES:
        if stage.name in ("communes", "people", "towers", "radio", "served_sites"):
            run_stage(stage, started)
    return started


@pytest.fixture
def served(run: Run) -> Served:
    return read_served(run.stages_folder, 3, 9)


def test_sites_serve_whom_their_transmitters_serve_to_the_last_person(run: Run, served: Served) -> None:
    folder = run.stages_folder / "transmitters"
    sites, people = read_table(folder / "cells.parquet")["site"], read_table(folder / "loads.parquet")["people"]
    assert served.people.tolist() == people.groupby(sites).sum().tolist()
    assert sum(served.people) > 10_000


def test_the_hull_of_a_site_holds_all_who_live_where_it_has_a_crowd(run: Run, served: Served) -> None:
    to_metres = Transformer.from_crs("EPSG:4326", run.area.metric_crs, always_xy=True)
    for site, hull in enumerate(served.hulls):
        assert hull is not None
        corners = np.stack(to_metres.transform(*hull.T), axis=1)
        assert np.abs(corners - (corners / CELL_M).round() * CELL_M).max() < 0.01, "corners of squares"
        places = _where_crowded(run, site)
        assert len(places) > 10
        assert shapely.contains_xy(shapely.Polygon(corners), places["x_m"], places["y_m"]).all()


def _where_crowded(run: Run, site: int) -> pd.DataFrame:
    """The places of squares in which the site has ten users and more."""
    found = []
    for tile in range(tile_count(run.stages_folder)):
        places, users = read_tile(run.stages_folder, tile), read_table(SignalFiles(run.stages_folder).users(tile))
        _, square = np.unique(cell_keys(places["x_m"].to_numpy(), places["y_m"].to_numpy()), return_inverse=True)
        crowded = users.loc[(users["site"] == site) & (users["people"] >= 10), "block"]
        found.append(places[np.isin(square, crowded)])
    return pd.concat(found)


def test_those_who_serve_communes_have_no_more_people_than_live_there(run: Run, served: Served) -> None:
    people = read_json(run.stages_folder / "people.report.json")["facts"]["counted"]
    found = pd.DataFrame(
        [(row, site, count) for row, servers in enumerate(served.servers) for site, count in servers],
        columns=["commune", "site", "people"],
    )
    assert found["people"].sum() <= people
    assert found.groupby("site")["people"].sum().tolist() == pytest.approx(served.people, rel=1e-3)
    assert all(servers == sorted(servers, key=lambda each: -each[1]) for servers in served.servers)


def test_users_are_gathered_by_site_and_square() -> None:
    rng = np.random.default_rng(1)
    sites, near, block = np.array([0, 1, 1, -1]), rng.integers(0, 4, 60), np.sort(rng.integers(0, 5, 60))
    people = rng.integers(1, 50, 60) / 4
    wanted: dict[tuple[int, int], float] = {}
    for each in range(60):
        if sites[near[each]] >= 0:
            key = int(sites[near[each]]), int(block[each])
            wanted[key] = wanted.get(key, 0.0) + float(people[each])
    table = users_by_site(Users(block, near, *[people] * 5), sites)
    assert {(row.site, row.block): row.people for row in table.itertuples()} == wanted


def test_without_a_signal_nothing_is_known(tmp_path: Path) -> None:
    people, hulls, servers = read_served(tmp_path, 2, 3)
    assert np.isnan(people).all()
    assert hulls == [None, None]
    assert servers == [[], [], []]
