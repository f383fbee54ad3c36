"""Tiles in which no figure can differ from the night before: that night's files are taken, and nothing is computed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.signal.arrays import within_reach
from coverage.signal.transmitters import farthest_m
from coverage.steps.signal_before import Before, differing_loads
from coverage.steps.signal_files import SignalFiles
from coverage.steps.signal_network import Network
from coverage.store import link_file, read_table, read_tile

Floats = npt.NDArray[np.float64]


def take_same_servers(files: SignalFiles, before: Before, network: Network, tiles: list[int]) -> list[int]:
    """Link what the first pass left where nothing within reach came or went; the tiles that are left to serve."""
    if before.files is None or before.has_other_floors:
        return tiles
    changed = pd.concat([network.transmitters[before.is_new], before.gone])
    reach_m = np.append(
        farthest_m(network.transmitters, network.gains)[before.is_new], farthest_m(before.gone, before.gone_gains)
    )
    same = _unreached(files, tiles, changed, reach_m)
    for tile in same:
        link_file(before.files.servers(tile), files.servers(tile))
    return [tile for tile in tiles if tile not in same]


def take_same_figures(
    files: SignalFiles, before: Before, network: Network, tiles: list[int], served: list[int]
) -> list[int]:
    """Link what the second pass left in tiles that were not ``served`` anew and hear of no other load; the others."""
    if before.files is None:
        return tiles
    loads = read_table(files.loads)
    differs = np.logical_or(*differing_loads(before, loads, network.radios.busy_hour.idle_share))
    reach_m = farthest_m(network.transmitters, network.gains)[differs]
    quiet = [tile for tile in tiles if tile not in set(served)]
    same = _unreached(files, quiet, network.transmitters[differs], reach_m)
    for tile in same:
        link_file(before.files.busy(tile), files.busy(tile))
        link_file(before.files.figures(tile), files.figures(tile))
    return [tile for tile in tiles if tile not in same]


def _unreached(files: SignalFiles, tiles: list[int], transmitters: pd.DataFrame, reach_m: Floats) -> set[int]:
    """Tiles that none of the transmitters reaches."""
    places = ((tile, read_tile(files.folder, tile, ["x_m", "y_m"])) for tile in tiles)
    return {tile for tile, those in places if not len(within_reach(transmitters, those, reach_m))}
