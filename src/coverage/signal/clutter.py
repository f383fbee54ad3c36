"""Loss from what stands about a receiver, ITU-R P.2108-1 section 3.2: statistical, for terrestrial paths."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Floats = npt.NDArray[np.float64]

NEAREST_M, CONSTANT_FROM_M = 250.0, 2000.0


def clutter_loss_db(distance_m: npt.ArrayLike, frequency_mhz: float, locations_share: float) -> Floats:
    """Loss not exceeded at a share of locations, one end in urban or suburban clutter.

    Valid for 0.5 to 67 GHz and paths from 0.25 km; beyond 2 km as at 2 km, nearer than 0.25 km as there.
    """
    ghz = frequency_mhz / 1000
    km = np.clip(np.asarray(distance_m, dtype=np.float64), NEAREST_M, CONSTANT_FROM_M) / 1000
    low = -2 * np.log10(10 ** (-5 * np.log10(ghz) - 12.5) + 10**-16.5)
    steep = 32.98 + 23.9 * np.log10(km) + 3 * np.log10(ghz)
    of_low, of_steep = 10 ** (-0.2 * low), 10 ** (-0.2 * steep)
    sigma = np.sqrt((16 * of_low + 36 * of_steep) / (of_low + of_steep))
    return np.asarray(-5 * np.log10(of_low + of_steep) + sigma * ndtri(locations_share))
