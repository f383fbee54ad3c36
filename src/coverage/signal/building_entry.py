"""Building entry loss, ITU-R P.2109-1, valid from 80 MHz to 100 GHz."""

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


def building_entry_loss_db(
    frequency_mhz: float, probability: float, elevation_deg: float = 0.0, kind: Kind = "traditional"
) -> float:
    """Loss not exceeded with ``probability`` over all places in all buildings of a kind."""
    r, s, t, u, v, w, x, y, z = _COEFFICIENTS[kind]
    log_f = math.log10(frequency_mhz / 1000)
    typical = r + s * log_f + t * log_f**2 + 0.212 * abs(elevation_deg)
    deviate = float(ndtri(probability))
    first = deviate * (u + v * log_f) + typical
    second = deviate * (y + z * log_f) + (w + x * log_f)
    return 10 * math.log10(10 ** (0.1 * first) + 10 ** (0.1 * second) + 10 ** (0.1 * -3.0))
