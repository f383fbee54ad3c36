"""Power that a channel's other cells send to each place.

Transmitters near a block (within NEAR_INTERFERENCE_RADIUS_M) are summed place by place; what distant ones add is
interpolated between the block's corners (see ``distant_cells``), within 0.4 dB for a single transmitter at that
radius and far closer for many. Cells of the serving site do not disturb: their sectors look elsewhere. Where there is
terrain, what shields the middle of a block from a near transmitter shields the whole block.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.radio.diffraction.profile import Ground
from commune_coverage.radio.interference.candidates import (
    Band,
    InterfererBuffers,
    band_buffers,
    collect_distant_interferers,
    collect_near_interferers,
    flag_serving_cells,
    interferer_buffers,
    reset_serving_flags,
    slide_band,
)
from commune_coverage.radio.interference.distant_cells import Corners, distant_interference_at, place_between
from commune_coverage.radio.path_gain_tables import Gains, gain_at
from commune_coverage.radio.tile_layout import NO_SERVER, Antennas, Places, Transmitters

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Servers = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

_SHIFT = 21
_HALF = 1 << (_SHIFT - 1)


def near_interference(
    places: Places,
    corners: Corners,
    transmitters: Transmitters,
    gains: Gains,
    antennas: Antennas,
    ground: Ground,
    server: Servers,
    load: Floats,
    far_mw: Floats,
    mask: Flags,
    near_interference_mw: Singles,
    dominant_mw: Singles,
) -> None:
    """Fill what near cells send, and the strongest other cell that is near or serves in the block.

    All are (channels, places), worked out where ``mask`` (channels, blocks) says; 0 without a server. ``load`` is the
    share of time that each transmitter sends, ``far_mw`` what it adds to far fields: that of the serving site's cells
    is taken off. The strongest cell is given as it sends.
    """
    _near_interference(
        places,
        corners,
        transmitters,
        gains,
        antennas,
        ground,
        server,
        load,
        far_mw,
        mask,
        interferer_buffers(transmitters, antennas),
        band_buffers(transmitters),
        near_interference_mw,
        dominant_mw,
    )


@compiled
def _near_interference(
    places: Places,
    corners: Corners,
    transmitters: Transmitters,
    gains: Gains,
    antennas: Antennas,
    ground: Ground,
    server: Servers,
    load: Floats,
    far_mw: Floats,
    mask: Flags,
    buffers: InterfererBuffers,
    band: Band,
    near_interference_mw: Singles,
    dominant_mw: Singles,
) -> None:
    for block in range(len(places.environment)):
        for channel in range(len(server)):
            if mask[channel, block]:
                slide_band((corners.south[block] + corners.north[block]) / 2, transmitters, band)
                _block_interference(
                    block,
                    channel,
                    places,
                    corners,
                    transmitters,
                    gains,
                    antennas,
                    ground,
                    server[channel],
                    load,
                    far_mw,
                    band,
                    buffers,
                    near_interference_mw[channel],
                    dominant_mw[channel],
                )


@compiled
def _block_interference(
    block: int,
    channel: int,
    places: Places,
    corners: Corners,
    transmitters: Transmitters,
    gains: Gains,
    antennas: Antennas,
    ground: Ground,
    server: Servers,
    load: Floats,
    far_mw: Floats,
    band: Band,
    buffers: InterfererBuffers,
    near_interference_mw: Singles,
    dominant_mw: Singles,
) -> None:
    first, last = places.block_start[block], places.block_start[block + 1]
    count, serving = 0, flag_serving_cells(first, last, server, transmitters, buffers)
    if serving:
        count = collect_near_interferers(
            block, channel, places, corners, transmitters, gains, antennas, ground, load, band, buffers
        )
        count = collect_distant_interferers(
            block, serving, places, corners, transmitters, gains, far_mw, band, buffers, count
        )
    for place in range(first, last):
        own, total, most = server[place], 0.0, 0.0
        if own != NO_SERVER:
            x_m, y_m, site = places.x_m[place], places.y_m[place], transmitters.site[own]
            for k in range(count):
                if buffers.site[k] != site:
                    dx, dy = buffers.x_m[k] - x_m, buffers.y_m[k] - y_m
                    other = buffers.power_mw[k] * gain_at(gains.table[buffers.table[k]], dx * dx + dy * dy)
                    most = max(most, other)
                    total += other * buffers.load[k]
            if buffers.is_distant[buffers.slot[site]]:
                u, v = place_between(corners, block, x_m, y_m)
                total -= distant_interference_at(u, v, buffers.own_distant_interference[buffers.slot[site]])
        near_interference_mw[place], dominant_mw[place] = total, most
    reset_serving_flags(serving, transmitters, buffers)


def all_interference(
    places: Places,
    corners: Corners,
    field: Integers,
    near_interference_mw: Singles,
    server: Servers,
    same_carrier_share: Floats,
    floor_mw: Floats,
) -> Singles:
    """Near and far together in mW (channels, places), in four steps an octave above the floor; 0 without a server.

    ``same_carrier_share`` is the part of each channel's cells that use one carrier, ``floor_mw`` its receivers' noise:
    what lies far below it makes no difference.
    """
    result, most = (
        np.zeros(near_interference_mw.shape, dtype=np.float32),
        int(np.diff(places.block_start).max(initial=0)),
    )
    _add_up(
        places,
        corners,
        field,
        near_interference_mw,
        server,
        same_carrier_share,
        floor_mw,
        np.empty(most),
        np.empty(most),
        result,
    )
    return result


@compiled
def _add_up(
    places: Places,
    corners: Corners,
    field: Integers,
    near_interference_mw: Singles,
    server: Servers,
    same_carrier_share: Floats,
    floor_mw: Floats,
    u: Floats,
    v: Floats,
    result: Singles,
) -> None:
    for block in range(len(places.environment)):
        first, last = places.block_start[block], places.block_start[block + 1]
        for place in range(first, last):
            u[place - first], v[place - first] = place_between(corners, block, places.x_m[place], places.y_m[place])
        for channel in range(len(near_interference_mw)):
            share, floor, corner_mw = same_carrier_share[channel], floor_mw[channel], field[channel, block]
            for place in range(first, last):
                if server[channel, place] != NO_SERVER:
                    far = distant_interference_at(u[place - first], v[place - first], corner_mw)
                    result[channel, place] = _in_steps(
                        max(far + near_interference_mw[channel, place], 0.0) * share, floor
                    )


@inlined
def _in_steps(mw: float, floor_mw: float) -> float:
    """Rounded, with the floor, to two bits after the first, by at most 0.5 dB: what changes by less changes nothing.

    A floor of few bits leaves 0 as 0.
    """
    bits = np.float32(mw + floor_mw).view(np.int32)
    return np.int32(((bits + _HALF) >> _SHIFT) << _SHIFT).view(np.float32) - floor_mw  # type: ignore[no-any-return,return-value,unused-ignore]
