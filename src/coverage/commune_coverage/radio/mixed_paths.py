"""Paths that cross several environments: town and country each weigh by their part of the way.

A law of path loss holds for a path that is all urban, all suburban or all rural. A mast in the country serves a town
over fields, and a mast in a town the villages around it. As ITU-R P.1546 has it for a path over several kinds of land,
the loss in dB is the mean of the laws of all environments that are crossed, each over the whole distance, weighted by
how much of the way lies in it. It is found once for a mast and a block of 1 km, along the straight line to the middle
of the block, as a ratio to the gain in the block's own environment.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, compiled_allocating, inlined
from commune_coverage.radio.fast_log import log2
from commune_coverage.radio.path_gain_tables import Gains, gain_at
from commune_coverage.radio.tile import ENVIRONMENTS, EnvironmentGrid, Tile

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_SAMPLES_PER_CELL = 2
_LOG_2 = math.log(2.0)
_WITHIN_REACH = 0.98
"""More than a step of the gain tables before their end."""


class PathShares(NamedTuple):
    """What part of the paths to one block lies in each environment, mast by mast.

    Attributes
    ----------
    block : (masts,) int64
        Block that the shares are of, -1 before the first.
    share : (masts, environments) float64
        Shares of the path, 1 in all.
    """

    block: Integers
    share: Floats


@compiled_allocating
def path_shares(masts: int) -> PathShares:
    """Allocate the shares of no path yet.

    Parameters
    ----------
    masts : int
        Number of antenna positions.

    Returns
    -------
    PathShares
        With no block.
    """
    return PathShares(np.full(masts, -1, dtype=np.int64), np.zeros((masts, ENVIRONMENTS)))


@inlined
def mixed_ratio(tile: Tile, block: int, transmitter: int, shares: PathShares) -> float:
    """Gain of the path to the middle of a block over that of a path all in the environment of the block.

    Writes the shares of the mast to ``shares`` where they are of another block.

    Parameters
    ----------
    tile : Tile
        Blocks, transmitters, gain tables and environments of the land.
    block, transmitter : int
        Rows.
    shares : PathShares
        Shares of the paths to the block.

    Returns
    -------
    float
        Above 1 where the way leads through more open land than that of the block; 1 where the environments of the land
        are not known.

    Notes
    -----
    ITU-R P.1546-6 annex 5, section 8: over zones n of land the field strength, dB, is the sum of d_n / d E_n(d).
    """
    if tile.land.classes.size == 0:
        return 1.0
    own, mast, x_m, y_m = (
        tile.places.environment[block],
        tile.transmitters.mast[transmitter],
        tile.transmitters.x_m[transmitter],
        tile.transmitters.y_m[transmitter],
    )
    to_x_m = (tile.corners.west[block] + tile.corners.east[block]) / 2
    to_y_m = (tile.corners.south[block] + tile.corners.north[block]) / 2
    if shares.block[mast] != block:
        _count(tile.land, (x_m, y_m), (to_x_m, to_y_m), shares.share[mast])
        shares.block[mast] = block
    if shares.share[mast, own] == 1.0:
        return 1.0
    square = (to_x_m - x_m) * (to_x_m - x_m) + (to_y_m - y_m) * (to_y_m - y_m)
    return _ratio(tile.gains, tile.transmitters.pathloss_class[transmitter], own, square, shares.share[mast])


@compiled
def _ratio(gains: Gains, pathloss_class: int, own: int, square_m2: float, share: Floats) -> float:
    """Mean in dB of the laws over that of the own environment; beyond the reach of one of them as at its end."""
    first, total = pathloss_class * ENVIRONMENTS, 0.0
    for environment in range(ENVIRONMENTS):
        if share[environment] > 0 and environment != own:
            reach_m = min(gains.reach_m[first + own], gains.reach_m[first + environment]) * _WITHIN_REACH
            square = min(square_m2, reach_m * reach_m)
            gain = gain_at(gains.table[first + environment], square) / gain_at(gains.table[first + own], square)
            total += share[environment] * log2(gain)
    return math.exp(total * _LOG_2)


@compiled
def _count(land: EnvironmentGrid, start: tuple[float, float], end: tuple[float, float], share: Floats) -> None:
    """Shares of the straight line in each environment, at middles of equal pieces. Writes ``share``.

    Beyond the grid as at its edge.
    """
    length_m = math.hypot(end[0] - start[0], end[1] - start[1])
    pieces = int(length_m / land.step_m * _SAMPLES_PER_CELL) + 1
    rows, columns = land.classes.shape
    per_column, per_row = (end[0] - start[0]) / land.step_m / pieces, (end[1] - start[1]) / land.step_m / pieces
    column_0, row_0 = (start[0] - land.west_m) / land.step_m, (start[1] - land.south_m) / land.step_m
    share[:] = 0.0
    for piece in range(pieces):
        column = min(max(int(column_0 + (piece + 0.5) * per_column), 0), columns - 1)
        row = min(max(int(row_0 + (piece + 0.5) * per_row), 0), rows - 1)
        share[land.classes[row, column]] += 1.0
    for environment in range(ENVIRONMENTS):
        share[environment] /= pieces
