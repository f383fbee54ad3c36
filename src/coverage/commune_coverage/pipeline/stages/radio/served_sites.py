"""Whom each site serves in the busy hour and where those live, made once for all runs on which it is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from scipy import sparse

from commune_coverage.core.array_archives import read_fields, write_fields
from commune_coverage.core.files import read_table
from commune_coverage.core.metric_system import MetricSystem
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles
from commune_coverage.population.tables import has_places, read_shares, read_tile, tile_count
from commune_coverage.population.urbanisation import CELL_M, cell_keys, first_occurrence
from commune_coverage.runs.run import Run

Most = list[tuple[int, float]]
"""Rows of the sites or hubs with people of the commune, most first."""
_FIRST = 3
_MIN_PEOPLE = 0.5


def most_people(total: sparse.csr_matrix) -> list[Most]:
    """Of each column of ``total``, people by site or hub and commune, the first three rows with anybody."""
    by_commune = total.tocsc()
    most = []
    for commune in range(by_commune.shape[1]):
        first, last = by_commune.indptr[commune], by_commune.indptr[commune + 1]
        people, rows = by_commune.data[first:last], by_commune.indices[first:last]
        order = np.lexsort((rows, -people))[:_FIRST]
        most.append([(int(rows[row]), float(people[row])) for row in order if people[row] >= _MIN_PEOPLE])
    return most


Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Progress = Callable[[int, int], None]
_CROWD = 10
"""A square counts to a site's footprint from so many of its users on, or where it has no such square, from any."""
_SITES_AT_ONCE = 5_000


class Served(NamedTuple):
    """By site its users (NaN where unknown) and the hull of their squares, n x 2 in degrees; by commune its sites."""

    people: Floats
    hulls: list[Floats | None]
    servers: list[Most]


class Squares(NamedTuple):
    """People whom a site serves in a square of 1 km, by ``cell_keys``."""

    site: npt.NDArray[np.int32]
    key: Integers
    people: Floats


def served_sites(run: Run, _: Progress) -> StageResult:
    """Write ``served_sites``, where there is a signal."""
    folder = run.stages_folder
    if not (has_places(folder) and (folder / "sites.parquet").is_file()):
        return StageResult()
    sites, communes = len(read_table(folder / "sites.parquet", ["site"])), len(run.area.communes)
    by_tile: list[Squares] = []
    total = sparse.csr_matrix((sites, communes))
    for squares, in_commune in _tiles(SignalFiles(folder), sites, communes):
        by_tile.append(squares)
        total = total + in_commune
    if by_tile:
        _write(folder, _whole_squares(by_tile), most_people(total), sites, run.area.system)
    return StageResult()


def _write(folder: Path, squares: Squares, servers: list[Most], sites: int, system: MetricSystem) -> None:
    parts = [
        _hulls(squares, first, min(first + _SITES_AT_ONCE, sites), system)
        for first in range(0, max(sites, 1), _SITES_AT_ONCE)
    ]
    corners, points = (np.concatenate([part[index] for part in parts]) for index in range(2))
    write_fields(
        folder / "served_sites.npz",
        people=np.bincount(squares.site, squares.people, sites),
        corners=corners,
        points=points,
        servers=np.array([len(most) for most in servers]),
        server=np.array([one for most in servers for one in most], dtype=np.float64).reshape(-1, 2),
    )


def read_served(folder: Path, sites: int, communes: int) -> Served:
    """What the stage has left; of so many sites and communes nothing is known where it left nothing."""
    source = folder / "served_sites.npz"
    if not source.is_file():
        return Served(np.full(sites, np.nan), [None] * sites, [[] for _ in range(communes)])
    fields = read_fields(source)
    hulls = np.split(fields["points"], np.cumsum(fields["corners"]))[:-1]
    rows = [(int(site), people) for site, people in fields["server"].tolist()]
    ends = np.cumsum(fields["servers"]).tolist()
    servers = [rows[first:end] for first, end in zip([0, *ends[:-1]], ends, strict=True)]
    return Served(fields["people"], [hull if len(hull) else None for hull in hulls], servers)


def _tiles(files: SignalFiles, sites: int, communes: int) -> Iterator[tuple[Squares, sparse.csr_matrix]]:
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
        squares = Squares(users["site"].to_numpy(np.int32), blocks[users["block"]], users["people"].to_numpy())
        yield squares, (of_site @ parts).tocsr()


def _whole_squares(by_tile: list[Squares]) -> Squares:
    """The squares of all tiles by site and key; one that several tiles share is one again."""
    site, key, people = (np.concatenate([squares[column] for squares in by_tile]) for column in range(3))
    order = np.lexsort((key, site))
    site, key, people = site[order], key[order], people[order]
    first = np.union1d(first_occurrence(site), first_occurrence(key))
    return Squares(site[first], key[first], np.add.reduceat(people, first))


def _hulls(squares: Squares, first: int, end: int, system: MetricSystem) -> tuple[Integers, Floats]:
    """Around the squares in which sites ``first`` to ``end`` have users: how many corners each hull has, and these."""
    rows = slice(*np.searchsorted(squares.site, (first, end)))
    site, key, people = squares.site[rows], squares.key[rows], squares.people[rows]
    has_crowd = np.zeros(end - first, dtype=bool)
    has_crowd[site[people >= _CROWD] - first] = True
    counted = (people >= _CROWD) | ~has_crowd[site - first]
    number, corners = _corners(site[counted], key[counted])
    groups, line = np.unique(number, return_inverse=True)
    around = shapely.convex_hull(np.asarray(shapely.linestrings(corners, indices=line)))
    points, hull = shapely.get_coordinates(around, return_index=True)
    degrees = np.column_stack(system.to_degrees(*np.delete(points, _lasts(hull), axis=0).T))
    return np.bincount(groups[np.delete(hull, _lasts(hull))] - first, minlength=end - first), degrees


def _corners(site: npt.NDArray[np.int32], key: Integers) -> tuple[npt.NDArray[np.int32], Floats]:
    """In metres those of the first and last square of each row that a site has squares in, and whose they are.

    Keys hold row and column of the square, see ``cell_keys``: squares by key are squares by row, then column.
    """
    row, column = np.divmod(key + (1 << 31), 1 << 32)
    west = np.union1d(first_occurrence(site), first_occurrence(row))
    east = np.append(west, len(site))[1:] - 1
    south_m = row[west] * CELL_M
    west_m, east_m = ((column[at] - (1 << 31)) * CELL_M for at in (west, east))
    corners = np.concatenate(
        [np.stack([x_m, south_m + dy], axis=1) for x_m in (west_m, east_m + CELL_M) for dy in (0, CELL_M)]
    )
    order = np.argsort(np.tile(west, 4), kind="stable")
    return np.tile(site[west], 4)[order], corners[order].astype(np.float64)


def _lasts(numbers: Integers) -> Integers:
    """Where each run of equal numbers ends."""
    return np.append(first_occurrence(numbers), len(numbers))[1:] - 1
