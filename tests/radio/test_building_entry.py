"""ITU-R P.2109-1 by hand and at its limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.radio.losses.building_entry import Kind, building_entry_loss_db

KINDS: tuple[Kind, ...] = ("traditional", "thermally_efficient")


@pytest.mark.parametrize(
    ("kind", "ghz", "probability", "elevation_deg", "loss_db"),
    # 10 log10(10^(A/10) + 10^(B/10) + 10^-0.3)
    [
        ("traditional", 1, 0.5, 0, 14.313),  # A 12.64, B 9.1
        ("traditional", 0.9, 0.9, 0, 25.122),  # A 12.4718 + 1.28155 * 9.5085, B 9.2373 + 1.28155 * 4.5915
        ("thermally_efficient", 2.1, 0.5, 0, 30.541),  # A 28.1038, B 26.8656
        ("thermally_efficient", 28, 0.1, 30, 24.244),  # A 47.9679 - 1.28155 * 18.9992, B 23.6032 - 1.28155 * 6.3610
        ("traditional", 0.08, 0.5, 90, 28.896),  # A 9.7146 + 0.212 * 90, B 12.3907
        ("thermally_efficient", 100, 0.99, 0, 105.196),  # A 56.11 + 2.32635 * 21.1, B 22 + 2.32635 * 5.2
    ],
)
def test_buildings_by_hand(kind: Kind, ghz: float, probability: float, elevation_deg: float, loss_db: float) -> None:
    loss = building_entry_loss_db(ghz * 1000, probability, elevation_deg, kind)
    assert loss == pytest.approx(loss_db, abs=0.001)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mhz", [80, 900, 3500, 26_000])
def test_gain_is_3_db_at_most(kind: Kind, mhz: float) -> None:
    """The third part of the sum is left where the two others vanish."""
    assert building_entry_loss_db(mhz, 1e-12, kind=kind) > -3
    assert building_entry_loss_db(mhz, 1e-200, kind=kind) == pytest.approx(-3, abs=0.01)


@given(
    mhz=st.floats(80, 100_000),
    elevation_deg=st.floats(-90, 90),
    probabilities=st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)),
)
def test_grows_with_probability_elevation_and_better_walls(
    mhz: float, elevation_deg: float, probabilities: tuple[float, float]
) -> None:
    low, high = sorted(probabilities)
    for kind in KINDS:
        level = building_entry_loss_db(mhz, high, kind=kind)
        assert building_entry_loss_db(mhz, low, kind=kind) <= level + 1e-9
        assert building_entry_loss_db(mhz, high, elevation_deg, kind) >= level
        up, down = (building_entry_loss_db(mhz, high, sign * elevation_deg, kind) for sign in (1, -1))
        assert up == down
    walls = [building_entry_loss_db(mhz, 0.5, elevation_deg, kind) for kind in KINDS]
    assert walls[0] < walls[1]
