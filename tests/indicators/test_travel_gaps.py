import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.config.thresholds import Thresholds
from commune_coverage.indicators import delivery, payment
from commune_coverage.indicators.composite import composite_columns
from commune_coverage.schema.inputs import BOUNDS

LIMITS = Thresholds()


def _delivery_ways():
    """Four places: near, far when wet, far always, with no way at all."""
    dry, wet = np.array([20.0, 50.0, 100.0, np.inf]), np.array([25.0, 70.0, 130.0, np.inf])
    ways = {"has_node": np.array([True, True, True, False])}
    for season, minutes in (("dry", dry), ("wet", wet)):
        ways |= {
            f"pickup_{season}": minutes,
            f"pickup_{season}_low": minutes * 0.5,
            f"pickup_{season}_high": minutes * 2,
        }
        ways |= {f"foot_{season}": np.array([20.0, 5.0, 50.0, 0.0]), f"parcel_{season}": minutes * 4}
    return ways


def _sums(indicators, people):
    return {name: np.array([np.sum(values * people)]) for name, values in indicators.items()}


def test_delivery_columns_by_hand():
    people = np.array([10.0, 20.0, 30.0, 40.0])
    indicators = delivery.place_indicators(_delivery_ways(), [30.0, 120.0], 60.0, 250.0)
    assert {f"{kind}_{season}" for kind in ("reached", "promise", "foot") for season in ("dry", "wet")} <= set(
        indicators
    )
    columns = delivery.delivery_columns(np.array([100.0]), _sums(indicators, people), [30.0, 120.0])
    found = {name: pytest.approx(float(values[0])) for name, values in columns.items()}
    assert found["delivery_gap_people"] == 70
    assert found["delivery_gap_wet_people"] == 90
    assert found["delivery_wet_loss_people"] == 20
    assert found["delivery_gap_share_low"] == 0.4
    assert found["delivery_gap_share_high"] == 0.9
    assert found["within_30_min_share"] == 0.1
    assert found["within_120_min_share"] == 0.6
    assert found["within_120_min_wet_share"] == 0.3
    assert found["unreachable_people"] == 40
    assert found["parcel_promise_share"] == 0.3
    assert found["delivery_foot_share"] == (10 * 1 + 20 * 0.1 + 30 * 0.5) / 60


@given(st.lists(st.tuples(st.floats(0, 300), st.floats(0, 300)), min_size=1, max_size=20))
def test_low_gap_estimate_and_high_are_in_order(minutes):
    dry, wet = (np.array(values) for values in zip(*minutes, strict=True))
    people = np.ones(len(dry))
    ways = {"has_node": np.ones(len(dry), dtype=bool)}
    for season, values in (("dry", dry), ("wet", wet)):
        ways |= {
            f"pickup_{season}{bound}": values * factor for bound, factor in zip(BOUNDS, (1, 0.8, 1.3), strict=True)
        }
        ways |= {f"foot_{season}": np.zeros(len(dry))}
    indicators = delivery.place_indicators(ways, [30.0], 60.0, 480.0)
    columns = delivery.delivery_columns(np.array([float(len(dry))]), _sums(indicators, people), [30.0])
    for gap in ("delivery_gap_share", "delivery_gap_wet_share"):
        assert columns[f"{gap}_low"] <= columns[gap] <= columns[f"{gap}_high"]
    assert columns["within_30_min_share_low"] <= columns["within_30_min_share"] <= columns["within_30_min_share_high"]


def _payment_ways(away_m, walk_min, wet_walk_min=None):
    wet = walk_min if wet_walk_min is None else wet_walk_min
    ways = {"payment_m": np.array(away_m)}
    for season, minutes in (("dry", walk_min), ("wet", wet)):
        ways |= {f"walk_{season}{bound}": np.array(minutes) for bound in BOUNDS}
        ways[f"drive_{season}"] = np.array(minutes) / 6
    return ways


def test_cash_is_near_by_distance_or_on_foot_and_farther_where_it_is_rural():
    ways = _payment_ways([1900.0, 4000.0, 4000.0, 9000.0, 9000.0], [40.0, 70.0, 70.0, 29.0, 200.0])
    rural = np.array([False, False, True, True, True])
    found = payment.place_indicators(ways, rural, LIMITS)
    assert found["near_dry"].tolist() == [1, 0, 1, 1, 0]
    assert found["within_rural_km"].tolist() == [0, 0, 1, 0, 0]
    assert found["drive_dry"].tolist() == [1, 1, 1, 1, 0]


def test_cash_that_water_cuts_off_in_the_wet_season_is_not_near():
    found = payment.place_indicators(_payment_ways([500.0], [10.0], [np.inf]), np.array([False]), LIMITS)
    assert (found["near_dry"][0], found["near_wet"][0]) == (1, 0)
    columns = payment.payment_columns(np.array([7.0]), _sums(found, np.array([7.0])), LIMITS)
    assert columns["payment_gap_people"][0] == 0
    assert columns["payment_gap_wet_people"][0] == 7
    assert np.isnan(columns["payment_within_5_km_rural_share"][0])


def test_composite_by_hand_and_how_far_a_rank_moves():
    shares = {"internet": np.array([0.9, 0.2, np.nan, np.nan]), "delivery": np.array([0.1, 0.6, 0.5, np.nan])}
    columns = composite_columns(shares, {"internet": 1.0, "delivery": 1.0, "payment": 1.0})
    assert columns["composite_gap_share"].tolist() == pytest.approx([0.5, 0.4, 0.5, np.nan], nan_ok=True)
    assert columns["composite_rank"].tolist() == pytest.approx([1, 3, 1, np.nan], nan_ok=True)
    # Internet counted four times as much as delivery, or the other way round.
    assert columns["composite_rank_low"].tolist() == pytest.approx([1, 1, 1, np.nan], nan_ok=True)
    assert columns["composite_rank_high"].tolist() == pytest.approx([3, 3, 2, np.nan], nan_ok=True)


def test_a_gap_without_weight_does_not_count():
    shares = {"internet": np.array([0.9, 0.2]), "delivery": np.array([0.1, 0.6])}
    columns = composite_columns(shares, {"internet": 0.0, "delivery": 2.0, "payment": 1.0})
    assert columns["composite_gap_share"].tolist() == [0.1, 0.6]
    assert columns["composite_rank"].tolist() == [2, 1]
