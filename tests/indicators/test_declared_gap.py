"""The headline's source: the gap that declarations leave, by hand, and what is not declared is unknown."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import CountryFileError
from commune_coverage.core.files import read_json
from commune_coverage.indicators.declared import NO_PLACE, NO_SPEED, NOBODY, declared_gap, modelled_source
from commune_coverage.indicators.overrides import override
from commune_coverage.site.i18n.messages import catalogue
from tests import tiny

PEOPLE = np.array([100.0, 200.0, 0.0, 50.0])
MODELLED = {"internet_gap_share": np.array([0.5, 0.1, np.nan, np.nan])}


def test_the_gap_is_whom_nobody_declares_to_cover() -> None:
    gap = declared_gap(MODELLED, PEOPLE, np.array([0.75, 1.0, np.nan, np.nan]))
    assert gap["internet_gap_share"][:2].tolist() == [0.25, 0.0]
    assert gap["internet_gap_people"][:2].tolist() == [25.0, 0.0]
    assert np.isnan(gap["internet_gap_share"][2:]).all()
    assert gap["internet_gap_source"].tolist() == ["declared", "declared", "", ""]
    assert gap["internet_evidence"].tolist() == ["declared", "declared", "data-poor", "data-poor"]
    assert gap["internet_note"].tolist() == ["", "", NOBODY, NO_PLACE]
    assert gap["internet_gap_modelled_share"][:2].tolist() == [0.5, 0.1]
    assert np.isnan(gap["internet_gap_share_low"]).all()


def test_a_speed_that_nobody_declares_is_no_gap_of_everybody() -> None:
    gap = declared_gap({}, PEOPLE, None)
    assert np.isnan(gap["internet_gap_share"]).all()
    assert np.isnan(gap["internet_gap_people"]).all()
    assert gap["internet_note"].tolist() == [NO_SPEED, NO_SPEED, NOBODY, NO_SPEED]
    assert set(gap["internet_evidence"]) == {"data-poor"}
    assert {NO_SPEED, NO_PLACE, NOBODY} <= set(catalogue("km"))


def test_the_source_of_a_modelled_gap_is_said_where_there_is_one() -> None:
    assert modelled_source(MODELLED, 4)["internet_gap_source"].tolist() == ["modelled", "modelled", "", ""]
    assert modelled_source({}, 2)["internet_gap_source"].tolist() == ["", ""]


def test_a_challenge_of_a_declared_gap_keeps_what_the_model_says() -> None:
    gap = declared_gap(MODELLED, PEOPLE, np.array([0.75, 1.0, np.nan, np.nan]))
    accepted = pd.DataFrame({"row": [0], "claimed_share": [0.9], "decided_by": ["A"]})
    changed = override(gap, PEOPLE, "internet", accepted)
    assert changed["internet_gap_share"][:2].tolist() == [0.9, 0.0]
    assert changed["internet_gap_modelled_share"][:2].tolist() == [0.5, 0.1]


DECLARED = """
[[layers.coverage]]
path = "one.geojson"
operator = "One"
technology = "4g"
speed_mbps = {speed}
[headline]
source = "declared"
"""


def published(folder: Path, speed: float, is_without_towers: bool = False) -> tuple[Path, str]:
    """A run in which the three communes of the south, with 600 of 4,500 people, are declared covered."""
    country = tiny.write_files(folder / "in")
    south = shapely.box(tiny.WEST, tiny.SOUTH, tiny.WEST + 3 * tiny.SIDE_M, tiny.SOUTH + tiny.SIDE_M)
    gpd.GeoDataFrame(geometry=[south], crs=tiny.METRIC).to_crs("EPSG:4326").to_file(folder / "in/one.geojson")
    text = country.read_text() + DECLARED.format(speed=speed)
    country.write_text(text.replace('[layers.towers]\npath = "towers.csv"\n', "") if is_without_towers else text)
    done = run_pipeline(country, folder / "data", folder / "maps", date(2026, 3, 1), "serial", lambda *_: None)
    return folder / "data/latest", done.headline


@pytest.mark.parametrize("is_without_towers", [False, True])
def test_a_headline_rests_on_declarations_where_the_country_file_says_so(tmp_path, is_without_towers) -> None:
    latest, headline = published(tmp_path, 10, is_without_towers)
    assert "3,900 people (86.7%) without high-speed mobile internet (declared)" in headline
    table = pd.read_csv(latest / "commune_gaps.csv", dtype={"commune_code": str}, encoding="utf-8-sig")
    assert table["internet_gap_share"].tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1]
    assert set(table["internet_gap_source"]) == {"declared"} == set(table["internet_evidence"])
    assert table["internet_gap_modelled_share"].isna().all() == is_without_towers
    dictionary = pd.read_csv(latest / "data_dictionary.csv").set_index("column")["meaning"]
    assert "as operators declare" in dictionary["internet_gap_share"]
    declared = pd.read_csv(latest / "declared_coverage.csv", encoding="utf-8-sig")
    assert pd.read_parquet(latest / "declared_coverage.parquet").shape == declared.shape
    nation = declared[(declared["level"] == "nation") & (declared["service_level"] == "10 Mbps")]
    assert nation.set_index(["operator", "technology"])["covered_people"].to_dict() == {
        ("One", "4g"): 600, ("One", "any"): 600, ("any", "4g"): 600, ("any", "any"): 600,
        ("Two", "4g"): pytest.approx(np.nan, nan_ok=True), ("Two", "any"): pytest.approx(np.nan, nan_ok=True),
    }  # fmt: skip
    assert set(declared.loc[declared["operator"] == "Two", "status"]) == {"not declared"}
    columns = pd.read_csv(latest / "declared_coverage_dictionary.csv")["column"]
    assert columns.tolist() == declared.columns.tolist()
    page = (tmp_path / "maps/latest/index.html").read_text(encoding="utf-8")
    assert "Declared: by the coverage that operators declare" in page
    assert read_json(latest / "report.json")["headline_sources"] == {"internet": "declared"}


def test_a_headline_that_nobody_declares_is_not_available(tmp_path) -> None:
    latest, headline = published(tmp_path, 5)
    assert "high-speed mobile internet gap not available" in headline
    table = pd.read_csv(latest / "commune_gaps.csv", encoding="utf-8-sig")
    assert table["internet_gap_share"].isna().all()
    assert set(table["internet_note"]) == {NO_SPEED}


def test_a_declared_headline_needs_declarations(tmp_path) -> None:
    country = tiny.write_files(tmp_path)
    tiny.say(country, '[headline]\nsource = "declared"')
    with pytest.raises(CountryFileError, match=r"needs \[\[layers.coverage\]\]"):
        load_country(country)
