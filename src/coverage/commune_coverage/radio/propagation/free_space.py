"""Free space, ITU-R P.525-4."""

from __future__ import annotations

import math

import numpy as np

from commune_coverage.radio.propagation.base import Floats, Link, Model

NEAREST_M = 1.0


def free_space_loss_db(distance_m: Floats, link: Link) -> Floats:
    """Lbf = 32.4 + 20 log10(f MHz) + 20 log10(d km), P.525-4 equation (4); nearer than 1 m as at 1 m.

    The Recommendation's 32.4 is rounded: 20 log10(4 pi d / lambda) gives 32.448.
    """
    return np.asarray(32.4 + 20 * math.log10(link.frequency_mhz) + 20 * log_km(distance_m))


def log_km(distance_m: Floats) -> Floats:
    """log10 of a distance in km, nearer than 1 m as at 1 m."""
    return np.asarray(np.log10(np.maximum(np.asarray(distance_m, dtype=np.float64), NEAREST_M) / 1000))


FREE_SPACE = Model(
    name="free_space",
    source="ITU-R P.525-4",
    loss_db=free_space_loss_db,
    sigma_db=0.0,
    frequency_mhz=(1.0, 300_000.0),
    distance_m=(NEAREST_M, 1e9),
    antenna_height_m=(0.0, 1e6),
    receiver_height_m=(0.0, 1e6),
)
