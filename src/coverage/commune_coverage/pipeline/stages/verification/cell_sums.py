"""People and land of one tile by cell of H3 and commune, and what of them is declared and modelled as covered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import write_columns
from commune_coverage.core.hexagons import cells_at
from commune_coverage.core.scale import Scale
from commune_coverage.indicators.verification.places import PLACE
from commune_coverage.pipeline.stages.declared.targets import ANY, Target
from commune_coverage.pipeline.stages.declared.tile_sums import Declared, TileTask, covered_at, people_of
from commune_coverage.pipeline.stages.ground.positions import (
    AT_ONCE_M,
    LAND_CELL_M,
    Weighed,
    degrees_of,
    land_cells,
    square_of,
)
from commune_coverage.pipeline.stages.ground.tile_inputs import read_columns
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, read_figures
from commune_coverage.radio.service.bit_flags import covered_column
from commune_coverage.readers.declared.claims import ANY_SPEED_MBPS
from commune_coverage.readers.declared.tiles import Tile, rows_by_tile
from commune_coverage.schema.inputs import TECHNOLOGIES

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Verified:
    """What every tile is summed with.

    Attributes
    ----------
    declared : Declared
        Claims and targets.
    resolution : int
        Of H3.
    operators : tuple of str
        Those of the signal tables, by number; none without such tables.
    scale : Scale
        By what distances in the plane are corrected.
    place_m : float, m
        Side of the squares that are the places of tests.
    """

    declared: Declared
    resolution: int
    operators: tuple[str, ...]
    scale: Scale
    place_m: float


class CellSums(NamedTuple):
    """Sums of a tile.

    Attributes
    ----------
    cell, commune : (pairs,) int64
        Cell of H3 and commune.
    people, land_m2 : (pairs,) float64
        All that is there; land without water.
    sparse : DataFrame
        ``target``, ``pair``, ``people``, ``land_m2`` (declared as covered), ``modelled_people`` (modelled as covered)
        and ``both_people``, where one of them is above 0.
    tested : (targets, tests) bool
        Whether each of the tile's tests lies where the target is declared.
    living : DataFrame
        ``target``, ``place_x``, ``place_y``, ``people`` and ``modelled_people`` of the tile's part of squares with
        tests, where people live.
    """

    cell: Integers
    commune: Integers
    people: Floats
    land_m2: Floats
    sparse: pd.DataFrame
    tested: Flags
    living: pd.DataFrame


_MEASURES = ("people", "land_m2", "modelled_people", "both_people")


def tests_file(work: Path, tile: Tile) -> Path:
    """Name the file of the positions of a tile's tests."""
    return work / f"{tile.name}-tests.arrow"


def places_file(work: Path, tile: Tile) -> Path:
    """Name the file of the squares with tests that touch a tile."""
    return work / f"{tile.name}-places.arrow"


def write_tests(work: Path, tests: pd.DataFrame, tiles: Iterable[Tile], place_m: float) -> dict[Tile, Integers]:
    """Write the positions of tests by tile, and the squares that have any.

    Parameters
    ----------
    work : Path
        Where the files go.
    tests : DataFrame, (tests,)
        ``x_m``, ``y_m``, ``lon``, ``lat``, ``place_x`` and ``place_y``.
    tiles : iterable of Tile
        The tiles.
    place_m : float, m
        Side of the squares.

    Returns
    -------
    dict of Tile to int64 array
        Rows of the tests of each tile that has any.
    """
    by_tile = rows_by_tile(tests["x_m"].to_numpy(), tests["y_m"].to_numpy())
    found = {tile: by_tile[tile] for tile in tiles if tile in by_tile}
    for tile, rows in found.items():
        write_columns(tests_file(work, tile), {axis: tests[axis].to_numpy()[rows] for axis in ("lon", "lat")})
    _write_places(work, np.unique(tests[PLACE].to_numpy(), axis=0), place_m)
    return found


