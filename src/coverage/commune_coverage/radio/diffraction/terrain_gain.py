"""Path gain over the real ground from a mast to a point, each profile sampled once for all carriers of the mast."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, compiled_allocating, inlined
from commune_coverage.radio.diffraction.bullington import Profile, profile_of, smooth_edge
from commune_coverage.radio.diffraction.delta_bullington import added_by_round_earth_db, edge_loss_db
from commune_coverage.radio.diffraction.profile import MAX_POINTS, Antennas, Ground, sample_profile
from commune_coverage.radio.diffraction.spherical_earth import spherical_earth_loss_db
from commune_coverage.radio.path_gain_tables import gain_at, table_distances_m

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_PER_DB = math.log(10) / 10
_DISTANCE_KM, _EDGE, _TX_M, _RX_M, _POINTS, _SMOOTH_EDGE = range(6)


class ProfileCache(NamedTuple):
    """Profiles from all masts to one point, and buffers to sample one in.

    Attributes
    ----------
    key : (masts,) int64
        ``Point.key`` of the point that the entry is of, -1 before the first.
    entry : (masts, 6) float64
        Distance (km), edge, both heights over the smooth earth (m), number of points, and the edge of the smooth earth,
        NaN until it is needed.
    ray_km2 : (masts,) float64, km2
        Squared slant distance between the antennas.
    along_km, ground_m : (MAX_POINTS,) float64, km and m
        Buffers for the profile sampled last.
    """

    key: Integers
    entry: Floats
    ray_km2: Floats
    along_km: Floats
    ground_m: Floats


class Point(NamedTuple):
    """Where a receiver stands on the elevation grid.

    Attributes
    ----------
    key : int
        Number of the point; profiles are sampled again when it changes.
    row, column : float, cells
        Position on the elevation grid.
    """

    key: int
    row: float
    column: float


class FlatPath(NamedTuple):
    """A path as it is without terrain.

    Attributes
    ----------
    mast : int
        Row of the antenna position.
    square_m2 : float, m2
        Squared distance along the ground.
    frequency_ghz : float, GHz
        Carrier frequency.
    clutter : float
        Gain that clutter at the receiver leaves.
    gain : float
        Path gain over flat ground.
    min_gain : float
        Less gain than this makes no difference.
    """

    mast: int
    square_m2: float
    frequency_ghz: float
    clutter: float
    gain: float
    min_gain: float


@compiled_allocating
def profile_cache(masts: int) -> ProfileCache:
    """Empty cache of profiles.

    Parameters
    ----------
    masts : int
        Number of antenna positions.

    Returns
    -------
    ProfileCache
        With no entry.
    """
    return ProfileCache(
        np.full(masts, -1, dtype=np.int64),
        np.empty((masts, 6)),
        np.empty(masts),
        np.empty(MAX_POINTS),
        np.empty(MAX_POINTS),
    )


@inlined
def min_path_gain(
    point: Point, path: FlatPath, round_earth: Floats, antennas: Antennas, ground: Ground, cache: ProfileCache
) -> float:
    """Lesser of the gain over flat ground and the gain that free space, clutter and diffraction leave.

    Writes the profile to ``cache`` when its entry is of another point.

    Parameters
    ----------
    point : Point
        Receiver.
    path : FlatPath
        The same path without terrain.
    round_earth : (steps,) float64
        Gain table of the most that a smooth earth takes; where even that leaves more than the flat gain, the smooth
        earth is not computed.
    antennas : Antennas
        Positions and heights of the masts.
    ground : Ground
        Elevation grid.
    cache : ProfileCache
        Profiles of the point.

    Returns
    -------
    float
        Path gain; where it is less than ``path.min_gain``, any value below that.

    Notes
    -----
    Delta-Bullington diffraction, ITU-R P.1812-7 section 4.3, with the validity of ``delta_bullington``.
    """
    if cache.key[path.mast] != point.key:
        _sample(point, path.mast, path.square_m2, antennas, ground, cache)
    entry, ghz = cache.entry[path.mast], path.frequency_ghz
    profile = Profile(entry[_DISTANCE_KM], entry[_EDGE], entry[_TX_M], entry[_RX_M])
    over_edge = edge_loss_db(profile, ghz)
    gain = path.clutter * 10**-9.24 / (ghz * ghz * max(cache.ray_km2[path.mast], 1e-6))
    if over_edge > 0:
        gain *= math.exp(-over_edge * _PER_DB)
    if gain < path.min_gain:
        return min(path.gain, gain)
    if gain * gain_at(round_earth, path.square_m2) >= path.gain:
        return path.gain
    over_round = spherical_earth_loss_db(profile.distance_km, profile.tx_m, profile.rx_m, ghz, ground.earth_km)
    if gain * math.exp(-over_round * _PER_DB) >= path.gain:
        return path.gain
    if over_round == 0.0:
        return min(path.gain, gain)
    smooth = _edge_of_smooth_earth(entry, ground.earth_km, cache.along_km)
    added = added_by_round_earth_db(over_round, smooth, profile.distance_km, ghz)
    return min(path.gain, gain * math.exp(-added * _PER_DB))


@compiled
def _edge_of_smooth_earth(entry: Floats, earth_km: float, along_km: Floats) -> float:
    """Edge of the smooth earth of a profile. Writes it to ``entry``, and the distances to ``along_km``."""
    if math.isnan(entry[_SMOOTH_EDGE]):
        points = int(entry[_POINTS])
        for i in range(points):
            along_km[i] = i / (points - 1) * entry[_DISTANCE_KM]
        entry[_SMOOTH_EDGE] = smooth_edge(along_km, points, entry[_TX_M], entry[_RX_M], earth_km)
    return float(entry[_SMOOTH_EDGE])


@inlined
def _sample(point: Point, mast: int, square_m2: float, antennas: Antennas, ground: Ground, cache: ProfileCache) -> None:
    """Sample the profile from a mast to the point. Writes the entry of the mast in ``cache``."""
    distance_m = max(math.sqrt(square_m2), 1.0)
    row, column, antenna_m = antennas.row[mast], antennas.column[mast], antennas.antenna_m[mast]
    points = sample_profile(ground, row, column, point.row, point.column, distance_m, cache.along_km, cache.ground_m)
    heights = cache.ground_m
    profile = profile_of(cache.along_km, heights, heights, points, antenna_m, antennas.receiver_m, ground.earth_km)
    rise_m = cache.ground_m[points - 1] + antennas.receiver_m - cache.ground_m[0] - antenna_m
    cache.ray_km2[mast] = (square_m2 + rise_m * rise_m) / 1e6
    for i in range(4):
        cache.entry[mast, i] = profile[i]
    cache.entry[mast, _POINTS], cache.entry[mast, _SMOOTH_EDGE] = points, np.nan
    cache.key[mast] = point.key


@lru_cache(maxsize=256)
def round_earth_table(frequency_ghz: float, antenna_m: float, receiver_m: float, earth_km: float) -> Floats:
    """Gain left by diffraction over a smooth earth at each distance of a gain table.

    Parameters
    ----------
    frequency_ghz : float, GHz
        Carrier frequency.
    antenna_m : float, m
        Lowest transmitting antenna; higher ones lose less.
    receiver_m : float, m
        Height of the receiver.
    earth_km : float, km
        Effective earth radius.

    Returns
    -------
    (steps,) float64
        With a tenth of a dB taken off for the straight lines between the steps of the table.
    """
    loss_db = _smooth_losses_db(table_distances_m() / 1000, frequency_ghz, antenna_m, receiver_m, earth_km)
    return np.asarray(10 ** (-(loss_db + 0.1) / 10))


@compiled_allocating
def _smooth_losses_db(
    distances_km: Floats, frequency_ghz: float, antenna_m: float, receiver_m: float, earth_km: float
) -> Floats:
    losses = np.empty(len(distances_km))
    for i in range(len(distances_km)):
        losses[i] = spherical_earth_loss_db(distances_km[i], antenna_m, receiver_m, frequency_ghz, earth_km)
    return losses
