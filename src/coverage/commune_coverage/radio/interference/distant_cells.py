"""What cells far from a block of 1 km send to it: smooth there, so known at its four corners and between them.

The sums at the corners are whole numbers of 2**-60 mW: they are the same in any order, and a transmitter can be put in
and taken out again. Far cells send for the stated share of the time: how busy each of them is evens out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, compiled_allocating, inlined
from commune_coverage.radio.path_gain_tables import Gains, gain_at
from commune_coverage.radio.tile_layout import ENVIRONMENTS, Places, Transmitters

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NEAR_INTERFERENCE_RADIUS_M = 6000.0
BLOCK_MARGIN_M = 1000.0
"""More than from the middle of a block to its corner."""
_PER_MW = 2.0**60


class Corners(NamedTuple):
    """Bounds of each block's places, m."""

    west: Floats
    east: Floats
    south: Floats
    north: Floats


@compiled_allocating
def corners_of(places: Places) -> Corners:
    blocks = len(places.environment)
    found = Corners(np.empty(blocks), np.empty(blocks), np.empty(blocks), np.empty(blocks))
    for block in range(blocks):
        first, last = places.block_start[block], places.block_start[block + 1]
        x, y = places.x_m[first:last], places.y_m[first:last]
        found.west[block], found.east[block] = x.min(), x.max() + 0.001
        found.south[block], found.north[block] = y.min(), y.max() + 0.001
    return found


@inlined
def square_to_middle(corners: Corners, block: int, x_m: float, y_m: float) -> float:
    dx = x_m - (corners.west[block] + corners.east[block]) / 2
    dy = y_m - (corners.south[block] + corners.north[block]) / 2
    return dx * dx + dy * dy


@compiled
def add_to_corners(
    corners: Corners, block: int, x_m: float, y_m: float, sent_mw: float, table: Floats, sign: int, field: Integers
) -> None:
    """Add what one transmitter sends to the four corners of a block, or take it away."""
    for corner in range(4):
        dx = x_m - (corners.east[block] if corner & 1 else corners.west[block])
        dy = y_m - (corners.north[block] if corner & 2 else corners.south[block])
        field[corner] += sign * np.int64(np.rint(sent_mw * gain_at(table, dx * dx + dy * dy) * _PER_MW))


@compiled
def add_distant_interference(
    places: Places,
    corners: Corners,
    transmitters: Transmitters,
    gains: Gains,
    sent_mw: Floats,
    chosen: Flags,
    sign: int,
    field: Integers,
) -> None:
    """Add what the chosen transmitters send to distant blocks to ``field`` (channels, blocks, 4).

    Distant is farther than NEAR_INTERFERENCE_RADIUS_M.
    """
    for channel in range(len(transmitters.channel_start) - 1):
        for j in range(transmitters.channel_start[channel], transmitters.channel_start[channel + 1]):
            if not chosen[j]:
                continue
            x_m, y_m = transmitters.x_m[j], transmitters.y_m[j]
            for block in range(len(places.environment)):
                square = square_to_middle(corners, block, x_m, y_m)
                table = transmitters.kind[j] * ENVIRONMENTS + places.environment[block]
                if is_distant(square, gains.reach_m[table]):
                    add_to_corners(
                        corners, block, x_m, y_m, sent_mw[j], gains.table[table], sign, field[channel, block]
                    )


@inlined
def is_distant(square_m2: float, reach_m: float) -> bool:
    """Whether a transmitter so far from the middle of a block counts in its far field."""
    return (
        square_m2 >= NEAR_INTERFERENCE_RADIUS_M * NEAR_INTERFERENCE_RADIUS_M
        and square_m2 <= (reach_m + BLOCK_MARGIN_M) ** 2
    )


@inlined
def place_between(corners: Corners, block: int, x_m: float, y_m: float) -> tuple[float, float]:
    """How far a place lies from the west to the east of its block, and from the south to the north, in parts."""
    return (
        (x_m - corners.west[block]) / (corners.east[block] - corners.west[block]),
        (y_m - corners.south[block]) / (corners.north[block] - corners.south[block]),
    )


@inlined
def distant_interference_at(u: float, v: float, field: Integers) -> float:
    """The far field in mW at a place between the corners."""
    lower, upper = field[0] * (1 - u) + field[1] * u, field[2] * (1 - u) + field[3] * u
    return (lower * (1 - v) + upper * v) / _PER_MW
