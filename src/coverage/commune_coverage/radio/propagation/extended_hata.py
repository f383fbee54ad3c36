"""Extended Hata of ITU-R Report SM.2028: one law for 30 MHz to 3 GHz, 0.1 to 100 km and low masts, without a cliff.

Four things are not the report's, and assumptions: between 1,400 and 1,600 MHz its two laws, 1.2 dB apart at 1,500 MHz,
are blended; beyond 3 GHz the loss rises as in free space; the height of masts of a few metres counts less than its
logarithm says, so that 1 m never changes the loss by more than 1 dB (0.8 dB less loss at 10 m, 2.4 dB at 5 m); and
nearer than 0.1 km, where the report goes over to free space, the loss stays: a mast's beam passes over such places.
"""

from __future__ import annotations

import math

import numpy as np

from commune_coverage.radio.propagation.base import Floats, Link, Model
from commune_coverage.radio.propagation.free_space import free_space_loss_db, log_km

SIGMA_DB = 9.0
"""Beyond 0.6 km, with the mast above the roofs (SM.2028)."""
_USUAL_MAST_M = 30.0
_LOW_MAST_M = 4.5
_NEAREST_M = 100.0
_BLEND_MHZ = (1400.0, 1600.0)


def urban_loss_db(distance_m: Floats, link: Link) -> Floats:
    """Urban loss, small and medium cities.

    Parameters
    ----------
    distance_m : float64 of any shape, m
        Distances along the ground, to 100 km.
    link : Link
        Frequency and heights.

    Returns
    -------
    float64, dB
        Median loss, never below free space.

    Notes
    -----
    ITU-R Report SM.2028-2, annex 2, attachment 2: with Hb the height of the antenna, at least 30 m, and R in km
    K(f) - 13.82 log10 Hb + (44.9 - 6.55 log10 Hb) (log10 R)^b - a(Hm) - b(Hb) from 0.1 km on. Beyond 20 km b is
    1 + (0.14 + 0.000187 f + 0.00107 Hb) (log10(R / 20))^0.8.
    """
    return _loss_db(distance_m, link, 0.0)


def suburban_loss_db(distance_m: Floats, link: Link) -> Floats:
    """Suburban loss: the urban one less 2 log10(f / 28)^2 + 5.4, f at most 2 GHz. As ``urban_loss_db``."""
    return _loss_db(distance_m, link, 2 * math.log10(_corrected_mhz(link) / 28) ** 2 + 5.4)


def open_loss_db(distance_m: Floats, link: Link) -> Floats:
    """Open-area loss: the urban one less 4.78 log10(f)^2 - 18.33 log10(f) + 40.94. As ``urban_loss_db``."""
    log_f = math.log10(_corrected_mhz(link))
    return _loss_db(distance_m, link, 4.78 * log_f**2 - 18.33 * log_f + 40.94)


def _corrected_mhz(link: Link) -> float:
    return min(max(link.frequency_mhz, 150.0), 2000.0)


def _loss_db(distance_m: Floats, link: Link, less_db: float) -> Floats:
    loss = _hata_db(np.maximum(distance_m, _NEAREST_M), link) - less_db
    return np.maximum(loss, free_space_loss_db(distance_m, link))


def _hata_db(distance_m: Floats, link: Link) -> Floats:
    """The urban law from 0.1 km on."""
    log_r, log_h = log_km(distance_m), math.log10(max(link.antenna_height_m, _USUAL_MAST_M))
    beyond = np.maximum(log_r - math.log10(20), 0.0)
    power = 1 + (0.14 + 1.87e-4 * link.frequency_mhz + 1.07e-3 * link.antenna_height_m) * beyond**0.8
    along = np.sign(log_r) * np.abs(log_r) ** power
    fixed = _frequency_db(link.frequency_mhz) - 13.82 * log_h - _receiver_gain_db(link) - _low_mast_db(link)
    return np.asarray(fixed + (44.9 - 6.55 * log_h) * along)


def _frequency_db(mhz: float) -> float:
    """K(f): two laws that are 1.2 dB apart at 1,500 MHz, blended about it."""
    low = 69.6 + 26.2 * math.log10(max(mhz, 150.0)) - 20 * math.log10(max(150.0 / mhz, 1.0))
    high = 46.3 + 33.9 * math.log10(min(mhz, 2000.0)) + 10 * math.log10(min(max(mhz / 2000.0, 1.0), 1.5))
    high += 20 * math.log10(max(mhz / 3000.0, 1.0))
    first, last = map(math.log, _BLEND_MHZ)
    part = min(max((math.log(mhz) - first) / (last - first), 0.0), 1.0)
    return (1 - part) * low + part * high


def _receiver_gain_db(link: Link) -> float:
    """a(Hm)."""
    log_f, height_m = math.log10(link.frequency_mhz), link.receiver_height_m
    high = max(20 * math.log10(height_m / 10), 0.0)
    return (1.1 * log_f - 0.7) * min(height_m, 10.0) - (1.56 * log_f - 0.8) + high


def _low_mast_db(link: Link) -> float:
    """b(Hb) = 20 log10(Hb / 30) below 30 m, flattened near the ground."""
    ratio = math.hypot(link.antenna_height_m, _LOW_MAST_M) / math.hypot(_USUAL_MAST_M, _LOW_MAST_M)
    return min(20 * math.log10(ratio), 0.0)


EXTENDED_HATA_MODELS = tuple(
    Model(
        name=f"extended_hata_{name}",
        source="ITU-R Report SM.2028 (extended Hata)",
        loss_db=loss_db,
        sigma_db=SIGMA_DB,
        frequency_mhz=(30.0, 6000.0),
        distance_m=(1.0, 100_000.0),
        antenna_height_m=(1.0, 200.0),
    )
    for name, loss_db in (("urban", urban_loss_db), ("suburban", suburban_loss_db), ("open", open_loss_db))
)
