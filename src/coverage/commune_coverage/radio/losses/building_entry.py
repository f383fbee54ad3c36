"""Building entry loss: ITU-R P.2109-1, from 80 MHz to 100 GHz, over the places in all buildings of a class."""

from __future__ import annotations

import math
from typing import Literal

from scipy.special import ndtri

Kind = Literal["traditional", "thermally_efficient"]

# Table 1: r, s, t, u, v, w, x, y, z
_COEFFICIENTS: dict[str, tuple[float, ...]] = {
    "traditional": (12.64, 3.72, 0.96, 9.6, 2.0, 9.1, -3.0, 4.5, -2.0),
    "thermally_efficient": (28.19, -3.0, 8.48, 13.5, 3.8, 27.8, -2.9, 9.4, -2.1),
}
_FLOOR_DB = -3.0
_PER_DEGREE_DB = 0.212


def building_entry_loss_db(
    frequency_mhz: float, probability: float, elevation_deg: float = 0.0, kind: Kind = "traditional"
) -> float:
    """Compute the building entry loss not exceeded with a probability.

    Parameters
    ----------
    frequency_mhz : float, MHz
        Carrier frequency, 80 to 100,000.
    probability : float
        Between 0 and 1, without its ends.
    elevation_deg : float, degrees
        Angle of the path over the horizontal at the facade.
    kind : {"traditional", "thermally_efficient"}
        Class of the building.

    Returns
    -------
    float, dB
        Loss beyond that outdoors.

    Notes
    -----
    ITU-R P.2109-1 section 3: 10 log10(10^(0.1 A) + 10^(0.1 B) + 10^(0.1 C)) of two normals and C = -3 dB, f in GHz.
    """
    r, s, t, u, v, w, x, y, z = _COEFFICIENTS[kind]
    log_f = math.log10(frequency_mhz / 1000)
    deviate = float(ndtri(probability))
    median = r + s * log_f + t * log_f**2 + _PER_DEGREE_DB * abs(elevation_deg)
    first = deviate * (u + v * log_f) + median
    second = deviate * (y + z * log_f) + w + x * log_f
    return 10 * math.log10(sum(10 ** (0.1 * part) for part in (first, second, _FLOOR_DB)))
