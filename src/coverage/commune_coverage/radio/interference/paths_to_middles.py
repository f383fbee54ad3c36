"""What terrain and environments on the way leave of transmitters far from a block of 1 km, at its middle."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import inlined
from commune_coverage.radio.diffraction.terrain_gain import FlatPath, Point, ProfileCache, min_path_gain, profile_cache
from commune_coverage.radio.mixed_paths import PathShares, mixed_ratio, path_shares
from commune_coverage.radio.path_gain_tables import gain_at
from commune_coverage.radio.tile import ENVIRONMENTS, Corners, Tile

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Middles(NamedTuple):
    """Middles of the places of blocks.

    Attributes
    ----------
    row, column : (blocks,) float64, cells
        Positions on the elevation grid.
    """

    row: Floats
    column: Floats


class PathCache(NamedTuple):
    """What is known of the paths to the middle of the block visited last, mast by mast.

    Attributes
    ----------
    middles : Middles
        Middles of all blocks.
    profiles : ProfileCache
        Terrain on the way.
    shares : PathShares
        Environments on the way.
    """

    middles: Middles
    profiles: ProfileCache
    shares: PathShares


def path_cache(tile: Tile) -> PathCache:
    """Allocate for no path yet.

    Parameters
    ----------
    tile : Tile
        Blocks, masts and transmitters.

    Returns
    -------
    PathCache
        With no entry.
    """
    masts, starts = len(tile.antennas.row), tile.places.block_start
    row, column = (
        np.add.reduceat(values, starts[:-1]) / np.diff(starts) if len(starts) > 1 else np.empty(0)
        for values in (tile.places.row, tile.places.column)
    )
    return PathCache(Middles(row, column), profile_cache(masts), path_shares(masts))


@inlined
def square_to_middle(corners: Corners, block: int, x_m: float, y_m: float) -> float:
    """Squared distance from a position to the middle of a block.

    Parameters
    ----------
    corners : Corners
        Bounds of the blocks.
    block : int
        Row of the block.
    x_m, y_m : float, m
        Position.

    Returns
    -------
    float, m2
        Squared distance.
    """
    dx = x_m - (corners.west[block] + corners.east[block]) / 2
    dy = y_m - (corners.south[block] + corners.north[block]) / 2
    return dx * dx + dy * dy


@inlined
def table_of(tile: Tile, block: int, transmitter: int) -> int:
    """Row of the gain table of a transmitter in the environment of a block.

    Parameters
    ----------
    tile : Tile
        Blocks and transmitters.
    block : int
        Row of the block.
    transmitter : int
        Row of the transmitter.

    Returns
    -------
    int
        Row of ``Gains.table``.
    """
    return tile.transmitters.pathloss_class[transmitter] * ENVIRONMENTS + tile.places.environment[block]


@inlined
def path_share(tile: Tile, block: int, carrier: int, transmitter: int, square_m2: float, cache: PathCache) -> float:
    """Gain that terrain and environments on the way leave at the middle of a block, over that of its own environment.

    Writes what is of another block to ``cache``.

    Parameters
    ----------
    tile : Tile
        Blocks, transmitters and ground.
    block, carrier, transmitter : int
        Rows.
    square_m2 : float, m2
        Squared distance from the transmitter to the middle of the block.
    cache : PathCache
        What is known of the paths.

    Returns
    -------
    float
        1 where there is no terrain and the way is all in the environment of the block.
    """
    transmitters, gains = tile.transmitters, tile.gains
    environment, mixed = tile.places.environment[block], mixed_ratio(tile, block, transmitter, cache.shares)
    share, flat = mixed, gain_at(gains.table[table_of(tile, block, transmitter)], square_m2)
    if tile.ground.height_m.size > 0 and flat * mixed > 0:
        frequency_ghz, clutter = transmitters.frequency_ghz[carrier], transmitters.clutter[carrier, environment]
        path = FlatPath(transmitters.mast[transmitter], square_m2, frequency_ghz, clutter, flat * mixed, 0.0)
        smooth = gains.round_earth[transmitters.pathloss_class[transmitter]]
        point = Point(block, cache.middles.row[block], cache.middles.column[block])
        share = min_path_gain(point, path, smooth, tile.antennas, tile.ground, cache.profiles) / flat
    return float(share)
