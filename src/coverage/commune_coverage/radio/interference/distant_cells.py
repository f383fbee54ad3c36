"""Interference of cells far from a block of 1 km: smooth there, so known at its four corners and between them.

What the way takes of a cell is that of ``paths_to_middles``. The sums at the corners are whole
numbers of 2**-60 mW: they are the same in any order, and a transmitter can be added and taken out again. Distant cells
send for the stated share of the time: how busy each of them is evens out.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.radio.antenna.directivity import directional_gain
from commune_coverage.radio.interference.paths_to_middles import (
    PathCache,
    path_cache,
    path_share,
    square_to_middle,
    table_of,
)
from commune_coverage.radio.path_gain_tables import gain_at
from commune_coverage.radio.tile import Corners, Tile

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NEAR_INTERFERENCE_RADIUS_M = 6000.0
BLOCK_MARGIN_M = 1000.0
"""More than from the middle of a block to its corner."""
_PER_MW = 2.0**60


@compiled
def add_to_corners(tile: Tile, block: int, transmitter: int, sent_mw: float, corner_mw: Integers) -> None:
    """Add what one transmitter sends to the four corners of a block.

    Adds to ``corner_mw`` in place.

    Parameters
    ----------
    tile : Tile
        Blocks, transmitters and gain tables.
    block, transmitter : int
        Rows.
    sent_mw : float, mW
        Mean power of the transmitter; negative to take it out again.
    corner_mw : (4,) int64, 2**-60 mW
        Interference at south-west, south-east, north-west and north-east.
    """
    corners, table = tile.corners, tile.gains.table[table_of(tile, block, transmitter)]
    x_m, y_m = tile.transmitters.x_m[transmitter], tile.transmitters.y_m[transmitter]
    for corner in range(4):
        dx = x_m - (corners.east[block] if corner & 1 else corners.west[block])
        dy = y_m - (corners.north[block] if corner & 2 else corners.south[block])
        gain = gain_at(table, dx * dx + dy * dy) * directional_gain(tile.directivity, transmitter, dx, dy)
        corner_mw[corner] += np.int64(np.rint(sent_mw * gain * _PER_MW))


def add_distant_interference(tile: Tile, sent_mw: Floats, chosen: Flags, corner_mw: Integers) -> None:
    """Add what the chosen transmitters send to distant blocks.

    Adds to ``corner_mw`` in place. Distant is farther than NEAR_INTERFERENCE_RADIUS_M from the middle of a block.

    Parameters
    ----------
    tile : Tile
        Blocks, transmitters and gain tables.
    sent_mw : (transmitters,) float64, mW
        Mean power of each transmitter; negative to take it out again.
    chosen : (transmitters,) bool
        Transmitters to add.
    corner_mw : (carriers, blocks, 4) int64, 2**-60 mW
        Interference at the corners of the blocks.
    """
    _add_distant_interference(tile, sent_mw, chosen, path_cache(tile), corner_mw)


@compiled
def _add_distant_interference(
    tile: Tile, sent_mw: Floats, chosen: Flags, cache: PathCache, corner_mw: Integers
) -> None:
    starts, transmitters = tile.transmitters.carrier_start, tile.transmitters
    for block in range(len(tile.places.environment)):
        for carrier in range(len(starts) - 1):
            for j in range(starts[carrier], starts[carrier + 1]):
                if chosen[j]:
                    square = square_to_middle(tile.corners, block, transmitters.x_m[j], transmitters.y_m[j])
                    if is_distant(square, tile.gains.reach_m[table_of(tile, block, j)]):
                        left_mw = sent_mw[j] * path_share(tile, block, carrier, j, square, cache)
                        add_to_corners(tile, block, j, left_mw, corner_mw[carrier, block])


@inlined
def is_distant(square_m2: float, reach_m: float) -> bool:
    """Whether a transmitter counts in the distant interference of a block.

    Parameters
    ----------
    square_m2 : float, m2
        Squared distance from the transmitter to the middle of the block.
    reach_m : float, m
        Reach of the transmitter in the environment of the block.

    Returns
    -------
    bool
        False near the block, and beyond the reach.
    """
    return (
        square_m2 >= NEAR_INTERFERENCE_RADIUS_M * NEAR_INTERFERENCE_RADIUS_M
        and square_m2 <= (reach_m + BLOCK_MARGIN_M) ** 2
    )


@inlined
def place_between(corners: Corners, block: int, x_m: float, y_m: float) -> tuple[float, float]:
    """Position of a place between the bounds of its block.

    Parameters
    ----------
    corners : Corners
        Bounds of the blocks.
    block : int
        Row of the block.
    x_m, y_m : float, m
        Position of the place.

    Returns
    -------
    u, v : float
        From west to east and from south to north, 0 to 1.
    """
    return (
        (x_m - corners.west[block]) / (corners.east[block] - corners.west[block]),
        (y_m - corners.south[block]) / (corners.north[block] - corners.south[block]),
    )


@inlined
def distant_interference_at(u: float, v: float, corner_mw: Integers) -> float:
    """Distant interference at a place, bilinear between the corners of its block.

    Parameters
    ----------
    u, v : float
        Position between the bounds, see ``place_between``.
    corner_mw : (4,) int64, 2**-60 mW
        Interference at the corners.

    Returns
    -------
    float, mW
        Interference at the place.
    """
    lower = corner_mw[0] * (1 - u) + corner_mw[1] * u
    upper = corner_mw[2] * (1 - u) + corner_mw[3] * u
    return (lower * (1 - v) + upper * v) / _PER_MW
