"""Gain over the real ground from a mast to a point, each profile drawn once for all channels of the mast."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, compiled_allocating
from commune_coverage.radio.diffraction.bullington import Profile, profile_of, smooth_edge
from commune_coverage.radio.diffraction.delta_bullington import added_by_round_earth_db, edge_loss_db
from commune_coverage.radio.diffraction.profile import MAX_POINTS, Ground, sample_profile
from commune_coverage.radio.diffraction.spherical_earth import spherical_earth_loss_db
from commune_coverage.radio.path_gain_tables import gain_at, table_distances_m
from commune_coverage.radio.tile_layout import Antennas

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_PER_DB = math.log(10) / 10


class Profiles(NamedTuple):
    """Profiles from one point to masts, kept while it is that point's turn, and room to draw one in.

    ``kept`` (masts, 6): distance, edge, both heights over the smooth earth, points, and the smooth earth's own edge,
    NaN until it is asked for.
    """

    profile_cache_key: Integers
    kept: Floats
    ray_km2: Floats
    along_km: Floats
    ground_m: Floats


@compiled_allocating
def profile_buffers(antennas: int) -> Profiles:
    return Profiles(
        np.full(antennas, -1, dtype=np.int64),
        np.empty((antennas, 6)),
        np.empty(antennas),
        np.empty(MAX_POINTS),
        np.empty(MAX_POINTS),
    )


@compiled
def min_path_gain(
    profile_cache_key: int,
    row: float,
    column: float,
    mast: int,
    antennas: Antennas,
    square_m2: float,
    frequency_ghz: float,
    clutter: float,
    flat_gain: float,
    pruning_threshold: float,
    round_earth: Floats,
    ground: Ground,
    room: Profiles,
) -> float:
    """The lesser of ``flat_gain`` and what free space, clutter and the ground between leave.

    Where the ground's edge alone leaves less than ``pruning_threshold``, something below it is returned.
    ``round_earth`` is a gain table (see ``path_gain_tables``) of the most that a smooth earth can take. Where even that
    would leave more than the flat gain, it is not worked out. A profile is sampled once while ``profile_cache_key`` is
    the same.
    """
    if room.profile_cache_key[mast] != profile_cache_key:
        _draw(profile_cache_key, row, column, mast, antennas, square_m2, ground, room)
    kept = room.kept[mast]
    profile = Profile(kept[0], kept[1], kept[2], kept[3])
    over_edge = edge_loss_db(profile, frequency_ghz)
    gain = clutter * 10**-9.24 / (frequency_ghz * frequency_ghz * max(room.ray_km2[mast], 1e-6))
    if over_edge > 0:
        gain *= math.exp(-over_edge * _PER_DB)
    if gain < pruning_threshold:
        return min(flat_gain, gain)
    if gain * gain_at(round_earth, square_m2) >= flat_gain:
        return flat_gain
    over_round = spherical_earth_loss_db(kept[0], profile.tx_m, profile.rx_m, frequency_ghz, ground.earth_km)
    if gain * math.exp(-over_round * _PER_DB) >= flat_gain:
        return flat_gain
    added = added_by_round_earth_db(over_round, _edge_of_smooth_earth(kept, ground, room), kept[0], frequency_ghz)
    return min(flat_gain, gain * math.exp(-added * _PER_DB))


@compiled
def _edge_of_smooth_earth(kept: Floats, ground: Ground, room: Profiles) -> float:
    if math.isnan(kept[5]):
        points = int(kept[4])
        for i in range(points):
            room.along_km[i] = i / (points - 1) * kept[0]
        kept[5] = smooth_edge(room.along_km, points, kept[2], kept[3], ground.earth_km)
    return float(kept[5])


@compiled
def _draw(
    profile_cache_key: int,
    row: float,
    column: float,
    mast: int,
    antennas: Antennas,
    square_m2: float,
    ground: Ground,
    room: Profiles,
) -> None:
    distance_m = max(math.sqrt(square_m2), 1.0)
    points = sample_profile(
        ground, antennas.row[mast], antennas.column[mast], row, column, distance_m, room.along_km, room.ground_m
    )
    drawn = profile_of(
        room.along_km, room.ground_m, points, antennas.antenna_m[mast], antennas.receiver_m, ground.earth_km
    )
    rise_m = room.ground_m[points - 1] + antennas.receiver_m - room.ground_m[0] - antennas.antenna_m[mast]
    room.ray_km2[mast] = (square_m2 + rise_m * rise_m) / 1e6
    for i in range(4):
        room.kept[mast, i] = drawn[i]
    room.kept[mast, 4], room.kept[mast, 5] = points, np.nan
    room.profile_cache_key[mast] = profile_cache_key


@lru_cache(maxsize=256)
def round_earth_table(frequency_ghz: float, antenna_m: float, receiver_m: float, earth_km: float) -> Floats:
    """Gain left by diffraction over a smooth earth at each distance of a gain table, for the lowest antennas.

    Higher antennas lose less; a tenth of a dB is taken off for the straight lines between the table's steps.
    """
    loss_db = _smooth_losses_db(table_distances_m() / 1000, frequency_ghz, antenna_m, receiver_m, earth_km)
    return np.asarray(10 ** (-(loss_db + 0.1) / 10))


@compiled_allocating
def _smooth_losses_db(
    distances_km: Floats, frequency_ghz: float, antenna_m: float, receiver_m: float, earth_km: float
) -> Floats:
    found = np.empty(len(distances_km))
    for i in range(len(distances_km)):
        found[i] = spherical_earth_loss_db(distances_km[i], antenna_m, receiver_m, frequency_ghz, earth_km)
    return found
