"""Delta-Bullington: the knife edge of the real ground, made good by what a smooth earth adds to its own.

ITU-R P.1812-7 section 4.3.4 (P.526-15 section 4.5.2), median of time and places, over bare ground or with
clutter on it. Valid for 30 MHz-6 GHz, 0.25-3,000 km, antennas up to 3 km above ground.
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
    """Effective earth radius by the lapse of refractivity.

    Parameters
    ----------
    lapse_n_per_km : float, N/km
        Fall of refractivity in the first km, less than 157.

    Returns
    -------
    float, km
        Median effective radius.

    Notes
    -----
    ITU-R P.1812-7 equation (7).
    """
    return EARTH_KM * 157 / (157 - lapse_n_per_km)


@compiled
def edge_loss_db(profile: Profile, frequency_ghz: float) -> float:
    """Loss by the knife edge that stands for the ground; the whole diffraction loss is never less.

    Parameters
    ----------
    profile : Profile
        Profile between the antennas.
    frequency_ghz : float, GHz
        Carrier frequency.

    Returns
    -------
    float, dB
        Loss beyond free space.

    Notes
    -----
    ITU-R P.526-15 section 4.5.1.
    """
    return bullington_loss_db(profile.edge, profile.distance_km, LIGHT_M_GHZ / frequency_ghz)


@compiled
def added_by_round_earth_db(over_round: float, smooth: float, distance_km: float, frequency_ghz: float) -> float:
    """Loss that a smooth earth adds to the knife edge.

    Parameters
    ----------
    over_round : float, dB
        Loss of the spherical earth.
    smooth : float, m^0.5
        Edge of the smooth earth, see ``smooth_edge``.
    distance_km : float, km
        Length of the path.
    frequency_ghz : float, GHz
        Carrier frequency.

    Returns
    -------
    float, dB
        At least 0.

    Notes
    -----
    ITU-R P.1812-7 section 4.3.4: the loss of the spherical earth less that of its own Bullington edge.
    """
    return max(over_round - bullington_loss_db(smooth, distance_km, LIGHT_M_GHZ / frequency_ghz), 0.0)


def terrain_loss_db(
    distance_m: Floats,
    ground_m: Floats,
    frequency_mhz: float,
    tx_above_m: float,
    rx_above_m: float,
    earth_km: float,
    clutter_m: Floats | None = None,
) -> float:
    """Median loss between isotropic antennas over one profile: free space and diffraction.

    Parameters
    ----------
    distance_m : (n,) float64, m
        Distances from the transmitter, from 0, rising.
    ground_m : (n,) float64, m
        Heights above sea level.
    frequency_mhz : float, MHz
        Carrier frequency, 30 to 6,000.
    tx_above_m, rx_above_m : float, m
        Heights of the antennas above ground.
    earth_km : float, km
        Effective earth radius.
    clutter_m : (n,) float64, m, optional
        Representative heights of what stands on the ground, not read at the ends: by ITU-R P.1812 0 over open land and
        water, 10 in suburbs, 15 in towns and woods, 20 in dense towns. Bare ground without it.

    Returns
    -------
    float, dB
        Path loss exceeded half of the time at half of the places.

    Notes
    -----
    ITU-R P.525-4 and P.1812-7 section 4.3.4, for 30 MHz to 6 GHz and 0.25 to 3,000 km.
    """
    along_km = np.ascontiguousarray(distance_m, dtype=np.float64) / 1000
    ground = np.ascontiguousarray(ground_m, dtype=np.float64)
    surface = ground if clutter_m is None else ground + np.asarray(clutter_m, dtype=np.float64)
    profile = profile_of(along_km, ground, surface, len(along_km), tx_above_m, rx_above_m, earth_km)
    rise_km = (ground[-1] + rx_above_m - ground[0] - tx_above_m) / 1000
    ray_km = math.hypot(along_km[-1], rise_km)
    free_space = 32.4 + 20 * math.log10(frequency_mhz) + 20 * math.log10(ray_km)
    smooth = smooth_edge(along_km, len(along_km), profile.tx_m, profile.rx_m, earth_km)
    ghz = frequency_mhz / 1000
    over_round = spherical_earth_loss_db(profile.distance_km, profile.tx_m, profile.rx_m, ghz, earth_km)
    added = added_by_round_earth_db(over_round, smooth, profile.distance_km, ghz)
    return free_space + edge_loss_db(profile, ghz) + added
