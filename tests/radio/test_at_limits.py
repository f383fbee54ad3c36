"""Distances and values at the very limit between near and distant, in range and out of it, allowed and refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import ValidationError

from commune_coverage.radio.diffraction.spherical_earth import spherical_earth_loss_db
from commune_coverage.radio.diffraction.terrain_gain import round_earth_table
from commune_coverage.radio.interference.distant_cells import BLOCK_MARGIN_M, NEAR_INTERFERENCE_RADIUS_M, is_distant
from commune_coverage.radio.link_budget_config import UncertainValue
from commune_coverage.radio.path_gain_tables import table_distances_m
from commune_coverage.radio.scoring.validation import _quantiles
from commune_coverage.radio.service.bit_flags import choice_bit
from commune_coverage.radio.service.place import _choices


def test_a_transmitter_at_the_radius_is_distant_and_one_nearer_is_near() -> None:
    """What is not distant is summed one by one: at the radius it must be one of the two."""
    radius = NEAR_INTERFERENCE_RADIUS_M
    assert is_distant(radius**2, 35_000.0)
    assert not is_distant(math.nextafter(radius**2, 0), 35_000.0)


def test_a_transmitter_counts_up_to_its_reach_and_the_margin_of_a_block() -> None:
    reach = 20_000.0
    assert is_distant((reach + BLOCK_MARGIN_M) ** 2, reach)
    assert not is_distant(math.nextafter((reach + BLOCK_MARGIN_M) ** 2, math.inf), reach)
    assert not is_distant((NEAR_INTERFERENCE_RADIUS_M + 1) ** 2, 0.0)


@pytest.mark.parametrize("ends", [(1.0, 1.0), (0.5, 1.0), (1.0, 2.0), (0.0, 3.0)])
def test_a_value_may_be_its_own_low_or_high(ends: tuple[float, float]) -> None:
    value = UncertainValue(value=1.0, low=ends[0], high=ends[1])
    assert (value.low, value.value, value.high) == (ends[0], 1.0, ends[1])


@pytest.mark.parametrize("ends", [(1.1, 2.0), (0.5, 0.9), (2.0, 0.0)])
def test_a_value_outside_its_low_and_high_is_refused(ends: tuple[float, float]) -> None:
    with pytest.raises(ValidationError):
        UncertainValue(value=1.0, low=ends[0], high=ends[1])


@pytest.mark.parametrize(("ghz", "antenna_m"), [(0.7, 30.0), (2.6, 60.0)])
def test_the_table_of_the_smooth_earth_leaves_what_it_takes_and_a_tenth_of_a_db(ghz: float, antenna_m: float) -> None:
    distances_km = table_distances_m() / 1000
    table = round_earth_table(ghz, antenna_m, 1.5, 8500.0)
    for row in (0, len(table) // 2, len(table) - 1):
        loss_db = spherical_earth_loss_db(distances_km[row], antenna_m, 1.5, ghz, 8500.0)
        assert -10 * math.log10(table[row]) == pytest.approx(loss_db + 0.1)
    # A few hundred metres away the mast is in sight, at the end of the table it is far below the horizon.
    assert table[0] > 0.9
    assert table[-1] < 0.01


@pytest.mark.parametrize(
    ("values", "weight", "expected"),
    [
        ([3.0], [7.0], (3, 3, 3)),
        ([10.0, 0.0], [99.0, 1.0], (10, 10, 10)),
        ([10.0, 0.0], [1.0, 99.0], (0, 0, 0)),
        (list(range(10, 0, -1)), [1.0] * 10, (1, 5, 9)),
        ([1.0, 2, 3], [1.0, 7, 2], (1, 2, 3)),
    ],
)
def test_quantiles_are_the_first_values_up_to_which_a_tenth_half_and_nine_tenths_of_the_weight_lie(
    values: list[float], weight: list[float], expected: tuple[float, float, float]
) -> None:
    assert _quantiles(np.array(values, dtype=float), np.array(weight)) == expected


def test_of_nothing_there_are_no_quantiles() -> None:
    assert np.isnan(_quantiles(np.zeros(0), np.zeros(0))).all()


def test_one_two_and_three_operators_serve_where_so_many_do_at_each_bound() -> None:
    """Bits are bounds. At the first four operators serve, at the third two, at all others one; one never serves."""
    flags = np.zeros(choice_bit(3, 5, 2), dtype=np.uint8)
    flags[0] = 7
    _choices(np.array([0b11111, 0b00101, 0b00001, 0b00001, 0]), flags, 5, 2)
    assert [int(flags[choice_bit(number, 5, 2)]) for number in range(3)] == [0b11111, 0b00101, 0b00001]
    # No other byte is touched.
    assert (flags[0], flags.sum(dtype=int)) == (7, 7 + 31 + 5 + 1)
