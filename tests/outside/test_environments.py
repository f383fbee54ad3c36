"""Outdoors, in a vehicle and indoors, at the edge and in the busy hour: each column from its own people, by hand."""

from __future__ import annotations

import itertools
from statistics import NormalDist

import numpy as np
import pytest

from commune_coverage.indicators.internet import internet_columns
from commune_coverage.radio.link_budget import penetration_losses
from commune_coverage.readers.towers.link_budgets import load_radios

PEOPLE = 1000.0
BOUNDS = ("_low", "", "_high")
TECHNOLOGIES = ("2g", "3g", "4g", "5g")

# People at least, as estimated and at most; no two numbers of the table are alike.
HELD = {
    "signal": (900, 950, 990),
    "served_10": (400, 500, 610),
    "served_2.5": (620, 700, 790),
    "edge_served_10": (310, 330, 360),
    "edge_served_2.5": (410, 440, 480),
    "served_indoor_10": (130, 170, 220),
    "served_indoor_2.5": (230, 280, 340),
    "outdoor_any_2g": (901, 951, 991),
    "outdoor_any_3g": (801, 851, 881),
    "outdoor_any_4g": (701, 751, 771),
    "outdoor_any_5g": (101, 121, 131),
    "at_least_2g": (902, 952, 992),
    "at_least_3g": (852, 872, 882),
    "at_least_4g": (711, 761, 781),
    "at_least_5g": (102, 122, 132),
    "in_vehicle_any_2g": (802, 832, 892),
    "in_vehicle_any_3g": (702, 732, 792),
    "in_vehicle_any_4g": (602, 632, 692),
    "in_vehicle_any_5g": (82, 92, 97),
    "indoor_any_2g": (603, 643, 693),
    "indoor_any_3g": (503, 543, 593),
    "indoor_any_4g": (403, 443, 493),
    "indoor_any_5g": (33, 43, 53),
    "operators_1": (404, 504, 614),
    "operators_2": (204, 254, 284),
    "operators_3": (4, 14, 24),
}


def _sums() -> dict[str, np.ndarray]:
    """As the places are summed: all doubts lead to the bounds above, those that cells share half the way there."""
    sums = {"is_stated": 190.0}
    for name, (low, estimate, high) in HELD.items():
        sums |= {name: estimate, f"{name}_lowest": low, f"{name}_highest": high}
        sums |= {f"{name}_low": (low + estimate) / 2, f"{name}_high": (high + estimate) / 2}
    return {name: np.array([float(people)]) for name, people in sums.items()}


def _shares(column: str, name: str) -> dict[str, float]:
    return {f"{column}{bound}": people / PEOPLE for bound, people in zip(BOUNDS, HELD[name], strict=True)}


def _gaps(column: str, name: str) -> dict[str, float]:
    """Who is not served: few are where as many as may be are."""
    low, estimate, high = HELD[name]
    gaps = (PEOPLE - high, PEOPLE - estimate, PEOPLE - low)
    return {f"{column}{bound}": people / PEOPLE for bound, people in zip(BOUNDS, gaps, strict=True)}


def test_every_internet_column_takes_its_own_people_and_its_own_bound() -> None:
    """With one site a cell's own doubts do not average out: the bounds are the widest."""
    found = internet_columns(np.array([PEOPLE]), np.array([1.0]), _sums(), [10.0, 2.5])
    wanted = _gaps("no_signal_share", "signal") | {"no_signal_people": 50.0}
    wanted |= _gaps("internet_gap_10_mbps_share", "served_10") | _gaps("internet_gap_2p5_mbps_share", "served_2.5")
    wanted |= _gaps("internet_gap_share", "served_10")
    wanted |= {"internet_gap_people": 500, "internet_gap_10_mbps_people": 500, "internet_gap_2p5_mbps_people": 300}
    # 500 below 10 Mbps and 300 below 2.5, of whom 50 have no signal at all.
    wanted |= {"too_slow_10_mbps_people": 450, "too_slow_2p5_mbps_people": 250}
    wanted |= {"too_slow_people": 450, "too_slow_share": 0.45}
    wanted |= _gaps("edge_gap_10_mbps_share", "edge_served_10") | _gaps("edge_gap_2p5_mbps_share", "edge_served_2.5")
    wanted |= _gaps("indoor_gap_10_mbps_share", "served_indoor_10")
    wanted |= _gaps("indoor_gap_2p5_mbps_share", "served_indoor_2.5")
    for technology in TECHNOLOGIES:
        wanted |= _shares(f"covered_{technology}_share", f"outdoor_any_{technology}")
        wanted |= _shares(f"at_least_{technology}_share", f"at_least_{technology}")
        wanted |= _shares(f"covered_{technology}_in_vehicle_share", f"in_vehicle_any_{technology}")
        wanted |= _shares(f"covered_{technology}_indoor_share", f"indoor_any_{technology}")
    for number in (1, 2, 3):
        wanted |= _shares(f"operators_{number}_share", f"operators_{number}")
    # Of 950 people with signal, 190 at cells that a register states.
    wanted |= {"stated_radio_share": 0.2}
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert found[name].tolist() == [pytest.approx(value, abs=1e-12)], name


