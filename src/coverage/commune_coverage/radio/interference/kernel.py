"""Power that the other cells of a carrier send to each place.

Transmitters near a block (within NEAR_INTERFERENCE_RADIUS_M) are summed place by place; what distant ones add is
interpolated between the corners of the block (see ``distant_cells``), within 0.4 dB for a single transmitter at that
radius and far closer for many. Cells of the serving site that point elsewhere send what their patterns let through;
those of which no direction is known do not interfere. Where there is terrain, what shields the middle of a block from a
near transmitter shields the whole block; near sectors of the serving mast reach a place by the very path of its server.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.radio.antenna.directivity import directional_gain
from commune_coverage.radio.interference.candidates import (
    Band,
    CellActivity,
    InterfererBuffers,
    band_buffers,
    collect_distant_interferers,
    collect_near_interferers,
    flag_serving_cells,
    interferer_buffers,
    reset_serving_flags,
    slide_band,
)
from commune_coverage.radio.interference.distant_cells import distant_interference_at, place_between
from commune_coverage.radio.path_gain_tables import gain_at
from commune_coverage.radio.tile import NO_SERVER, Tile

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Servers = npt.NDArray[np.int32]
Powers = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]

_NOT_RECEIVED = np.zeros((0, 0), dtype=np.float32)
_SHIFT = 21
_HALF = 1 << (_SHIFT - 1)


class NearInterference(NamedTuple):
    """Interference of near cells at the places of a tile.

    Attributes
    ----------
    near_mw : (carriers, places) float32, mW
        Sum of the near cells, at their load; 0 without a server.
    dominant_mw : (carriers, places) float32, mW
        Strongest other cell that is near or serves in the block, as it sends; 0 without a server.
    """

    near_mw: Singles
    dominant_mw: Singles


class InterferenceParts(NamedTuple):
    """What the interference of a tile is the sum of.

    Attributes
    ----------
    server : (carriers, places) int32
        Server of each place, NO_SERVER where there is none.
    near_mw : (carriers, places) float32, mW
        Interference of near cells.
    corner_mw : (carriers, blocks, 4) int64, 2**-60 mW
        Distant interference at the corners of the blocks.
    """

    server: Servers
    near_mw: Singles
    corner_mw: Integers


class CarrierLimits(NamedTuple):
    """What holds for all cells of a carrier.

    Attributes
    ----------
    co_channel_share : (carriers,) float64
        Part of the cells that use the same frequency.
    floor_mw : (carriers,) float64, mW
        Noise of the receivers, a power of two; what lies far below it makes no difference.
    distant_share : (carriers,) float64
        How much distant cells send, over what they do at the stated load.
    """

    co_channel_share: Floats
    floor_mw: Floats
    distant_share: Floats


class _Buffers(NamedTuple):
    interferers: InterfererBuffers
    band: Band


def near_interference(
    tile: Tile,
    server: Servers,
    activity: CellActivity,
    mask: Flags,
    result: NearInterference,
    received_mw: Powers = _NOT_RECEIVED,
) -> None:
    """Sum the interference of near cells place by place.

    Writes ``result`` in the blocks of the mask.

    Parameters
    ----------
    tile : Tile
        Places and transmitters.
    server : (carriers, places) int32
        Server of each place, NO_SERVER where there is none.
    activity : CellActivity
        Load of the transmitters, and what they add to the distant interference: that of the serving site is taken off.
    mask : (carriers, blocks) bool
        Blocks to compute.
    result : NearInterference
        Interference of the tile.
    received_mw : (carriers, places) float, mW, optional
        Power of the servers, from which the path from the serving mast is known to other sectors of it.
    """
    buffers = _Buffers(interferer_buffers(tile), band_buffers(tile.transmitters))
    is_known = len(tile.directivity.antenna) and tile.ground.height_m.size
    _near_interference(tile, server, activity, mask, buffers, received_mw if is_known else _NOT_RECEIVED, result)


@compiled
def _near_interference(
    tile: Tile,
    server: Servers,
    activity: CellActivity,
    mask: Flags,
    buffers: _Buffers,
    received_mw: Powers,
    result: NearInterference,
) -> None:
    corners = tile.corners
    for block in range(len(tile.places.environment)):
        for carrier in range(len(server)):
            if mask[carrier, block]:
                slide_band((corners.south[block] + corners.north[block]) / 2, tile.transmitters, buffers.band)
                _block_interference(block, carrier, tile, server[carrier], activity, buffers, received_mw, result)


@compiled
def _block_interference(
    block: int,
    carrier: int,
    tile: Tile,
    server: Servers,
    activity: CellActivity,
    buffers: _Buffers,
    received_mw: Powers,
    result: NearInterference,
) -> None:
    """Near interference of one carrier in a block. Writes ``result`` and ``buffers``."""
    places, transmitters, gains, others = tile.places, tile.transmitters, tile.gains, buffers.interferers
    near_mw, dominant_mw = result.near_mw[carrier], result.dominant_mw[carrier]
    first, last = places.block_start[block], places.block_start[block + 1]
    count, serving = 0, flag_serving_cells(first, last, server, transmitters, others)
    if serving:
        count = collect_near_interferers(block, carrier, tile, activity.load, buffers.band, others)
        count = collect_distant_interferers(
            block, carrier, serving, count, tile, activity.distant_mw, buffers.band, others
        )
    for place in range(first, last):
        own, total, dominant = server[place], 0.0, 0.0
        if own != NO_SERVER:
            x_m, y_m, site = places.x_m[place], places.y_m[place], transmitters.site[own]
            mast, own_gain = -1, 0.0
            if received_mw.size > 0 and tile.directivity.antenna[own] >= 0:
                mast, own_gain = transmitters.mast[own], _path_gain(tile, own, place, received_mw[carrier, place])
            for k in range(count):
                if others.site[k] != site:
                    dx, dy = others.x_m[k] - x_m, others.y_m[k] - y_m
                    if transmitters.mast[others.row[k]] == mast:
                        other = transmitters.power_mw[others.row[k]] * own_gain
                    else:
                        other = others.power_mw[k] * gain_at(gains.table[others.table[k]], dx * dx + dy * dy)
                    other *= directional_gain(tile.directivity, others.row[k], dx, dy)
                    dominant = max(dominant, other)
                    total += other * others.load[k]
            if others.is_distant[others.slot[site]]:
                u, v = place_between(tile.corners, block, x_m, y_m)
                total -= distant_interference_at(u, v, others.own_corner_mw[others.slot[site]])
        near_mw[place], dominant_mw[place] = total, dominant
    reset_serving_flags(serving, transmitters, others)


@compiled
def _path_gain(tile: Tile, server: int, place: int, received_mw: float) -> float:
    """Gain of the path from a server's mast to a place, without that of its antenna."""
    transmitters = tile.transmitters
    dx, dy = transmitters.x_m[server] - tile.places.x_m[place], transmitters.y_m[server] - tile.places.y_m[place]
    return received_mw / (transmitters.power_mw[server] * directional_gain(tile.directivity, server, dx, dy))


