"""Best server of each place on each channel, exactly.

A channel is one operator's carriers of one technology in one band: its cells compete, and disturb each other. Places
come in blocks of 1 km. For a block, each transmitter's power at the block's nearest point is a bound that no place in
it can exceed; transmitters are visited by falling bound until the bound is below the best found. Terrain only ever
weakens, so the same bound holds with it, and a profile is drawn only for what may still win.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, compiled_allocating
from commune_coverage.radio.diffraction.profile import Ground
from commune_coverage.radio.diffraction.terrain_gain import Profiles, min_path_gain, profile_buffers
from commune_coverage.radio.path_gain_tables import Gains, gain_at
from commune_coverage.radio.tile_layout import ENVIRONMENTS, NO_SERVER, Antennas, Places, Transmitters, middle_of_block

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Servers = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Powers = npt.NDArray[np.floating[Any]]
_NEARLY = 1 - 1e-9
"""What rounding may make of equal powers."""


class SearchMask(NamedTuple):
    """Of (channels, blocks), whether all transmitters are tried, or the new ones and those that serve in the block."""

    full: Flags
    incremental: Flags
    is_new: Flags


@compiled_allocating
def _candidates(
    x_m: float,
    y_m: float,
    radius_m: float,
    environment: int,
    channel: int,
    transmitters: Transmitters,
    gains: Gains,
    is_left_out: Flags,
    chosen: Integers,
    bound_mw: Floats,
    at: int,
    is_flat: bool,
) -> int:
    """Append the channel's transmitters that may serve the block, by falling bound; where the list now ends."""
    start, surely = at, 0.0
    for j in range(transmitters.channel_start[channel], transmitters.channel_start[channel + 1]):
        if is_left_out[j]:
            continue
        dx, dy = transmitters.x_m[j] - x_m, transmitters.y_m[j] - y_m
        table = transmitters.kind[j] * ENVIRONMENTS + environment
        square = dx * dx + dy * dy
        if square > (gains.reach_m[table] + radius_m) ** 2:
            continue
        distance = math.sqrt(square)
        nearest = max(distance - radius_m, 0.0)
        bound_mw[at] = transmitters.power_mw[j] * gain_at(gains.table[table], nearest * nearest)
        chosen[at] = j
        at += 1
        if is_flat:
            farthest = distance + radius_m
            surely = max(surely, transmitters.power_mw[j] * gain_at(gains.table[table], farthest * farthest))
    order = np.argsort(-bound_mw[start:at])
    chosen[start:at] = chosen[start:at][order]
    bound_mw[start:at] = bound_mw[start:at][order]
    while at > start and bound_mw[at - 1] < surely:
        at -= 1
    return at


@compiled_allocating
def _candidates_of_block(
    block: int,
    places: Places,
    transmitters: Transmitters,
    gains: Gains,
    mask: SearchMask,
    server: Servers,
    is_left_out: Flags,
    chosen: Integers,
    bound_mw: Floats,
    channels: Integers,
    ends: Integers,
    is_flat: bool,
) -> int:
    """List the ``channels`` asked for in a block, and for each where its candidates end; how many channels."""
    x_m, y_m, radius_m = middle_of_block(places, block)
    count = 0
    for channel in range(len(server)):
        if mask.full[channel, block] or mask.incremental[channel, block]:
            _leave_out(block, channel, places, transmitters, mask, server[channel], is_left_out)
            channels[count] = channel
            ends[count + 1] = _candidates(
                x_m,
                y_m,
                radius_m,
                places.environment[block],
                channel,
                transmitters,
                gains,
                is_left_out,
                chosen,
                bound_mw,
                ends[count],
                is_flat,
            )
            count += 1
    return count


@compiled
def _leave_out(
    block: int,
    channel: int,
    places: Places,
    transmitters: Transmitters,
    mask: SearchMask,
    server: Servers,
    is_left_out: Flags,
) -> None:
    """Where only new ones can have taken the place of the servers, all but those and these are left out."""
    every = mask.full[channel, block]
    for j in range(transmitters.channel_start[channel], transmitters.channel_start[channel + 1]):
        is_left_out[j] = not (every or mask.is_new[j])
    for place in range(places.block_start[block], places.block_start[block + 1]):
        if server[place] >= 0:
            is_left_out[server[place]] = False


