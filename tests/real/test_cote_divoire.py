"""Côte d'Ivoire's localities, stations and published shares: what levels set by shares reach, and what they do not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.core.files import read_json

pytestmark = pytest.mark.long
PAIRS = [(operator, technology) for operator in ("orange", "mtn") for technology in ("2g", "3g", "4g")]
COUNTRY = """
code = "CIV"
name = {{ en = "Côte d'Ivoire" }}
[layers.communes]
path = "{folder}/sub_prefectures.geojson"
columns = {{ commune_code = "ADM3_PCODE", commune_name = "ADM3_FR" }}
[layers.people]
path = "{folder}/localities.csv"
format = "points"
columns = {{ place_code = "code" }}
[layers.towers]
path = "{folder}/stations.csv"
format = "register"
[layers.known_coverage]
path = "nation.csv"
use = "calibrate"
[[layers.known_coverage.also]]
path = "sub_prefectures.csv"
"""


@pytest.fixture(scope="module")
def oracle(shared_data) -> Path:
    folder = shared_data / "oracles/cote_divoire"
    if not folder.is_dir():
        pytest.skip(f"no known answers at '{folder}'")
    return folder


def located(oracle: Path) -> pd.DataFrame:
    """Localities with the sub-prefecture that they lie in."""
    import geopandas as gpd

    rows = pd.read_csv(oracle / "localities.csv").dropna(subset=["lon", "lat"])
    areas = gpd.read_file(oracle / "sub_prefectures.geojson")[["ADM3_PCODE", "geometry"]]
    points = gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(rows["lon"], rows["lat"]), crs="EPSG:4326")
    return pd.DataFrame(points.sjoin(areas, predicate="within").drop_duplicates("code"))


@pytest.fixture(scope="module")
def board(oracle, tmp_path_factory) -> dict:
    folder, rows = tmp_path_factory.mktemp("civ"), located(oracle)
    national = pd.read_csv(oracle / "official_national.csv")
    of_pairs = national["operator"].isin(["orange", "mtn"]) & (national["date"] == "2023-06-30")
    national[of_pairs].to_csv(folder / "nation.csv", index=False)
    parts = []
    for operator, technology in PAIRS:
        counted = rows.assign(people_covered=rows[f"{operator}_{technology}_covered"] * rows["people"])
        sums = counted.groupby("ADM3_PCODE")[["people_covered", "people"]].sum().query("people > 0").reset_index()
        parts.append(sums.rename(columns={"ADM3_PCODE": "code"}).assign(operator=operator, technology=technology))
    pd.concat(parts).to_csv(folder / "sub_prefectures.csv", index=False)
    (folder / "country.toml").write_text(COUNTRY.format(folder=oracle), encoding="utf-8")
    published = run_pipeline(folder / "country.toml", folder / "d", folder / "m", date(2026, 3, 1), "serial")
    return dict(read_json(folder / "d/runs" / published.run_id / "scoreboard.json"))


def of_nation(board: dict, pair: tuple[str, str]) -> dict:
    return next(
        row for row in board["figures"] if row["level"] == "nation" and (row["operator"], row["technology"]) == pair
    )


def of_sub_prefectures(board: dict, pair: tuple[str, str]) -> list[dict]:
    rows = [row for row in board["figures"] if row["level"] == "commune"]
    return [row for row in rows if (row["operator"], row["technology"]) == pair]


def scores(board: dict, pair: tuple[str, str]) -> dict[str, dict]:
    """Of the sub-prefectures, by predictor."""
    rows = [row for row in board["scores"] if (row["operator"], row["technology"]) == pair]
    return {row["predictor"]: row for row in rows if row["level"] == "commune"}


@pytest.mark.parametrize("pair", PAIRS)
def test_the_national_share_is_met_within_three_points(board, pair) -> None:
    row = of_nation(board, pair)
    assert row["use"] == "calibration"
    assert abs(row["model_share"] - row["known_share"]) < 0.03


@pytest.mark.parametrize("pair", PAIRS)
def test_known_figures_are_the_files_own_totals(board, oracle, pair) -> None:
    """Flags times people, without any radio: people of the sub-prefectures, covered and all, to the last person."""
    rows, (operator, technology) = located(oracle), pair
    known = [
        row for row in board["figures"] if row["level"] == "commune" and (row["operator"], row["technology"]) == pair
    ]
    assert len(known) == 510
    covered = sum(round(row["known_share"] * row["people"]) for row in known)
    assert covered == int((rows[f"{operator}_{technology}_covered"] * rows["people"]).sum())


@pytest.mark.parametrize("pair", PAIRS)
def test_the_disc_is_the_baseline_that_it_is_by_hand(board, oracle, pair) -> None:
    """One radius from a tree of stations, fitted to the national share, over the localities as they are."""
    from scipy.spatial import cKDTree

    rows, (operator, technology) = located(oracle), pair
    stations = pd.read_csv(oracle / "stations.csv")
    named = {"2g": "GSM", "3g": "UMTS", "4g": "LTE"}[technology]
    stations = stations[(stations["operator"].str.lower() == operator) & (stations["technology"] == named)]

    def plane_km(table: pd.DataFrame) -> np.ndarray:
        """Sphere; the country is 8 degrees high, so that east is scaled by each row's own latitude."""
        lat, lon = np.radians(table["lat"].to_numpy()), np.radians(table["lon"].to_numpy())
        return 6371 * np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])

    distance = cKDTree(plane_km(stations)).query(plane_km(rows))[0]
    order, people = np.argsort(distance), rows["people"].to_numpy()
    running = np.cumsum(people[order]) / people.sum()
    share = of_nation(board, pair)["known_share"]
    radius = distance[order][np.argmin(np.abs(running - share))]
    by_hand = pd.DataFrame({"code": rows["ADM3_PCODE"], "covered": (distance <= radius) * people, "people": people})
    sums = by_hand.groupby("code").sum().query("people > 0")
    found = {row["code"]: row["disc_share"] for row in of_sub_prefectures(board, pair)}
    apart = (sums["covered"] / sums["people"] - pd.Series(found)).abs()
    assert np.average(apart.fillna(0), weights=sums["people"]) < 0.005


@pytest.mark.parametrize("pair", PAIRS)
def test_the_error_stays_near_that_of_the_disc(board, pair) -> None:
    """Not yet at least as good in every pair: docs/validation.md says why. It must not get worse."""
    found = scores(board, pair)
    most = {"orange": 0.0005, "mtn": 0.005}[pair[0]]
    assert found["model"]["mean_absolute_error"] < found["disc"]["mean_absolute_error"] + most
    assert found["model"]["correlation"] > 0.3


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair[1] != "4g"])
def test_a_withheld_share_is_predicted_within_ten_points(board, pair) -> None:
    """Nothing in the other shares tells that MTN had just begun with 4G, whose level is 40 dB off."""
    row = of_nation(board, pair)
    assert abs(row["withheld_share"] - row["known_share"]) < 0.10
