"""Côte d'Ivoire's localities as declared coverage: every sum is that of the file's own flags, to the person."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from commune_coverage.core.files import read_geo
from commune_coverage.pipeline.stages.declared.table import read_declared, tabulate_declared
from tests.pipeline.test_declared_coverage import run_until_sums

OPERATORS, TECHNOLOGIES = ("orange", "mtn"), ("2g", "3g", "4g")
COUNTRY = """
code = "CIV"
name = {{ en = "Côte d'Ivoire" }}
[layers.communes]
path = "{folder}/sub_prefectures.geojson"
columns = {{ commune_code = "ADM3_PCODE", commune_name = "ADM3_FR" }}
[[layers.coverage]]
path = "{folder}/localities.csv"
date = 2023-06-30
{flags}
"""
FLAG = '[layers.coverage.flags.{0}_{1}_covered]\noperator = "{0}"\ntechnology = "{1}"'


@pytest.fixture(scope="module")
def oracle(shared_data) -> Path:
    folder = shared_data / "oracles/cote_divoire"
    if not folder.is_dir():
        pytest.skip(f"no known answers at '{folder}'")
    return folder


@pytest.fixture(scope="module")
def table(oracle, tmp_path_factory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("civ")
    flags = "\n".join(FLAG.format(*pair) for pair in itertools.product(OPERATORS, TECHNOLOGIES))
    (folder / "country.toml").write_text(COUNTRY.format(folder=oracle, flags=flags), encoding="utf-8")
    run = run_until_sums(folder / "country.toml", folder / "data")
    communes = read_geo(run.stages_folder / "communes.parquet")
    declared = read_declared(run.stages_folder, communes["area_km2"].to_numpy())
    return tabulate_declared(communes, declared, ["Moov"])


def by_flags(oracle: Path, operator: str, technology: str) -> tuple[pd.DataFrame, np.ndarray]:
    """All localities, and whether an operator, or any of them, covers each."""
    rows = pd.read_csv(oracle / "localities.csv")
    names = OPERATORS if operator == "any" else (operator,)
    used = TECHNOLOGIES if technology == "any" else (technology,)
    flags = [rows[f"{name}_{one}_covered"] == 1 for name, one in itertools.product(names, used)]
    return rows, np.logical_or.reduce(flags)


def rows_of(table: pd.DataFrame, level: str, operator: str, technology: str) -> pd.DataFrame:
    is_it = (table["level"] == level) & (table["operator"] == operator) & (table["technology"] == technology)
    return table[is_it].set_index("code")


@pytest.mark.parametrize(
    ("operator", "technology"), list(itertools.product((*OPERATORS, "any"), (*TECHNOLOGIES, "any")))
)
def test_every_sum_is_that_of_the_files_own_flags(table, oracle, operator, technology) -> None:
    import geopandas as gpd

    rows, covered = by_flags(oracle, operator, technology)
    nation, communes = (rows_of(table, level, operator, technology) for level in ("nation", "commune"))
    assert nation["people"].tolist() == [22_671_331] == [rows["people"].sum()]
    assert nation["covered_people"].tolist() == [rows["people"][covered].sum()]
    areas = gpd.read_file(oracle / "sub_prefectures.geojson")[["ADM3_PCODE", "geometry"]]
    points = gpd.GeoDataFrame(rows.assign(covered=covered), geometry=gpd.points_from_xy(rows["lon"], rows["lat"]))
    inside = points.set_crs("EPSG:4326").dropna(subset=["lon"]).sjoin(areas, predicate="within")
    counted = inside.assign(held=inside["people"] * inside["covered"]).groupby("ADM3_PCODE")[["people", "held"]].sum()
    counted = counted.reindex(communes.index, fill_value=0)
    assert communes["people"].tolist() == counted["people"].tolist()
    assert communes["covered_people"].tolist() == counted["held"].tolist()


def test_the_published_figure_differs_by_no_more_than_the_earlier_state_of_the_flags(table, oracle) -> None:
    """Whom either covers with 4G since is among those whom one of the two covers since, as published of each."""
    published = pd.read_csv(oracle / "official_national.csv").query("date == '2023-06-30' and technology == '4g'")
    published = published.set_index("operator")["people_covered"]
    held = {name: rows_of(table, "nation", name, "4g")["covered_people"].iloc[0] for name in (*OPERATORS, "any")}
    since = sum(published[name] - held[name] for name in OPERATORS)
    assert (published["any"], held["any"], since) == (20_681_366, 20_640_329, 82_381)
    assert 0 <= published["any"] - held["any"] <= since


def test_an_operator_that_is_not_in_the_file_is_not_declared(table) -> None:
    rows = rows_of(table, "nation", "Moov", "4g")
    assert rows["status"].tolist() == ["not declared"]
    assert rows[["covered_people", "covered_people_share"]].isna().all(axis=None)
