"""Where transmitters that are added, removed or changed can make a difference: block by block, carrier by carrier.

Nothing outside the blocks that are marked here can differ, so an incremental run computes these alone.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.radio.antenna.directivity import gain_bounds
from commune_coverage.radio.interference.distant_cells import NEAR_INTERFERENCE_RADIUS_M
from commune_coverage.radio.interference.paths_to_middles import square_to_middle, table_of
from commune_coverage.radio.mixed_paths import PathShares, mixed_ratio, path_shares
from commune_coverage.radio.path_gain_tables import gain_at
from commune_coverage.radio.tile import Places, Tile, disc_of_block

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_SAFETY_FACTOR = 1 - 1e-6
"""Of a power in single precision: what the power itself is not below."""


class _NewTransmitters(NamedTuple):
    """``row`` (n) of the new transmitters, ``carrier_start`` (carriers + 1) the first of each carrier among them."""

    row: Integers
    carrier_start: Integers


@compiled
def mark_blocks(places: Places, differs: Flags, mask: Flags) -> None:
    """Mark the blocks of the places that differ.

    Sets ``mask`` in place.

    Parameters
    ----------
    places : Places
        Places by block.
    differs : (carriers, places) bool
        Places that differ.
    mask : (carriers, blocks) bool
        Blocks to compute.
    """
    for carrier in range(len(differs)):
        for block in range(len(places.environment)):
            for place in range(places.block_start[block], places.block_start[block + 1]):
                if differs[carrier, place]:
                    mask[carrier, block] = True
                    break


def mark_where_new_may_serve(tile: Tile, is_new: Flags, received_mw: Singles, mask: Flags) -> None:
    """Mark the blocks in which a new transmitter may be as strong as the weakest of the servers.

    Sets ``mask`` in place.

    Parameters
    ----------
    tile : Tile
        Places and transmitters.
    is_new : (transmitters,) bool
        Transmitters that the previous run did not have.
    received_mw : (carriers, places) float32, mW
        Power of the servers so far.
    mask : (carriers, blocks) bool
        Blocks to compute.
    """
    new = np.flatnonzero(is_new)
    starts = np.searchsorted(new, tile.transmitters.carrier_start)
    shares = path_shares(len(tile.antennas.row))
    _mark_where_new(tile, _NewTransmitters(new, starts), received_mw, shares, mask)


@compiled
def _mark_where_new(tile: Tile, new: _NewTransmitters, received_mw: Singles, shares: PathShares, mask: Flags) -> None:
    places, transmitters, gains = tile.places, tile.transmitters, tile.gains
    for block in range(len(places.environment)):
        disc = disc_of_block(places, block)
        first, last = places.block_start[block], places.block_start[block + 1]
        for carrier in range(len(mask)):
            if mask[carrier, block]:
                continue
            weakest = -1.0
            for k in range(new.carrier_start[carrier], new.carrier_start[carrier + 1]):
                j = new.row[k]
                dx, dy = transmitters.x_m[j] - disc.x_m, transmitters.y_m[j] - disc.y_m
                table = table_of(tile, block, j)
                square = dx * dx + dy * dy
                if square > (gains.reach_m[table] + disc.radius_m) ** 2:
                    continue
                nearest = max(math.sqrt(square) - disc.radius_m, 0.0)
                if weakest < 0:
                    weakest = _smallest(received_mw[carrier], first, last) * _SAFETY_FACTOR
                _, high = gain_bounds(tile.directivity, j, dx, dy, disc.radius_m)
                power_mw = transmitters.power_mw[j] * mixed_ratio(tile, block, j, shares)
                if power_mw * gain_at(gains.table[table], nearest * nearest) * high >= weakest:
                    mask[carrier, block] = True
                    break


@inlined
def _smallest(values: Singles, first: int, last: int) -> float:
    smallest = values[first]
    for place in range(first, last):
        smallest = min(smallest, values[place])
    return float(smallest)


@compiled
def mark_near(tile: Tile, chosen: Flags, mask: Flags) -> None:
    """Mark the blocks that the chosen transmitters are near to.

    Sets ``mask`` in place.

    Parameters
    ----------
    tile : Tile
        Blocks and transmitters.
    chosen : (transmitters,) bool
        Transmitters that are added, removed or changed.
    mask : (carriers, blocks) bool
        Blocks to compute.
    """
    transmitters, radius_m2 = tile.transmitters, NEAR_INTERFERENCE_RADIUS_M * NEAR_INTERFERENCE_RADIUS_M
    for carrier in range(len(mask)):
        for j in range(transmitters.carrier_start[carrier], transmitters.carrier_start[carrier + 1]):
            if chosen[j]:
                for block in range(len(tile.places.environment)):
                    square = square_to_middle(tile.corners, block, transmitters.x_m[j], transmitters.y_m[j])
                    if square < radius_m2:
                        mask[carrier, block] = True
