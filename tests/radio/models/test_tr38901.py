"""TR 38.901 by hand, at its break points, and in and out of sight."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.radio.propagation.base import Link
from commune_coverage.radio.propagation.registry import MODELS
from commune_coverage.radio.propagation.tr38901 import rma_los_share, uma_los_share, umi_los_share

SCENARIOS = ("rma", "uma", "umi")


def loss_of(name: str, metres: float, link: Link) -> float:
    return float(MODELS[f"tr38901_{name}"].loss_db(np.array([metres]), link)[0])


@pytest.mark.parametrize(
    ("scenario", "ghz", "base_m", "user_m", "metres", "los_db", "nlos_db", "mean_db"),
    [
        # d3D 105.462 m; break point 2 pi 35 1.5 0.7e9 / 3e8 = 769.7 m; Pr 0.91393
        ("rma", 0.7, 35, 1.5, 100, 70.219, 78.694, 70.948),
        ("rma", 0.7, 35, 1.5, 500, 84.633, 104.843, 92.462),  # Pr exp(-0.49) = 0.61263
        ("rma", 0.7, 35, 1.5, 5000, 121.324, 143.439, 143.289),  # beyond the break point; Pr 0.00681
        ("rma", 2.0, 35, 1.5, 1000, 100.599, 125.564, 116.287),  # break point 2,199.1 m; Pr 0.37158
        ("rma", 3.5, 10, 1, 10, 65.757, 70.342, 65.757),  # d3D 13.454 m; Pr 1
        ("rma", 6.0, 150, 10, 10_000, 143.197, 147.519, 147.519),  # break point 188 km; Pr 0.00005
        # d3D 25.539 m; break point 4 24 0.5 0.8e9 / 3e8 = 128 m: 28 + 22 log10 d - 1.938; Pr 1
        ("uma", 0.8, 25, 1.5, 10, 57.020, 66.595, 57.020),
        ("uma", 2.0, 25, 1.5, 200, 84.709, 109.601, 106.414),  # break point 320 m; Pr 0.12805
        ("uma", 3.5, 25, 1.5, 2000, 121.449, 153.427, 153.139),  # break point 560 m; Pr 0.00900
        ("uma", 28.0, 50, 13, 5000, 138.321, 180.139, 179.989),  # break point 220 km; Pr 0.00360
        ("uma", 0.5, 20, 5, 500, 81.361, 110.903, 109.829),  # break point 506.7 m; Pr 0.03634
        # d3D 13.124 m; break point 4 9 0.5 0.8e9 / 3e8 = 48 m: 32.4 + 21 log10 d - 1.938; Pr 1
        ("umi", 0.8, 10, 1.5, 10, 53.941, 59.804, 53.941),
        ("umi", 2.0, 10, 1.5, 50, 74.229, 89.004, 81.327),  # break point 120 m; Pr 0.51959
        ("umi", 3.5, 10, 1.5, 1000, 119.153, 139.889, 139.516),  # break point 210 m; Pr 0.01800
        ("umi", 100.0, 20, 22.5, 5000, 150.078, 189.274, 189.133),  # break point 545 km; Pr 0.00360
        ("umi", 0.5, 5, 3, 200, 85.603, 96.765, 95.721),  # break point 53.3 m; Pr 0.09352
    ],
)
def test_by_hand(
    scenario: str,
    ghz: float,
    base_m: float,
    user_m: float,
    metres: float,
    los_db: float,
    nlos_db: float,
    mean_db: float,
) -> None:
    link = Link(ghz * 1000, base_m, user_m)
    assert loss_of(f"{scenario}_los", metres, link) == pytest.approx(los_db, abs=0.001)
    assert loss_of(f"{scenario}_nlos", metres, link) == pytest.approx(nlos_db, abs=0.001)
    assert loss_of(scenario, metres, link) == pytest.approx(mean_db, abs=0.001)


@pytest.mark.parametrize(
    ("scenario", "link", "break_m"),
    [
        ("rma", Link(700, 35), 2 * math.pi * 35 * 1.5 * 0.7e9 / 3e8),
        ("rma", Link(500, 10, 1), 2 * math.pi * 10 * 1 * 0.5e9 / 3e8),
        ("uma", Link(2000, 25), 4 * 24 * 0.5 * 2e9 / 3e8),
        ("uma", Link(500, 20, 5), 4 * 19 * 4 * 0.5e9 / 3e8),
        ("umi", Link(3500, 10), 4 * 9 * 0.5 * 3.5e9 / 3e8),
    ],
)
def test_no_step_at_the_break_point_and_40_db_a_decade_beyond(scenario: str, link: Link, break_m: float) -> None:
    name = f"{scenario}_los"
    before, after = loss_of(name, break_m * 0.999999, link), loss_of(name, break_m * 1.000001, link)
    assert 0 <= after - before < 1e-3
    rise = link.antenna_height_m - link.receiver_height_m
    beyond, farther = 1.5 * break_m, 3 * break_m
    decades = math.log10(math.hypot(farther, rise) / math.hypot(beyond, rise))
    assert loss_of(name, farther, link) - loss_of(name, beyond, link) == pytest.approx(40 * decades)
    nearer = 0.5 * break_m
    decades = math.log10(math.hypot(break_m, rise) / math.hypot(nearer, rise))
    assert loss_of(name, break_m, link) - loss_of(name, nearer, link) < 30 * decades


def test_rural_break_point_is_within_a_twentieth_of_the_letter() -> None:
    """PL1(dBP) + 40 log10(d3D / dBP), with 5 m buildings, where antennas are high against the break point."""
    base_m, user_m, ghz = 150.0, 1.0, 0.5
    break_m = 2 * math.pi * base_m * user_m * ghz * 1e9 / 3e8
    first = 20 * math.log10(40 * math.pi * break_m * ghz / 3) + 0.03 * 5**1.72 * math.log10(break_m)
    first += -0.044 * 5**1.72 + 0.002 * math.log10(5) * break_m
    letter = first + 40 * math.log10(math.hypot(5000, base_m - user_m) / break_m)
    assert 0 <= letter - loss_of("rma_los", 5000, Link(ghz * 1000, base_m, user_m)) < 0.05


def test_chance_of_sight_by_hand() -> None:
    at = np.array([0.0, 10, 18, 100, 1000])
    assert rma_los_share(at) == pytest.approx([1, 1, 0.992032, 0.913931, 0.371577], abs=1e-6)
    assert uma_los_share(at) == pytest.approx([1, 1, 1, 0.18 + 0.82 * 0.204477, 0.018], abs=1e-6)
    assert umi_los_share(at) == pytest.approx([1, 1, 1, 0.18 + 0.82 * 0.062177, 0.018], abs=1e-6)


@given(
    scenario=st.sampled_from(SCENARIOS),
    part=st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
    metres=st.floats(0, 10_000),
)
def test_out_of_sight_loses_no_less_and_the_mean_lies_between(
    scenario: str, part: tuple[float, float, float], metres: float
) -> None:
    model = MODELS[f"tr38901_{scenario}"]
    ranges = (model.frequency_mhz, model.antenna_height_m, model.receiver_height_m)
    link = Link(*(low + share * (high - low) for share, (low, high) in zip(part, ranges, strict=True)))
    los, mean, nlos = (loss_of(f"{scenario}{kind}", metres, link) for kind in ("_los", "", "_nlos"))
    assert los <= nlos
    assert los - 1e-9 <= mean <= nlos + 1e-9


@pytest.mark.parametrize(
    ("scenario", "mhz", "antenna_m", "receiver_m", "far_m", "sigma_db"),
    [
        ("rma", (500, 30_000), (10, 150), (1, 10), (10_000, 5000, 10_000), (6, 8, 8)),
        ("uma", (500, 100_000), (20, 50), (1.5, 13), (5000, 5000, 5000), (4, 6, 6)),
        ("umi", (500, 100_000), (5, 20), (1.5, 22.5), (5000, 5000, 5000), (4, 7.82, 7.82)),
    ],
)
def test_bounds(
    scenario: str,
    mhz: tuple[float, float],
    antenna_m: tuple[float, float],
    receiver_m: tuple[float, float],
    far_m: tuple[float, ...],
    sigma_db: tuple[float, ...],
) -> None:
    for kind, until_m, scatter in zip(("_los", "_nlos", ""), far_m, sigma_db, strict=True):
        model = MODELS[f"tr38901_{scenario}{kind}"]
        assert model.distance_m == (10, until_m)
        assert model.sigma_db == scatter
        assert (model.frequency_mhz, model.antenna_height_m, model.receiver_height_m) == (mhz, antenna_m, receiver_m)
        assert [model.why_not(Link(*at)) for at in zip(mhz, antenna_m, receiver_m, strict=True)] == ["", ""]
        assert "frequency" in model.why_not(Link(mhz[1] + 1, antenna_m[0], receiver_m[0]))
        assert "antenna" in model.why_not(Link(mhz[0], antenna_m[0] - 0.1, receiver_m[0]))
        assert "receiver" in model.why_not(Link(mhz[0], antenna_m[0], receiver_m[1] + 0.1))
        assert model.too_far_or_near(9.9)
        assert model.too_far_or_near(until_m + 1)
