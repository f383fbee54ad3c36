"""One tile's places, transmitters and masts as arrays that compiled code walks."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from coverage.compiled import inlined

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NO_SERVER = -1
ENVIRONMENTS = 3


class Places(NamedTuple):
    """n places sorted by block, with their row and column on the ground.

    ``block_start`` has blocks + 1 entries, ``environment`` one for each block.
    """

    x_m: Floats
    y_m: Floats
    row: Floats
    column: Floats
    block_start: Integers
    environment: Integers


class Transmitters(NamedTuple):
    """Transmitters sorted by channel; ``kind`` names their gain tables, ``mast`` where they hang.

    ``clutter`` (channels, environments) is the gain, at most 1, that what stands about the receiver leaves.
    """

    channel_start: Integers
    frequency_ghz: Floats
    clutter: Floats
    x_m: Floats
    y_m: Floats
    power_mw: Floats
    kind: Integers
    mast: Integers
    site: Integers


class Masts(NamedTuple):
    """Positions on the ground and antennas above it; ``receiver_m`` is the receiver's height."""

    row: Floats
    column: Floats
    antenna_m: Floats
    receiver_m: float


@inlined
def middle_of_block(places: Places, block: int) -> tuple[float, float, float]:
    """Middle of a block's places, and the distance of the farthest corner from it."""
    first = places.block_start[block]
    west = east = places.x_m[first]
    south = north = places.y_m[first]
    for place in range(first, places.block_start[block + 1]):
        west, east = min(west, places.x_m[place]), max(east, places.x_m[place])
        south, north = min(south, places.y_m[place]), max(north, places.y_m[place])
    half_x, half_y = (east - west) / 2, (north - south) / 2
    return west + half_x, south + half_y, math.hypot(half_x, half_y) + 0.001
