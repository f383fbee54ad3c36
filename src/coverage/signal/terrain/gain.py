"""Gain over the real ground from a mast to a point, each profile drawn once for all channels of the mast."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from coverage.signal.terrain.ground import MOST_POINTS, Ground, draw_profile
from coverage.signal.terrain.knife_edge import Profile, profile_of
from coverage.signal.terrain.loss import diffraction_loss_db
from coverage.signal.tile import Masts

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Profiles(NamedTuple):
    """Profiles from one point to masts, kept while it is that point's turn, and room to draw one in."""

    turn: Integers
    kept: Floats
    ray_km2: Floats
    along_km: Floats
    ground_m: Floats


@njit(cache=True)
def room_for(masts: int) -> Profiles:
    return Profiles(
        np.full(masts, -1, dtype=np.int64), np.empty((masts, 5)), np.empty(masts),
        np.empty(MOST_POINTS), np.empty(MOST_POINTS),
    )  # fmt: skip


@njit(cache=True)
def terrain_gain(
    turn: int, row: float, column: float, mast: int, masts: Masts, square_m2: float, frequency_ghz: float,
    ground: Ground, room: Profiles,
) -> float:  # fmt: skip
    """Free-space gain less diffraction from a mast to a point; its profile is drawn once while ``turn`` is the same."""
    if room.turn[mast] != turn:
        distance_m = max(math.sqrt(square_m2), 1.0)
        points = draw_profile(
            ground, masts.row[mast], masts.column[mast], row, column,
            distance_m, room.along_km, room.ground_m,
        )  # fmt: skip
        drawn = profile_of(
            room.along_km, room.ground_m, points, masts.antenna_m[mast], masts.receiver_m, ground.earth_km
        )
        rise_m = room.ground_m[points - 1] + masts.receiver_m - room.ground_m[0] - masts.antenna_m[mast]
        room.ray_km2[mast] = (square_m2 + rise_m * rise_m) / 1e6
        for i in range(5):
            room.kept[mast, i] = drawn[i]
        room.turn[mast] = turn
    kept = room.kept[mast]
    loss = diffraction_loss_db(Profile(kept[0], kept[1], kept[2], kept[3], kept[4]), frequency_ghz, ground.earth_km)
    free_space = 10**-9.24 / (frequency_ghz * frequency_ghz * max(room.ray_km2[mast], 1e-6))
    return free_space * 10 ** (-loss / 10)
