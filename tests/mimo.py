"""Spatial layers, written down plainly: each has its share of the power and of the receiver's antennas."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.optimize import brentq

LAYERS = {("4g", False): (2, 1, 2), ("4g", True): (2, 1, 4), ("5g", False): (2, 1, 2), ("5g", True): (4, 2, 4)}
FROM_MHZ = {"4g": 1400.0, "5g": 2496.0}


def shipped_layers(technology: str, mhz: float) -> tuple[int, int, int]:
    """What the shipped link budgets say: value, low and high."""
    return LAYERS.get((technology, mhz >= FROM_MHZ.get(technology, 0.0)), (1, 1, 1))


def efficiency(sinr_db: float, alpha: float, most: float, layers: int) -> float:
    """Bits per second and Hz of the best number of layers, TR 36.942 annex A for each."""
    sinr, shares = 10 ** (sinr_db / 10), {1: [1.0], 2: [1.0, 1 / 4], 4: [1.0, 3 / 8, 1 / 6, 1 / 16]}[layers]
    return max(float(n * min(alpha * np.log2(1 + sinr * share), most)) for n, share in enumerate(shares, 1))


@lru_cache(maxsize=10_000)
def takes_db(bits_per_hz: float, alpha: float, most: float, layers: int) -> float:
    """SINR of an efficiency, dB, by bisection; infinite where none gives it."""
    if bits_per_hz > most * layers:
        return np.inf
    wanted = bits_per_hz * (1 - 1e-12)
    return float(brentq(lambda sinr_db: efficiency(sinr_db, alpha, most, layers) - wanted, -60, 60, xtol=1e-11))
