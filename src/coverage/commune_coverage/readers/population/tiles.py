"""Places on their way into tiles: chunks as they are read, window by window, and tiles made of the chunks.

Nothing here holds more than one chunk, or one tile, and the country's squares of 1 km.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pyarrow import feather

from commune_coverage.config.thresholds import Urbanisation
from commune_coverage.core.files import write_columns, write_json
from commune_coverage.engine import map_items
from commune_coverage.population.tables import read_urbanisation, write_places, write_shares, write_urbanisation
from commune_coverage.population.urbanisation import cell_keys, degree_of_urbanisation
from commune_coverage.population.weights import PopulationWeights, to_fixed_point

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

TILE_M = 103_000.0
"""Side of a tile in the country's metric system: a whole number of km, so that no square of 1 km lies in two."""
COLUMNS = ("lon", "lat", "x_m", "y_m", "people")
_ROW = 1 << 32


class PopulatedPoints(NamedTuple):
    """Places in the order in which they were read, and (place, commune, fraction) of those in the country."""

    lon: Floats
    lat: Floats
    x_m: Floats
    y_m: Floats
    people: Floats
    place: Integers
    commune: Integers
    fraction: Floats


@dataclass(frozen=True)
class Chunk:
    """A file of places sorted by tile: rows of places and of shares by the tile's key; people of squares of 1 km."""

    path: Path
    rows: dict[int, tuple[int, int, int, int]]
    squares: Integers
    people: Floats


def write_chunk(path: Path, points: PopulatedPoints) -> Chunk:
    """Write the places that have people as a chunk, sorted by tile.

    Parameters
    ----------
    path : Path
        The file of places; one of shares goes next to it.
    points : PopulatedPoints
        The places.

    Returns
    -------
    Chunk
        Where which tile's rows are.
    """
    populated = points.people > 0
    columns = [np.asarray(getattr(points, name))[populated] for name in COLUMNS]
    tile = _tile_keys(columns[2], columns[3])
    order = np.argsort(tile, kind="stable")
    place, commune, fraction = _moved(points, populated, order)
    sorted_tile = tile[order]
    write_columns(path, dict(zip(COLUMNS, (column[order] for column in columns), strict=True)))
    write_columns(_shares_of(path), {"place": place, "commune": commune, "fraction": fraction})
    keys, first = np.unique(sorted_tile, return_index=True)
    last = np.append(first, len(sorted_tile))[1:]
    share_first, share_last = np.searchsorted(place, first), np.searchsorted(place, last)
    bounds = zip(first.tolist(), last.tolist(), share_first.tolist(), share_last.tolist(), strict=True)
    squares, number = np.unique(cell_keys(columns[2], columns[3]), return_inverse=True)
    held = np.bincount(number, to_fixed_point(columns[4]), len(squares)).astype(np.float64)
    return Chunk(path, dict(zip(keys.tolist(), bounds, strict=True)), squares, held)


def _moved(
    points: PopulatedPoints, populated: npt.NDArray[np.bool_], order: Integers
) -> tuple[Integers, Integers, Floats]:
    """Return the shares of the populated places by their new rows, in order."""
    row = np.full(len(populated), -1)
    row[np.flatnonzero(populated)[order]] = np.arange(len(order))
    place = row[points.place]
    rows = np.flatnonzero(place >= 0)
    rows = rows[np.argsort(place[rows], kind="stable")]
    return place[rows], points.commune[rows], points.fraction[rows]


def _tile_keys(x_m: Floats, y_m: Floats) -> Integers:
    return np.floor(y_m / TILE_M).astype(np.int64) * _ROW + np.floor(x_m / TILE_M).astype(np.int64)


