"""Okumura-Hata in its own ranges, and COST 231's continuation to 2 GHz.

M. Hata, "Empirical formula for propagation loss in land mobile radio services", IEEE Trans. Veh. Technol. 29 (1980),
as ITU-R P.529 gives it with its exponent b for 20 to 100 km; COST 231 final report (1999), section 4.4.1. Shadowing
of 8 dB: an assumption within the 6 to 10 dB that measurements about the curves show.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from coverage.signal.models.free_space import free_space_loss_db, log_km
from coverage.signal.models.model import Floats, Link, Model, Range

SIGMA_DB = 8.0
_HATA_MHZ, _COST_MHZ = (150.0, 1500.0), (1500.0, 2000.0)


def _small_city_gain_db(link: Link) -> float:
    """a(hm) of a small or medium city."""
    log_f = math.log10(link.frequency_mhz)
    return (1.1 * log_f - 0.7) * link.receiver_height_m - (1.56 * log_f - 0.8)


def _distance_db(distance_m: Floats, link: Link) -> Floats:
    """(44.9 - 6.55 log10 Hb) (log10 R)^b, with ITU-R P.529's b above 20 km."""
    log_r = log_km(distance_m)
    beyond = np.maximum(log_r - math.log10(20), 0.0)
    rise = (0.14 + 1.87e-4 * link.frequency_mhz + 1.07e-3 * link.antenna_height_m) * beyond**0.8
    far = np.sign(log_r) * np.abs(log_r) ** (1 + rise)
    return np.asarray((44.9 - 6.55 * math.log10(link.antenna_height_m)) * far)


def _hata_urban(distance_m: Floats, link: Link) -> Floats:
    """69.55 + 26.16 log10 f - 13.82 log10 Hb - a(hm) + distance."""
    log_f = math.log10(link.frequency_mhz)
    fixed = 69.55 + 26.16 * log_f - 13.82 * math.log10(link.antenna_height_m) - _small_city_gain_db(link)
    return fixed + _distance_db(distance_m, link)


def _cost_urban(distance_m: Floats, link: Link) -> Floats:
    """46.3 + 33.9 log10 f - 13.82 log10 Hb - a(hm) + distance."""
    log_f = math.log10(link.frequency_mhz)
    fixed = 46.3 + 33.9 * log_f - 13.82 * math.log10(link.antenna_height_m) - _small_city_gain_db(link)
    return fixed + _distance_db(distance_m, link)


def _none(_mhz: float) -> float:
    return 0.0


def _suburban(mhz: float) -> float:
    return 2 * math.log10(mhz / 28) ** 2 + 5.4


def _open(mhz: float) -> float:
    return 4.78 * math.log10(mhz) ** 2 - 18.33 * math.log10(mhz) + 40.94


def _metropolitan(_mhz: float) -> float:
    return -3.0


def _model(
    name: str, urban: Callable[[Floats, Link], Floats], less_db: Callable[[float], float], mhz: Range, source: str
) -> Model:
    def loss_db(distance_m: Floats, link: Link) -> Floats:
        loss = urban(distance_m, link) - less_db(link.frequency_mhz)
        return np.maximum(loss, free_space_loss_db(distance_m, link))

    return Model(
        name=name, source=source, loss_db=loss_db, sigma_db=SIGMA_DB, frequency_mhz=mhz,
        distance_m=(1000.0, 100_000.0), antenna_height_m=(30.0, 200.0),
    )  # fmt: skip


_HATA, _COST = "ITU-R P.529 (Okumura-Hata)", "COST 231 (1999) 4.4.1"
HATA_MODELS = (
    _model("hata_urban", _hata_urban, _none, _HATA_MHZ, _HATA),
    _model("hata_suburban", _hata_urban, _suburban, _HATA_MHZ, _HATA),
    _model("hata_open", _hata_urban, _open, _HATA_MHZ, _HATA),
    _model("cost231_urban", _cost_urban, _none, _COST_MHZ, _COST),
    _model("cost231_metropolitan", _cost_urban, _metropolitan, _COST_MHZ, _COST),
    _model("cost231_suburban", _cost_urban, _suburban, _COST_MHZ, f"{_COST} with Hata's suburban correction"),
    _model("cost231_open", _cost_urban, _open, _COST_MHZ, f"{_COST} with Hata's open-area correction"),
)
