"""Best server of each place on each carrier, exactly.

A carrier is one operator's cells of one technology in one band: they compete for places, and interfere with each other.
Places come in blocks of 1 km. For a block, each transmitter's power at the nearest point of the block, in the strongest
direction towards any, is a bound that no place in it can exceed; transmitters are visited by falling bound until the
bound is below the best power so far.
Terrain only weakens, so the same bound holds with it, and a profile is sampled only for what may still win.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, compiled_allocating, inlined
from commune_coverage.radio.antenna.directivity import directional_gain, gain_bounds
from commune_coverage.radio.diffraction.terrain_gain import FlatPath, Point, ProfileCache, min_path_gain, profile_cache
from commune_coverage.radio.mixed_paths import PathShares, mixed_ratio, path_shares
from commune_coverage.radio.path_gain_tables import gain_at
from commune_coverage.radio.tile import ENVIRONMENTS, NO_SERVER, Disc, Tile, disc_of_block

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Servers = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Powers = npt.NDArray[Any]
"""float64, or float32 where the servers are stored."""
_NEARLY = 1 - 1e-9
"""What rounding may make of equal powers."""


class SearchMask(NamedTuple):
    """Where servers are searched for.

    Attributes
    ----------
    full : (carriers, blocks) bool
        All transmitters are tried.
    incremental : (carriers, blocks) bool
        The new transmitters and those that serve in the block are tried.
    is_new : (transmitters,) bool
        Transmitters that the previous run did not have.
    """

    full: Flags
    incremental: Flags
    is_new: Flags


class BestServers(NamedTuple):
    """Best servers of the places of a tile.

    Attributes
    ----------
    received_mw : (carriers, places) float, mW
        Median power of the server, 0 out of reach.
    server : (carriers, places) int32
        Row of the transmitter in the tile, NO_SERVER out of reach.
    """

    received_mw: Powers
    server: Servers


class _Candidates(NamedTuple):
    """Transmitters that may serve a block, carrier by carrier; buffers for one block at a time.

    ``transmitter`` and ``bound_mw`` (transmitters), ``carrier`` (carriers), ``end`` (carriers + 1); by row of the tile
    ``is_excluded`` and ``mixed``, see ``mixed_ratio`` (transmitters); and the ``shares`` of the paths to the block.
    """

    transmitter: Integers
    bound_mw: Floats
    carrier: Integers
    end: Integers
    is_excluded: Flags
    mixed: Floats
    shares: PathShares


def best_servers(tile: Tile) -> BestServers:
    """Find the strongest transmitter of each carrier at each place.

    Parameters
    ----------
    tile : Tile
        Places and the transmitters that reach them.

    Returns
    -------
    BestServers
        Received power as float64. Of two equal powers the transmitter of the lower row serves.
    """
    shape = len(tile.transmitters.carrier_start) - 1, len(tile.places.x_m)
    servers = BestServers(np.zeros(shape), np.full(shape, NO_SERVER, dtype=np.int32))
    everywhere = np.ones((shape[0], len(tile.places.environment)), dtype=np.bool_)
    mask = SearchMask(everywhere, ~everywhere, np.zeros(len(tile.transmitters.x_m), dtype=np.bool_))
    search_servers(tile, mask, servers)
    return servers


@compiled_allocating
def search_servers(tile: Tile, mask: SearchMask, servers: BestServers) -> None:
    """Search the servers of the blocks of a mask.

    Writes ``servers`` in the blocks of the mask, and reads there the servers that an incremental search starts from.

    Parameters
    ----------
    tile : Tile
        Places and the transmitters that reach them.
    mask : SearchMask
        Blocks to search, by carrier.
    servers : BestServers
        Servers of the tile so far.
    """
    count, carriers = len(tile.transmitters.x_m), len(servers.server)
    candidates = _Candidates(
        np.empty(count, dtype=np.int64),
        np.empty(count),
        np.empty(carriers, dtype=np.int64),
        np.zeros(carriers + 1, dtype=np.int64),
        np.zeros(count, dtype=np.bool_),
        np.empty(count),
        path_shares(len(tile.antennas.row)),
    )
    cache = profile_cache(len(tile.antennas.row))
    for block in range(len(tile.places.environment)):
        searched = _candidates_of_block(block, tile, mask, servers.server, candidates)
        if searched:
            _serve_block(block, searched, tile, candidates, cache, servers)


@compiled_allocating
def _candidates_of_block(block: int, tile: Tile, mask: SearchMask, server: Servers, candidates: _Candidates) -> int:
    """Write the carriers to search in a block and their candidates to ``candidates``; how many carriers."""
    disc = disc_of_block(tile.places, block)
    searched = 0
    for carrier in range(len(server)):
        if mask.full[carrier, block] or mask.incremental[carrier, block]:
            _exclude(block, carrier, tile, mask, server[carrier], candidates.is_excluded)
            candidates.carrier[searched] = carrier
            start = candidates.end[searched]
            candidates.end[searched + 1] = _add_candidates(disc, block, carrier, tile, candidates, start)
            searched += 1
    return searched


@compiled
def _exclude(block: int, carrier: int, tile: Tile, mask: SearchMask, server: Servers, is_excluded: Flags) -> None:
    """Leave only new transmitters and servers where only new ones can take over. Writes ``is_excluded``."""
    every, transmitters, places = mask.full[carrier, block], tile.transmitters, tile.places
    for j in range(transmitters.carrier_start[carrier], transmitters.carrier_start[carrier + 1]):
        is_excluded[j] = not (every or mask.is_new[j])
    for place in range(places.block_start[block], places.block_start[block + 1]):
        if server[place] >= 0:
            is_excluded[server[place]] = False


@compiled_allocating
def _add_candidates(disc: Disc, block: int, carrier: int, tile: Tile, candidates: _Candidates, start: int) -> int:
    """Append the transmitters of a carrier that may serve a block, by falling bound; the new end of the list.

    Writes ``transmitter`` and ``bound_mw`` of ``candidates`` from ``start`` on.
    """
    chosen, bound_mw = candidates.transmitter, candidates.bound_mw
    end, lower_mw = _bound_candidates(disc, block, carrier, tile, candidates, start)
    order = np.argsort(-bound_mw[start:end])
    chosen[start:end] = chosen[start:end][order]
    bound_mw[start:end] = bound_mw[start:end][order]
    while end > start and bound_mw[end - 1] < lower_mw:
        end -= 1
    return end


@compiled
def _bound_candidates(
    disc: Disc, block: int, carrier: int, tile: Tile, candidates: _Candidates, start: int
) -> tuple[int, float]:
    """Append the transmitters in reach with their bounds; the new end of the list, and what some server gives at least.

    Writes ``transmitter`` and ``bound_mw`` of ``candidates`` from ``start`` on, ``mixed`` and ``shares``.
    """
    transmitters, gains = tile.transmitters, tile.gains
    chosen, bound_mw, end, lower_mw = candidates.transmitter, candidates.bound_mw, start, 0.0
    is_flat = tile.ground.height_m.size == 0
    for j in range(transmitters.carrier_start[carrier], transmitters.carrier_start[carrier + 1]):
        if candidates.is_excluded[j]:
            continue
        dx, dy = transmitters.x_m[j] - disc.x_m, transmitters.y_m[j] - disc.y_m
        table = transmitters.pathloss_class[j] * ENVIRONMENTS + tile.places.environment[block]
        square = dx * dx + dy * dy
        if square > (gains.reach_m[table] + disc.radius_m) ** 2:
            continue
        distance = math.sqrt(square)
        nearest = max(distance - disc.radius_m, 0.0)
        low, high = gain_bounds(tile.directivity, j, dx, dy, disc.radius_m)
        candidates.mixed[j] = mixed_ratio(tile, block, j, candidates.shares)
        power_mw = transmitters.power_mw[j] * candidates.mixed[j]
        bound_mw[end] = power_mw * gain_at(gains.table[table], nearest * nearest) * high
        chosen[end] = j
        end += 1
        if is_flat:
            farthest = distance + disc.radius_m
            here_mw = power_mw * gain_at(gains.table[table], farthest * farthest) * low
            lower_mw = max(lower_mw, here_mw)
    return end, lower_mw


@compiled
def _serve_block(
    block: int, searched: int, tile: Tile, candidates: _Candidates, cache: ProfileCache, servers: BestServers
) -> None:
    """Strongest candidate of each searched carrier at each place of a block. Writes ``servers`` and ``cache``.

    The server of the place before is tried first: next to it the same one is likely, and few others then come near.
    """
    chosen, bound_mw, end = candidates.transmitter, candidates.bound_mw, candidates.end
    first, last = tile.places.block_start[block], tile.places.block_start[block + 1]
    for place in range(first, last):
        point = Point(place, tile.places.row[place], tile.places.column[place])
        for c in range(searched):
            carrier, best, own = candidates.carrier[c], 0.0, NO_SERVER
            before = servers.server[carrier, place - 1] if place > first else NO_SERVER
            if before != NO_SERVER:
                best = _power_mw(before, carrier, block, point, best, tile, candidates.mixed, cache)
                own = before if best > 0 else NO_SERVER
            for k in range(end[c], end[c + 1]):
                if bound_mw[k] < best:
                    break
                j = chosen[k]
                if j != before:
                    here = _power_mw(j, carrier, block, point, best, tile, candidates.mixed, cache)
                    if here > best or (here == best and here > 0 and j < own):
                        best, own = here, j
            servers.received_mw[carrier, place], servers.server[carrier, place] = best, own


@inlined
def _power_mw(
    j: int, carrier: int, block: int, point: Point, best: float, tile: Tile, mixed: Floats, cache: ProfileCache
) -> float:
    """Power of transmitter ``j`` at a place; any value below ``best`` where it is less. Writes ``cache``."""
    places, transmitters, gains = tile.places, tile.transmitters, tile.gains
    dx, dy = transmitters.x_m[j] - places.x_m[point.key], transmitters.y_m[j] - places.y_m[point.key]
    square, row, environment = dx * dx + dy * dy, transmitters.pathloss_class[j], places.environment[block]
    flat = gain_at(gains.table[row * ENVIRONMENTS + environment], square) * mixed[j]
    power = transmitters.power_mw[j]
    if power * flat < best or flat == 0.0:
        return 0.0
    power *= directional_gain(tile.directivity, j, dx, dy)
    if power * flat < best or tile.ground.height_m.size == 0:
        return power * flat
    frequency_ghz, clutter = transmitters.frequency_ghz[carrier], transmitters.clutter[carrier, environment]
    path = FlatPath(transmitters.mast[j], square, frequency_ghz, clutter, flat, best / power * _NEARLY)
    return power * min_path_gain(point, path, gains.round_earth[row], tile.antennas, tile.ground, cache)
