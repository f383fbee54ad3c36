"""Where transmitters that come, go or send otherwise can make a difference: block by block of 1 km, channel by channel.

Nothing outside the blocks that are named here can differ, so a run that follows another asks these alone.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.radio.interference.distant_cells import NEAR_INTERFERENCE_RADIUS_M, Corners, square_to_middle
from commune_coverage.radio.path_gain_tables import Gains, gain_at
from commune_coverage.radio.tile_layout import ENVIRONMENTS, Places, Transmitters, middle_of_block

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_SAFETY_FACTOR = 1 - 1e-6
"""Of a power in single precision: what the power itself is not below."""


@compiled
def mark_blocks(places: Places, differs: Flags, mask: Flags) -> None:
    """Ask for the blocks (channels, blocks) of the places (channels, places) that differ."""
    for channel in range(len(differs)):
        for block in range(len(places.environment)):
            for place in range(places.block_start[block], places.block_start[block + 1]):
                if differs[channel, place]:
                    mask[channel, block] = True
                    break


def mark_where_new_may_serve(
    places: Places, transmitters: Transmitters, gains: Gains, is_new: Flags, received_mw: Singles, mask: Flags
) -> None:
    """Ask for the blocks in which a new transmitter may be as strong as the weakest of the servers."""
    new = np.flatnonzero(is_new)
    starts = np.searchsorted(new, transmitters.channel_start)
    _mark_where_new(places, transmitters, gains, new, starts, received_mw, mask)


@compiled
def _mark_where_new(
    places: Places,
    transmitters: Transmitters,
    gains: Gains,
    new: Integers,
    starts: Integers,
    received_mw: Singles,
    mask: Flags,
) -> None:
    for block in range(len(places.environment)):
        x_m, y_m, radius_m = middle_of_block(places, block)
        first, last = places.block_start[block], places.block_start[block + 1]
        for channel in range(len(mask)):
            if mask[channel, block]:
                continue
            weakest = -1.0
            for k in range(starts[channel], starts[channel + 1]):
                j = new[k]
                dx, dy = transmitters.x_m[j] - x_m, transmitters.y_m[j] - y_m
                table = transmitters.kind[j] * ENVIRONMENTS + places.environment[block]
                square = dx * dx + dy * dy
                if square > (gains.reach_m[table] + radius_m) ** 2:
                    continue
                nearest = max(math.sqrt(square) - radius_m, 0.0)
                if weakest < 0:
                    weakest = _least(received_mw[channel], first, last) * _SAFETY_FACTOR
                if transmitters.power_mw[j] * gain_at(gains.table[table], nearest * nearest) >= weakest:
                    mask[channel, block] = True
                    break


@inlined
def _least(values: Singles, first: int, last: int) -> float:
    least = values[first]
    for place in range(first, last):
        least = min(least, values[place])
    return float(least)


@compiled
def mark_near(places: Places, corners: Corners, transmitters: Transmitters, chosen: Flags, mask: Flags) -> None:
    """Ask for the blocks that the chosen transmitters are near to."""
    for channel in range(len(mask)):
        for j in range(transmitters.channel_start[channel], transmitters.channel_start[channel + 1]):
            if chosen[j]:
                for block in range(len(places.environment)):
                    if (
                        square_to_middle(corners, block, transmitters.x_m[j], transmitters.y_m[j])
                        < NEAR_INTERFERENCE_RADIUS_M * NEAR_INTERFERENCE_RADIUS_M
                    ):
                        mask[channel, block] = True
