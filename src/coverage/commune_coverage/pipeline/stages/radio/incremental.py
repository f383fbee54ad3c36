"""The network of the previous run compared with that of this one: transmitters added, removed or changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.country import Country
from commune_coverage.core.files import link_file, read_table
from commune_coverage.core.resources import lru_cached
from commune_coverage.core.scale import Scale
from commune_coverage.pipeline.stages.radio.artifacts import (
    Busy,
    Served,
    SignalFiles,
    nothing_busy,
    nothing_served,
    read_left,
    rows_of,
)
from commune_coverage.pipeline.stages.radio.network import network_for, network_patterns
from commune_coverage.population.tables import read_tile
from commune_coverage.radio.antenna.directivity import Directivity
from commune_coverage.radio.antenna.sectors import directivity_of
from commune_coverage.radio.network_model import NetworkModel, floors_mw, noise_dbm_of
from commune_coverage.radio.path_gain_tables import Gains
from commune_coverage.radio.service.cell_load import activity_factor, residual_capacity
from commune_coverage.radio.service.parameters import LOADS
from commune_coverage.radio.tile import NO_SERVER
from commune_coverage.radio.tile_layout import within_reach
from commune_coverage.radio.transmitters import PATHLOSS_CLASS_COLUMNS, farthest_m, make_gains

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
REMOVED = -2
_BY_CARRIER = ("power_mw", "dominant_mw", "near_interference_mw", "cell_edge_interference_mw", "distant_interference")
MAX_CHANGED = 0.3
"""Of the transmitters: where more were added or removed, a run from scratch is less work."""


@dataclass(frozen=True, eq=False)
class NetworkDiff:
    """Transmitters of the previous run and of this one.

    ``row_now`` gives the row in this run, or REMOVED, of each of the previous transmitters; ``is_new`` is of those of
    this run. ``removed`` are the previous ones that are no more, with gain tables and directivity of their own. With
    other floors (see ``floors_mw``) the interference may differ anywhere.
    """

    files: SignalFiles | None
    row_now: Integers
    is_new: Flags
    removed: pd.DataFrame
    removed_gains: Gains
    removed_directivity: Directivity
    has_other_floors: bool

    @property
    def changed_share(self) -> float:
        """Transmitters added or removed, of those of both runs."""
        return float((self.is_new.sum() + len(self.removed)) / max(len(self.is_new) + len(self.row_now), 1))


@lru_cached
def network_diff(files: SignalFiles | None, network: NetworkModel) -> NetworkDiff:
    """Read once a process; without ``files`` of a previous run all is new."""
    now, radios = network.transmitters, network.radios
    earlier = now.iloc[:0] if files is None else read_table(files.transmitters)
    row_now = pd.Index(now["key"]).get_indexer(pd.Index(earlier["key"]))
    removed = earlier[row_now < 0]
    is_new = ~now["key"].isin(earlier["key"]).to_numpy()
    removed = removed.assign(pathloss_class=removed.groupby(PATHLOSS_CLASS_COLUMNS, sort=True).ngroup())
    pathloss_classes = (
        removed.drop_duplicates("pathloss_class")
        .sort_values("pathloss_class")
        .assign(lowest_antenna_m=removed["antenna_height_m"].min())
    )
    gains = make_gains(pathloss_classes, radios, network.max_range_m, network.calibration)
    patterns = {} if files is None else network_patterns(files)
    directivity = directivity_of(removed, patterns, radios.conditions.receiver_height_m)
    floors = floors_mw(earlier, noise_dbm_of(earlier, radios)), floors_mw(now, network.noise_dbm)
    return NetworkDiff(
        files, np.where(row_now < 0, REMOVED, row_now), is_new, removed, gains, directivity, not np.array_equal(*floors)
    )


def followed(before: SignalFiles | None, files: SignalFiles, country: Country) -> tuple[SignalFiles | None, str]:
    """The previous run, where this one can go on from it, and why.

    Parameters
    ----------
    before, files : SignalFiles
        Files of the previous run and of this one; the network of both is written.
    country : Country
        The country file.

    Returns
    -------
    before : SignalFiles or None
        None where all is computed from scratch.
    way : str
        What is computed, for the report.
    """
    if before is None:
        return None, "from scratch: no earlier run of the same places, settings and code"
    for table in ("carriers", "calibration"):
        if getattr(before, table).read_bytes() != getattr(files, table).read_bytes():
            return None, f"from scratch: other {table} than the run before"
    changed = network_diff(before, network_for(files, country)).changed_share
    if changed > MAX_CHANGED:
        return None, f"from scratch: {changed:.0%} of the transmitters came or went"
    return before, f"from the run before: {changed:.2%} of the transmitters came or went"


class PreviousTile(NamedTuple):
    """Result of the previous run's first pass over a tile, in the rows of this run; removed servers are REMOVED.

    ``known`` (carriers) were there before; at ``lost`` (places) a carrier served that reaches the tile no more.
    """

    served: Served
    known: Flags
    lost: Flags


def previous_tile(
    before: NetworkDiff, keys: Integers, carriers: Integers, tile: int, shape: tuple[int, int]
) -> PreviousTile:
    """``keys`` are of the transmitters near the tile now, ``shape`` its places and blocks.

    Carriers that were not there have nothing.
    """
    lost = np.zeros(shape[0], dtype=np.bool_)
    if before.files is None:
        return PreviousTile(nothing_served(keys, carriers, *shape), np.zeros(len(carriers), dtype=np.bool_), lost)
    left = read_left(Served, before.files.servers(tile))
    row = rows_of(left.keys, keys)
    now = np.append(np.where(row < 0, REMOVED, row), NO_SERVER)
    lost |= (left.server[~np.isin(left.carriers, carriers)] != NO_SERVER).any(axis=0)
    rows = {name: _rows_of(getattr(left, name), left.carriers, carriers) for name in _BY_CARRIER}
    rows |= {"keys": keys, "carriers": carriers, "users_near": now[left.users_near]}
    rows["server"] = now.astype(np.int32)[_rows_of(left.server, left.carriers, carriers, NO_SERVER)]
    return PreviousTile(left._replace(**rows), np.isin(carriers, left.carriers), lost)


def previous_busy(before: NetworkDiff, carriers: Integers, tile: int, places: int) -> Busy:
    """Result of the previous run's second pass over a tile."""
    if before.files is None:
        return nothing_busy(carriers, places)
    left = read_left(Busy, before.files.busy(tile))
    return Busy(
        carriers,
        _rows_of(left.near_interference_mw, left.carriers, carriers),
        _rows_of(left.total_interference_mw, left.carriers, carriers),
    )


