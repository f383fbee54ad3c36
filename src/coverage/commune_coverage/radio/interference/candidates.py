"""Transmitters that disturb a block of 1 km or serve it, listed side by side for the sums over its places."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, compiled_allocating, inlined
from commune_coverage.radio.diffraction.profile import Ground
from commune_coverage.radio.diffraction.terrain_gain import Profiles, min_path_gain, profile_buffers
from commune_coverage.radio.interference.distant_cells import (
    BLOCK_MARGIN_M,
    NEAR_INTERFERENCE_RADIUS_M,
    Corners,
    add_to_corners,
    is_distant,
    square_to_middle,
)
from commune_coverage.radio.path_gain_tables import Gains, gain_at
from commune_coverage.radio.tile_layout import ENVIRONMENTS, NO_SERVER, Antennas, Places, Transmitters

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Servers = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

_BAND_M = 500.0


class InterfererBuffers(NamedTuple):
    """Room for the transmitters that disturb a block, and for those that serve it.

    Of senders: position, site, row of the gain tables, power (with what terrain leaves) and load. ``serving`` are rows
    that serve; by site, ``slot`` of those that do, and by slot their own far field (4 corners) and whether it is any.
    """

    x_m: Floats
    y_m: Floats
    site: Integers
    table: Integers
    power_mw: Floats
    load: Floats
    serves: Flags
    serving: Integers
    slot: Integers
    own_distant_interference: Integers
    is_distant: Flags
    room: Profiles


class Band(NamedTuple):
    """Rows of the transmitters near a row of blocks, by channel; ``middle_m`` (1) is where the band lies.

    ``first_of_site`` and ``same_site`` lead from each row to the first and to the next of its channel and site, the
    last to itself.
    """

    row: Integers
    channel_start: Integers
    first_of_site: Integers
    same_site: Integers
    middle_m: Floats


@compiled_allocating
def interferer_buffers(transmitters: Transmitters, antennas: Antennas) -> InterfererBuffers:
    count = len(transmitters.x_m)
    sites = transmitters.site.max() + 1 if count else 0
    return InterfererBuffers(
        np.empty(count),
        np.empty(count),
        np.empty(count, dtype=np.int64),
        np.empty(count, dtype=np.int64),
        np.empty(count),
        np.empty(count),
        np.zeros(count, dtype=np.bool_),
        np.empty(count, dtype=np.int64),
        np.full(sites, -1, dtype=np.int64),
        np.zeros((count, 4), dtype=np.int64),
        np.zeros(count, dtype=np.bool_),
        profile_buffers(len(antennas.row)),
    )


@compiled_allocating
def band_buffers(transmitters: Transmitters) -> Band:
    count, starts = len(transmitters.x_m), transmitters.channel_start
    first_of_site, same_site = np.arange(count), np.arange(count)
    last = np.full(transmitters.site.max() + 1 if count else 0, -1, dtype=np.int64)
    for channel in range(len(starts) - 1):
        for j in range(starts[channel], starts[channel + 1]):
            before = last[transmitters.site[j]]
            if before >= starts[channel]:
                first_of_site[j], same_site[before] = first_of_site[before], j
            last[transmitters.site[j]] = j
    return Band(
        np.empty(count, dtype=np.int64),
        np.zeros(len(starts), dtype=np.int64),
        first_of_site,
        same_site,
        np.full(1, np.inf),
    )


@compiled
def slide_band(middle_m: float, transmitters: Transmitters, band: Band) -> None:
    """List those that can be near a block whose middle is within _BAND_M of ``middle_m`` northwards."""
    if abs(middle_m - band.middle_m[0]) <= _BAND_M:
        return
    band.middle_m[0], count = middle_m, 0
    for channel in range(len(band.channel_start) - 1):
        for j in range(transmitters.channel_start[channel], transmitters.channel_start[channel + 1]):
            if abs(transmitters.y_m[j] - middle_m) < NEAR_INTERFERENCE_RADIUS_M + _BAND_M + 1.0:
                band.row[count] = j
                count += 1
        band.channel_start[channel + 1] = count


@compiled
def flag_serving_cells(
    first: int, last: int, server: Servers, transmitters: Transmitters, buffers: InterfererBuffers
) -> int:
    """Mark and list who serves the places, and give each of their sites a slot; how many serve."""
    count = 0
    for place in range(first, last):
        own = server[place]
        if own != NO_SERVER and not buffers.serves[own]:
            buffers.serves[own], buffers.serving[count] = True, own
            if buffers.slot[transmitters.site[own]] < 0:
                buffers.slot[transmitters.site[own]] = count
                buffers.own_distant_interference[count], buffers.is_distant[count] = 0, False
            count += 1
    return count


@compiled
def collect_near_interferers(
    block: int,
    channel: int,
    places: Places,
    corners: Corners,
    transmitters: Transmitters,
    gains: Gains,
    antennas: Antennas,
    ground: Ground,
    load: Floats,
    band: Band,
    buffers: InterfererBuffers,
) -> int:
    """List the near transmitters with what terrain leaves of them; how many."""
    first, last = places.block_start[block], places.block_start[block + 1]
    row, column = places.row[first:last].mean(), places.column[first:last].mean()
    environment, count = places.environment[block], 0
    for at in range(band.channel_start[channel], band.channel_start[channel + 1]):
        j = band.row[at]
        table = transmitters.kind[j] * ENVIRONMENTS + environment
        square = square_to_middle(corners, block, transmitters.x_m[j], transmitters.y_m[j])
        if (
            square >= NEAR_INTERFERENCE_RADIUS_M * NEAR_INTERFERENCE_RADIUS_M
            or square > (gains.reach_m[table] + BLOCK_MARGIN_M) ** 2
        ):
            continue
        power_mw, flat = transmitters.power_mw[j], gain_at(gains.table[table], square)
        if ground.height_m.size > 0 and flat > 0:
            left = min_path_gain(
                block,
                row,
                column,
                transmitters.mast[j],
                antennas,
                square,
                transmitters.frequency_ghz[channel],
                transmitters.clutter[channel, environment],
                flat,
                0.0,
                gains.round_earth[transmitters.kind[j]],
                ground,
                buffers.room,
            )
            power_mw *= left / flat
        _put(count, j, table, power_mw, load[j], transmitters, buffers)
        count += 1
    return count


@compiled
def collect_distant_interferers(
    block: int,
    serving: int,
    places: Places,
    corners: Corners,
    transmitters: Transmitters,
    gains: Gains,
    far_mw: Floats,
    band: Band,
    buffers: InterfererBuffers,
    count: int,
) -> int:
    """List also the far ones that serve here, whose power the far field has; how many there are now.

    ``own_distant_interference`` takes what each serving site adds to the block's far field.
    """
    for k in range(serving):
        site = transmitters.site[buffers.serving[k]]
        slot, j = buffers.slot[site], buffers.serving[k]
        if _is_distant(block, j, places, corners, transmitters, gains):
            _put(
                count,
                j,
                transmitters.kind[j] * ENVIRONMENTS + places.environment[block],
                transmitters.power_mw[j],
                0.0,
                transmitters,
                buffers,
            )
            count += 1
        j = band.first_of_site[j]
        while slot == k:
            if _is_distant(block, j, places, corners, transmitters, gains):
                table = transmitters.kind[j] * ENVIRONMENTS + places.environment[block]
                buffers.is_distant[slot] = True
                add_to_corners(
                    corners,
                    block,
                    transmitters.x_m[j],
                    transmitters.y_m[j],
                    far_mw[j],
                    gains.table[table],
                    1,
                    buffers.own_distant_interference[slot],
                )
            if band.same_site[j] == j:
                break
            j = band.same_site[j]
    return count


@compiled
def _is_distant(block: int, j: int, places: Places, corners: Corners, transmitters: Transmitters, gains: Gains) -> bool:
    square = square_to_middle(corners, block, transmitters.x_m[j], transmitters.y_m[j])
    return is_distant(square, gains.reach_m[transmitters.kind[j] * ENVIRONMENTS + places.environment[block]])


@inlined
def _put(
    at: int, j: int, table: int, power_mw: float, load: float, transmitters: Transmitters, buffers: InterfererBuffers
) -> None:
    buffers.x_m[at], buffers.y_m[at], buffers.site[at] = transmitters.x_m[j], transmitters.y_m[j], transmitters.site[j]
    buffers.table[at], buffers.power_mw[at], buffers.load[at] = table, power_mw, load


@compiled
def reset_serving_flags(serving: int, transmitters: Transmitters, buffers: InterfererBuffers) -> None:
    for k in range(serving):
        buffers.serves[buffers.serving[k]] = False
        buffers.slot[transmitters.site[buffers.serving[k]]] = -1
