"""Path loss in dB from distance in metres: 3GPP TR 36.942 rural and urban, never below free space."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

NEAREST_M = 1.0


def free_space_loss_db(distance_m: Floats, frequency_mhz: float) -> Floats:
    """Free-space loss, ITU-R P.525: 32.45 + 20 log10(f MHz) + 20 log10(d km)."""
    return np.asarray(32.45 + 20 * np.log10(frequency_mhz) + 20 * np.log10(_km(distance_m)))


def rural_loss_db(distance_m: Floats, frequency_mhz: float, antenna_height_m: float) -> Floats:
    """3GPP TR 36.942 section 4.5.3, macro cell in rural area (Hata open area).

    Valid for 150-2000 MHz, antennas 30-200 m above ground, 1-20 km; beyond, it is the formula
    extended. Floored at free space, which it undercuts close to the mast.
    """
    log_f, log_h = np.log10(frequency_mhz), np.log10(antenna_height_m)
    at_one_km = 69.55 + 26.16 * log_f - 13.82 * log_h - 4.78 * log_f**2 + 18.33 * log_f - 40.94
    loss = at_one_km + (44.9 - 6.55 * log_h) * np.log10(_km(distance_m))
    return np.maximum(loss, free_space_loss_db(distance_m, frequency_mhz))


def urban_loss_db(distance_m: Floats, frequency_mhz: float, antenna_above_roofs_m: float) -> Floats:
    """3GPP TR 36.942 section 4.5.2, macro cell in urban and suburban area.

    Valid for 800-2600 MHz, antennas 0-50 m above the rooftops, 0.02-20 km. Heights outside
    1-50 m are taken as the nearer bound. Floored at free space.
    """
    above_m = min(max(antenna_above_roofs_m, 1.0), 50.0)
    slope = 40 * (1 - 4e-3 * above_m)
    loss = slope * np.log10(_km(distance_m)) - 18 * np.log10(above_m) + 21 * np.log10(frequency_mhz) + 80
    return np.maximum(loss, free_space_loss_db(distance_m, frequency_mhz))


def _km(distance_m: Floats) -> Floats:
    return np.maximum(np.asarray(distance_m, dtype=np.float64), NEAREST_M) / 1000
