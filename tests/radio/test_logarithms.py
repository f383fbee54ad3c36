"""Logarithms of inner loops against the library's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.radio.fast_log import in_db, log2


@given(st.floats(1e-300, 1e300))
def test_a_logarithm_is_within_a_ten_thousandth_of_a_millionth(value: float) -> None:
    assert log2(value) == pytest.approx(math.log2(value), abs=1e-10, rel=1e-14)
    assert in_db(value) == pytest.approx(10 * math.log10(value), abs=1e-9, rel=1e-14)


def test_powers_of_two_and_their_neighbours() -> None:
    edges = 1 + np.arange(129) / 128
    for value in np.concatenate([edges, np.nextafter(edges, 0), np.nextafter(edges, 3)]):
        assert log2(value) == pytest.approx(math.log2(value), abs=1e-10)


def test_nothing_is_far_below_everything() -> None:
    assert log2(0.0) < -1000
