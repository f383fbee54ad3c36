import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.signal.propagation import free_space_loss_db, rural_loss_db, urban_loss_db

DISTANCES = np.geomspace(10, 100_000, 200)


def test_free_space_matches_itu_r_p525_by_hand():
    assert free_space_loss_db(np.array([1000.0]), 1000.0)[0] == pytest.approx(92.45, abs=0.01)


def test_rural_matches_the_formula_written_out_at_900_mhz():
    by_hand = 69.55 + 26.16 * 2.954243 - 13.82 * 1.653213 - 4.78 * 2.954243**2 + 18.33 * 2.954243 - 40.94
    assert rural_loss_db(np.array([1000.0]), 900.0, 45.0)[0] == pytest.approx(by_hand, abs=1e-3)
    assert by_hand == pytest.approx(95.5, abs=0.1)  # TR 36.942 prints 95.5 + 34.1 log10(R) for 900 MHz, 45 m


def test_rural_slope_is_the_one_that_3gpp_prints():
    near, far = rural_loss_db(np.array([1_000.0, 10_000.0]), 900.0, 45.0)
    assert far - near == pytest.approx(34.1, abs=0.05)


def test_urban_matches_what_3gpp_prints_for_2_ghz_and_15_m():
    loss = urban_loss_db(np.array([1_000.0, 10_000.0]), 2000.0, 15.0)
    assert loss[0] == pytest.approx(128.1, abs=0.1)
    assert loss[1] - loss[0] == pytest.approx(37.6, abs=0.01)


@pytest.mark.parametrize("law", [lambda d: rural_loss_db(d, 1800.0, 30.0), lambda d: urban_loss_db(d, 1800.0, 15.0)])
def test_loss_never_falls_with_distance_nor_below_free_space(law):
    loss = law(DISTANCES)
    assert (np.diff(loss) >= 0).all()
    assert (loss >= free_space_loss_db(DISTANCES, 1800.0)).all()


@given(st.floats(0, 1e6), st.floats(150, 4000), st.floats(1, 300))
def test_loss_is_finite_for_any_distance_band_and_height(distance, band, height):
    assert np.isfinite(rural_loss_db(np.array([distance]), band, height)).all()
    assert np.isfinite(urban_loss_db(np.array([distance]), band, height - 15)).all()
