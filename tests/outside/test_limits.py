"""At the limits themselves: what is exactly at one is within it, what is beside it is not."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import shapely

from commune_coverage.config.thresholds import Plausibility, Thresholds
from commune_coverage.indicators import delivery, payment
from commune_coverage.indicators.evidence import TowerEvidence, internet_evidence, travel_evidence, uncertainty_reasons
from commune_coverage.planning.reports import verify as check
from commune_coverage.quality.select_versions import national_failure, plausibility_failure
from commune_coverage.radio.fixed_broadband import within_m
from commune_coverage.schema.inputs import BOUNDS
from commune_coverage.travel.off_road import dry_level_ground
from commune_coverage.travel.routing.snapping import Nodes, direct_walks

LIMITS = Thresholds()


def _about(limit: float) -> np.ndarray:
    """The least number below a limit, the limit, and the least above it."""
    return np.array([math.nextafter(limit, 0), limit, math.nextafter(limit, math.inf)])


def _ways(minutes: np.ndarray) -> dict[str, np.ndarray]:
    ways = {"has_node": np.ones(len(minutes), dtype=bool)}
    for season in ("dry", "wet"):
        ways |= {f"pickup_{season}{bound}": minutes for bound in BOUNDS}
        ways |= {f"foot_{season}": np.zeros(len(minutes)), f"parcel_{season}": minutes * 8}
    return ways


def test_60_minutes_are_within_an_hour_and_480_of_a_parcel_within_its_promise() -> None:
    found = delivery.place_indicators(_ways(_about(60)), [60.0], 60.0, 480.0)
    for name in ("promise_dry", "promise_wet_high", "within_60_dry", "within_60_wet_low", "parcel_dry", "parcel_wet"):
        assert found[name].tolist() == [True, True, False], name


def test_30_minutes_are_within_the_band_of_30() -> None:
    found = delivery.place_indicators(_ways(_about(30)), [30.0, 120.0], 60.0, 480.0)
    assert found["within_30_dry"].tolist() == [True, True, False]
    assert found["within_120_dry"].tolist() == [True, True, True]


def _cash(away_m: np.ndarray, minutes: np.ndarray, rural: bool) -> dict[str, np.ndarray]:
    ways = {"payment_m": away_m}
    for season in ("dry", "wet"):
        ways |= {f"walk_{season}{bound}": minutes for bound in BOUNDS} | {f"drive_{season}": minutes}
    return payment.place_indicators(ways, np.full(len(away_m), rural), LIMITS)


def test_half_an_hour_on_foot_is_near_however_far_it_is() -> None:
    found = _cash(np.full(3, 9_000.0), _about(30), rural=False)
    for name in ("near_dry", "near_wet_low", "near_wet_high", "walk_dry", "drive_wet"):
        assert found[name].tolist() == [True, True, False], name


@pytest.mark.parametrize(("rural", "km", "name"), [(False, 2, "within_urban_km"), (True, 5, "within_rural_km")])
def test_2_km_in_town_and_5_in_the_country_are_near(rural: bool, km: float, name: str) -> None:
    found = _cash(_about(1000.0 * km), np.full(3, 300.0), rural)
    assert found[name].tolist() == [True, True, False]
    assert found["near_dry"].tolist() == [True, True, False]


def test_2_km_in_a_straight_line_are_walked_and_a_fibre_at_1_km_is_near() -> None:
    points = Nodes(np.zeros((1, 2)), np.array([7]))
    # A metre is squared on the way: a millionth of it more is more.
    found = direct_walks(np.array([[2000.0, 0.0], [2000.0 + 1e-6, 0.0]]), points, 2000.0, dry_level_ground())
    assert found.point.tolist() == [7, -1]
    assert found.walks.length_m.tolist() == [2000.0, math.inf]
    line = np.array([shapely.LineString([(0, -9000), (0, 9000)])], dtype=object)
    near = within_m(np.array([1000.0, 1000.001]), np.zeros(2), line, [1000.0])
    assert near[0].tolist() == [True, False]


def test_100_samples_measure_a_commune_and_10_are_enough_to_say_something() -> None:
    towers = TowerEvidence(is_complete=False, is_synthetic=False, observed_samples=100, data_poor_samples=10)
    samples, covered = np.array([100.0, 99.0, 10.0, 9.0]), np.array([0.0, 0.0, 0.0, 0.0])
    kind, note = internet_evidence(np.ones(4), samples, covered, towers, np.array([0.0, 1.0, 0.0, 0.0]))
    assert kind.tolist() == ["observed", "modelled", "modelled", "data-poor"]
    # 99 that count and one that is too old are 100.
    assert note.tolist() == [
        "",
        "the measurements here are too old to count as such",
        "",
        "no cell reported in or near the commune by a source that is not complete",
    ]
    kind, note = internet_evidence(np.ones(1), np.array([98.0]), np.ones(1), towers, np.ones(1))
    assert (kind[0], note[0]) == ("modelled", "")


def test_a_twentieth_of_the_people_is_worth_a_word() -> None:
    share = np.array([0.05, math.nextafter(0.05, 0)])
    _, note = travel_evidence(np.ones(2), {"{share} of people wait": share})
    assert note.tolist() == ["5% of people wait", ""]


def test_a_reason_that_concerns_half_a_percent_is_named() -> None:
    reasons = uncertainty_reasons(np.array([1000.0, 1000.0]), {"power": np.array([5.0, 4.99])})
    assert reasons.tolist() == ["the power of the serving cells is assumed (0.5% of people)", ""]


def test_a_change_of_a_fifth_of_the_rows_passes_and_one_row_more_does_not() -> None:
    limits = Plausibility()
    for rows, said in (
        (1200, ""),
        (800, ""),
        (1201, "1,201 rows where the last good version has 1,000"),
        (799, "799 rows where the last good version has 1,000"),
    ):
        assert plausibility_failure({"rows": float(rows)}, {"rows": 1000.0}, limits) == said
    # Ten rows may come or go whatever share they are.
    assert plausibility_failure({"rows": 12.0}, {"rows": 22.0}, limits) == ""
    assert plausibility_failure({"rows": 11.0}, {"rows": 22.0}, limits) == "11 rows where the last good version has 22"


def test_a_change_of_a_tenth_of_the_people_and_a_twentieth_of_the_area_pass() -> None:
    last, limits = {"people": 1000.0, "area_km2": 100.0, "communes": 20.0}, Plausibility()
    assert plausibility_failure({"people": 1100.0, "area_km2": 95.0, "communes": 21.0}, last, limits) == ""
    assert plausibility_failure({"people": 1101.0, "area_km2": 94.9, "communes": 22.0}, last, limits) == (
        "1,101 people where the last good version has 1,000; 95 km2 where the last good version has 100; "
        "22 communes where the last good version has 20"
    )


def test_a_national_gap_may_move_by_15_points() -> None:
    assert national_failure({"payment_gap_share": 0.15}, {"payment_gap_share": 0.0}, Plausibility()) == ""
    assert national_failure({"payment_gap_share": 0.0}, {"payment_gap_share": 0.151}, Plausibility()) == (
        "with it the national payment gap is 0.0% where it was 15.1%"
    )


def test_a_site_at_the_distance_of_sharing_may_be_built_and_one_nearer_may_not() -> None:
    standing = pd.DataFrame({"x_m": [0.0], "y_m": [0.0], "operator": ["One"]})
    sites = pd.DataFrame(
        {
            "candidate_id": ["far", "next", "near"],
            "kind": "build",
            "operator": "Two",
            "x_m": [3000.0, 6000.0, -2999.9],
            "y_m": 0.0,
        }
    )
    assert check.sharing_faults(sites, standing, 3000.0, 3) == [
        "near: built within 3000 m of a site that can be shared"
    ]
