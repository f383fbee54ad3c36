"""The arrays of a tile that compiled functions take: places, transmitters, antennas, ground and gain tables."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled_allocating, inlined
from commune_coverage.radio.antenna.directivity import OMNIDIRECTIONAL, Directivity
from commune_coverage.radio.diffraction.profile import Antennas, Ground
from commune_coverage.radio.path_gain_tables import Gains

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NO_SERVER = -1
ENVIRONMENTS = 3


class Places(NamedTuple):
    """Places of a tile, sorted by block of 1 km.

    Attributes
    ----------
    x_m, y_m : (places,) float64, m
        Position in the metric system of the country, corrected by its scale in the middle of the tile.
    row, column : (places,) float64, cells
        Position on the elevation grid.
    block_start : (blocks + 1,) int64
        First place of each block, and the number of places.
    environment : (blocks,) int64
        Row of the receiver's environment in ``NAMES``.
    """

    x_m: Floats
    y_m: Floats
    row: Floats
    column: Floats
    block_start: Integers
    environment: Integers


class Corners(NamedTuple):
    """Bounds of the places of each block.

    Attributes
    ----------
    west, east, south, north : (blocks,) float64, m
        East and north lie 1 mm beyond the last place.
    """

    west: Floats
    east: Floats
    south: Floats
    north: Floats


class Transmitters(NamedTuple):
    """Transmitters sorted by carrier.

    Attributes
    ----------
    carrier_start : (carriers + 1,) int64
        First transmitter of each carrier, and the number of transmitters.
    frequency_ghz : (carriers,) float64, GHz
        Carrier frequency.
    clutter : (carriers, environments) float64
        Gain, at most 1, that the clutter at the receiver leaves.
    x_m, y_m : (transmitters,) float64, m
        Position in the metric system of the country, corrected like that of the places.
    power_mw : (transmitters,) float64, mW
        Equivalent isotropically radiated power, of a directional antenna in its main beam.
    pathloss_class : (transmitters,) int64
        Row of the class in the gain tables.
    mast : (transmitters,) int64
        Row of the antenna position in ``Antennas``.
    site : (transmitters,) int64
        Site of the transmitter, or what of it points one way where directions are known; cells of one do not interfere.
    """

    carrier_start: Integers
    frequency_ghz: Floats
    clutter: Floats
    x_m: Floats
    y_m: Floats
    power_mw: Floats
    pathloss_class: Integers
    mast: Integers
    site: Integers


class EnvironmentGrid(NamedTuple):
    """Environments of the land around a tile, in cells of 1 km.

    Attributes
    ----------
    classes : (rows, columns) int8
        Row of the environment in ``NAMES``, from south and west; empty where nothing is known of it.
    west_m, south_m : float, m
        Corner of the first cell, in the metric system of the country, corrected like the places.
    step_m : float, m
        Width of a cell.
    """

    classes: npt.NDArray[np.int8]
    west_m: float
    south_m: float
    step_m: float


UNKNOWN_LAND = EnvironmentGrid(np.zeros((0, 0), dtype=np.int8), 0.0, 0.0, 1.0)


class Tile(NamedTuple):
    """All that the compiled functions read of a tile.

    Attributes
    ----------
    places : Places
        Places by block.
    corners : Corners
        Bounds of the blocks.
    transmitters : Transmitters
        Transmitters that reach the tile.
    antennas : Antennas
        Positions and heights of their antennas.
    ground : Ground
        Elevation around the tile, empty where there is none.
    gains : Gains
        Path gain by pathloss class, environment and distance.
    directivity : Directivity
        Where the transmitters point and how they radiate.
    land : EnvironmentGrid
        What environments the paths cross.
    """

    places: Places
    corners: Corners
    transmitters: Transmitters
    antennas: Antennas
    ground: Ground
    gains: Gains
    directivity: Directivity = OMNIDIRECTIONAL
    land: EnvironmentGrid = UNKNOWN_LAND


class Disc(NamedTuple):
    """Circle around the places of a block.

    Attributes
    ----------
    x_m, y_m : float, m
        Middle of the bounds of the places.
    radius_m : float, m
        No place lies farther from the middle.
    """

    x_m: float
    y_m: float
    radius_m: float


@inlined
def disc_of_block(places: Places, block: int) -> Disc:
    """Circle around the places of a block.

    Parameters
    ----------
    places : Places
        Places by block.
    block : int
        Row of the block.

    Returns
    -------
    Disc
        Middle and radius, with 1 mm to spare.
    """
    first = places.block_start[block]
    west = east = places.x_m[first]
    south = north = places.y_m[first]
    for place in range(first, places.block_start[block + 1]):
        west, east = min(west, places.x_m[place]), max(east, places.x_m[place])
        south, north = min(south, places.y_m[place]), max(north, places.y_m[place])
    half_x, half_y = (east - west) / 2, (north - south) / 2
    return Disc(west + half_x, south + half_y, math.hypot(half_x, half_y) + 0.001)


@compiled_allocating
def corners_of(places: Places) -> Corners:
    """Bounds of the places of each block.

    Parameters
    ----------
    places : Places
        Places by block.

    Returns
    -------
    Corners
        One row a block.
    """
    blocks = len(places.environment)
    corners = Corners(np.empty(blocks), np.empty(blocks), np.empty(blocks), np.empty(blocks))
    for block in range(blocks):
        first, last = places.block_start[block], places.block_start[block + 1]
        x, y = places.x_m[first:last], places.y_m[first:last]
        corners.west[block], corners.east[block] = x.min(), x.max() + 0.001
        corners.south[block], corners.north[block] = y.min(), y.max() + 0.001
    return corners
