"""National figures of four communes, by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from commune_coverage.indicators.measured import measured_columns
from commune_coverage.indicators.national import national_figures

NAN = math.nan


def _table() -> pd.DataFrame:
    """Two known communes of 100 and 300 people, one of 50 that is data-poor, and one of which nothing is known."""
    gap = {"internet": [40.0, 30.0, 25.0, NAN], "delivery": [10.0, 90.0, 50.0, NAN], "payment": [20.0, 0.0, NAN, NAN]}
    evidence = {
        "internet": ["measured", "modelled", "data-poor", "data-poor"],
        "delivery": ["modelled", "modelled", "modelled", "data-poor"],
        "payment": ["modelled", "modelled", "data-poor", "data-poor"],
    }
    table = pd.DataFrame({"commune_code": ["1", "2", "3", "4"], "people": [100.0, 300.0, 50.0, NAN]})
    for theme, people in gap.items():
        table[f"{theme}_gap_people"], table[f"{theme}_evidence"] = people, evidence[theme]
    of_people = {
        "delivery_gap_wet": [20.0, 120.0, NAN, NAN],
        "payment_gap_wet": [30.0, 60.0, 50.0, NAN],
        "delivery_wet_loss": [10.0, 30.0, NAN, NAN],
        "unreachable": [0.0, 3.0, 6.0, NAN],
        "unreachable_wet": [1.0, 3.0, 5.0, NAN],
    }
    for name, people in of_people.items():
        table[f"{name}_people"] = people
    table["rural_access_share"], table["rural_people"] = [0.5, 0.25, NAN, NAN], [20.0, 300.0, 50.0, NAN]
    covered = {"2g": [1.0, 0.9, 0.0], "3g": [0.5, 0.5, 0.5], "4g": [0.9, 0.1, NAN], "5g": [0.0, 0.2, 0.0]}
    for technology, share in covered.items():
        table[f"covered_{technology}_share"] = [*share, NAN]
    table["measured_mobile_tests"], table["measured_fixed_tests"] = [30.0, 10.0, 5.0, 0.0], [0.0, 0.0, 3.0, 0.0]
    table["measured_mobile_gap_10_mbps_share"] = [0.2, 0.6, NAN, NAN]
    table["measured_mobile_gap_2p5_mbps_share"] = [0.1, 0.1, NAN, NAN]
    table["measured_fixed_gap_10_mbps_share"] = [NAN] * 4
    return table


def test_national_figures_of_four_communes_by_hand() -> None:
    found = national_figures(_table(), {"minutes_to_hub_median": 12.5, "parcel_minutes_median": NAN})
    assert found.pop("communes") == 4
    wanted = {
        "people": 450,
        # Of those who are known 70 of 400; 50 live where too little is, and the commune without people adds none.
        "internet_gap_people": 70,
        "internet_gap_share": 70 / 400,
        "internet_data_poor_people": 50,
        "internet_data_poor_communes": 2,
        "delivery_gap_people": 150,
        "delivery_gap_share": 150 / 450,
        "delivery_data_poor_people": None,
        "delivery_data_poor_communes": 1,
        "payment_gap_people": 20,
        "payment_gap_share": 20 / 400,
        "payment_data_poor_people": 50,
        "payment_data_poor_communes": 2,
        # Of the people of the communes where the figure is known, whatever the evidence of another.
        "delivery_gap_wet_people": 140,
        "delivery_gap_wet_share": 140 / 400,
        "payment_gap_wet_people": 140,
        "payment_gap_wet_share": 140 / 450,
        "delivery_wet_loss_people": 40,
        "delivery_wet_loss_share": 40 / 400,
        "unreachable_people": 9,
        "unreachable_share": 9 / 450,
        "unreachable_wet_people": 9,
        "unreachable_wet_share": 9 / 450,
        # 20 of the rural people at a half, 300 at a quarter.
        "rural_access_share": (10 + 75) / 320,
        "covered_2g_share": (100 + 270 + 0) / 450,
        "covered_3g_share": 0.5,
        "covered_4g_share": (90 + 30) / 400,
        "covered_5g_share": 60 / 450,
        # 30 tests of which 6 are slow, 10 of which 6 are; the five of a commune with too few do not count.
        "measured_mobile_gap_10_mbps_share": 12 / 40,
        "measured_mobile_gap_2p5_mbps_share": 4 / 40,
        "measured_fixed_gap_10_mbps_share": None,
        "minutes_to_hub_median": 12.5,
        "minutes_to_hub_wet_median": None,
        "parcel_minutes_median": None,
        "parcel_minutes_wet_median": None,
    }
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert found[name] == (value if value is None else pytest.approx(value, rel=1e-12)), name


def test_where_every_commune_is_data_poor_no_share_is_made_up() -> None:
    table = _table()
    table["internet_evidence"] = "data-poor"
    found = national_figures(table, {})
    assert found["internet_gap_people"] is None
    assert found["internet_gap_share"] is None
    assert found["internet_data_poor_people"] == 450
    assert found["internet_data_poor_communes"] == 4


def _tests(rows: list[tuple[int, str, int, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["commune", "network", "tests", "download_mbps"])


def test_one_test_at_10_and_three_at_30_are_25_mbps() -> None:
    tests = _tests(
        [
            (0, "mobile", 1, 10.0),
            (0, "mobile", 3, 30.0),
            (1, "mobile", 3, 80.0),
            (0, "fixed", 4, 100.0),
            (1, "fixed", 9, NAN),
        ]
    )
    found = measured_columns(tests, 3, [25.0, 10.0], 4)
    # (1 x 10 + 3 x 30) / 4; three tests are one fewer than is asked for.
    np.testing.assert_array_equal(found["measured_mobile_download_mbps"], [25.0, NAN, NAN])
    np.testing.assert_array_equal(found["measured_mobile_tests"], [4.0, 3.0, 0.0])
    # One of four is below 25; none is below 10, for 10 is not.
    np.testing.assert_array_equal(found["measured_mobile_gap_25_mbps_share"], [0.25, NAN, NAN])
    np.testing.assert_array_equal(found["measured_mobile_gap_10_mbps_share"], [0.0, NAN, NAN])
    np.testing.assert_array_equal(found["measured_fixed_download_mbps"], [100.0, NAN, NAN])
    np.testing.assert_array_equal(found["measured_fixed_tests"], [4.0, 0.0, 0.0])
