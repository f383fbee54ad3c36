"""Bullington's knife edge over a terrain profile, ITU-R P.526-15 section 4.5.1 and P.1812-7 section 4.3.1.

What depends on the ground alone is taken from the profile once (``Profile``); each frequency then costs a few
operations. Distances in km, heights in m above sea level, wavelengths in m.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled

Floats = npt.NDArray[np.float64]


class Profile(NamedTuple):
    """What diffraction takes from the ground between two antennas, for any frequency.

    Attributes
    ----------
    distance_km : float, km
        Length of the path.
    edge : float, m^0.5
        Diffraction parameter v of Bullington's edge times the root of the wavelength.
    tx_m, rx_m : float, m
        Heights of the antennas over a smooth earth fitted to the ground, never less than above ground.
    """

    distance_km: float
    edge: float
    tx_m: float
    rx_m: float


@compiled
def knife_edge_loss_db(parameter: float) -> float:
    """Loss of a single knife edge.

    Parameters
    ----------
    parameter : float
        Diffraction parameter v.

    Returns
    -------
    float, dB
        Zero up to v = -0.78.

    Notes
    -----
    J(v), ITU-R P.526-15 equation (31), for v above -0.78.
    """
    if parameter <= -0.78:
        return 0.0
    v = parameter - 0.1
    return 6.9 + 20 * math.log10(math.sqrt(v * v + 1) + v)


@compiled
def bullington_loss_db(edge: float, distance_km: float, wavelength_m: float) -> float:
    """Knife-edge loss with Bullington's correction for the ground on both sides of the edge.

    Parameters
    ----------
    edge : float, m^0.5
        Diffraction parameter times the root of the wavelength.
    distance_km : float, km
        Length of the path.
    wavelength_m : float, m
        Wavelength.

    Returns
    -------
    float, dB
        Loss beyond free space.

    Notes
    -----
    ITU-R P.526-15 section 4.5.1, P.1812-7 section 4.3.1.
    """
    loss = knife_edge_loss_db(edge / math.sqrt(wavelength_m))
    if loss == 0.0:
        return 0.0
    return loss + (1 - math.exp(-loss / 6)) * (10 + 0.02 * distance_km)


@compiled
def profile_of(
    along_km: Floats,
    ground_m: Floats,
    surface_m: Floats,
    points: int,
    tx_above_m: float,
    rx_above_m: float,
    earth_km: float,
) -> Profile:
    """Reduce a profile from transmitter to receiver to what diffraction takes from it.

    Parameters
    ----------
    along_km : (n,) float64, km
        Distances from the transmitter, from 0, rising.
    ground_m : (n,) float64, m
        Heights above sea level.
    surface_m : (n,) float64, m
        Heights above sea level of what stands on the ground; not read at the ends. The ground where it is bare.
    points : int
        Number of points to read, at least 2.
    tx_above_m, rx_above_m : float, m
        Heights of the antennas above the ground at the ends.
    earth_km : float, km
        Effective earth radius.

    Returns
    -------
    Profile
        Edge and heights over the smooth earth.

    Notes
    -----
    ITU-R P.1812-7 section 4.3.1 over the surface; the heights over the smooth earth are those over the bare ground
    (attachment 1, section 5.6; P.526-15 section 4.5.2).
    """
    d = along_km[points - 1]
    tx, rx = ground_m[0] + tx_above_m, ground_m[points - 1] + rx_above_m
    slope, bulge = (rx - tx) / d, 500 / earth_km
    area = moment = 0.0
    rise_tx = rise_rx = worst = obstacle_tx = obstacle_rx = obstacle = -1e30
    for i in range(1, points):
        x, h, x0, h0 = along_km[i], ground_m[i], along_km[i - 1], ground_m[i - 1]
        area += (x - x0) * (h + h0)
        moment += (x - x0) * (h * (2 * x + x0) + h0 * (x + 2 * x0))
        if i == points - 1:
            break
        rest = d - x
        per_x, per_rest = 1 / x, 1 / rest
        curved = surface_m[i] + bulge * x * rest
        rise_tx = max(rise_tx, (curved - tx) * per_x)
        rise_rx = max(rise_rx, (curved - rx) * per_rest)
        over = curved - tx - slope * x
        worst = max(worst, over * abs(over) * per_x * per_rest)
        above = h - tx - slope * x
        obstacle = max(obstacle, above)
        obstacle_tx = max(obstacle_tx, above * per_x)
        obstacle_rx = max(obstacle_rx, above * per_rest)
    edge = _edge(d, slope, rise_tx, rise_rx, worst)
    smooth_tx = (2 * area * d - moment) / (d * d)
    smooth_rx = (moment - area * d) / (d * d)
    if obstacle > 0:
        share = obstacle_tx / (obstacle_tx + obstacle_rx)
        smooth_tx -= obstacle * share
        smooth_rx -= obstacle * (1 - share)
    tx_over, rx_over = tx - min(smooth_tx, ground_m[0]), rx - min(smooth_rx, ground_m[points - 1])
    return Profile(d, edge, tx_over, rx_over)


@compiled
def _edge(d: float, slope: float, rise_tx: float, rise_rx: float, worst: float) -> float:
    """Diffraction parameter of the edge that stands for the whole profile, times the root of the wavelength.

    ``worst`` is the greatest of h |h| / (d1 d2) over the points, h the height over the line of sight.
    """
    if rise_tx < slope:
        return math.copysign(math.sqrt(abs(worst) * 0.002 * d), worst)
    at = (slope * d + rise_rx * d) / (rise_tx + rise_rx)
    height = rise_tx * at - slope * at
    return height * math.sqrt(0.002 * d / (at * (d - at)))


@compiled
def smooth_edge(along_km: Floats, points: int, tx: float, rx: float, earth_km: float) -> float:
    """Edge of a profile over a smooth earth with the same points.

    Parameters
    ----------
    along_km : (n,) float64, km
        Distances from the transmitter, from 0, rising.
    points : int
        Number of points to read, at least 2.
    tx, rx : float, m
        Heights of the antennas above the smooth earth.
    earth_km : float, km
        Effective earth radius.

    Returns
    -------
    float, m^0.5
        Diffraction parameter times the root of the wavelength.

    Notes
    -----
    ITU-R P.1812-7 section 4.3.4: the Bullington construction with the ground at 0 m. The slope from an antenna to the
    curved ground rises up to the tangent from it and falls beyond: one of the two points around it is the steepest.
    """
    d = along_km[points - 1]
    slope, bulge = (rx - tx) / d, 500 / earth_km
    rise_tx = rise_rx = worst = -1e30
    after = _first_beyond(along_km, points, math.sqrt(max(tx, 0.0) / bulge))
    for i in range(max(after - 1, 1), min(after + 1, points - 1)):
        rise_tx = max(rise_tx, bulge * (d - along_km[i]) - tx / along_km[i])
    if rise_tx >= slope:
        after = _first_beyond(along_km, points, d - math.sqrt(max(rx, 0.0) / bulge))
        for i in range(max(after - 1, 1), min(after + 1, points - 1)):
            rise_rx = max(rise_rx, bulge * along_km[i] - rx / (d - along_km[i]))
        return _edge(d, slope, rise_tx, rise_rx, worst)
    for i in range(1, points - 1):
        x = along_km[i]
        over = bulge * x * (d - x) - tx - slope * x
        worst = max(worst, over * abs(over) / (x * (d - x)))
    return _edge(d, slope, rise_tx, rise_rx, worst)


@compiled
def _first_beyond(along_km: Floats, points: int, distance_km: float) -> int:
    """First of the points between the ends that lies beyond a distance; the last of them where none does."""
    low, high = 1, points - 2
    while low < high:
        middle = (low + high) // 2
        if along_km[middle] > distance_km:
            high = middle
        else:
            low = middle + 1
    return low
