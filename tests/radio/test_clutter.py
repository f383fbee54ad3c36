"""ITU-R P.2108-1 section 3.2 by hand and at its limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.radio.losses.clutter import clutter_loss_db


@pytest.mark.parametrize(
    ("ghz", "km", "share", "loss_db"),
    [
        (1, 2, 0.5, 24.998),  # Ll 25.0000, Ls 40.1746
        (1, 0.25, 0.5, 18.480),  # Ll 25.0000, Ls 18.5908
        (0.5, 0.5, 0.1, 15.725),  # Ll 21.9897, Ls 24.8823: 21.481 less 1.28155 times 4.4918
        (28, 0.3, 0.99, 38.645),  # Ll 32.9995, Ls 24.8247: 24.775 and 2.32635 times 5.9621
        (67, 10, 0.5, 32.994),  # as at 2 km; Ll 33.0000, Ls 45.6527
        (3.5, 1, 0.9, 35.528),  # 35.619 by the formula, but 35.528 at 2 km is the most
    ],
)
def test_by_hand(ghz: float, km: float, share: float, loss_db: float) -> None:
    assert float(clutter_loss_db(km * 1000, ghz * 1000, share)) == pytest.approx(loss_db, abs=0.001)


@pytest.mark.parametrize("mhz", [500, 900, 1800, 3500, 26_000, 67_000])
def test_median_is_constant_from_2_km_and_up_to_a_quarter(mhz: float) -> None:
    far = clutter_loss_db(np.array([2000.0, 5000, 1e6]), mhz, 0.5)
    assert np.ptp(far) == 0
    near = clutter_loss_db(np.array([0.0, 10, 250]), mhz, 0.5)
    assert np.ptp(near) == 0
    assert near[0] < far[0]


@given(
    mhz=st.floats(500, 67_000), metres=st.floats(0, 1e5), shares=st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
)
def test_more_places_are_more_loss_and_never_more_than_at_2_km(
    mhz: float, metres: float, shares: tuple[float, float]
) -> None:
    low, high = sorted(shares)
    assert clutter_loss_db(metres, mhz, low) <= clutter_loss_db(metres, mhz, high) + 1e-9
    assert clutter_loss_db(metres, mhz, high) <= clutter_loss_db(2000, mhz, high)


def test_median_grows_with_distance_and_keeps_the_shape() -> None:
    metres = np.linspace(0, 4000, 60).reshape(6, 10)
    loss = clutter_loss_db(metres, 1800, 0.5)
    assert loss.shape == (6, 10)
    assert np.all(np.diff(loss.ravel()) >= 0)
