"""SINR, speed and coverage by hand, and how users share a cell."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from commune_coverage.radio.fast_log import in_db
from commune_coverage.radio.link_budget import (
    coverage_z,
    needed_sinr_db,
    penetration_losses,
    probability_of,
    sinr,
    speed_mbps,
)
from commune_coverage.radio.link_budget_config import Z_LOW_HIGH, noise_dbm
from commune_coverage.radio.service.carrier import evaluate_bounds
from commune_coverage.radio.service.cell_load import MIN_LEFT, activity_factor, residual_capacity
from commune_coverage.radio.shadowing import margin_index, margins, ratios_at
from commune_coverage.readers.towers.link_budgets import load_radios
from commune_coverage.schema.inputs import PLACE_BOUNDS

RADIOS = load_radios(None)
LTE = RADIOS.technologies["4g"]


def _sinr(server_dbm: float, other_dbm: float, interference_dbm: float, probability: float) -> tuple[float, float]:
    """Of an LTE cell with 10 dB of shadowing over -92 dBm of noise, 3 dB behind a body: SINR in dB, noise's part."""
    server, other, interference = (10 ** (dbm / 10) for dbm in (server_dbm, other_dbm, interference_dbm))
    penetration = 10 ** (penetration_losses(RADIOS, 1800)["outdoor"].median_db[0] / 10)
    table, position = margins(10.0, 0.0, 0.5, probability), margin_index(server, other, other)
    ratio, part = sinr(server, 10**-9.2, interference, penetration, ratios_at(table.ratios[None], 0, *position))
    return in_db(ratio), part


def test_noise_by_hand() -> None:
    assert noise_dbm(10.0, 9.0) == pytest.approx(-174 + 70 + 9)
    assert noise_dbm(0.2, 8.0) == pytest.approx(-174 + 53.0103 + 8, abs=1e-4)


def test_sinr_alone_by_hand() -> None:
    """-80 dBm, 3 dB body, 12.816 dB margin over -92 dBm of noise."""
    level, part = _sinr(-80, -300, -300, 0.9)
    assert level == pytest.approx(-80 - 3 - 12.8155 + 92, abs=0.01)
    assert part == pytest.approx(1, abs=1e-9)
    assert _sinr(-80, -300, -300, 0.5)[0] == pytest.approx(9.0, abs=0.01)


def test_between_two_equal_cells_the_better_one_serves() -> None:
    """Far over the noise the better of two leads by 1.26 dB in nine of ten spots, and half load gives 3 dB more."""
    level, part = _sinr(-40, -40, -43.0103, 0.9)
    assert level == pytest.approx(1.26 + 3.01, abs=0.02)
    assert part < 1e-3


@pytest.mark.parametrize(
    ("level", "mbps"),
    # 20 MHz x 0.6 x log2(1 + SINR), at most 4.4 bit/s/Hz, nothing below -6 dB
    [(-6.1, 0.0), (-6.0, 3.8791), (0.0, 12.0), (10.0, 41.5132), (20.0, 79.8994), (30.0, 88.0)],
)
def test_speed_by_hand(level: float, mbps: float) -> None:
    assert _speed(level, 20.0) == pytest.approx(mbps, abs=1e-3)


def _speed(level_db: float, width: float, layers: int = 1) -> float:
    least, alpha, most = 10 ** (LTE.min_sinr_db / 10), LTE.shannon_alpha.value, LTE.max_bits_per_s_per_hz
    return float(speed_mbps(10 ** (level_db / 10), least, alpha, most, width, layers))


@given(st.floats(0.5, 350), st.sampled_from([5.0, 10.0, 20.0]), st.sampled_from([1, 2, 4]))
def test_what_a_speed_needs_gives_the_speed(mbps: float, width: float, layers: int) -> None:
    needed = needed_sinr_db(np.array([mbps]), LTE, np.array([width]), LTE.shannon_alpha.value, layers)[0]
    if math.isinf(needed):
        assert mbps / width > LTE.max_bits_per_s_per_hz * layers
    else:
        assert _speed(float(needed) + 1e-8, width, layers) >= mbps - 1e-6


@given(st.floats(-30, 60), st.floats(0.2, 30))
def test_probability_is_one(edge: float, spread: float) -> None:
    chance = probability_of(coverage_z(edge, edge + spread, -6.0, float(ndtri(0.9))))
    assert 0 <= chance <= 1
    assert (chance >= 0.9) == (edge >= -6.0) or abs(edge + 6) < 1e-9


def test_coverage_holds_where_the_probability_is_that_of_the_edge() -> None:
    assert probability_of(coverage_z(-6.0, 6.8, -6.0, float(ndtri(0.9)))) == pytest.approx(0.9)


@given(st.floats(-60, 60), st.floats(0, 1e4), st.floats(0, 1e4))
def test_low_estimate_and_high_are_in_order_and_off_by_so_many_sigmas(margin: float, shared: float, own: float) -> None:
    bits = evaluate_bounds(margin, shared, own)
    flags = {bound: bool(bits >> row & 1) for row, bound in enumerate(PLACE_BOUNDS)}
    order = [flags[bound] for bound in ("_lowest", "_low", "", "_high", "_highest")]
    assert all(a <= b for a, b in itertools.pairwise(order))
    for bound, less, variance in (("_low", -1, shared), ("_high", 1, shared), ("_lowest", -1, shared + own)):
        moved = margin + less * Z_LOW_HIGH * math.sqrt(variance)
        assert flags[bound] == (moved >= 0) or abs(moved) < 1e-9


def test_walls_and_cars_weaken() -> None:
    losses = penetration_losses(RADIOS, 1800)
    assert (losses["in_vehicle"].median_db == 12).all()
    assert (losses["indoor"].median_db > losses["in_vehicle"].median_db).all()
    assert (losses["indoor"].sigma_db > 5).all()


def test_what_is_left_of_a_cell() -> None:
    assert residual_capacity(np.array([0.0, 0.5, 1.0, 5.0])).tolist() == [1, 0.5, MIN_LEFT, MIN_LEFT]
    assert activity_factor(np.array([0.0, 0.5, 3.0]), 0.1).tolist() == pytest.approx([0.1, 0.55, 1 - 0.9 * MIN_LEFT])
    busy = np.linspace(0, 0.97, 200)
    assert residual_capacity(busy) == pytest.approx(1 - busy, rel=0.0905)
    assert len(np.unique(residual_capacity(busy))) < 25


def test_cars_are_those_of_the_technical_report() -> None:
    """TR 38.901 7.4.3.2: normal, mean 9 dB and sigma 5 dB; its 10th and 90th percentile are 2.6 and 15.4."""
    car = RADIOS.environments["rural"].car
    assert (car.value, car.low, car.high) == (9.0, 2.6, 15.4)
    assert car.sigma == pytest.approx(5.0, abs=0.01)
