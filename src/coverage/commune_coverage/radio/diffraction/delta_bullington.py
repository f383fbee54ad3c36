"""Delta-Bullington: the knife edge of the real ground, made good by what a smooth earth adds to its own.

ITU-R P.1812-7 section 4.3.4 (P.526-15 section 4.5.2), median of time and places, bare ground. Valid for
30 MHz-6 GHz, 0.25-3,000 km, antennas up to 3 km above ground.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled
from commune_coverage.radio.diffraction.bullington import Profile, bullington_loss_db, profile_of, smooth_edge
from commune_coverage.radio.diffraction.spherical_earth import spherical_earth_loss_db

Floats = npt.NDArray[np.float64]

EARTH_KM = 6371.0
LIGHT_M_GHZ = 0.299792458


def effective_earth_km(lapse_n_per_km: float) -> float:
    """Effective earth radius for a fall of refractivity of ``lapse_n_per_km`` in the first km, P.1812-7 eq. (7)."""
    return EARTH_KM * 157 / (157 - lapse_n_per_km)


@compiled
def edge_loss_db(profile: Profile, frequency_ghz: float) -> float:
    """Loss by the knife edge that stands for the ground; the whole loss is never less."""
    return bullington_loss_db(profile.edge, profile.distance_km, LIGHT_M_GHZ / frequency_ghz)


@compiled
def added_by_round_earth_db(over_round: float, smooth: float, distance_km: float, frequency_ghz: float) -> float:
    """What a smooth earth adds: its own loss ``over_round`` dB less that of its knife edge, ``smooth`` its ``edge``."""
    return max(over_round - bullington_loss_db(smooth, distance_km, LIGHT_M_GHZ / frequency_ghz), 0.0)


def terrain_loss_db(
    distance_m: Floats, ground_m: Floats, frequency_mhz: float, tx_above_m: float, rx_above_m: float, earth_km: float
) -> float:
    """Median loss between isotropic antennas over one profile: free space (ITU-R P.525-4) plus diffraction.

    ``distance_m`` rises from 0 at the transmitter; ``ground_m`` is metres above sea level; antennas above ground.
    """
    along_km = np.ascontiguousarray(distance_m, dtype=np.float64) / 1000
    ground = np.ascontiguousarray(ground_m, dtype=np.float64)
    profile = profile_of(along_km, ground, len(along_km), tx_above_m, rx_above_m, earth_km)
    rise_km = (ground[-1] + rx_above_m - ground[0] - tx_above_m) / 1000
    ray_km = math.hypot(along_km[-1], rise_km)
    free_space = 32.4 + 20 * math.log10(frequency_mhz) + 20 * math.log10(ray_km)
    smooth = smooth_edge(along_km, len(along_km), profile.tx_m, profile.rx_m, earth_km)
    ghz = frequency_mhz / 1000
    over_round = spherical_earth_loss_db(profile.distance_km, profile.tx_m, profile.rx_m, ghz, earth_km)
    added = added_by_round_earth_db(over_round, smooth, profile.distance_km, ghz)
    return free_space + edge_loss_db(profile, ghz) + added