def make_tiles(
    folder: Path,
    chunks: Sequence[Chunk],
    communes: int,
    limits: Urbanisation,
    engine: str,
    on_done: Callable[[], None] = lambda: None,
) -> Floats:
    """Write places, shares and the urbanisation grid into a folder, and remove the chunks.

    The places of a tile stand in the order of their squares of 1 km, then in that in which they were read.

    Parameters
    ----------
    folder : Path
        The stages folder.
    chunks : sequence of Chunk
        The chunks.
    communes : int
        Number of communes.
    limits : Urbanisation
        What is urban.
    engine : str
        Where work is done.
    on_done : Callable[[], None]
        Called once for each tile.

    Returns
    -------
    ndarray of float64
        (communes,) people of each commune, exact.
    """
    squares, number = np.unique(np.concatenate([_NONE, *(each.squares for each in chunks)]), return_inverse=True)
    people = np.bincount(number, np.concatenate([np.zeros(0), *(each.people for each in chunks)]), len(squares))
    grid = degree_of_urbanisation(squares, people.astype(np.float64), limits)
    write_urbanisation(folder / "urbanisation_grid.npz", grid)
    keys = sorted({key for each in chunks for key in each.rows})
    tasks = [
        (tile, [(each.path, each.rows[key]) for each in chunks if key in each.rows]) for tile, key in enumerate(keys)
    ]
    reads, writes = partial(_read_for, folder), partial(_written_by, folder)
    done = map_items(partial(_make_tile, folder, communes), tasks, engine, on_done, reads=reads, writes=writes)
    write_json(folder / "places.json", [rows for rows, _ in done])
    for each in {each.path.parent for each in chunks}:
        shutil.rmtree(each, ignore_errors=True)
    total: Floats = sum((by_commune for _, by_commune in done), np.zeros(communes))
    return total


_NONE = np.zeros(0, dtype=np.int64)
Task = tuple[int, list[tuple[Path, tuple[int, int, int, int]]]]


def _read_for(folder: Path, task: Task) -> Iterable[Path]:
    return [folder / "urbanisation_grid.npz", *(path for chunk, _ in task[1] for path in (chunk, _shares_of(chunk)))]


def _written_by(folder: Path, task: Task) -> Iterable[Path]:
    return [folder / kind / f"{task[0]:05d}.arrow" for kind in ("places", "shares")]


def _make_tile(folder: Path, communes: int, task: Task) -> tuple[int, Floats]:
    """How many places the tile has, and the people of each commune among them."""
    tile, parts = task
    places = {name: _joined([_rows(path, name, *rows[:2]) for path, rows in parts]) for name in COLUMNS}
    shares = [[_rows(_shares_of(path), name, *rows[2:]) for path, rows in parts] for name in _SHARES]
    starts = np.cumsum([0, *(rows[1] - rows[0] for _, rows in parts)])
    at = [own - rows[0] + start for own, (_, rows), start in zip(shares[0], parts, starts, strict=False)]
    order = np.argsort(cell_keys(places["x_m"], places["y_m"]), kind="stable")
    row = np.empty(len(order), dtype=np.int64)
    row[order] = np.arange(len(order))
    place, commune, fraction = row[_joined(at)], _joined(shares[1]), _joined(shares[2])
    by_place = np.argsort(place, kind="stable")
    people = to_fixed_point(places["people"][order][place] * fraction)
    weights = PopulationWeights(place[by_place].astype(np.int32), commune[by_place].astype(np.int32), people[by_place])
    columns: dict[str, Any] = {name: values[order] for name, values in places.items()}
    columns["environment"] = read_urbanisation(folder / "urbanisation_grid.npz").at(columns["x_m"], columns["y_m"])
    write_places(folder, tile, columns)
    write_shares(folder, tile, weights)
    return len(order), weights.sum_where(np.ones(len(order), dtype=bool), communes)


_SHARES = ("place", "commune", "fraction")


def _joined(parts: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0)


def _rows(path: Path, name: str, first: int, last: int) -> npt.NDArray[Any]:
    column = feather.read_table(path, columns=[name], memory_map=True).column(name)
    return np.asarray(column.slice(first, last - first).to_numpy())


def files_of_chunk(path: Path) -> tuple[Path, Path]:
    """Name the files that a chunk consists of.

    Parameters
    ----------
    path : Path
        The file of places.

    Returns
    -------
    tuple[Path, Path]
        The files of places and of shares.
    """
    return path, _shares_of(path)


def _shares_of(path: Path) -> Path:
    return path.with_name(f"{path.stem}-shares.arrow")
