"""One tile's places, transmitters and masts as arrays that compiled code walks."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from coverage.compiled import compiled

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


@compiled
def middle_of_block(places: Places, block: int) -> tuple[float, float, float]:
    """Middle of a block's places, and the distance of the farthest corner from it."""
    first, last = places.block_start[block], places.block_start[block + 1]
    x, y = places.x_m[first:last], places.y_m[first:last]
    half_x, half_y = (x.max() - x.min()) / 2, (y.max() - y.min()) / 2
    return x.min() + half_x, y.min() + half_y, math.hypot(half_x, half_y) + 0.001
