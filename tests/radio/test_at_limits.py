"""Distances and values at the very limit between near and distant, in range and out of it, allowed and refused."""

from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from commune_coverage.radio.interference.distant_cells import BLOCK_MARGIN_M, NEAR_INTERFERENCE_RADIUS_M, is_distant
from commune_coverage.radio.link_budget_config import UncertainValue


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
