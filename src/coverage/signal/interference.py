"""Power that a channel's other cells send to each place.

Transmitters within NEAR_M of a block are summed place by place, the others' far field is interpolated between its
corners (see ``far_field``), within 0.4 dB for a single transmitter at NEAR_M and far closer for many. Cells of the
serving site do not disturb: their sectors look elsewhere. Where there is terrain, what shields the middle of a block
from a near transmitter shields the whole block.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from coverage.signal.far_field import ABOUT_M, NEAR_M, Corners, add_to_corners, between_corners, square_to_middle
from coverage.signal.gains import Gains, gain_at
from coverage.signal.terrain.gain import Profiles, least_gain, room_for
from coverage.signal.terrain.ground import Ground
from coverage.signal.tile import ENVIRONMENTS, NO_SERVER, Masts, Places, Transmitters

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Servers = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

_SHIFT = 21
_HALF = 1 << (_SHIFT - 1)


class Senders(NamedTuple):
    """Room for the transmitters that disturb a block; by site the slot of those that serve in it, and by slot their
    own far field (4 corners)."""

    row: Integers
    power_mw: Floats
    load: Floats
    serves: Flags
    slot: Integers
    own_field: Integers
    room: Profiles


@njit(cache=True, error_model="numpy")
def _room_for_senders(transmitters: Transmitters, masts: Masts) -> Senders:
    count = len(transmitters.x_m)
    sites = transmitters.site.max() + 1 if count else 0
    return Senders(
        np.empty(count, dtype=np.int64), np.empty(count), np.empty(count), np.zeros(count, dtype=np.bool_),
        np.full(sites, -1, dtype=np.int64), np.zeros((count, 4), dtype=np.int64), room_for(len(masts.row)),
    )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def near_interference(
    places: Places, corners: Corners, transmitters: Transmitters, gains: Gains, masts: Masts, ground: Ground,
    server: Servers, load: Floats, far_mw: Floats, asked: Flags, near_mw: Singles, strongest_mw: Singles,
) -> None:  # fmt: skip
    """Fill what near cells send, and the strongest other cell that is near or serves in the block.

    All are (channels, places), worked out where ``asked`` (channels, blocks) says; 0 without a server. ``load`` is the
    share of time that each transmitter sends, ``far_mw`` what it adds to far fields: that of the serving site's cells
    is taken off. The strongest cell is given as it sends.
    """
    senders = _room_for_senders(transmitters, masts)
    for block in range(len(places.environment)):
        for channel in range(len(server)):
            if asked[channel, block]:
                _block_interference(
                    block, channel, places, corners, transmitters, gains, masts, ground, server[channel], load, far_mw,
                    senders, near_mw[channel], strongest_mw[channel],
                )  # fmt: skip


@njit(cache=True, error_model="numpy")
def _block_interference(
    block: int, channel: int, places: Places, corners: Corners, transmitters: Transmitters, gains: Gains, masts: Masts,
    ground: Ground, server: Servers, load: Floats, far_mw: Floats, senders: Senders, near_mw: Singles,
    strongest_mw: Singles,
) -> None:  # fmt: skip
    first, last = places.block_start[block], places.block_start[block + 1]
    count = 0
    if _mark_servers(first, last, server, transmitters, senders):
        count = _list_senders(
            block, channel, places, corners, transmitters, gains, masts, ground, load, far_mw, senders
        )
    environment = places.environment[block]
    for place in range(first, last):
        own, total, most = server[place], 0.0, 0.0
        if own != NO_SERVER:
            x_m, y_m, site = places.x_m[place], places.y_m[place], transmitters.site[own]
            for k in range(count):
                j = senders.row[k]
                if transmitters.site[j] != site:
                    dx, dy = transmitters.x_m[j] - x_m, transmitters.y_m[j] - y_m
                    table = transmitters.kind[j] * ENVIRONMENTS + environment
                    other = senders.power_mw[k] * gain_at(gains.table[table], dx * dx + dy * dy)
                    most = max(most, other)
                    total += other * senders.load[k]
            total -= between_corners(corners, block, x_m, y_m, senders.own_field[senders.slot[site]])
        near_mw[place], strongest_mw[place] = total, most
    _forget_servers(first, last, server, transmitters, senders)


@njit(cache=True, error_model="numpy")
def _mark_servers(first: int, last: int, server: Servers, transmitters: Transmitters, senders: Senders) -> int:
    """Mark who serves the places, and give each of their sites a slot; how many sites."""
    sites = 0
    for place in range(first, last):
        own = server[place]
        if own != NO_SERVER and not senders.serves[own]:
            senders.serves[own] = True
            if senders.slot[transmitters.site[own]] < 0:
                senders.slot[transmitters.site[own]] = sites
                senders.own_field[sites] = 0
                sites += 1
    return sites


@njit(cache=True, error_model="numpy")
def _forget_servers(first: int, last: int, server: Servers, transmitters: Transmitters, senders: Senders) -> None:
    for place in range(first, last):
        if server[place] != NO_SERVER:
            senders.serves[server[place]] = False
            senders.slot[transmitters.site[server[place]]] = -1


@njit(cache=True, error_model="numpy")
def _list_senders(
    block: int, channel: int, places: Places, corners: Corners, transmitters: Transmitters, gains: Gains, masts: Masts,
    ground: Ground, load: Floats, far_mw: Floats, senders: Senders,
) -> int:  # fmt: skip
    """List the near transmitters and the far ones that serve here, whose power the far field has; how many.

    ``own_field`` takes what each serving site adds to the block's far field.
    """
    first, last = places.block_start[block], places.block_start[block + 1]
    row, column = places.row[first:last].mean(), places.column[first:last].mean()
    environment, count = places.environment[block], 0
    for j in range(transmitters.channel_start[channel], transmitters.channel_start[channel + 1]):
        table = transmitters.kind[j] * ENVIRONMENTS + environment
        square = square_to_middle(corners, block, transmitters.x_m[j], transmitters.y_m[j])
        if square > (gains.reach_m[table] + ABOUT_M) ** 2:
            continue
        if square < NEAR_M * NEAR_M:
            senders.row[count], senders.power_mw[count], senders.load[count] = j, transmitters.power_mw[j], load[j]
            flat = gain_at(gains.table[table], square)
            if ground.height_m.size > 0 and flat > 0:
                left = least_gain(
                    block, row, column, transmitters.mast[j], masts, square, transmitters.frequency_ghz[channel],
                    transmitters.clutter[channel, environment], flat, gains.round_earth[transmitters.kind[j]], ground,
                    senders.room,
                )  # fmt: skip
                senders.power_mw[count] *= left / flat
            count += 1
            continue
        slot = senders.slot[transmitters.site[j]]
        if slot >= 0:
            add_to_corners(
                corners, block, transmitters.x_m[j], transmitters.y_m[j], far_mw[j], gains.table[table], 1,
                senders.own_field[slot],
            )  # fmt: skip
        if senders.serves[j]:
            senders.row[count], senders.power_mw[count], senders.load[count] = j, transmitters.power_mw[j], 0.0
            count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def all_interference(
    places: Places, corners: Corners, field: Integers, near_mw: Singles, server: Servers, same_carrier_share: Floats,
    floor_mw: Floats,
) -> Singles:  # fmt: skip
    """Near and far together in mW (channels, places), in four steps an octave above the floor; 0 without a server.

    ``same_carrier_share`` is the part of each channel's cells that use one carrier, ``floor_mw`` its receivers' noise:
    what lies far below it makes no difference.
    """
    result = np.zeros(near_mw.shape, dtype=np.float32)
    for channel in range(len(near_mw)):
        share = same_carrier_share[channel]
        for block in range(len(places.environment)):
            for place in range(places.block_start[block], places.block_start[block + 1]):
                if server[channel, place] != NO_SERVER:
                    far = between_corners(corners, block, places.x_m[place], places.y_m[place], field[channel, block])
                    result[channel, place] = _in_steps(
                        max(far + near_mw[channel, place], 0.0) * share, floor_mw[channel]
                    )
    return result


@njit(cache=True, error_model="numpy", inline="always")
def _in_steps(mw: float, floor_mw: float) -> float:
    """Rounded, with the floor, to two bits after the first, by at most 0.5 dB: what changes by less changes nothing.

    A floor of few bits leaves 0 as 0.
    """
    bits = np.float32(mw + floor_mw).view(np.int32)
    return np.int32(((bits + _HALF) >> _SHIFT) << _SHIFT).view(np.float32) - floor_mw  # type: ignore[no-any-return,return-value,unused-ignore]
