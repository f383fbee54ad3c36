"""Power that a channel's other cells send to each place.

Transmitters within ``NEAR_M`` of a block, those that serve in it, and those whose reach ends in it are summed place by
place. The others' field is smooth over a block of 1 km: it is summed at the block's four corners and interpolated
between them, within 0.4 dB for a single transmitter at ``NEAR_M`` and far closer for many. Cells of the serving site
do not disturb: their sectors look elsewhere. Where there is terrain, what shields the middle of a block from a near
transmitter shields the whole block.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from coverage.signal.gains import Gains, gain_at
from coverage.signal.terrain.gain import Profiles, least_gain, room_for
from coverage.signal.terrain.ground import Ground
from coverage.signal.tile import ENVIRONMENTS, NO_SERVER, Masts, Places, Transmitters

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NEAR_M = 6000.0
ABOUT_M = 1000.0
"""More than from the middle of a block to its corner."""


@njit(cache=True, nogil=True, error_model="numpy")
def interference_mw(
    places: Places, transmitters: Transmitters, gains: Gains, masts: Masts, ground: Ground,
    server: Integers, load: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Interfering power in mW (channels, places) where there is a server, and the strongest near cell of another site.

    ``load`` is the share of time that each transmitter sends; the strongest cell is given as it sends.
    """
    channels, count = server.shape
    result, strongest = np.zeros((channels, count)), np.zeros((channels, count))
    near, power = np.empty(len(transmitters.x_m), dtype=np.int64), np.empty(len(transmitters.x_m))
    serves = np.full(len(transmitters.x_m), -1, dtype=np.int64)
    room = room_for(len(masts.row))
    for block in range(len(places.environment)):
        for channel in range(channels):
            first, last = places.block_start[block], places.block_start[block + 1]
            is_served = False
            for place in range(first, last):
                if server[channel, place] != NO_SERVER:
                    serves[server[channel, place]] = block
                    is_served = True
            if is_served:
                _block_interference(
                    block, channel, places, transmitters, gains, masts, ground, server[channel], load, serves, near,
                    power, room, result[channel], strongest[channel],
                )  # fmt: skip
    return result, strongest


@njit(cache=True, error_model="numpy")
def _block_interference(
    block: int, channel: int, places: Places, transmitters: Transmitters, gains: Gains, masts: Masts, ground: Ground,
    server: Integers, load: Floats, serves: Integers, near: Integers, power: Floats, room: Profiles, result: Floats,
    strongest: Floats,
) -> None:  # fmt: skip
    """Fill ``result`` and ``strongest`` for one block and channel."""
    first, last = places.block_start[block], places.block_start[block + 1]
    x, y = places.x_m[first:last], places.y_m[first:last]
    west, east, south, north = x.min(), x.max() + 0.001, y.min(), y.max() + 0.001
    corner_x, corner_y = np.array([west, east, west, east]), np.array([south, south, north, north])
    environment = places.environment[block]
    row, column = places.row[first:last].mean(), places.column[first:last].mean()
    field, count = np.zeros(4), 0
    for j in range(transmitters.channel_start[channel], transmitters.channel_start[channel + 1]):
        table = transmitters.kind[j] * ENVIRONMENTS + environment
        dx, dy = transmitters.x_m[j] - (west + east) / 2, transmitters.y_m[j] - (south + north) / 2
        square = dx * dx + dy * dy
        sent = transmitters.power_mw[j]
        if square > (gains.reach_m[table] + ABOUT_M) ** 2:
            continue
        ends_here = square > max(gains.reach_m[table] - ABOUT_M, 0.0) ** 2
        if square < NEAR_M * NEAR_M or serves[j] == block or ends_here:
            if ground.height_m.size > 0 and square < NEAR_M * NEAR_M:
                flat = gain_at(gains.table[table], square)
                left = least_gain(
                    block, row, column, transmitters.mast[j], masts, square, transmitters.frequency_ghz[channel],
                    transmitters.clutter[channel, environment], flat, gains.round_earth[transmitters.kind[j]], ground,
                    room,
                )  # fmt: skip
                sent *= left / flat if flat > 0 else 1.0
            near[count], power[count] = j, sent
            count += 1
        else:
            for corner in range(4):
                dx, dy = transmitters.x_m[j] - corner_x[corner], transmitters.y_m[j] - corner_y[corner]
                field[corner] += sent * load[j] * gain_at(gains.table[table], dx * dx + dy * dy)
    for place in range(first, last):
        own = server[place]
        if own == NO_SERVER:
            continue
        u = (places.x_m[place] - west) / (east - west)
        v = (places.y_m[place] - south) / (north - south)
        total = (field[0] * (1 - u) + field[1] * u) * (1 - v) + (field[2] * (1 - u) + field[3] * u) * v
        for k in range(count):
            j = near[k]
            if transmitters.site[j] != transmitters.site[own]:
                dx, dy = transmitters.x_m[j] - places.x_m[place], transmitters.y_m[j] - places.y_m[place]
                table = transmitters.kind[j] * ENVIRONMENTS + environment
                other = power[k] * gain_at(gains.table[table], dx * dx + dy * dy)
                strongest[place] = max(strongest[place], other)
                total += other * load[j]
        result[place] = total
