"""Delta-Bullington by hand, against limits, and against 80 real profiles computed elsewhere."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.radio.diffraction.bullington import bullington_loss_db, knife_edge_loss_db, profile_of
from commune_coverage.radio.diffraction.delta_bullington import effective_earth_km, terrain_loss_db
from commune_coverage.radio.diffraction.profile import Ground, height_at, sample_profile
from commune_coverage.radio.diffraction.spherical_earth import first_term_loss_db, spherical_earth_loss_db

EARTH_KM = effective_earth_km(45)


@pytest.mark.parametrize(
    ("parameter", "loss_db"),
    # P.526-15 eq. (31): 6.9 + 20 log10(sqrt((v - 0.1)^2 + 1) + v - 0.1)
    [(-0.78, 0.0), (-0.5, 1.9594), (0.0, 6.0328), (1.0, 13.9254), (2.4, 20.5399), (10.0, 32.855)],
)
def test_knife_edge_by_hand(parameter: float, loss_db: float) -> None:
    assert knife_edge_loss_db(parameter) == pytest.approx(loss_db, abs=0.01)


def test_a_knife_edge_takes_nothing_up_to_minus_078() -> None:
    """ITU-R P.526-15 equation (31) is for v above -0.78, where it is not yet nothing."""
    assert knife_edge_loss_db(-0.78) == 0
    assert 0 < knife_edge_loss_db(-0.7799) < 0.01


def test_effective_earth_radius_by_hand() -> None:
    assert pytest.approx(6371 * 157 / 112) == EARTH_KM
    assert effective_earth_km(39.25) == pytest.approx(6371 * 4 / 3, rel=1e-3)


@pytest.mark.parametrize("height_m", [20.0, 50, 80, 150, 300])
def test_one_ridge_is_a_knife_edge(height_m: float) -> None:
    """A ridge half way over ground far below: Bullington's point is its top. Worked with d1 = d2 = 5 km at 900 MHz."""
    along = np.array([0.0, 5.0, 10.0])
    ground = np.array([0.0, 100 + height_m, 0.0])
    profile = profile_of(along, ground, ground, 3, 100.0, 100.0, EARTH_KM)
    wavelength_m = 0.299792458 / 0.9
    over = height_m + 500 / EARTH_KM * 25
    v = over * math.sqrt(0.002 * 10 / (wavelength_m * 25))
    single = 6.9 + 20 * math.log10(math.sqrt((v - 0.1) ** 2 + 1) + v - 0.1)
    expected = single + (1 - math.exp(-single / 6)) * (10 + 0.02 * 10)
    assert bullington_loss_db(profile.edge, 10.0, wavelength_m) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("d_km", "tx_m", "rx_m", "ghz"),
    [
        (40.0, 30.0, 1.5, 0.9),
        (60.0, 45.0, 1.5, 0.7),
        (50.0, 60.0, 10.0, 2.1),
        (80.0, 30.0, 30.0, 1.8),
        (35.0, 20.0, 1.5, 3.5),
    ],
)
def test_first_term_by_hand(d_km: float, tx_m: float, rx_m: float, ghz: float) -> None:
    """P.1812-7 equations (30) to (37), written out; average land: permittivity 22, conductivity 0.003 S/m."""
    k = 0.036 * (EARTH_KM * ghz) ** (-1 / 3) * ((22 - 1) ** 2 + (18 * 0.003 / ghz) ** 2) ** (-1 / 4)
    beta = (1 + 1.6 * k * k + 0.67 * k**4) / (1 + 4.5 * k * k + 1.53 * k**4)
    x = 21.88 * beta * (ghz / EARTH_KM**2) ** (1 / 3) * d_km
    fx = 11 + 10 * math.log10(x) - 17.6 * x if x >= 1.6 else -20 * math.log10(x) - 5.6488 * x**1.425

    def gain(height_m: float) -> float:
        b = beta * 0.9575 * beta * (ghz**2 / EARTH_KM) ** (1 / 3) * height_m
        high = 17.6 * (b - 1.1) ** 0.5 - 5 * math.log10(b - 1.1) - 8 if b > 2 else 20 * math.log10(b + 0.1 * b**3)
        return max(high, 2 + 20 * math.log10(k))

    assert first_term_loss_db(d_km, tx_m, rx_m, ghz, EARTH_KM) == pytest.approx(-fx - gain(tx_m) - gain(rx_m), abs=1e-9)
    assert spherical_earth_loss_db(d_km, tx_m, rx_m, ghz, EARTH_KM) == pytest.approx(-fx - gain(tx_m) - gain(rx_m))


