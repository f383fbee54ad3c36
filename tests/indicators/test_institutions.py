"""Institutions against geodesics and sums by brute force, and through a run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyproj import Geod

import commune_coverage as cc
from commune_coverage.indicators.institutions import nearest_masts_m, people_around
from commune_coverage.schema.institutions import INSTITUTIONS
from tests import tiny

GEOD = Geod(ellps="WGS84")


def distances_m(points: pd.DataFrame, others: pd.DataFrame) -> np.ndarray:
    """Geodesics between all pairs, (points, others)."""
    rows = [
        GEOD.inv(np.full(len(others), lon), np.full(len(others), lat), others["lon"], others["lat"])[2]
        for lon, lat in points[["lon", "lat"]].to_numpy()
    ]
    return np.array(rows).reshape(len(points), len(others))


def positions(seed: int, count: int, west: float, south: float) -> pd.DataFrame:
    """Within 20 km; longitudes beyond 180 count from -180 on."""
    rng = np.random.default_rng(seed)
    lon = west + rng.uniform(0, 0.2, count)
    return pd.DataFrame({"lon": (lon + 180) % 360 - 180, "lat": south + rng.uniform(0, 0.2, count)})


@pytest.mark.parametrize(("west", "south"), [(104.0, 11.0), (179.9, -17.0), (25.0, 78.0)])
def test_masts_and_people_are_those_of_geodesics(west: float, south: float) -> None:
    points = positions(1, 40, west, south)
    cells = positions(2, 60, west, south).assign(technology=["2g", "4g", "4g"] * 20)
    tiles = [positions(seed, 500, west, south).assign(people=np.arange(500.0)) for seed in (3, 4)]
    found = nearest_masts_m(points, cells)
    all_m = distances_m(points, cells)
    assert found["nearest_mast_m"].to_numpy() == pytest.approx(all_m.min(axis=1), rel=1e-6, abs=1e-3)
    is_4g = (cells["technology"] == "4g").to_numpy()
    assert found["nearest_4g_m"].to_numpy() == pytest.approx(all_m[:, is_4g].min(axis=1), rel=1e-6, abs=1e-3)
    assert found["nearest_5g_m"].isna().all()
    around, people = people_around(points, tiles), pd.concat(tiles, ignore_index=True)
    near = distances_m(points, people)
    for radius in (1, 3, 5):
        wanted = (near <= 1000 * radius) @ people["people"].to_numpy()
        assert around[f"people_within_{radius}_km"].tolist() == pytest.approx(wanted.tolist())


def test_without_masts_people_or_points_there_is_nothing() -> None:
    points, none = positions(1, 3, 104.0, 11.0), pd.DataFrame(columns=["technology", "lon", "lat"])
    assert nearest_masts_m(points, none).isna().all(axis=None)
    assert people_around(points, []).eq(0).all(axis=None)
    assert nearest_masts_m(points[:0], positions(2, 3, 104.0, 11.0).assign(technology="4g")).empty
    assert people_around(points[:0], [positions(3, 5, 104.0, 11.0).assign(people=1.0)]).empty


def test_a_run_writes_each_institution_with_its_commune(tmp_path: Path) -> None:
    country, middle = tiny.write_files(tmp_path), tiny.centres().round(7)
    tiny.without_limits(country)
    schools = middle.iloc[[0, 8]].assign(id=["a", "b"], name=["A", "=B"], kind="school")
    away = pd.DataFrame({"lon": [0.0], "lat": [50.0], "id": "c", "name": "C", "kind": "school"})
    pd.concat([schools, away]).to_csv(tmp_path / "schools.csv", index=False)
    text = country.read_text(encoding="utf-8")
    section = '[layers.institutions]\npath = "schools.csv"\ncolumns = { class = "kind" }\n\n[layers.towers]'
    country.write_text(text.replace("[layers.towers]", section), encoding="utf-8")
    cc.run(country, tmp_path / "data", tmp_path / "maps", date(2026, 11, 30), "serial")
    table = cc.open_results(tmp_path / "data").institutions
    assert table.columns.tolist() == INSTITUTIONS.names
    assert table["commune_code"].astype(str).str.zfill(6).tolist() == ["010101", "010109"]
    # The cells stand in the middles of the first and of the fifth commune, villages in the middles of all.
    assert table["nearest_mast_m"].tolist() == pytest.approx([0, 10_000 * 2**0.5], rel=1e-3, abs=1)
    assert table["people_within_5_km"].tolist() == pytest.approx([100, 900])