def best_servers(
    places: Places, transmitters: Transmitters, gains: Gains, antennas: Antennas, ground: Ground
) -> tuple[Floats, Servers]:
    """Received power in mW (channels, places) and the row of the transmitter; 0 and NO_SERVER out of reach.

    Of two equal powers the transmitter of the lower row serves.
    """
    shape = len(transmitters.channel_start) - 1, len(places.x_m)
    received, server = np.zeros(shape), np.full(shape, NO_SERVER, dtype=np.int32)
    everywhere = np.ones((shape[0], len(places.environment)), dtype=np.bool_)
    mask = SearchMask(everywhere, ~everywhere, np.zeros(len(transmitters.x_m), dtype=np.bool_))
    search_servers(places, transmitters, gains, antennas, ground, mask, received, server)
    return received, server


@compiled_allocating
def search_servers(
    places: Places,
    transmitters: Transmitters,
    gains: Gains,
    antennas: Antennas,
    ground: Ground,
    mask: SearchMask,
    received: Powers,
    server: Servers,
) -> None:
    """``best_servers`` of the blocks that are ``mask``, put into ``received`` and ``server``."""
    is_flat = ground.height_m.size == 0
    chosen, bound_mw = np.empty(len(transmitters.x_m), dtype=np.int64), np.empty(len(transmitters.x_m))
    channels, ends = np.empty(len(received), dtype=np.int64), np.zeros(len(received) + 1, dtype=np.int64)
    room, is_left_out = profile_buffers(len(antennas.row)), np.zeros(len(transmitters.x_m), dtype=np.bool_)
    for block in range(len(places.environment)):
        count = _candidates_of_block(
            block, places, transmitters, gains, mask, server, is_left_out, chosen, bound_mw, channels, ends, is_flat
        )
        if count:
            _serve_block(
                block,
                count,
                places,
                transmitters,
                gains,
                antennas,
                ground,
                chosen,
                bound_mw,
                channels,
                ends,
                is_flat,
                room,
                received,
                server,
            )


@compiled
def _serve_block(
    block: int,
    count: int,
    places: Places,
    transmitters: Transmitters,
    gains: Gains,
    antennas: Antennas,
    ground: Ground,
    chosen: Integers,
    bound_mw: Floats,
    channels: Integers,
    ends: Integers,
    is_flat: bool,
    room: Profiles,
    received: Powers,
    server: Servers,
) -> None:
    """The strongest of the candidates at each place of a block, channel by channel."""
    environment = places.environment[block]
    for place in range(places.block_start[block], places.block_start[block + 1]):
        row, column = places.row[place], places.column[place]
        for c in range(count):
            channel, best, own = channels[c], 0.0, NO_SERVER
            for k in range(ends[c], ends[c + 1]):
                if bound_mw[k] < best:
                    break
                j = chosen[k]
                dx, dy = transmitters.x_m[j] - places.x_m[place], transmitters.y_m[j] - places.y_m[place]
                square, power = dx * dx + dy * dy, transmitters.power_mw[j]
                kind = transmitters.kind[j]
                gain = gain_at(gains.table[kind * ENVIRONMENTS + environment], square)
                if power * gain < best or gain == 0.0:
                    continue
                if not is_flat:
                    gain = min_path_gain(
                        place,
                        row,
                        column,
                        transmitters.mast[j],
                        antennas,
                        square,
                        transmitters.frequency_ghz[channel],
                        transmitters.clutter[channel, environment],
                        gain,
                        best / power * _NEARLY,
                        gains.round_earth[kind],
                        ground,
                        room,
                    )
                here = power * gain
                if here > best or (here == best and j < own):
                    best, own = here, j
            received[channel, place], server[channel, place] = best, own