def test_over_four_sites_half_of_a_cells_own_doubt_is_left() -> None:
    """500 served, 400 at least; 50 of the 100 by doubts that all share: sqrt(50^2 + (100^2 - 50^2) / 4)."""
    found = internet_columns(np.array([PEOPLE]), np.array([4.0]), _sums(), [10.0, 2.5])
    assert found["internet_gap_share_high"][0] == pytest.approx((500 + (2500 + 7500 / 4) ** 0.5) / 1000, abs=1e-12)
    assert found["internet_gap_share_low"][0] == pytest.approx((500 - (55**2 + (110**2 - 55**2) / 4) ** 0.5) / 1000)
    assert found["covered_4g_indoor_share_low"][0] == pytest.approx((443 - (400 + 1200 / 4) ** 0.5) / 1000)


# ITU-R P.2109-1 table 1: r, s, t of the median, u, v of the spread; w, x and y, z of what comes beside it.
TRADITIONAL = (12.64, 3.72, 0.96, 9.6, 2.0, 9.1, -3.0, 4.5, -2.0)
EFFICIENT = (28.19, -3.0, 8.48, 13.5, 3.8, 27.8, -2.9, 9.4, -2.1)


def _entry_db(table: tuple[float, ...], ghz: float, share: float) -> float:
    """Section 3: 10 log(10^(A/10) + 10^(B/10) + 10^(C/10)), A = F^-1(P) s1 + m1, B = F^-1(P) s2 + m2, C = -3."""
    r, s, t, u, v, w, x, y, z = table
    log_f, deviate = np.log10(ghz), NormalDist().inv_cdf(share)
    a = deviate * (u + v * log_f) + r + s * log_f + t * log_f**2
    b = deviate * (y + z * log_f) + w + x * log_f
    return float(10 * np.log10(10 ** (a / 10) + 10 ** (b / 10) + 10**-0.3))


@pytest.mark.parametrize("mhz", [800, 1800, 3500])
def test_building_entry_loss_is_the_recommendations_at_half_and_nine_tenths_of_the_places(mhz: float) -> None:
    radios = load_radios(None)
    rural = radios.environments["rural"].model_copy(update={"building": "thermally_efficient"})
    radios = radios.model_copy(update={"environments": radios.environments | {"rural": rural}})
    body, found = 3.0, penetration_losses(radios, mhz)["indoor"]
    # Rural, suburban, urban; the spread is what lies between a half and nine tenths, in parts of 1.2816.
    for environment, table in enumerate((EFFICIENT, TRADITIONAL, TRADITIONAL)):
        half, hard = (_entry_db(table, mhz / 1000, share) for share in (0.5, 0.9))
        assert found.median_db[environment] == pytest.approx(body + half, abs=1e-9)
        assert found.sigma_db[environment] == pytest.approx((hard - half) / 1.2815515655, rel=1e-9)
        assert found.median_db[environment] - body + 1.2815515655 * found.sigma_db[environment] == pytest.approx(hard)


def test_at_1_ghz_a_traditional_building_takes_14_3_db_at_half_and_25_4_at_nine_tenths_of_the_places() -> None:
    """There all logarithms are 0: A = 12.64 + 9.6 z, B = 9.1 + 4.5 z, C = -3.

    Half, z = 0: 18.365 + 8.128 + 0.501 = 26.995. Nine tenths, z = 1.28155: 10^2.4943 + 10^1.4867 + 0.501 = 343.3.
    """
    found = penetration_losses(load_radios(None), 1000)["indoor"]
    assert found.median_db == pytest.approx([3 + 14.313] * 3, abs=0.001)
    assert found.sigma_db == pytest.approx([(25.357 - 14.313) / 1.28155] * 3, abs=0.002)


def test_outdoors_a_body_stands_in_the_way_and_in_a_car_its_sheet_metal_too() -> None:
    """TR 38.901 7.4.3.2: 9 dB, sigma 5; a tenth and nine tenths are 2.6 and 15.4, so sigma is 12.8 / 2 / 1.2816."""
    found = penetration_losses(load_radios(None), 1800)
    for where, median, sigma in (("outdoor", 3.0, 0.0), ("in_vehicle", 12.0, 12.8 / 2 / 1.2815515655)):
        assert found[where].median_db.tolist() == [median] * 3
        assert found[where].sigma_db == pytest.approx([sigma] * 3, rel=1e-9)


def test_the_numbers_of_the_table_by_hand_are_all_different() -> None:
    numbers = list(itertools.chain.from_iterable(HELD.values()))
    assert len(set(numbers)) == len(numbers)
