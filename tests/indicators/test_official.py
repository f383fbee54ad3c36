"""Official indicators by hand, by their definitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from commune_coverage.config.official import Official
from commune_coverage.indicators.internet import internet_columns
from commune_coverage.indicators.official import official_indicators
from commune_coverage.schema.inputs import PLACE_BOUNDS
from commune_coverage.schema.official import OFFICIAL_INDICATORS

COMMUNES = pd.DataFrame(
    {
        "commune_code": ["0101", "0102", "0201"],
        "province_code": ["01", "01", "02"],
        "province_name": ["North", "North", "South"],
        "people": [3000.0, 1000.0, 6000.0],
        "area_km2": [10.0, 40.0, 50.0],
        **{f"at_least_2g_share{bound}": [1.0, 0.5, np.nan] for bound in ("", "_low", "_high")},
        "at_least_3g_share": [0.9, 0.5, 0.2],
        "at_least_3g_share_low": [0.8, 0.4, 0.1],
        "at_least_3g_share_high": [1.0, 0.6, 0.3],
        "rural_people": [0.0, 1000.0, 3000.0],
        "rural_access_share": [np.nan, 0.5, 0.7],
    }
)
POINTS = pd.DataFrame(
    {
        "commune_code": ["0101", "0101", "0101", "0201", "0201", "", "0102"],
        "class": ["bank", "ATM", "Agent", "atm ", "microfinance", "bank", "agent"],
    }
)

TWO_G, THREE_G, FOUR_G = (f"Population covered by at least a {name} mobile network" for name in ("2G", "3G", "4G"))
ROADS = "Rural population who live within 2 km of an all-season road"
BRANCHES, ATMS, AGENTS = "Commercial bank branches", "Automated teller machines", "Mobile money agents"


def found(points: pd.DataFrame = POINTS, **official: object) -> pd.DataFrame:
    table = official_indicators(COMMUNES, points, Official(**official))
    assert set(table.columns) == set(OFFICIAL_INDICATORS.names) - {"synthetic_layers"}
    return table.set_index(["title", "unit", "code"])


def test_shares_are_weighted_by_people_of_the_communes_that_are_known() -> None:
    table = found()
    percent = table.xs("%", level="unit")["value"]
    assert percent[THREE_G, ""] == pytest.approx(100 * (0.9 * 3 + 0.5 + 0.2 * 6) / 10)
    assert percent[THREE_G, "01"] == pytest.approx(100 * (0.9 * 3 + 0.5) / 4)
    assert percent[TWO_G, ""] == pytest.approx(100 * 3.5 / 4)
    assert np.isnan(percent[TWO_G, "02"])
    assert np.isnan(percent[FOUR_G, ""])
    low_high = table.loc[THREE_G, "%", "02"]
    assert (low_high["value_low"], low_high["value_high"]) == (pytest.approx(10), pytest.approx(30))


def test_rural_access_is_of_rural_people() -> None:
    percent = found().xs("%", level="unit")["value"]
    assert percent[ROADS, ""] == pytest.approx(100 * (0.5 * 1000 + 0.7 * 3000) / 4000)


def test_points_are_counted_by_kind_for_adults_and_for_land() -> None:
    table = found(adults_share=0.6, adults_source="census 2020")["value"]
    adults, area = "per 100,000 adults", "per 1,000 km2"
    assert table[BRANCHES, adults, ""] == pytest.approx(1 / 6000 * 1e5)
    assert table[ATMS, adults, ""] == pytest.approx(2 / 6000 * 1e5)
    assert table[AGENTS, adults, "01"] == pytest.approx(2 / 2400 * 1e5)
    assert table[ATMS, area, "02"] == pytest.approx(1 / 50 * 1000)
    assert table[BRANCHES, area, "02"] == 0


def test_a_figure_for_land_has_no_code_of_a_series_for_adults() -> None:
    by_unit = found().groupby("unit")["series"].agg(set)
    assert by_unit["per 1,000 km2"] == {""}
    assert by_unit["per 100,000 adults"] == {"FB_CBK_BRCH", "FB_ATM_TOTL", ""}


def test_without_adults_or_points_nothing_is_said() -> None:
    assert found()["value"].xs("per 100,000 adults", level="unit").isna().all()
    assert "adults_share" in found()["differs"][ATMS, "per 100,000 adults", ""]
    assert found(POINTS[:0])["value"].xs("per 1,000 km2", level="unit").isna().all()


def test_adults_have_a_source_and_classes_are_the_countrys() -> None:
    with pytest.raises(ValidationError, match="adults_source"):
        Official(adults_share=0.6)
    table = found(classes={"branch": ["Microfinance", "bank"]})["value"]
    assert table[BRANCHES, "per 1,000 km2", "02"] == pytest.approx(1 / 50 * 1000)


def test_a_place_with_lte_alone_has_at_least_3g() -> None:
    """A hundred people, 60 with LTE alone, 10 of them and 5 others with 2G."""
    base = {"signal": 65.0, "is_stated": 0.0, "served_10": 60.0, "edge_served_10": 60.0, "served_indoor_10": 60.0}
    names = [
        f"{where}_any_{name}" for where in ("outdoor", "in_vehicle", "indoor") for name in ("2g", "3g", "4g", "5g")
    ]
    held = dict.fromkeys(names, 0.0) | {"outdoor_any_2g": 15.0, "outdoor_any_4g": 60.0}
    held |= {"at_least_2g": 65.0, "at_least_3g": 60.0, "at_least_4g": 60.0, "at_least_5g": 0.0}
    held |= dict.fromkeys((f"operators_{number}" for number in (1, 2, 3)), 0.0) | base
    sums = {f"{name}{bound}": np.array([value]) for name, value in held.items() for bound in PLACE_BOUNDS}
    columns = internet_columns(np.array([100.0]), np.array([1.0]), sums, [10.0])
    assert columns["covered_3g_share"].tolist() == [0.0]
    assert columns["at_least_3g_share"].tolist() == [0.6]
    assert columns["at_least_2g_share"].tolist() == [0.65]