def _write_places(work: Path, places: Integers, place_m: float) -> None:
    """Write squares into each tile that they touch: people of a square may live in two."""
    corners = np.concatenate([(places + np.array(step)) * place_m for step in ((0, 0), (0, 1), (1, 0), (1, 1))])
    for tile, rows in rows_by_tile(*corners.T.astype(np.float64)).items():
        here = places[np.unique(rows % len(places))]
        write_columns(places_file(work, tile), dict(zip(PLACE, here.T, strict=True)))


def sum_cells(verified: Verified, task: TileTask) -> CellSums:
    """Sum a tile by cell and commune.

    Parameters
    ----------
    verified : Verified
        What every tile is summed with.
    task : TileTask
        The tile.

    Returns
    -------
    CellSums
        People are multiples of 2^-22 and land whole square metres, so that any order gives the same sums.
    """
    declared, modelled = verified.declared, _modelled(verified, task)
    people = people_of(declared, task)
    squares = _squares(people, land_cells(declared.work, task.tile))
    parts = [part for square in squares for part in _sums_of(verified, task, square, modelled)]
    table = pd.concat(parts, ignore_index=True) if parts else _nothing()
    sums = table.groupby(["target", "cell", "commune"], sort=True)[list(_MEASURES)].sum().reset_index()
    whole = sums[sums["target"] < 0].reset_index(drop=True)
    pairs = pd.MultiIndex.from_frame(whole[["cell", "commune"]])
    sparse = sums[(sums["target"] >= 0) & (sums[list(_MEASURES)] > 0).any(axis=1)]
    sparse = sparse.assign(pair=pairs.get_indexer(pd.MultiIndex.from_frame(sparse[["cell", "commune"]])))
    cell, commune, held, land_m2 = (whole[name].to_numpy() for name in ("cell", "commune", "people", "land_m2"))
    covered = sparse[["target", "pair", *_MEASURES]].reset_index(drop=True)
    living = _living(verified, task, people, modelled)
    return CellSums(cell, commune, held, land_m2, covered, _tested(verified, task), living)


def _nothing() -> pd.DataFrame:
    names = ("target", "cell", "commune")
    numbers = {name: np.zeros(0, np.int64) for name in names} | {name: np.zeros(0) for name in _MEASURES}
    return pd.DataFrame(numbers)


class _Square(NamedTuple):
    """Places and cells of land in a part of a tile, and the numbers of the places in the tile."""

    people: Weighed
    land: Weighed
    places: Integers


def _squares(people: Weighed, land: Weighed) -> Iterator[_Square]:
    of_people, of_land = (square_of(measure, AT_ONCE_M) for measure in (people, land))
    for key in np.union1d(of_people, of_land).tolist():
        here = of_people == key
        yield _Square(people.where(here), land.where(of_land == key), np.flatnonzero(here))


def _sums_of(verified: Verified, task: TileTask, square: _Square, modelled: dict[int, Flags]) -> Iterator[pd.DataFrame]:
    """Sums of a square: all (target -1), then of each target."""
    declared, (people, land, places) = verified.declared, square
    lon, lat, starts = degrees_of(declared.system, (people, land))
    covered = covered_at(declared, task.tile, lon, lat)
    cells = cells_at(lon, lat, verified.resolution)
    dry = ~declared.water.covers(task.tile, lon[starts[1] :], lat[starts[1] :])
    land_m2 = land.weight * dry[land.position] * _cell_m2(verified, land)
    named = pd.DataFrame({
        "cell": np.concatenate([cells[people.position], cells[starts[1] + land.position]]),
        "commune": np.concatenate([people.commune, land.commune]),
    })  # fmt: skip
    pairs = named.groupby(["cell", "commune"], sort=True)
    pair, table = pairs.ngroup().to_numpy(), pairs.size().index.to_frame(index=False)
    of_people, of_land = np.split(pair, [len(people.position)])
    for target in range(-1, len(declared.targets)):
        inside = np.ones(len(lon), dtype=bool) if target < 0 else covered[target]
        is_declared, is_modelled = inside[people.position], np.zeros(len(people.position), dtype=bool)
        if target in modelled:
            is_modelled = modelled[target][places][people.position]
        held = (
            (of_people, people.weight * is_declared), (of_land, land_m2 * inside[starts[1] + land.position]),
            (of_people, people.weight * is_modelled), (of_people, people.weight * (is_modelled & is_declared)),
        )  # fmt: skip
        sums = [np.bincount(index, weight, minlength=len(table)) for index, weight in held]
        there = np.ones(len(table), dtype=bool) if target < 0 else np.logical_or.reduce([one > 0 for one in sums])
        columns = {name: one[there] for name, one in zip(_MEASURES, sums, strict=True)}
        yield table[there].assign(target=target, **columns)


