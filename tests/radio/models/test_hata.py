"""Okumura-Hata and COST 231 by hand, where they meet, and at their bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from commune_coverage.radio.propagation.base import Link
from commune_coverage.radio.propagation.registry import MODELS


def loss_of(name: str, km: float, link: Link) -> float:
    return float(MODELS[name].loss_db(np.array([km * 1000]), link)[0])


@pytest.mark.parametrize(
    ("mhz", "base_m", "mobile_m", "km", "urban_db", "suburban_db", "open_db"),
    # (69.55 + 26.16 F - 13.82 log10 Hb - a) + (44.9 - 6.55 log10 Hb) log10 R; less 2 log10(f / 28)^2 + 5.4 suburban,
    # less 4.78 F^2 - 18.33 F + 40.94 open; F = log10 f, a = (1.1 F - 0.7) hm - (1.56 F - 0.8)
    [
        (900, 30, 1.5, 1, 126.403, 116.461, 97.897),  # a 0.0159; 9.943; 28.506
        (900, 30, 1.5, 5, 151.024, 141.082, 122.518),  # 126.403 + 35.225 * 0.69897
        (150, 200, 10, 20, 119.141, 112.679, 101.942),  # a 14.3423; 80.334 + 29.828 * 1.30103; open 95.454: free space
        (1500, 50, 1, 10, 164.290, 152.911, 133.349),  # a -1.3610; 130.518 + 33.772; 11.378; 30.941
        (450, 100, 3, 2, 117.574, 109.265, 91.619),  # a 3.3166; 108.001 + 31.800 * 0.30103; 8.309; 25.956
    ],
)
def test_hata_by_hand(
    mhz: float, base_m: float, mobile_m: float, km: float, urban_db: float, suburban_db: float, open_db: float
) -> None:
    link = Link(mhz, base_m, mobile_m)
    assert loss_of("hata_urban", km, link) == pytest.approx(urban_db, abs=0.001)
    assert loss_of("hata_suburban", km, link) == pytest.approx(suburban_db, abs=0.001)
    assert loss_of("hata_open", km, link) == pytest.approx(open_db, abs=0.001)


@pytest.mark.parametrize(
    ("mhz", "base_m", "mobile_m", "km", "urban_db", "suburban_db", "open_db"),
    # (46.3 + 33.9 F - 13.82 log10 Hb - a) + (44.9 - 6.55 log10 Hb) log10 R
    [
        (1800, 30, 1.5, 1, 136.197, 124.258, 104.273),  # a 0.0430
        (1800, 30, 1.5, 10, 171.422, 159.483, 139.498),  # 136.197 + 35.225
        (2000, 200, 10, 20, 140.250, 127.977, 124.442),  # a 24.9617; open 107.732: free space
        (1500, 50, 1, 5, 155.456, 144.078, 124.515),  # a -1.3610
        (1900, 100, 3, 2, 134.977, 122.868, 103.996),  # a 4.4050; open 102.751: free space
    ],
)
def test_cost231_by_hand(
    mhz: float, base_m: float, mobile_m: float, km: float, urban_db: float, suburban_db: float, open_db: float
) -> None:
    link = Link(mhz, base_m, mobile_m)
    assert loss_of("cost231_urban", km, link) == pytest.approx(urban_db, abs=0.001)
    assert loss_of("cost231_metropolitan", km, link) == pytest.approx(urban_db + 3, abs=0.001)
    assert loss_of("cost231_suburban", km, link) == pytest.approx(suburban_db, abs=0.001)
    assert loss_of("cost231_open", km, link) == pytest.approx(open_db, abs=0.001)


@pytest.mark.parametrize(
    ("mhz", "base_m", "km", "loss_db"),
    # b = 1 + (0.14 + 0.000187 f + 0.00107 H') (log10(R / 20))^0.8; b 1.16282: 126.403 + 35.225 * 1.85210
    [(900, 30, 50, 191.643), (1500, 200, 100, 202.734)],  # b 1.45777: 120.800 + 29.828 * 2.74684
)
def test_far_exponent_by_hand(mhz: float, base_m: float, km: float, loss_db: float) -> None:
    assert loss_of("hata_urban", km, Link(mhz, base_m)) == pytest.approx(loss_db, abs=0.001)


@pytest.mark.parametrize("name", ["hata_urban", "hata_suburban", "hata_open"])
def test_no_step_at_20_km_and_steeper_beyond(name: str) -> None:
    link = Link(900, 60)
    before, at, after = (loss_of(name, km, link) for km in (19.999999, 20, 20.000001))
    assert before < at < after
    assert after - before < 1e-4
    straight = loss_of(name, 20, link) + (44.9 - 6.55 * math.log10(60)) * math.log10(3)
    assert loss_of(name, 60, link) > straight + 3


def test_city_suburb_open_land_in_that_order() -> None:
    for mhz in (150, 450, 900, 1500):
        losses = [loss_of(f"hata_{place}", 5, Link(mhz, 50)) for place in ("urban", "suburban", "open")]
        assert losses == sorted(losses, reverse=True)


def test_hata_and_cost_are_near_where_they_meet() -> None:
    """At 1,500 MHz 69.55 + 26.16 F is 152.64 and 46.3 + 33.9 F is 153.97: 1.33 dB apart everywhere."""
    apart = 46.3 - 69.55 + (33.9 - 26.16) * math.log10(1500)
    for km in (1, 7, 20):
        link = Link(1500, 45, 2)
        assert loss_of("cost231_urban", km, link) - loss_of("hata_urban", km, link) == pytest.approx(apart)
    assert apart == pytest.approx(1.333, abs=0.001)


@pytest.mark.parametrize("place", ["urban", "suburban", "open"])
def test_bounds(place: str) -> None:
    hata, cost = MODELS[f"hata_{place}"], MODELS[f"cost231_{place}"]
    assert hata.sigma_db == cost.sigma_db == 8
    assert (hata.frequency_mhz, hata.distance_m, hata.antenna_height_m) == ((150, 1500), (1000, 100_000), (30, 200))
    assert (cost.frequency_mhz, cost.distance_m, cost.antenna_height_m) == ((1500, 2000), (1000, 20_000), (30, 200))
    assert hata.receiver_height_m == cost.receiver_height_m == (1, 10)
    for link in (Link(150, 30, 1), Link(1500, 200, 10)):
        assert hata.why_not(link) == ""
    for link in (Link(1500, 30, 1), Link(2000, 200, 10)):
        assert cost.why_not(link) == ""
    assert "frequency" in hata.why_not(Link(1501, 30))
    assert "frequency" in cost.why_not(Link(1499, 30))
    assert "antenna" in hata.why_not(Link(900, 29.9))
    assert "antenna" in cost.why_not(Link(1800, 201))
    assert "receiver" in hata.why_not(Link(900, 30, 0.9))
    assert "receiver" in hata.why_not(Link(900, 30, 10.1))
    assert hata.why_not(Link(100, 20, 11)).count(";") == 2