@pytest.mark.parametrize(
    ("d_km", "tx_m", "rx_m", "ghz"), [(5.0, 30.0, 1.5, 0.9), (12.0, 45.0, 3.0, 1.8), (20.0, 100.0, 5.0, 0.7)]
)
def test_a_smooth_earth_before_the_horizon_by_hand(d_km: float, tx_m: float, rx_m: float, ghz: float) -> None:
    """P.1812-7 equations (22) to (27): where the ray is nearest to the earth, and the earth that it just touches."""
    c, m = (tx_m - rx_m) / (tx_m + rx_m), 250 * d_km**2 / (EARTH_KM * (tx_m + rx_m))
    turn = math.acos(1.5 * c * math.sqrt(3 * m / (m + 1) ** 3))
    b = 2 * math.sqrt((m + 1) / (3 * m)) * math.cos(math.pi / 3 + turn / 3)
    one, other = d_km / 2 * (1 + b), d_km / 2 * (1 - b)
    clear_m = (tx_m * other + rx_m * one) / d_km - one * other / (2 * EARTH_KM) * 1000
    needed_m = 17.456 * math.sqrt(one * other * 0.299792458 / ghz / d_km)
    assert clear_m < needed_m
    touched_km = 500 * (d_km / (math.sqrt(tx_m) + math.sqrt(rx_m))) ** 2
    loss = (1 - clear_m / needed_m) * first_term_loss_db(d_km, tx_m, rx_m, ghz, touched_km)
    assert loss > 1
    assert spherical_earth_loss_db(d_km, tx_m, rx_m, ghz, EARTH_KM) == pytest.approx(loss)


def test_a_clear_short_path_is_free_space() -> None:
    along, ground = np.linspace(0, 300, 7), np.zeros(7)
    loss = terrain_loss_db(along, ground, 900, 60, 30, EARTH_KM)
    assert loss == pytest.approx(32.4 + 20 * math.log10(900) + 20 * math.log10(math.hypot(300, 30) / 1000), abs=1e-9)


@given(
    st.lists(st.floats(0, 300), min_size=3, max_size=40),
    st.floats(500, 30_000),
    st.floats(10, 80),
    st.sampled_from([700.0, 900, 1800, 2600, 3500]),
    st.floats(0, 200),
)
def test_a_higher_hill_never_helps_and_no_hill_beats_free_space(
    ground: list[float], length_m: float, tx_m: float, mhz: float, more_m: float
) -> None:
    along, heights = np.linspace(0, length_m, len(ground)), np.array(ground)
    loss = terrain_loss_db(along, heights, mhz, tx_m, 1.5, EARTH_KM)
    rise = heights[-1] + 1.5 - heights[0] - tx_m
    assert loss >= 32.4 + 20 * math.log10(mhz) + 20 * math.log10(math.hypot(length_m, rise) / 1000) - 1e-9
    raised = heights.copy()
    raised[1:-1] += more_m
    profiles = [profile_of(along / 1000, h, h, len(h), tx_m, 1.5, EARTH_KM) for h in (heights, raised)]
    assert profiles[1].edge >= profiles[0].edge - 1e-9


def test_heights_between_cells_are_bilinear() -> None:
    heights = np.array([[0, 10], [20, 30]], dtype=np.float32)
    assert height_at(heights, 0.5, 0.5) == pytest.approx(15)
    assert height_at(heights, 0.25, 1.0) == pytest.approx(15)
    assert height_at(heights, -3.0, 9.0) == pytest.approx(10)


