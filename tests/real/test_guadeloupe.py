"""Guadeloupe: the regulator's shares of people and of territory, by operator and technology, as benchmarks."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

import commune_coverage as cc

OPERATORS = {"Orange": "340-01", "SFR": "340-02", "Digicel": "340-20"}
PUBLISHED_NAMES = {"Orange_caraibe": "Orange", "SFR_caraibe": "SFR", "Digicel": "Digicel"}
MEASURES = {"Couverture_en_population": "people", "Couverture_en_territoire": "land"}
COUNTRY = """
code = "GLP"
name = {{ en = "Guadeloupe" }}
operators = {{ Orange = ["340-01"], SFR = ["340-02"], Digicel = ["340-20"] }}
[layers.communes]
path = "{folder}/communes.geojson"
columns = {{ commune_code = "code", commune_name = "nom" }}
[layers.people]
path = "{folder}/people.csv"
format = "table"
columns = {{ commune_code = "code", people = "population" }}
[layers.towers]
path = "{folder}/cells.csv"
[territory]
spacing_m = 500
"""
BENCHMARK = """
[[benchmarks]]
covered = {{ measure = "{measure}", operator = "{operator}", technology = "{technology}" }}
value = {value}
tolerance = 0.05
date = 2021-12-31
source = "ARCEP, Couvertures mobiles outre-mer"
definition = "Share of {measure} where outdoors 95 calls or sessions of 100 succeed, by the operator's own network"
"""


@pytest.fixture(scope="module")
def oracle(shared_data) -> Path:
    folder = shared_data / "oracles/guadeloupe"
    if not folder.is_dir():
        pytest.skip(f"no known answers at '{folder}'")
    return folder


def published(oracle: Path) -> dict[tuple[str, str, str], float]:
    """Shares by measure, operator and technology; of 2G the sum of its three levels, of 3G and 4G the own network."""
    rows = pd.read_csv(oracle / "official_shares.csv")
    rows = rows[rows["measure"].isin(MEASURES)]
    is_sum = (rows["technology"] == "2G") & rows["level"].isin(["TBC", "BC", "CL"])
    is_own = rows["technology"].isin(["3G", "4G"]) & rows["level"].eq("ReseauPropre")
    sums = rows[is_sum | is_own].groupby(["measure", "operator", "technology"])["percent_or_kbps"].sum() / 100
    return {
        (MEASURES[measure], PUBLISHED_NAMES[operator], technology.lower()): float(value)
        for (measure, operator, technology), value in sums.items()
    }


@pytest.fixture(scope="module")
def results(oracle, tmp_path_factory) -> cc.Results:
    folder = tmp_path_factory.mktemp("glp")
    parts = [
        BENCHMARK.format(measure=measure, operator=operator, technology=technology, value=value)
        for (measure, operator, technology), value in published(oracle).items()
    ]
    (folder / "country.toml").write_text(COUNTRY.format(folder=oracle) + "".join(parts), encoding="utf-8")
    cc.run(folder / "country.toml", folder / "data", folder / "maps", date(2021, 12, 31), "serial")
    return cc.open_results(folder / "data")


def test_every_published_share_stands_beside_ours_with_its_difference_and_definition(oracle, results) -> None:
    table, known = results.benchmarks, published(oracle)
    assert len(table) == len(known) == 18
    assert sorted(table["published"].round(4)) == sorted(round(value, 4) for value in known.values())
    found = table[table["value"].notna()]
    assert (found["difference"] - (found["value"] - found["published"])).abs().max() < 1e-9
    assert table["definition"].str.startswith("Share of ").all()
    assert table["ours"].str.len().min() > 20


def test_land_is_that_of_the_communes(oracle, results) -> None:
    communes = gpd.read_file(oracle / "communes.geojson").to_crs("EPSG:32620")
    land = results.territory_coverage
    whole = land[(land["measure"] == "land") & (land["level"] == "nation")]["whole"]
    assert whole.nunique() == 1
    assert whole.iloc[0] == pytest.approx(communes.area.sum() / 1e6, rel=2e-3)
