"""Gaps of groups of people, by hand."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.official import Official
from commune_coverage.indicators.official import official_indicators
from commune_coverage.indicators.people_groups import group_gaps
from tests import tiny
from tests.conftest import INVENTED_DATE

GAP = {"internet_gap": [0.5, 0.25, np.nan], "delivery_gap": [0.0, 1.0, 0.5], "payment_gap": [0.1, 0.2, 0.3]}


def _communes() -> gpd.GeoDataFrame:
    table = pd.DataFrame({
        "commune_code": ["1", "2", "3"], "province_code": ["A", "A", "B"], "people": [100.0, 200.0, 50.0],
    })  # fmt: skip
    for gap, shares in GAP.items():
        share = np.array(shares)
        table[f"{gap}_share"] = share
        table[f"{gap}_share_low"], table[f"{gap}_share_high"] = share / 2, np.minimum(share * 1.5, 1)
    return gpd.GeoDataFrame(table)


def test_a_group_has_the_share_of_each_commune_it_lives_in() -> None:
    table = group_gaps(_communes(), {"women": np.array([60.0, 80.0, 20.0])}).set_index(["level", "code"])
    nation = table.loc[("nation", "")]
    assert nation["people"] == 160
    assert nation["people_share"] == pytest.approx(160 / 350)
    assert nation["internet_gap_people"] == 60 * 0.5 + 80 * 0.25
    # Of the third commune nothing is known: 140 women count for the share, and all 20 at the high end.
    assert nation["internet_gap_share"] == pytest.approx(50 / 140)
    assert nation["internet_gap_people_low"] == 25
    assert nation["internet_gap_people_high"] == pytest.approx(60 * 0.75 + 80 * 0.375 + 20)
    assert table.loc[("province", "A"), "delivery_gap_people"] == 80
    assert np.isnan(table.loc[("province", "B"), "internet_gap_people"])
    assert table.loc[("commune", "3"), "payment_gap_people"] == pytest.approx(6)


def test_a_group_that_is_everybody_has_the_gap_of_everybody() -> None:
    communes = _communes()
    table = group_gaps(communes, {"all": communes["people"].to_numpy()})
    of_communes = table[table["level"] == "commune"]
    for gap in GAP:
        assert of_communes[f"{gap}_share"].to_numpy() == pytest.approx(communes[f"{gap}_share"].to_numpy(), nan_ok=True)


def test_adults_that_are_counted_stand_in_for_a_share_of_everybody() -> None:
    communes = _communes().assign(area_km2=10.0, rural_people=0.0)
    for name in ("at_least_2g_share", "at_least_3g_share", "at_least_4g_share", "rural_access_share"):
        communes = communes.assign(**{f"{name}{end}": 1.0 for end in ("", "_low", "_high")})
    points = pd.DataFrame({"commune_code": ["1", "2", "2"], "class": ["bank"] * 3})
    communes["province_name"] = communes["province_code"]
    official = Official(adults_share=0.6, adults_source="a census")
    table = official_indicators(communes, points, official, np.array([50.0, 100.0, 30.0]))
    row = table[(table["series"] == "FB_CBK_BRCH") & (table["level"] == "nation")].iloc[0]
    assert row["value"] == pytest.approx(3 / 180 * 100_000)
    assert "people_groups" in row["differs"]


def test_a_run_publishes_the_table_and_a_run_without_groups_none(tmp_path: Path) -> None:
    country = tiny.write_with_roads(tmp_path / "in")
    run_pipeline(country, tmp_path / "data", tmp_path / "maps", INVENTED_DATE, "serial", lambda *_: None)
    assert not (tmp_path / "data/latest/people_groups.csv").exists()
    women = pd.DataFrame({"commune_code": tiny.CODES, "people": np.arange(50, 500, 50)})
    women.to_csv(country.with_name("women.csv"), index=False)
    tiny.say(country, '[[layers.people_groups]]\npath = "women.csv"\nformat = "table"\ngroup = "women"')
    run_pipeline(country, tmp_path / "data", tmp_path / "maps", INVENTED_DATE, "serial", lambda *_: None)
    table = pd.read_csv(tmp_path / "data/latest/people_groups.csv", dtype={"code": str}, keep_default_na=False)
    gaps = pd.read_csv(tmp_path / "data/latest/commune_gaps.csv", dtype={"commune_code": str})
    nation = table[table["level"] == "nation"].iloc[0]
    assert float(nation["people"]) == pytest.approx(2250, abs=1e-3)
    # Half of everybody in each commune, so half of each gap.
    assert float(nation["delivery_gap_people"]) == pytest.approx(gaps["delivery_gap_people"].sum() / 2, abs=1e-3)
    assert table["people_share"].astype(float).to_numpy() == pytest.approx(0.5, abs=1e-6)
    assert (tmp_path / "data/latest/people_groups_dictionary.csv").is_file()