def all_interference(tile: Tile, parts: InterferenceParts, limits: CarrierLimits) -> Singles:
    """Sum near and distant interference.

    Parameters
    ----------
    tile : Tile
        Places and blocks.
    parts : InterferenceParts
        Near and distant interference, and the servers.
    limits : CarrierLimits
        Frequency reuse and noise of the carriers.

    Returns
    -------
    (carriers, places) float32, mW
        In four steps an octave above the floor; 0 without a server.
    """
    result = np.zeros(parts.near_mw.shape, dtype=np.float32)
    largest = int(np.diff(tile.places.block_start).max(initial=0))
    _add_up(tile, parts, limits, (np.empty(largest), np.empty(largest)), result)
    return result


@compiled
def _add_up(
    tile: Tile, parts: InterferenceParts, limits: CarrierLimits, between: tuple[Floats, Floats], result: Singles
) -> None:
    """Sum of the parts. Writes ``result``, and the positions of the places of a block to ``between``."""
    places, (u, v) = tile.places, between
    for block in range(len(places.environment)):
        first, last = places.block_start[block], places.block_start[block + 1]
        for place in range(first, last):
            x_m, y_m = places.x_m[place], places.y_m[place]
            u[place - first], v[place - first] = place_between(tile.corners, block, x_m, y_m)
        for carrier in range(len(parts.near_mw)):
            share, floor = limits.co_channel_share[carrier], limits.floor_mw[carrier]
            sends, corner_mw = limits.distant_share[carrier], parts.corner_mw[carrier, block]
            for place in range(first, last):
                if parts.server[carrier, place] != NO_SERVER:
                    distant = distant_interference_at(u[place - first], v[place - first], corner_mw)
                    whole = max(distant * sends + parts.near_mw[carrier, place], 0.0)
                    result[carrier, place] = _in_steps(whole * share, floor)


@inlined
def _in_steps(mw: float, floor_mw: float) -> float:
    """Round, with the floor, to two bits after the first, by at most 0.5 dB: what changes by less changes nothing.

    A floor of few bits leaves 0 as 0.
    """
    bits = np.float32(mw + floor_mw).view(np.int32)
    return np.int32(((bits + _HALF) >> _SHIFT) << _SHIFT).view(np.float32) - floor_mw  # type: ignore[no-any-return,return-value,unused-ignore]
