"""Free space by hand and against its exact form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from commune_coverage.radio.propagation.base import Link
from commune_coverage.radio.propagation.free_space import FREE_SPACE, free_space_loss_db

LIGHT_M_PER_S = 299_792_458


@pytest.mark.parametrize(
    ("mhz", "metres", "loss_db"),
    [
        (900, 1_000, 91.485),  # 32.4 + 59.085 + 0
        (1800, 10_000, 117.505),  # 32.4 + 65.105 + 20
        (700, 1, 29.302),  # 32.4 + 56.902 - 60
        (3500, 35_000, 134.163),  # 32.4 + 70.881 + 30.881
        (2100, 250, 86.803),  # 32.4 + 66.444 - 12.041
    ],
)
def test_by_hand(mhz: float, metres: float, loss_db: float) -> None:
    loss = free_space_loss_db(np.array([metres]), Link(mhz, 30))[0]
    assert loss == pytest.approx(loss_db, abs=0.001)
    assert loss == pytest.approx(20 * math.log10(4 * math.pi * metres * mhz * 1e6 / LIGHT_M_PER_S), abs=0.05)


def test_nearer_than_a_metre_is_as_at_a_metre() -> None:
    losses = free_space_loss_db(np.array([0.0, 0.3, 1.0, 1.001]), Link(900, 30))
    assert losses[0] == losses[1] == losses[2] < losses[3]


def test_does_not_scatter_and_has_no_height() -> None:
    assert FREE_SPACE.sigma_db == 0
    assert FREE_SPACE.why_not(Link(900, 1000, 500)) == ""
    assert FREE_SPACE.too_far_or_near(0.5)
    assert not FREE_SPACE.too_far_or_near(1)
