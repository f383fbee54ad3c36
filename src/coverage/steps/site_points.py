"""Towers and hubs for the pages: whom each serves, where those live, and who serves a commune."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse

from coverage.maps.points import Points
from coverage.runs import Run
from coverage.steps.hub_people import read_hub_people
from coverage.steps.signal_files import SignalFiles
from coverage.steps.signal_state import users_in
from coverage.store import read_shares, read_table, read_tile, tile_count
from coverage.urbanisation import CELL_M, cell_keys

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Hull = list[list[float]]
Servers = list[list[tuple[int, float]]]

SERVERS = 3
_LEAST_PEOPLE = 0.5
_CROWD = 10
"""A square counts to a site's footprint from so many of its users on, or where it has no such square, from any."""


def points_of(run: Run, table: pd.DataFrame) -> Points | None:
    """Of the sites and hubs of a run; None where it has neither. ``table`` is commune_gaps."""
    folder = run.stages_folder
    if not (folder / "sites.parquet").is_file() and not (folder / "hubs.parquet").is_file():
        return None
    communes = len(table)
    sites, servers = _sites(run, communes)
    hubs, nearest = _hubs(run, table)
    return Points(sites, hubs, nearest, servers)


_NO_SITES = ("site", "operator", "lon", "lat", "cells", "technologies", "commune", "people", "hull")
_NO_HUBS = ("name", "kind", "lon", "lat", "commune", "load", "people", "communes")


def _sites(run: Run, communes: int) -> tuple[pd.DataFrame, Servers]:
    source = run.stages_folder / "sites.parquet"
    if not source.is_file():
        return pd.DataFrame(columns=list(_NO_SITES)), [[] for _ in range(communes)]
    sites = read_table(source)
    people, hulls, servers = _served(run, len(sites), communes)
    return sites.assign(people=people, hull=pd.Series(hulls, dtype=object))[list(_NO_SITES)], servers


def _served(run: Run, sites: int, communes: int) -> tuple[Floats, list[Hull | None], Servers]:
    """People whom each site serves in the busy hour, the hull of their squares, and who serves each commune most."""
    files = SignalFiles(run.stages_folder)
    if not files.transmitters.is_file():
        return _nobody(sites, communes)
    transmitters = read_table(files.transmitters)[["key", "site"]]
    squares: list[pd.DataFrame] = []
    total = sparse.csr_matrix((sites, communes))
    for square, in_commune in _tiles(files, transmitters, sites, communes):
        squares.append(square)
        total = total + in_commune
    if not squares:
        return _nobody(sites, communes)
    every = pd.concat(squares).groupby(["site", "key"], sort=True)["people"].sum().reset_index()
    people = np.bincount(every["site"], every["people"], sites).astype(np.float64)
    return people, _hulls(run, every, sites), _most(total)


def _nobody(sites: int, communes: int) -> tuple[Floats, list[Hull | None], Servers]:
    return np.full(sites, np.nan), [None] * sites, [[] for _ in range(communes)]


def _tiles(
    files: SignalFiles, transmitters: pd.DataFrame, sites: int, communes: int
) -> Iterator[tuple[pd.DataFrame, sparse.csr_matrix]]:
    """Of each tile: people by site and square of 1 km, and by site and commune."""
    key_of, site_of = (transmitters[name].to_numpy(np.int64) for name in ("key", "site"))
    for tile in range(tile_count(files.folder)):
        if not files.servers(tile).is_file():
            continue
        places, shares = read_tile(files.folder, tile, ["x_m", "y_m"]), read_shares(files.folder, tile)
        keys = cell_keys(places["x_m"].to_numpy(), places["y_m"].to_numpy())
        blocks, block_of = np.unique(keys, return_inverse=True)
        users = users_in(files.servers(tile), key_of)
        site = site_of[users.near]
        known = site >= 0
        of_site = sparse.csr_matrix(
            (users.people[known], (site[known], users.block[known])), shape=(sites, len(blocks))
        )
        lives = sparse.csr_matrix(
            (shares.people, (block_of[shares.place], shares.commune)), shape=(len(blocks), communes)
        )
        people = np.asarray(lives.sum(axis=1)).ravel()
        parts = sparse.diags(np.divide(1.0, people, out=np.zeros(len(people)), where=people > 0)) @ lives
        found = of_site.tocoo()
        yield (
            pd.DataFrame({"site": found.row, "key": blocks[found.col], "people": found.data}),
            (of_site @ parts).tocsr(),
        )


def _most(total: sparse.csr_matrix) -> Servers:
    by_commune = total.tocsc()
    found = []
    for commune in range(by_commune.shape[1]):
        first, last = by_commune.indptr[commune], by_commune.indptr[commune + 1]
        people, rows = by_commune.data[first:last], by_commune.indices[first:last]
        order = np.lexsort((rows, -people))[:SERVERS]
        found.append([(int(rows[row]), float(people[row])) for row in order if people[row] >= _LEAST_PEOPLE])
    return found


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


def _hubs(run: Run, table: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[int, float, float | None] | None]]:
    """Hubs with the people nearest to them in the dry season, and of each commune the hub of most of its people."""
    folder = run.stages_folder
    turning = read_hub_people(folder)
    if turning is None:
        return pd.DataFrame(columns=list(_NO_HUBS)), [None] * len(table)
    hubs = read_table(folder / "hubs.parquet")
    people, minutes = table["people"].to_numpy(), table["minutes_to_hub_median"].to_numpy()
    nearest: list[tuple[int, float, float | None] | None] = [
        (most[0][0], min(most[0][1] / people[row], 1.0), None if np.isnan(minutes[row]) else float(minutes[row]))
        if most
        else None
        for row, most in enumerate(_most(turning))
    ]
    turned_to: list[list[int]] = [[] for _ in range(len(hubs))]
    for row, found in enumerate(nearest):
        if found:
            turned_to[found[0]].append(row)
    told = pd.DataFrame({
        "name": hubs["point_name"], "kind": hubs["class"], "lon": hubs["lon"], "lat": hubs["lat"],
        "commune": read_table(folder / "hub_communes.parquet")["commune"], "load": _loads(folder, len(hubs)),
        "people": np.asarray(turning.sum(axis=1)).ravel(), "communes": turned_to,
    })  # fmt: skip
    return told, nearest


def _loads(folder: Path, hubs: int) -> Floats:
    source = folder / "reach" / "hubs.parquet"
    return read_table(source)["load_dry_share"].to_numpy() if source.is_file() else np.full(hubs, np.nan)