def _rows_of(values: npt.NDArray[Any], before: Integers, now: Integers, otherwise: float = 0) -> npt.NDArray[Any]:
    """The rows of the carriers of this run; ``otherwise`` for those that were not there."""
    if np.array_equal(before, now):
        return values
    _, there, rows = np.intersect1d(before, now, return_indices=True)
    result = np.full((len(now), *values.shape[1:]), otherwise, values.dtype)
    result[rows] = values[there]
    return result


def differing_loads(before: NetworkDiff, loads: pd.DataFrame, min_activity_factor: float) -> tuple[Flags, Flags]:
    """Transmitters with another activity factor, and those with another residual capacity."""
    sends, leaves = before.is_new.copy(), before.is_new.copy()
    if before.files is None:
        return sends, leaves
    earlier = read_table(before.files.loads)
    common = np.flatnonzero(before.row_now >= 0)
    row = before.row_now[common]
    for name in LOADS:
        old, new = (table[f"cell_load_{name}"].to_numpy() for table in (earlier, loads))
        leaves[row] |= residual_capacity(old[common]) != residual_capacity(new[row])
        if name == LOADS[0]:
            sends[row] = activity_factor(old[common], min_activity_factor) != activity_factor(
                new[row], min_activity_factor
            )
    return sends, leaves


def other_distant_shares(before: NetworkDiff, files: SignalFiles) -> Flags:
    """Carriers whose distant cells send another share of the time than in the previous run."""
    now = read_table(files.carrier_loads)["distant_share"].to_numpy()
    if before.files is None:
        return np.ones(len(now), dtype=np.bool_)
    return np.asarray(now != read_table(before.files.carrier_loads)["distant_share"].to_numpy())


Floats = npt.NDArray[np.float64]


def take_same_servers(files: SignalFiles, before: NetworkDiff, network: NetworkModel, tiles: list[int]) -> list[int]:
    """Link the first pass's files of tiles that no added or removed transmitter reaches; the other tiles."""
    if before.files is None or before.has_other_floors:
        return tiles
    changed = pd.concat([network.transmitters[before.is_new], before.removed])
    reach_m = np.append(
        farthest_m(network.transmitters, network.gains)[before.is_new], farthest_m(before.removed, before.removed_gains)
    )
    same = _unreached(files, tiles, changed, reach_m, network.scale)
    for tile in same:
        link_file(before.files.servers(tile), files.servers(tile))
    return [tile for tile in tiles if tile not in same]


def take_same_figures(
    files: SignalFiles, before: NetworkDiff, network: NetworkModel, tiles: list[int], served: list[int]
) -> list[int]:
    """Link the second pass's files of tiles not ``served`` again that no changed load reaches; the other tiles."""
    if before.files is None or other_distant_shares(before, files).any():
        return tiles
    loads = read_table(files.loads)
    differs = np.logical_or(*differing_loads(before, loads, network.radios.busy_hour.min_activity_factor))
    reach_m = farthest_m(network.transmitters, network.gains)[differs]
    quiet = [tile for tile in tiles if tile not in set(served)]
    same = _unreached(files, quiet, network.transmitters[differs], reach_m, network.scale)
    for tile in same:
        for source, target in zip(before.files.drawn(tile), files.drawn(tile), strict=True):
            link_file(source, target)
    return [tile for tile in tiles if tile not in same]


def _unreached(
    files: SignalFiles, tiles: list[int], transmitters: pd.DataFrame, reach_m: Floats, scale: Scale
) -> set[int]:
    """Tiles that none of the transmitters reaches."""
    places = ((tile, read_tile(files.places_folder, tile, ["x_m", "y_m"])) for tile in tiles)
    return {tile for tile, those in places if not len(within_reach(transmitters, those, reach_m, scale))}
