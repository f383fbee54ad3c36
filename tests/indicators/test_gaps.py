import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.indicators.evidence import (
    TowerEvidence,
    internet_evidence,
    travel_evidence,
    uncertainty_reasons,
    weaker,
)
from commune_coverage.indicators.internet import internet_columns
from commune_coverage.indicators.shares import gap_people, share_of

CROWD = TowerEvidence(is_complete=False, is_synthetic=False, observed_samples=100, data_poor_samples=10)


def test_shares_are_of_people_and_unknown_where_nobody_is():
    shares = share_of(np.array([5.0, 1, 0]), np.array([10.0, 0, 4]))
    assert shares.tolist() == pytest.approx([0.5, np.nan, 0], nan_ok=True)
    assert gap_people(np.array([10.0, 3, np.nan]), np.array([4.0, 3 + 1e-12, 0])).tolist() == pytest.approx(
        [6, 0, np.nan], nan_ok=True
    )


@given(st.floats(0, 1e9), st.floats(0, 1))
def test_a_gap_share_stays_between_zero_and_one(people, served):
    share = share_of(gap_people(np.array([people]), np.array([people * served])), np.array([people]))[0]
    assert np.isnan(share) or 0 <= share <= 1


PEOPLE, SITES = np.array([100.0]), np.array([4.0])


def _sums() -> dict[str, np.ndarray]:
    """People of one commune: as estimated; shared doubts move 10 either way, all doubts 10 sqrt(5)."""
    estimates = {"served_10": 60, "served_2.5": 80, "signal": 95}
    estimates |= {f"outdoor_any_{t}": count for t, count in {"2g": 95, "3g": 90, "4g": 70, "5g": 0}.items()}
    estimates |= {f"at_least_{t}": count for t, count in {"2g": 96, "3g": 92, "4g": 72, "5g": 0}.items()}
    estimates |= {f"{where}_any_{t}": 50 for where in ("in_vehicle", "indoor") for t in ("2g", "3g", "4g", "5g")}
    estimates |= {f"{name}_{speed}": 40 for name in ("edge_served", "served_indoor") for speed in ("10", "2.5")}
    estimates |= {"operators_1": 60, "operators_2": 20, "operators_3": 0}
    sums = {}
    for name, count in estimates.items():
        sums[name] = count
        sums |= {f"{name}_low": max(count - 10, 0), f"{name}_high": min(count + 10, 100)}
        sums |= {f"{name}_lowest": max(count - 10 * 5**0.5, 0), f"{name}_highest": min(count + 10 * 5**0.5, 100)}
    sums["is_stated"] = 19
    return {name: np.array([float(count)]) for name, count in sums.items()}


def test_internet_columns_by_hand():
    columns = {name: float(values[0]) for name, values in internet_columns(PEOPLE, SITES, _sums(), [10.0, 2.5]).items()}
    assert columns["internet_gap_share"] == columns["internet_gap_10_mbps_share"] == pytest.approx(0.4)
    assert columns["internet_gap_2p5_mbps_people"] == pytest.approx(20)
    assert columns["no_signal_people"] == pytest.approx(5)
    assert columns["too_slow_people"] == pytest.approx(35)
    assert columns["edge_gap_10_mbps_share"] == columns["indoor_gap_10_mbps_share"] == pytest.approx(0.6)
    assert columns["covered_4g_share"] == pytest.approx(0.7)
    assert columns["at_least_3g_share"] == pytest.approx(0.92)
    assert columns["covered_4g_indoor_share"] == pytest.approx(0.5)
    assert columns["operators_2_share"] == pytest.approx(0.2)
    assert columns["stated_radio_share"] == pytest.approx(0.2)


def test_what_is_a_cells_own_averages_out_over_sites():
    """10 people by shared doubts; 20 more in squares by own ones, a fourth of that over four sites: sqrt(100 + 100)."""
    columns = internet_columns(PEOPLE, SITES, _sums(), [10.0, 2.5])
    assert columns["internet_gap_share_high"][0] == pytest.approx(0.4 + 0.2**0.5 * 10**0.5 / 10)
    assert columns["internet_gap_share_low"][0] == pytest.approx(0.4 - 0.2**0.5 * 10**0.5 / 10)
    alone = internet_columns(PEOPLE, np.array([0.0]), _sums(), [10.0, 2.5])
    assert alone["internet_gap_share_high"][0] == pytest.approx(0.4 + 0.1 * 5**0.5)


def test_the_three_greatest_reasons_of_uncertainty_are_named_with_the_people_they_concern():
    shares = {"model": 30.0, "power": 2.0, "height": 0.1, "band": 12.5, "position": 5.0, "users": 0.0}
    reasons = uncertainty_reasons(
        np.array([100.0, 0.0]), {name: np.array([people, 0.0]) for name, people in shares.items()}
    )
    assert reasons[0] == (
        "the propagation model may be off in this area (30.0% of people); the frequency band of the serving cells is "
        "assumed (12.5% of people); the position of the serving cells is uncertain (5.0% of people)"
    )
    assert reasons[1] == ""


@pytest.mark.parametrize(
    ("people", "samples", "covered", "towers", "expected"),
    [
        (10, 200, 1.0, CROWD, "observed"),
        (10, 20, 1.0, CROWD, "modelled"),
        (10, 0, 0.5, CROWD, "modelled"),
        (10, 0, 0.0, CROWD, "data-poor"),
        (0, 200, np.nan, CROWD, "data-poor"),
        (10, 200, 1.0, TowerEvidence(False, True, 100, 10), "modelled"),
        (10, 0, 0.0, TowerEvidence(True, False, 100, 10), "modelled"),
    ],
)
def test_evidence_of_the_internet_figures(people, samples, covered, towers, expected):
    kind, note = internet_evidence(
        np.array([people], float), np.array([samples], float), np.array([covered]), towers, np.zeros(1)
    )
    assert kind.tolist() == [expected]
    assert bool(note[0]) == (expected == "data-poor")


def test_evidence_of_the_travel_figures_and_the_weaker_of_two():
    reasons = {"{share} are afloat": np.array([0.01, 0.2, np.nan]), "on foot": np.array([0.9, 0.9, np.nan])}
    kind, note = travel_evidence(np.array([5.0, 5, 0]), reasons)
    assert kind.tolist() == ["modelled", "modelled", "data-poor"]
    assert note.tolist() == ["on foot", "20% are afloat", "no people counted in the commune"]
    assert weaker(np.array(["measured", "modelled"]), kind[1:]).tolist() == ["modelled", "data-poor"]


def test_old_measurements_do_not_make_a_commune_measured_and_it_says_so():
    kind, note = internet_evidence(np.array([9.0]), np.array([20.0]), np.array([1.0]), CROWD, np.array([500.0]))
    assert (kind[0], note[0]) == ("modelled", "the measurements here are too old to count as such")
