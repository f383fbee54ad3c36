"""The network of an earlier run beside that of now: what came, what went, what sends otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import link_file, read_table
from commune_coverage.core.resources import lru_cached
from commune_coverage.pipeline.stages.radio.artifacts import (
    Busy,
    Served,
    SignalFiles,
    nothing_busy,
    nothing_served,
    read_left,
    rows_of,
)
from commune_coverage.pipeline.stages.radio.network import SPREAD, Network, floors_mw, noise_dbm_of
from commune_coverage.population.tables import read_tile
from commune_coverage.radio.path_gain_tables import Gains
from commune_coverage.radio.tile_layout import NO_SERVER, within_reach
from commune_coverage.radio.traffic.cell_load import activity_factor, residual_capacity
from commune_coverage.radio.transmitters import KIND, farthest_m, make_gains

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
REMOVED = -2
_BY_CHANNEL = ("power_mw", "dominant_mw", "near_interference_mw", "cell_edge_interference_mw", "distant_interference")
MAX_CHANGED = 0.3
"""Of the transmitters: where more came or went, beginning anew is less work."""


@dataclass(frozen=True, eq=False)
class NetworkDiff:
    """``row_now`` gives the row of now, or GONE, of each of the earlier transmitters; ``is_new`` is of those of now.

    ``gone`` are the earlier ones that are no more, with gain tables of their own. With other floors (see
    ``floors_mw``) anything may be heard otherwise anywhere.
    """

    files: SignalFiles | None
    row_now: Integers
    is_new: Flags
    gone: pd.DataFrame
    gone_gains: Gains
    has_other_floors: bool

    @property
    def changed_share(self) -> float:
        """Transmitters that came or went, of those of both runs."""
        return float((self.is_new.sum() + len(self.gone)) / max(len(self.is_new) + len(self.row_now), 1))


@lru_cached
def network_diff(files: SignalFiles | None, network: Network) -> NetworkDiff:
    """Read once a process; without ``files`` of an earlier run all is new."""
    now, radios = network.transmitters, network.radios
    earlier = now.iloc[:0] if files is None else read_table(files.transmitters)
    row_now = pd.Index(now["key"]).get_indexer(pd.Index(earlier["key"]))
    gone = earlier[row_now < 0]
    is_new = ~now["key"].isin(earlier["key"]).to_numpy()
    gone = gone.assign(kind=gone.groupby(KIND, sort=True).ngroup())
    kinds = gone.drop_duplicates("kind").sort_values("kind").assign(lowest_antenna_m=gone["antenna_height_m"].min())
    gains = make_gains(kinds, radios, network.max_range_m, network.calibration)
    floors = floors_mw(earlier, noise_dbm_of(earlier, radios)), floors_mw(now, network.noise_dbm)
    return NetworkDiff(files, np.where(row_now < 0, REMOVED, row_now), is_new, gone, gains, not np.array_equal(*floors))


class PreviousTile(NamedTuple):
    """What the first pass of the earlier run found in a tile, in the rows of now; servers that are no more are GONE.

    ``known`` (channels) were there before; at ``lost`` (places) a channel served that reaches the tile no more.
    """

    served: Served
    known: Flags
    lost: Flags


def previous_tile(
    before: NetworkDiff, keys: Integers, channels: Integers, tile: int, shape: tuple[int, int]
) -> PreviousTile:
    """``keys`` are of the transmitters near the tile now, ``shape`` its places and blocks.

    Channels that were not there have nothing.
    """
    lost = np.zeros(shape[0], dtype=np.bool_)
    if before.files is None:
        return PreviousTile(nothing_served(keys, channels, *shape), np.zeros(len(channels), dtype=np.bool_), lost)
    left = read_left(Served, before.files.servers(tile))
    row = rows_of(left.keys, keys)
    now = np.append(np.where(row < 0, REMOVED, row), NO_SERVER)
    lost |= (left.server[~np.isin(left.channels, channels)] != NO_SERVER).any(axis=0)
    found = {name: _rows_of(getattr(left, name), left.channels, channels) for name in _BY_CHANNEL}
    found |= {"keys": keys, "channels": channels, "users_near": now[left.users_near]}
    found["server"] = now.astype(np.int32)[_rows_of(left.server, left.channels, channels, NO_SERVER)]
    return PreviousTile(left._replace(**found), np.isin(channels, left.channels), lost)


def previous_busy(before: NetworkDiff, channels: Integers, tile: int, places: int) -> Busy:
    """What the second pass of the earlier run found."""
    if before.files is None:
        return nothing_busy(channels, places)
    left = read_left(Busy, before.files.busy(tile))
    return Busy(
        channels,
        _rows_of(left.near_interference_mw, left.channels, channels),
        _rows_of(left.total_interference_mw, left.channels, channels),
    )


def _rows_of(values: npt.NDArray[Any], before: Integers, now: Integers, otherwise: float = 0) -> npt.NDArray[Any]:
    """The rows of the channels of now; ``otherwise`` for those that were not there."""
    if np.array_equal(before, now):
        return values
    _, there, rows = np.intersect1d(before, now, return_indices=True)
    found = np.full((len(now), *values.shape[1:]), otherwise, values.dtype)
    found[rows] = values[there]
    return found


def differing_loads(before: NetworkDiff, loads: pd.DataFrame, min_activity_factor: float) -> tuple[Flags, Flags]:
    """Transmitters that send for another share of the time, and those that leave another share to their users."""
    sends, leaves = before.is_new.copy(), before.is_new.copy()
    if before.files is None:
        return sends, leaves
    earlier = read_table(before.files.loads)
    kept = np.flatnonzero(before.row_now >= 0)
    row = before.row_now[kept]
    for name in SPREAD:
        old, new = (table[f"busy_share_{name}"].to_numpy() for table in (earlier, loads))
        leaves[row] |= residual_capacity(old[kept]) != residual_capacity(new[row])
        if name == SPREAD[0]:
            sends[row] = activity_factor(old[kept], min_activity_factor) != activity_factor(
                new[row], min_activity_factor
            )
    return sends, leaves


Floats = npt.NDArray[np.float64]


def take_same_servers(files: SignalFiles, before: NetworkDiff, network: Network, tiles: list[int]) -> list[int]:
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
    files: SignalFiles, before: NetworkDiff, network: Network, tiles: list[int], served: list[int]
) -> list[int]:
    """Link what the second pass left in tiles that were not ``served`` anew and hear of no other load; the others."""
    if before.files is None:
        return tiles
    loads = read_table(files.loads)
    differs = np.logical_or(*differing_loads(before, loads, network.radios.busy_hour.min_activity_factor))
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