def test_a_profile_runs_from_one_end_to_the_other() -> None:
    ground = Ground(np.arange(400, dtype=np.float32).reshape(20, 20), 100.0, EARTH_KM)
    along, heights = np.empty(1024), np.empty(1024)
    points = sample_profile(ground, 2.0, 3.0, 12.0, 3.0, 1000.0, along, heights)
    assert points == 11
    assert along[:11].tolist() == pytest.approx(np.linspace(0, 1, 11).tolist())
    assert heights[:11].tolist() == pytest.approx((np.arange(2, 13) * 20.0 + 3).tolist())


def test_real_profiles_against_p1812_and_free_space(shared_data: Path) -> None:
    profiles = json.loads((shared_data / "reference" / "terrain_path_loss.json").read_text())["profiles"]
    assert len(profiles) == 80
    off = np.array(
        [
            terrain_loss_db(
                np.array(p["distance_m"]),
                np.array(p["elevation_m"]),
                p["frequency_mhz"],
                p["tx_height_m"],
                p["rx_height_m"],
                EARTH_KM,
            )
            - p["p1812_db"]
            for p in profiles
        ]
    )
    assert abs(off).max() < 0.1
    assert abs(off.mean()) < 0.02


def _rolling(points: int, length_km: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rolling ground under fields, suburbs, towns and dense towns in turn, seven points each."""
    along_km, clutter_m = np.linspace(0, length_km, points), np.array([0.0, 10, 15, 20])[(np.arange(points) // 7) % 4]
    return along_km * 1000, 120 + 60 * np.sin(along_km / 1.7) + 25 * np.cos(along_km * 2.3 + 1), clutter_m


@pytest.mark.parametrize(
    ("points", "length_km", "mhz", "tx_m", "rx_m", "bare_db", "cluttered_db"),
    # Py1812 of the ITU-R P.1812 study group, median of time, vertical polarisation, lapse 45 N/km.
    [
        (61, 3.0, 900, 30, 1.5, 134.92, 140.66),
        (101, 10.0, 900, 40, 1.5, 142.97, 153.18),
        (101, 10.0, 1800, 40, 1.5, 152.06, 162.25),
        (151, 30.0, 700, 60, 1.5, 156.14, 163.20),
        (81, 8.0, 3500, 25, 1.5, 163.64, 176.03),
        (41, 2.0, 2100, 20, 10.0, 104.87, 105.82),
    ],
)
def test_clutter_on_the_way_is_that_of_the_reference_code_of_p1812(
    points: int, length_km: float, mhz: float, tx_m: float, rx_m: float, bare_db: float, cluttered_db: float
) -> None:
    along_m, ground_m, clutter_m = _rolling(points, length_km)
    assert terrain_loss_db(along_m, ground_m, mhz, tx_m, rx_m, EARTH_KM) == pytest.approx(bare_db, abs=0.03)
    found = terrain_loss_db(along_m, ground_m, mhz, tx_m, rx_m, EARTH_KM, clutter_m)
    assert found == pytest.approx(cluttered_db, abs=0.03)


def test_clutter_at_the_very_ends_is_not_in_the_way() -> None:
    along_m, ground_m, clutter_m = _rolling(101, 10.0)
    ends = np.zeros(101)
    ends[[0, -1]] = 20.0
    without = terrain_loss_db(along_m, ground_m, 900, 40, 1.5, EARTH_KM, clutter_m)
    assert terrain_loss_db(along_m, ground_m, 900, 40, 1.5, EARTH_KM, np.maximum(clutter_m, ends)) == without
    assert terrain_loss_db(along_m, ground_m, 900, 40, 1.5, EARTH_KM, 0 * ends) == terrain_loss_db(
        along_m, ground_m, 900, 40, 1.5, EARTH_KM
    )
