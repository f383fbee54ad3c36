"""Whom each site serves in the busy hour and where those live, made once for all nights on which it is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse

from coverage.runs import Run
from coverage.steps.most_people import Most, most_people
from coverage.steps.report import StageNotes
from coverage.steps.signal_files import SignalFiles
from coverage.store import has_places, read_json, read_shares, read_table, read_tile, tile_count, write_json
from coverage.urbanisation import CELL_M, cell_keys

Floats = npt.NDArray[np.float64]
Hull = list[list[float]]
Progress = Callable[[int, int], None]

_CROWD = 10
"""A square counts to a site's footprint from so many of its users on, or where it has no such square, from any."""


class Served(NamedTuple):
    """By site its users (NaN where unknown) and the hull of their squares in degrees; by commune its first sites."""

    people: list[float]
    hulls: list[Hull | None]
    servers: list[Most]


def served_sites(run: Run, _: Progress) -> StageNotes:
    """Write ``served_sites``, where there is a signal."""
    folder = run.stages_folder
    if not (has_places(folder) and (folder / "sites.parquet").is_file()):
        return StageNotes()
    sites, communes = len(read_table(folder / "sites.parquet", ["site"])), len(run.area.communes)
    squares: list[pd.DataFrame] = []
    total = sparse.csr_matrix((sites, communes))
    for square, in_commune in _tiles(SignalFiles(folder), sites, communes):
        squares.append(square)
        total = total + in_commune
    if squares:
        every = pd.concat(squares).groupby(["site", "key"], sort=True)["people"].sum().reset_index()
        people = np.bincount(every["site"], every["people"], sites).tolist()
        served = Served(people, _hulls(run, every, sites), most_people(total))
        write_json(folder / "served_sites.json", served._asdict())
    return StageNotes()


def read_served(folder: Path, sites: int, communes: int) -> Served:
    """What the stage has left; of so many sites and communes nothing is known where it left nothing."""
    source = folder / "served_sites.json"
    if not source.is_file():
        return Served([np.nan] * sites, [None] * sites, [[] for _ in range(communes)])
    return Served(**read_json(source))


def _tiles(files: SignalFiles, sites: int, communes: int) -> Iterator[tuple[pd.DataFrame, sparse.csr_matrix]]:
    """Of each tile: people by site and square of 1 km, and by site and commune."""
    for tile in range(tile_count(files.folder)):
        if not files.users(tile).is_file():
            continue
        places, shares = read_tile(files.folder, tile, ["x_m", "y_m"]), read_shares(files.folder, tile)
        keys = cell_keys(places["x_m"].to_numpy(), places["y_m"].to_numpy())
        blocks, block_of = np.unique(keys, return_inverse=True)
        users = read_table(files.users(tile))
        of_site = sparse.csr_matrix((users["people"], (users["site"], users["block"])), shape=(sites, len(blocks)))
        lives = sparse.csr_matrix(
            (shares.people, (block_of[shares.place], shares.commune)), shape=(len(blocks), communes)
        )
        people = np.asarray(lives.sum(axis=1)).ravel()
        parts = sparse.diags(np.divide(1.0, people, out=np.zeros(len(people)), where=people > 0)) @ lives
        yield users.assign(key=blocks[users["block"]]), (of_site @ parts).tocsr()


def _hulls(run: Run, every: pd.DataFrame, sites: int) -> list[Hull | None]:
    """Around the squares in which a site has users, in degrees."""
    from pyproj import Transformer

    crowd = every["people"] >= _CROWD
    counted = every[crowd | ~every["site"].isin(every.loc[crowd, "site"])]
    if counted.empty:
        return [None] * sites
    # Keys hold row and column of the square: see cell_keys.
    row, column = np.divmod(counted["key"].to_numpy() + (1 << 31), 1 << 32)
    squares = pd.DataFrame({"site": counted["site"].to_numpy(), "row": row, "column": column - (1 << 31)})
    bands = squares.groupby(["site", "row"])["column"].agg(["min", "max"]).reset_index()
    south_m, west_m, east_m = (bands[name].to_numpy() * CELL_M for name in ("row", "min", "max"))
    corners = np.concatenate([
        np.stack([x_m, south_m + dy], axis=1) for x_m in (west_m, east_m + CELL_M) for dy in (0, CELL_M)
    ])  # fmt: skip
    site = np.tile(bands["site"].to_numpy(), 4)
    order = np.argsort(site, kind="stable")
    groups, number = np.unique(site[order], return_inverse=True)
    around = shapely.convex_hull(np.asarray(shapely.linestrings(corners[order], indices=number)))
    points, of_hull = shapely.get_coordinates(around, return_index=True)
    to_degrees = Transformer.from_crs(run.area.metric_crs, "EPSG:4326", always_xy=True)
    points = np.column_stack(to_degrees.transform(*points.T))
    found: list[Hull | None] = [None] * sites
    for group, hull in zip(groups.tolist(), np.split(points, np.flatnonzero(np.diff(of_hull)) + 1), strict=True):
        found[group] = hull[:-1].tolist()
    return found
