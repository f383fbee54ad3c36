"""Okumura-Hata in its own ranges, and COST 231's continuation to 2 GHz.

M. Hata, "Empirical formula for propagation loss in land mobile radio services", IEEE Trans. Veh. Technol. 29 (1980),
as ITU-R P.529 gives it with its exponent b for 20 to 100 km; COST 231 final report (1999), section 4.4.1, up to 20 km.
COST 231 gives cities only: its suburban and open forms here are Hata's own corrections taken off it, formulas made for
up to 1500 MHz and therefore an assumption. Shadowing of 8 dB is an assumption too. No model here is below free space.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from commune_coverage.radio.propagation.base import Floats, Link, Model, Range
from commune_coverage.radio.propagation.free_space import free_space_loss_db, log_km

SIGMA_DB = 8.0
_HATA_RANGES = ((150.0, 1500.0), (1000.0, 100_000.0))
_COST_RANGES = ((1500.0, 2000.0), (1000.0, 20_000.0))


def _small_city_gain_db(link: Link) -> float:
    """a(hm) of a small or medium city."""
    log_f = math.log10(link.frequency_mhz)
    return (1.1 * log_f - 0.7) * link.receiver_height_m - (1.56 * log_f - 0.8)


def _distance_db(distance_m: Floats, link: Link) -> Floats:
    """(44.9 - 6.55 log10 Hb) (log10 R)^b, R in km.

    b is 1 up to 20 km, beyond it 1 + (0.14 + 0.000187 f + 0.00107 H') (log10(R / 20))^0.8 with
    H' = Hb / sqrt(1 + 0.000007 Hb^2) (P.529, and P.1546 annex 7). Some programs put Hb itself for H': up to 1.1 dB
    more at 200 m and 100 km, 0.01 dB at 30 m. The printed text was not at hand to confirm H'.
    """
    log_r = log_km(distance_m)
    beyond = np.maximum(log_r - math.log10(20), 0.0)
    height = link.antenna_height_m / math.sqrt(1 + 7e-6 * link.antenna_height_m**2)
    rise = (0.14 + 1.87e-4 * link.frequency_mhz + 1.07e-3 * height) * beyond**0.8
    far = np.sign(log_r) * np.abs(log_r) ** (1 + rise)
    return np.asarray((44.9 - 6.55 * math.log10(link.antenna_height_m)) * far)


def _hata_urban(distance_m: Floats, link: Link) -> Floats:
    """69.55 + 26.16 log10 f - 13.82 log10 Hb - a(hm) + the part of distance."""
    log_f = math.log10(link.frequency_mhz)
    fixed = 69.55 + 26.16 * log_f - 13.82 * math.log10(link.antenna_height_m) - _small_city_gain_db(link)
    return fixed + _distance_db(distance_m, link)


def _cost_urban(distance_m: Floats, link: Link) -> Floats:
    """46.3 + 33.9 log10 f - 13.82 log10 Hb - a(hm) + the part of distance; COST 231's C is taken off as -C."""
    log_f = math.log10(link.frequency_mhz)
    fixed = 46.3 + 33.9 * log_f - 13.82 * math.log10(link.antenna_height_m) - _small_city_gain_db(link)
    return fixed + _distance_db(distance_m, link)


def _none(_mhz: float) -> float:
    return 0.0


def _suburban(mhz: float) -> float:
    """Hata's correction for suburban areas, dB less than the city."""
    return 2 * math.log10(mhz / 28) ** 2 + 5.4


def _open(mhz: float) -> float:
    """Hata's correction for open areas, dB less than the city."""
    return 4.78 * math.log10(mhz) ** 2 - 18.33 * math.log10(mhz) + 40.94


def _metropolitan(_mhz: float) -> float:
    return -3.0


def _model(
    name: str,
    urban: Callable[[Floats, Link], Floats],
    less_db: Callable[[float], float],
    ranges: tuple[Range, Range],
    source: str,
) -> Model:
    def loss_db(distance_m: Floats, link: Link) -> Floats:
        loss = urban(distance_m, link) - less_db(link.frequency_mhz)
        return np.maximum(loss, free_space_loss_db(distance_m, link))

    return Model(
        name=name,
        source=source,
        loss_db=loss_db,
        sigma_db=SIGMA_DB,
        frequency_mhz=ranges[0],
        distance_m=ranges[1],
        antenna_height_m=(30.0, 200.0),
    )


_HATA, _COST = "ITU-R P.529 (Okumura-Hata)", "COST 231 (1999) 4.4.1"
HATA_MODELS = (
    _model("hata_urban", _hata_urban, _none, _HATA_RANGES, _HATA),
    _model("hata_suburban", _hata_urban, _suburban, _HATA_RANGES, _HATA),
    _model("hata_open", _hata_urban, _open, _HATA_RANGES, _HATA),
    _model("cost231_urban", _cost_urban, _none, _COST_RANGES, _COST),
    _model("cost231_metropolitan", _cost_urban, _metropolitan, _COST_RANGES, _COST),
    _model("cost231_suburban", _cost_urban, _suburban, _COST_RANGES, f"{_COST} with Hata's suburban correction"),
    _model("cost231_open", _cost_urban, _open, _COST_RANGES, f"{_COST} with Hata's open-area correction"),
)
