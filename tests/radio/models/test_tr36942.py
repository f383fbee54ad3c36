"""TR 36.942 by hand, against the short forms that the report itself prints, and at its bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from commune_coverage.radio.propagation.base import Link
from commune_coverage.radio.propagation.free_space import free_space_loss_db
from commune_coverage.radio.propagation.tr36942 import RURAL, URBAN, rural_loss_db, urban_loss_db

NEAR_AND_FAR_M = np.geomspace(1, 100_000, 60)


@pytest.mark.parametrize(
    ("mhz", "over_roofs_m", "km", "loss_db"),
    # 80 + 21 log10 f - 18 log10 Dhb + 40 (1 - 0.004 Dhb) log10 R
    [
        (2000, 15, 1, 128.152),  # 80 + 69.322 - 21.170 + 0
        (900, 15, 5, 147.151),  # 80 + 62.039 - 21.170 + 26.281
        (800, 1, 2, 152.958),  # 80 + 60.965 - 0 + 11.993
        (2600, 50, 20, 162.766),  # 80 + 71.714 - 30.581 + 41.633
        (1800, 10, 0.2, 103.520),  # 80 + 68.361 - 18 - 26.840
    ],
)
def test_urban_by_hand(mhz: float, over_roofs_m: float, km: float, loss_db: float) -> None:
    link = Link(mhz, 15 + over_roofs_m)
    assert urban_loss_db(np.array([km * 1000]), link)[0] == pytest.approx(loss_db, abs=0.001)


@pytest.mark.parametrize(
    ("mhz", "height_m", "km", "loss_db"),
    # 69.55 + 26.16 F - 13.82 H + (44.9 - 6.55 H) log10 R - 4.78 F^2 + 18.33 F - 40.94, F = log10 f, H = log10 Hb
    [
        (900, 45, 1, 95.479),  # F 2.95424, H 1.65321
        (2000, 30, 10, 138.197),  # F 3.30103, H 1.47712
        (150, 200, 20, 109.796),  # F 2.17609, H 2.30103
        (1800, 60, 5, 121.453),  # F 3.25527, H 1.77815
        (800, 100, 3, 105.015),  # F 2.90309, H 2
    ],
)
def test_rural_by_hand(mhz: float, height_m: float, km: float, loss_db: float) -> None:
    assert rural_loss_db(np.array([km * 1000]), Link(mhz, height_m))[0] == pytest.approx(loss_db, abs=0.001)


@pytest.mark.parametrize("km", [1.0, 3.0, 15.0])
def test_short_forms_of_the_report(km: float) -> None:
    """Antennas 15 m over the roofs at 2,000 and 900 MHz, and 45 m above open ground at 900 MHz."""
    at = np.array([km * 1000])
    assert urban_loss_db(at, Link(2000, 30))[0] == pytest.approx(128.1 + 37.6 * math.log10(km), abs=0.1)
    assert urban_loss_db(at, Link(900, 30))[0] == pytest.approx(120.9 + 37.6 * math.log10(km), abs=0.1)
    assert rural_loss_db(at, Link(900, 45))[0] == pytest.approx(95.5 + 34.1 * math.log10(km), abs=0.1)


def test_heights_over_the_roofs_are_kept_within_1_and_50_m() -> None:
    at = np.array([2000.0])
    assert urban_loss_db(at, Link(1800, 5)) == urban_loss_db(at, Link(1800, 16))
    assert urban_loss_db(at, Link(1800, 80)) == urban_loss_db(at, Link(1800, 65))
    assert urban_loss_db(at, Link(1800, 17)) < urban_loss_db(at, Link(1800, 16))


@pytest.mark.parametrize("loss_of", [urban_loss_db, rural_loss_db])
@pytest.mark.parametrize("link", [Link(800, 65), Link(150, 200), Link(2600, 30)])
def test_never_below_free_space(loss_of, link: Link) -> None:  # type: ignore[no-untyped-def]
    loss, least = loss_of(NEAR_AND_FAR_M, link), free_space_loss_db(NEAR_AND_FAR_M, link)
    assert np.all(loss >= least)
    assert loss[0] == least[0]
    assert loss[-1] > least[-1]


def test_bounds() -> None:
    assert URBAN.sigma_db == RURAL.sigma_db == 10
    assert (URBAN.frequency_mhz, URBAN.distance_m, URBAN.antenna_height_m) == ((800, 2600), (20, 20_000), (5, 80))
    assert (RURAL.frequency_mhz, RURAL.distance_m, RURAL.antenna_height_m) == ((150, 2200), (1000, 20_000), (30, 200))
    assert URBAN.why_not(Link(800, 5)) == URBAN.why_not(Link(2600, 80)) == ""
    assert "frequency 799 MHz" in URBAN.why_not(Link(799, 30))
    assert "antenna 29 m" in RURAL.why_not(Link(900, 29))
    assert "frequency 2300 MHz" in RURAL.why_not(Link(2300, 30))