def _cell_m2(verified: Verified, land: Weighed) -> float:
    """Area of a cell of land on the ellipsoid, in whole m2, by the scale in the middle of these."""
    if not len(land.x_m):
        return LAND_CELL_M**2
    return float(np.rint((LAND_CELL_M * verified.scale.in_middle(land.x_m, land.y_m)) ** 2))


def _modelled(verified: Verified, task: TileTask) -> dict[int, Flags]:
    """Of each target of a signal that the model knows, whether it covers each place of the tile."""
    source = None if task.places is None else SignalFiles(verified.declared.stages).figures(task.places)
    if source is None or not source.is_file():
        return {}
    targets = enumerate(verified.declared.targets)
    columns = {row: modelled_columns(verified.operators, target) for row, target in targets}
    names = {name for own in columns.values() for name in own}
    flags = {name: (byte & 1) > 0 for name, byte in read_figures(source, names.__contains__).items()}
    known = {row: [flags[name] for name in own if name in flags] for row, own in columns.items()}
    return {row: np.logical_or.reduce(own) for row, own in known.items() if own}


def modelled_columns(operators: Sequence[str], target: Target) -> list[str]:
    """Names of the figures that say where the model covers what a target declares; none of a speed.

    ``operators`` are those of the signal tables, by number.
    """
    if target.speed_mbps != ANY_SPEED_MBPS or target.operator not in (*operators, ANY):
        return []
    operator = None if target.operator == ANY else operators.index(target.operator)
    technologies = TECHNOLOGIES if target.technology == ANY else (target.technology,)
    return [covered_column(target.environment, operator, technology) for technology in technologies]


def _living(verified: Verified, task: TileTask, people: Weighed, modelled: dict[int, Flags]) -> pd.DataFrame:
    """People of squares with tests, all and those whom the model covers, by target."""
    wanted = read_columns(places_file(verified.declared.work, task.tile))
    columns = ["target", *PLACE, "people", "modelled_people"]
    if wanted.empty or not len(people.position):
        return pd.DataFrame({name: np.zeros(0, np.int64 if name in columns[:3] else np.float64) for name in columns})
    held = np.bincount(people.position, people.weight, minlength=len(people.x_m))
    x_m, y_m = (np.floor(axis / verified.place_m).astype(np.int64) for axis in (people.x_m, people.y_m))
    index = pd.MultiIndex.from_frame(wanted).get_indexer(pd.MultiIndex.from_arrays([x_m, y_m], names=PLACE))
    there = np.flatnonzero((index >= 0) & (held > 0))
    parts = []
    for target in range(len(verified.declared.targets)):
        flags = modelled.get(target, np.zeros(len(held), dtype=bool))[there]
        sums = [np.bincount(index[there], held[there] * own, minlength=len(wanted)) for own in (1.0, flags)]
        parts.append(wanted.assign(target=target, people=sums[0], modelled_people=sums[1]))
    table = pd.concat(parts, ignore_index=True)
    return table.loc[table["people"] > 0, columns].reset_index(drop=True)


def _tested(verified: Verified, task: TileTask) -> Flags:
    at = read_columns(tests_file(verified.declared.work, task.tile))
    if at.empty:
        return np.zeros((len(verified.declared.targets), 0), dtype=bool)
    return covered_at(verified.declared, task.tile, at["lon"].to_numpy(), at["lat"].to_numpy())
