"""Best servers without terrain, against every transmitter in reach tried at every place.

The compiled peer takes the same gain tables and ratios of mixed paths, so it has no logarithm in its loop either; it
only looks no further ahead.
The second floor is memory: the bytes that must be read and written, at the speed at which NumPy copies.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchmarks.clock import Cost, Result, interleave, ratio
from benchmarks.fixture import Fixture
from commune_coverage.config.thresholds import Radio
from commune_coverage.core.jit import compiled_allocating
from commune_coverage.core.resources import cpu_s
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles
from commune_coverage.pipeline.stages.radio.network import lay_out_tile, network_for
from commune_coverage.population.tables import read_tile, tile_count
from commune_coverage.radio.best_server import best_servers
from commune_coverage.radio.mixed_paths import mixed_ratio, path_shares
from commune_coverage.radio.path_gain_tables import gain_at, table_distances_m
from commune_coverage.radio.tile import ENVIRONMENTS, Places, Tile, corners_of, disc_of_block

Floats = npt.NDArray[np.float64]

OURS, COMPILED = "best servers", "every transmitter in reach, compiled"
SAMPLE, NUMPY, OURS_SAMPLE = 200, "every transmitter, NumPy", "best servers of the sample"
_COPY_BYTES = 64_000_000


def signal(fixture: Fixture) -> Result:
    """Ours over the whole country against the compiled floor; against NumPy on the first places of the largest tile."""
    tiles = _tiles(fixture)
    received, evaluated = _all_ours(tiles), 0
    largest = max(tiles, key=lambda tile: len(tile.places.x_m))
    sample = _first_places(largest, SAMPLE)
    worst = 0.0
    for tile, ours in zip(tiles, received, strict=True):
        theirs, count = every_transmitter(tile)
        worst, evaluated = max(worst, _apart(ours, theirs)), evaluated + count
    ours_here = best_servers(sample).received_mw
    agreement: dict[str, float | bool] = {
        f"{COMPILED}: largest relative difference": worst,
        f"{NUMPY}: largest relative difference": _apart(ours_here, _by_numpy(sample)),
    }
    ways = {
        "decode": fixture.decode,
        OURS: lambda: _all_ours(tiles),
        COMPILED: lambda: [every_transmitter(tile) for tile in tiles],
        OURS_SAMPLE: lambda: best_servers(sample),
        NUMPY: lambda: _by_numpy(sample),
    }
    costs = interleave(ways, fixture.rounds)
    touched = sum(_bytes(tile) for tile in tiles)
    costs["memory alone"] = [Cost(touched * _copy_s_per_byte(), 0.0) for _ in range(fixture.rounds)]
    ratios = [
        ratio(costs, OURS, COMPILED, at_most=10.0),
        ratio(costs, OURS, "memory alone"),
        ratio(costs, COMPILED, "memory alone"),
        ratio(costs, NUMPY, OURS_SAMPLE),
        ratio(costs, OURS, "decode"),
    ]
    places = sum(len(tile.places.x_m) for tile in tiles)
    facts = {"places": places, "tiles": len(tiles), "evaluations": evaluated, "bytes_touched": touched}
    return Result("signal", ratios, agreement, facts)


def _tiles(fixture: Fixture) -> list[Tile]:
    stages = fixture.until("communes", "people", "towers", "speed_tests", "fibre", "radio")
    files, country = SignalFiles(stages), fixture.country
    flat = country.model_copy(update={"radio": Radio(terrain=False)})
    network = network_for(files, flat)
    return [lay_out_tile(read_tile(stages, tile), network, flat).tile for tile in range(tile_count(stages))]


def _all_ours(tiles: list[Tile]) -> list[Floats]:
    return [best_servers(tile).received_mw for tile in tiles]


def _apart(ours: Floats, theirs: Floats) -> float:
    """Largest relative difference of two powers; 1 where only one is received."""
    return float((np.abs(ours - theirs) / np.maximum(np.maximum(ours, theirs), 1e-300)).max(initial=0.0))


def _first_places(tile: Tile, count: int) -> Tile:
    """The first blocks that hold ``count`` places, with all of theirs."""
    places = tile.places
    blocks = int(np.searchsorted(places.block_start, count))
    blocks = min(max(blocks, 1), len(places.environment))
    last = int(places.block_start[blocks])
    cut = (places.x_m[:last], places.y_m[:last], places.row[:last], places.column[:last])
    first = Places(*cut, places.block_start[: blocks + 1], places.environment[:blocks])
    return tile._replace(places=first, corners=corners_of(first))


@compiled_allocating
def every_transmitter(tile: Tile) -> tuple[Floats, int]:
    """Received power in mW (carriers, places) by trying all in reach of a place's block; how many were tried."""
    places, transmitters, gains = tile.places, tile.transmitters, tile.gains
    carriers = len(transmitters.carrier_start) - 1
    best, tried = np.zeros((carriers, len(places.x_m))), 0
    near, power_mw = np.empty(len(transmitters.x_m), dtype=np.int64), np.empty(len(transmitters.x_m))
    shares = path_shares(len(tile.antennas.row))
    for block in range(len(places.environment)):
        disc = disc_of_block(places, block)
        environment = places.environment[block]
        first, last = places.block_start[block], places.block_start[block + 1]
        for carrier in range(carriers):
            count = 0
            for j in range(transmitters.carrier_start[carrier], transmitters.carrier_start[carrier + 1]):
                dx, dy = transmitters.x_m[j] - disc.x_m, transmitters.y_m[j] - disc.y_m
                reach_m = gains.reach_m[transmitters.pathloss_class[j] * ENVIRONMENTS + environment] + disc.radius_m
                if dx * dx + dy * dy <= reach_m * reach_m:
                    near[count], power_mw[count] = j, transmitters.power_mw[j] * mixed_ratio(tile, block, j, shares)
                    count += 1
            tried += count * (last - first)
            for place in range(first, last):
                top = 0.0
                for k in range(count):
                    j = near[k]
                    dx, dy = transmitters.x_m[j] - places.x_m[place], transmitters.y_m[j] - places.y_m[place]
                    table = gains.table[transmitters.pathloss_class[j] * ENVIRONMENTS + environment]
                    top = max(top, power_mw[k] * gain_at(table, dx * dx + dy * dy))
                best[carrier, place] = top
    return best, tried


