"""Power that a channel's other cells send to each place.

Transmitters within NEAR_M of a block are summed place by place, the others' far field is interpolated between its
corners (see ``far_field``), within 0.4 dB for a single transmitter at NEAR_M and far closer for many. Cells of the
serving site do not disturb: their sectors look elsewhere. Where there is terrain, what shields the middle of a block
from a near transmitter shields the whole block.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.radio.diffraction.profile import Ground
from commune_coverage.radio.interference.candidates import (
    Band,
    Senders,
    forget_servers,
    list_far,
    list_near,
    mark_servers,
    move_band,
    room_for_band,
    room_for_senders,
)
from commune_coverage.radio.interference.distant_cells import Corners, field_between, place_between
from commune_coverage.radio.path_gain_tables import Gains, gain_at
from commune_coverage.radio.tile_layout import NO_SERVER, Masts, Places, Transmitters

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Servers = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

_SHIFT = 21
_HALF = 1 << (_SHIFT - 1)


def near_interference(
    places: Places, corners: Corners, transmitters: Transmitters, gains: Gains, masts: Masts, ground: Ground,
    server: Servers, load: Floats, far_mw: Floats, asked: Flags, near_mw: Singles, strongest_mw: Singles,
) -> None:  # fmt: skip
    """Fill what near cells send, and the strongest other cell that is near or serves in the block.

    All are (channels, places), worked out where ``asked`` (channels, blocks) says; 0 without a server. ``load`` is the
    share of time that each transmitter sends, ``far_mw`` what it adds to far fields: that of the serving site's cells
    is taken off. The strongest cell is given as it sends.
    """
    _near_interference(
        places, corners, transmitters, gains, masts, ground, server, load, far_mw, asked,
        room_for_senders(transmitters, masts), room_for_band(transmitters), near_mw, strongest_mw,
    )  # fmt: skip


@compiled
def _near_interference(
    places: Places, corners: Corners, transmitters: Transmitters, gains: Gains, masts: Masts, ground: Ground,
    server: Servers, load: Floats, far_mw: Floats, asked: Flags, senders: Senders, band: Band, near_mw: Singles,
    strongest_mw: Singles,
) -> None:  # fmt: skip
    for block in range(len(places.environment)):
        for channel in range(len(server)):
            if asked[channel, block]:
                move_band((corners.south[block] + corners.north[block]) / 2, transmitters, band)
                _block_interference(
                    block, channel, places, corners, transmitters, gains, masts, ground, server[channel], load, far_mw,
                    band, senders, near_mw[channel], strongest_mw[channel],
                )  # fmt: skip


@compiled
def _block_interference(
    block: int, channel: int, places: Places, corners: Corners, transmitters: Transmitters, gains: Gains, masts: Masts,
    ground: Ground, server: Servers, load: Floats, far_mw: Floats, band: Band, senders: Senders, near_mw: Singles,
    strongest_mw: Singles,
) -> None:  # fmt: skip
    first, last = places.block_start[block], places.block_start[block + 1]
    count, serving = 0, mark_servers(first, last, server, transmitters, senders)
    if serving:
        count = list_near(block, channel, places, corners, transmitters, gains, masts, ground, load, band, senders)
        count = list_far(
            block, serving, places, corners, transmitters, gains, far_mw, band, senders, count
        )  # fmt: skip
    for place in range(first, last):
        own, total, most = server[place], 0.0, 0.0
        if own != NO_SERVER:
            x_m, y_m, site = places.x_m[place], places.y_m[place], transmitters.site[own]
            for k in range(count):
                if senders.site[k] != site:
                    dx, dy = senders.x_m[k] - x_m, senders.y_m[k] - y_m
                    other = senders.power_mw[k] * gain_at(gains.table[senders.table[k]], dx * dx + dy * dy)
                    most = max(most, other)
                    total += other * senders.load[k]
            if senders.is_far[senders.slot[site]]:
                u, v = place_between(corners, block, x_m, y_m)
                total -= field_between(u, v, senders.own_field[senders.slot[site]])
        near_mw[place], strongest_mw[place] = total, most
    forget_servers(serving, transmitters, senders)


def all_interference(
    places: Places, corners: Corners, field: Integers, near_mw: Singles, server: Servers, same_carrier_share: Floats,
    floor_mw: Floats,
) -> Singles:  # fmt: skip
    """Near and far together in mW (channels, places), in four steps an octave above the floor; 0 without a server.

    ``same_carrier_share`` is the part of each channel's cells that use one carrier, ``floor_mw`` its receivers' noise:
    what lies far below it makes no difference.
    """
    result, most = np.zeros(near_mw.shape, dtype=np.float32), int(np.diff(places.block_start).max(initial=0))
    _add_up(
        places, corners, field, near_mw, server, same_carrier_share, floor_mw, np.empty(most), np.empty(most), result
    )  # fmt: skip
    return result


@compiled
def _add_up(
    places: Places, corners: Corners, field: Integers, near_mw: Singles, server: Servers, same_carrier_share: Floats,
    floor_mw: Floats, u: Floats, v: Floats, result: Singles,
) -> None:  # fmt: skip
    for block in range(len(places.environment)):
        first, last = places.block_start[block], places.block_start[block + 1]
        for place in range(first, last):
            u[place - first], v[place - first] = place_between(corners, block, places.x_m[place], places.y_m[place])
        for channel in range(len(near_mw)):
            share, floor, corner_mw = same_carrier_share[channel], floor_mw[channel], field[channel, block]
            for place in range(first, last):
                if server[channel, place] != NO_SERVER:
                    far = field_between(u[place - first], v[place - first], corner_mw)
                    result[channel, place] = _in_steps(max(far + near_mw[channel, place], 0.0) * share, floor)


@inlined
def _in_steps(mw: float, floor_mw: float) -> float:
    """Rounded, with the floor, to two bits after the first, by at most 0.5 dB: what changes by less changes nothing.

    A floor of few bits leaves 0 as 0.
    """
    bits = np.float32(mw + floor_mw).view(np.int32)
    return np.int32(((bits + _HALF) >> _SHIFT) << _SHIFT).view(np.float32) - floor_mw  # type: ignore[no-any-return,return-value,unused-ignore]
