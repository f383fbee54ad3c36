"""Free space, ITU-R P.525-4."""

from __future__ import annotations

import math

import numpy as np

from commune_coverage.radio.propagation.base import Floats, Link, Model

NEAREST_M = 1.0


def free_space_loss_db(distance_m: Floats, link: Link) -> Floats:
    """Free-space loss.

    Parameters
    ----------
    distance_m : float64 of any shape, m
        Distances; less than 1 m counts as 1 m.
    link : Link
        Its frequency is read.

    Returns
    -------
    float64, dB
        In the shape of ``distance_m``.

    Notes
    -----
    ITU-R P.525-4 equation (4): Lbf = 32.4 + 20 log10(f MHz) + 20 log10(d km). Its 32.4 is rounded: 20 log10(4 pi d /
    lambda) gives 32.448.
    """
    return np.asarray(32.4 + 20 * math.log10(link.frequency_mhz) + 20 * log_km(distance_m))


def log_km(distance_m: Floats) -> Floats:
    """Decimal logarithm of a distance in km.

    Parameters
    ----------
    distance_m : float64 of any shape, m
        Distances; less than 1 m counts as 1 m.

    Returns
    -------
    float64
        In the shape of ``distance_m``.
    """
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