def _by_numpy(tile: Tile) -> Floats:
    places, transmitters, gains = tile.places, tile.transmitters, tile.gains
    carriers, nodes = len(transmitters.carrier_start) - 1, table_distances_m() ** 2
    sizes, shares = np.diff(places.block_start), path_shares(len(tile.antennas.row))
    environment, blocks = np.repeat(places.environment, sizes), range(len(sizes))
    best = np.zeros((carriers, len(places.x_m)))
    for carrier in range(carriers):
        for j in range(*transmitters.carrier_start[carrier : carrier + 2]):
            square = (places.x_m - transmitters.x_m[j]) ** 2 + (places.y_m - transmitters.y_m[j]) ** 2
            first = transmitters.pathloss_class[j] * ENVIRONMENTS
            tables = [np.interp(square, nodes, table) for table in gains.table[first : first + ENVIRONMENTS]]
            mixed = np.repeat([mixed_ratio(tile, block, j, shares) for block in blocks], sizes)
            received_mw = transmitters.power_mw[j] * mixed * np.choose(environment, tables)
            best[carrier] = np.maximum(best[carrier], received_mw)
    return best


def _bytes(tile: Tile) -> int:
    """Positions read once; a power and a server written for each carrier; the transmitters read once a tile."""
    places, transmitters = len(tile.places.x_m), len(tile.transmitters.x_m)
    return places * 16 + places * 16 * (len(tile.transmitters.carrier_start) - 1) + transmitters * 40


def _copy_s_per_byte() -> float:
    """CPU seconds a byte that is read or written, by a copy larger than any cache."""
    source, target = np.ones(_COPY_BYTES // 8), np.zeros(_COPY_BYTES // 8)
    start = cpu_s()
    for _ in range(10):
        np.copyto(target, source)
    return max(cpu_s() - start, 1e-6) / (20 * _COPY_BYTES)
