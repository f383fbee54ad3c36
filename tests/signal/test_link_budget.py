"""SINR, speed and coverage by hand, and how users share a cell."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.signal.figures import bounded
from coverage.signal.link_budget import (
    Powers,
    coverage_probability,
    entry_losses,
    needed_sinr_db,
    sinr_db,
    speed_mbps,
)
from coverage.signal.load import LEAST_LEFT, Chosen, sending_share, share_left, users_and_work
from coverage.signal.radios import noise_dbm
from coverage.sources.radios import load_radios
from coverage.tables import PLACE_BOUNDS

RADIOS = load_radios(None)
LTE = RADIOS.technologies["4g"]


def _powers(server_dbm: float, other_dbm: float, interference_dbm: float) -> Powers:
    mw = [np.array([10 ** (dbm / 10)]) for dbm in (server_dbm, other_dbm, interference_dbm)]
    return Powers(*mw, np.array([-92.0]), np.array([10.0]), np.array([0]))


def test_noise_by_hand() -> None:
    assert noise_dbm(10.0, 9.0) == pytest.approx(-174 + 70 + 9)
    assert noise_dbm(0.2, 8.0) == pytest.approx(-174 + 53.0103 + 8, abs=1e-4)


def test_sinr_alone_by_hand() -> None:
    """-80 dBm, 3 dB body, 12.816 dB margin over -92 dBm of noise."""
    entry = entry_losses(RADIOS, 1800)["outdoor"]
    sinr, part = sinr_db(_powers(-80, -300, -300), entry, 0.5, 0.9)
    assert sinr[0] == pytest.approx(-80 - 3 - 12.8155 + 92, abs=0.01)
    assert part[0] == pytest.approx(1, abs=1e-9)
    assert sinr_db(_powers(-80, -300, -300), entry, 0.5, 0.5)[0][0] == pytest.approx(9.0, abs=0.01)


def test_between_two_equal_cells_the_better_one_serves() -> None:
    """Far over the noise the better of two leads by 1.26 dB in nine of ten spots, and half load gives 3 dB more."""
    entry = entry_losses(RADIOS, 1800)["outdoor"]
    sinr, part = sinr_db(_powers(-40, -40, -43.0103), entry, 0.5, 0.9)
    assert sinr[0] == pytest.approx(1.26 + 3.01, abs=0.02)
    assert part[0] < 1e-3


@pytest.mark.parametrize(
    ("sinr", "mbps"),
    # 20 MHz x 0.6 x log2(1 + SINR), at most 4.4 bit/s/Hz, nothing below -6 dB
    [(-6.1, 0.0), (-6.0, 3.8791), (0.0, 12.0), (10.0, 41.5132), (20.0, 79.8994), (30.0, 88.0)],
)
def test_speed_by_hand(sinr: float, mbps: float) -> None:
    assert speed_mbps(np.array([sinr]), LTE, np.array([20.0]))[0] == pytest.approx(mbps, abs=1e-3)


@given(st.floats(0.5, 87), st.sampled_from([5.0, 10.0, 20.0]))
def test_what_a_speed_needs_gives_the_speed(mbps: float, width: float) -> None:
    needed = needed_sinr_db(np.array([mbps]), LTE, np.array([width]), LTE.attenuation.value)[0]
    if math.isinf(needed):
        assert mbps / width > LTE.max_bits_per_s_per_hz
    else:
        assert speed_mbps(np.array([needed + 1e-9]), LTE, np.array([width]))[0] >= mbps - 1e-6


@given(st.floats(-30, 60), st.floats(0.2, 30))
def test_probability_is_one(edge: float, spread: float) -> None:
    chance = coverage_probability(np.array([edge]), np.array([edge + spread]), -6.0, 0.9)[0]
    assert 0 <= chance <= 1
    assert (chance >= 0.9) == (edge >= -6.0) or abs(edge + 6) < 1e-9


def test_coverage_holds_where_the_probability_is_that_of_the_edge() -> None:
    assert coverage_probability(np.array([-6.0]), np.array([6.8]), -6.0, 0.9)[0] == pytest.approx(0.9)


@given(st.lists(st.floats(-60, 60), min_size=1, max_size=5), st.floats(0, 100), st.floats(0, 100))
def test_low_estimate_and_high_are_in_order(margins: list[float], shared: float, own: float) -> None:
    size = np.ones(len(margins))
    flags = bounded(np.array(margins), {"model": shared * size, "position": own * size})
    assert list(flags) == list(PLACE_BOUNDS)
    order = [flags[bound].astype(int) for bound in ("_lowest", "_low", "", "_high", "_highest")]
    assert all((a <= b).all() for a, b in itertools.pairwise(order))


def test_walls_and_cars_weaken() -> None:
    losses = entry_losses(RADIOS, 1800)
    assert (losses["in_vehicle"].median_db == 12).all()
    assert (losses["indoor"].median_db > losses["in_vehicle"].median_db).all()
    assert (losses["indoor"].sigma_db > 5).all()


def test_what_is_left_of_a_cell() -> None:
    assert share_left(np.array([0.0, 0.3, 1.0, 5.0])).tolist() == [1, 0.7, LEAST_LEFT, LEAST_LEFT]
    assert sending_share(np.array([0.0, 0.5, 3.0]), 0.1).tolist() == pytest.approx([0.1, 0.55, 1.0])


def test_people_are_shared_among_the_operators_that_cover_them() -> None:
    """10 people with both operators, 20 with the second only, 5 with none."""
    people = np.array([10.0, 20, 5])
    one = Chosen(np.array([5.0, 0, 0]), np.array([10.0, 0, 0]), np.array([0, -1, -1]))
    two = Chosen(np.array([8.0, 4, 0]), np.array([20.0, 5, 0]), np.array([1, 1, -1]))
    users, work = users_and_work(people, [one, two], np.array([0.25, 0.75]), 3)
    assert users.tolist() == pytest.approx([2.5, 27.5, 0])
    assert work.tolist() == pytest.approx([2.5 / 10, 7.5 / 20 + 20 / 5, 0])
    assert users.sum() == pytest.approx(people[:2].sum())


def test_cars_are_those_of_the_technical_report() -> None:
    """TR 38.901 7.4.3.2: normal, mean 9 dB and sigma 5 dB; its 10th and 90th percentile are 2.6 and 15.4."""
    car = RADIOS.environments["rural"].car
    assert (car.value, car.low, car.high) == (9.0, 2.6, 15.4)
    assert car.sigma == pytest.approx(5.0, abs=0.01)
