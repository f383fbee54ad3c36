"""Loss from what stands about a receiver, ITU-R P.2108-1 section 3.2: statistical, for terrestrial paths.

For one end of a path that lies well below the roofs of urban or suburban surroundings, from 0.5 to 67 GHz and for paths
of at least 0.25 km. Below 0.5 GHz the formula is carried on, which the Recommendation does not: an assumption.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Floats = npt.NDArray[np.float64]

NEAREST_M, MAX_AT_M = 250.0, 2000.0
_SIGMA_LONG_DB, _SIGMA_SHORT_DB = 4.0, 6.0


def clutter_loss_db(distance_m: npt.ArrayLike, frequency_mhz: float, locations_share: float) -> Floats:
    """Clutter loss not exceeded at a share of locations.

    Parameters
    ----------
    distance_m : array_like of float, m
        Length of the path; less than 0.25 km counts as 0.25 km.
    frequency_mhz : float, MHz
        Carrier frequency, 500 to 67,000 (see the module for lower ones).
    locations_share : float
        Between 0 and 1, without its ends.

    Returns
    -------
    float64, dB
        In the shape of ``distance_m``.

    Notes
    -----
    ITU-R P.2108-1 section 3.2. Never more than at 2 km (equation 6), which for the median is the loss from there on;
    for high shares the formula itself falls a little, as its scatter does.
    """
    metres = np.maximum(np.asarray(distance_m, dtype=np.float64), NEAREST_M)
    max_db = _loss_db(np.array(MAX_AT_M), frequency_mhz, locations_share)
    return np.minimum(_loss_db(metres, frequency_mhz, locations_share), max_db)


def _loss_db(distance_m: Floats, frequency_mhz: float, locations_share: float) -> Floats:
    """Equations (3) to (5): -5 log10(10^(-0.2 Ll) + 10^(-0.2 Ls)) - sigma_cb Q^-1(p), d in km, f in GHz.

    Ll = -2 log10(10^(-5 log10 f - 12.5) + 10^-16.5) and Ls = 32.98 + 23.9 log10 d + 3 log10 f; the square of
    sigma_cb is the mean of their variances, 4 and 6 dB squared, weighted by 10^(-0.2 L).
    """
    log_f = math.log10(frequency_mhz / 1000)
    of_long = (10 ** (-5 * log_f - 12.5) + 10**-16.5) ** 0.4
    of_short = 10 ** (-0.2 * (32.98 + 23.9 * np.log10(distance_m / 1000) + 3 * log_f))
    both = of_long + of_short
    sigma_db = np.sqrt((_SIGMA_LONG_DB**2 * of_long + _SIGMA_SHORT_DB**2 * of_short) / both)
    return np.asarray(-5 * np.log10(both) + sigma_db * ndtri(locations_share))
