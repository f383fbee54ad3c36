"""Transmitters that interfere in a block of 1 km or serve it, listed for the sums over its places."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, compiled_allocating, inlined
from commune_coverage.radio.interference.distant_cells import (
    BLOCK_MARGIN_M,
    NEAR_INTERFERENCE_RADIUS_M,
    add_to_corners,
    is_distant,
)
from commune_coverage.radio.interference.paths_to_middles import (
    PathCache,
    path_cache,
    path_share,
    square_to_middle,
    table_of,
)
from commune_coverage.radio.tile import NO_SERVER, Tile, Transmitters

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Servers = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

_BAND_M = 500.0


class CellActivity(NamedTuple):
    """How much of the time transmitters send.

    Attributes
    ----------
    load : (transmitters,) float64
        Share of the time that a near transmitter sends.
    distant_mw : (transmitters,) float64, mW
        Mean power that a transmitter adds to the distant interference.
    """

    load: Floats
    distant_mw: Floats


class InterfererBuffers(NamedTuple):
    """Buffers for the transmitters that interfere in a block, and for those that serve it.

    Attributes
    ----------
    row : (transmitters,) int64
        Row of each interferer.
    x_m, y_m : (transmitters,) float64, m
        Its position.
    site : (transmitters,) int64
        Its site.
    table : (transmitters,) int64
        Row of the gain tables.
    power_mw : (transmitters,) float64, mW
        Radiated power, as terrain and environments on the way leave it.
    load : (transmitters,) float64
        Share of the time that it sends.
    serves : (transmitters,) bool
        By row of the tile, whether a transmitter serves in the block.
    serving : (transmitters,) int64
        Rows of the transmitters that serve.
    slot : (sites,) int64
        By site, its first position in ``serving``, -1 if it does not serve.
    own_corner_mw : (transmitters, 4) int64, 2**-60 mW
        By slot, distant interference at the corners that comes from the site itself.
    is_distant : (transmitters,) bool
        By slot, whether there is any.
    cache : PathCache
        What is known of the paths to the middle of the block.
    """

    row: Integers
    x_m: Floats
    y_m: Floats
    site: Integers
    table: Integers
    power_mw: Floats
    load: Floats
    serves: Flags
    serving: Integers
    slot: Integers
    own_corner_mw: Integers
    is_distant: Flags
    cache: PathCache


class Band(NamedTuple):
    """Transmitters near a row of blocks, by carrier.

    Attributes
    ----------
    row : (transmitters,) int64
        Rows of the transmitters.
    carrier_start : (carriers + 1,) int64
        First of each carrier in ``row``.
    first_of_site, same_site : (transmitters,) int64
        First and next transmitter of the same carrier and site; the last leads to itself.
    middle_m : (1,) float64, m
        Northing of the middle of the band.
    """

    row: Integers
    carrier_start: Integers
    first_of_site: Integers
    same_site: Integers
    middle_m: Floats


def interferer_buffers(tile: Tile) -> InterfererBuffers:
    """Allocate buffers for the interferers of a block.

    Parameters
    ----------
    tile : Tile
        Blocks and transmitters.

    Returns
    -------
    InterfererBuffers
        With no transmitter.
    """
    count = len(tile.transmitters.x_m)
    sites = tile.transmitters.site.max() + 1 if count else 0
    return InterfererBuffers(
        np.empty(count, dtype=np.int64),
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
        path_cache(tile),
    )


@compiled_allocating
def band_buffers(transmitters: Transmitters) -> Band:
    """Allocate a band of transmitters.

    Parameters
    ----------
    transmitters : Transmitters
        Transmitters of the tile.

    Returns
    -------
    Band
        Around no block yet.
    """
    count, starts = len(transmitters.x_m), transmitters.carrier_start
    first_of_site, same_site = np.arange(count), np.arange(count)
    last = np.full(transmitters.site.max() + 1 if count else 0, -1, dtype=np.int64)
    for carrier in range(len(starts) - 1):
        for j in range(starts[carrier], starts[carrier + 1]):
            before = last[transmitters.site[j]]
            if before >= starts[carrier]:
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
    """List the transmitters that can be near a block whose middle is within 500 m of a northing.

    Writes ``band`` where it is of another northing.

    Parameters
    ----------
    middle_m : float, m
        Northing of the middle of a block.
    transmitters : Transmitters
        Transmitters of the tile.
    band : Band
        Band to slide.
    """
    if abs(middle_m - band.middle_m[0]) <= _BAND_M:
        return
    band.middle_m[0], count = middle_m, 0
    for carrier in range(len(band.carrier_start) - 1):
        for j in range(transmitters.carrier_start[carrier], transmitters.carrier_start[carrier + 1]):
            if abs(transmitters.y_m[j] - middle_m) < NEAR_INTERFERENCE_RADIUS_M + _BAND_M + 1.0:
                band.row[count] = j
                count += 1
        band.carrier_start[carrier + 1] = count


@compiled
def flag_serving_cells(
    first: int, last: int, server: Servers, transmitters: Transmitters, buffers: InterfererBuffers
) -> int:
    """List who serves the places of a block, and give each of their sites a slot.

    Writes ``serves``, ``serving``, ``slot``, ``own_corner_mw`` and ``is_distant`` of ``buffers``.

    Parameters
    ----------
    first, last : int
        First place of the block and of the next.
    server : (places,) int32
        Server of each place on the carrier.
    transmitters : Transmitters
        Transmitters of the tile.
    buffers : InterfererBuffers
        Buffers of the block.

    Returns
    -------
    int
        Number of transmitters that serve.
    """
    count = 0
    for place in range(first, last):
        own = server[place]
        if own != NO_SERVER and not buffers.serves[own]:
            buffers.serves[own], buffers.serving[count] = True, own
            if buffers.slot[transmitters.site[own]] < 0:
                buffers.slot[transmitters.site[own]] = count
                buffers.own_corner_mw[count], buffers.is_distant[count] = 0, False
            count += 1
    return count


@compiled
def collect_near_interferers(
    block: int, carrier: int, tile: Tile, load: Floats, band: Band, buffers: InterfererBuffers
) -> int:
    """List the transmitters near a block with what terrain and environments on the way leave of their power.

    Writes the interferers to ``buffers``, from the first on.

    Parameters
    ----------
    block : int
        Row of the block.
    carrier : int
        Row of the carrier in the tile.
    tile : Tile
        Places and transmitters.
    load : (transmitters,) float64
        Share of the time that each transmitter sends.
    band : Band
        Transmitters near the row of blocks.
    buffers : InterfererBuffers
        Buffers of the block.

    Returns
    -------
    int
        Number of interferers.
    """
    transmitters, gains, count = tile.transmitters, tile.gains, 0
    for k in range(band.carrier_start[carrier], band.carrier_start[carrier + 1]):
        j = band.row[k]
        table = table_of(tile, block, j)
        square = square_to_middle(tile.corners, block, transmitters.x_m[j], transmitters.y_m[j])
        if (
            square >= NEAR_INTERFERENCE_RADIUS_M * NEAR_INTERFERENCE_RADIUS_M
            or square > (gains.reach_m[table] + BLOCK_MARGIN_M) ** 2
        ):
            continue
        power_mw = transmitters.power_mw[j] * path_share(tile, block, carrier, j, square, buffers.cache)
        _put(count, j, table, (power_mw, load[j]), transmitters, buffers)
        count += 1
    return count


@compiled
def collect_distant_interferers(
    block: int,
    carrier: int,
    serving: int,
    count: int,
    tile: Tile,
    distant_mw: Floats,
    band: Band,
    buffers: InterfererBuffers,
) -> int:
    """List the distant transmitters that serve in a block, and what serving sites add to the distant interference.

    Writes the interferers to ``buffers`` from row ``count`` on, and ``own_corner_mw`` and ``is_distant`` by slot.

    Parameters
    ----------
    block, carrier : int
        Rows of the block and of the carrier.
    serving : int
        Number of transmitters that serve, see ``flag_serving_cells``.
    count : int
        Number of interferers so far.
    tile : Tile
        Places and transmitters.
    distant_mw : (transmitters,) float64, mW
        Mean power that each transmitter adds to the distant interference.
    band : Band
        Transmitters of the same site and carrier.
    buffers : InterfererBuffers
        Buffers of the block.

    Returns
    -------
    int
        Number of interferers.
    """
    transmitters = tile.transmitters
    for k in range(serving):
        j = buffers.serving[k]
        slot, share = buffers.slot[transmitters.site[j]], _distant_share(tile, block, carrier, j, buffers.cache)
        if share > 0:
            _put(count, j, table_of(tile, block, j), (transmitters.power_mw[j] * share, 0.0), transmitters, buffers)
            count += 1
        j = band.first_of_site[j]
        while slot == k:
            share = _distant_share(tile, block, carrier, j, buffers.cache)
            if share > 0:
                buffers.is_distant[slot] = True
                add_to_corners(tile, block, j, distant_mw[j] * share, buffers.own_corner_mw[slot])
            if band.same_site[j] == j:
                break
            j = band.same_site[j]
    return count


@compiled
def _distant_share(tile: Tile, block: int, carrier: int, j: int, cache: PathCache) -> float:
    """What the way leaves of a transmitter that counts in the distant interference of the block; 0 of all others."""
    square = square_to_middle(tile.corners, block, tile.transmitters.x_m[j], tile.transmitters.y_m[j])
    if not is_distant(square, tile.gains.reach_m[table_of(tile, block, j)]):
        return 0.0
    return float(path_share(tile, block, carrier, j, square, cache))


@inlined
def _put(
    row: int,
    j: int,
    table: int,
    power_load: tuple[float, float],
    transmitters: Transmitters,
    buffers: InterfererBuffers,
) -> None:
    """Write transmitter ``j`` to a row of ``buffers``."""
    buffers.row[row], buffers.x_m[row], buffers.y_m[row] = j, transmitters.x_m[j], transmitters.y_m[j]
    buffers.site[row], buffers.table[row] = transmitters.site[j], table
    buffers.power_mw[row], buffers.load[row] = power_load


@compiled
def reset_serving_flags(serving: int, transmitters: Transmitters, buffers: InterfererBuffers) -> None:
    """Clear what ``flag_serving_cells`` set.

    Writes ``serves`` and ``slot`` of ``buffers``.

    Parameters
    ----------
    serving : int
        Number of transmitters that serve.
    transmitters : Transmitters
        Transmitters of the tile.
    buffers : InterfererBuffers
        Buffers of the block.
    """
    for k in range(serving):
        buffers.serves[buffers.serving[k]] = False
        buffers.slot[transmitters.site[buffers.serving[k]]] = -1
