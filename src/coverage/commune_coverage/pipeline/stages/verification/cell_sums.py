"""What of the people of one tile is modelled as covered by cell of H3 and commune, and where it was tested."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import write_columns
from commune_coverage.indicators.verification.places import PLACE
from commune_coverage.pipeline.stages.declared.targets import ANY, Target
from commune_coverage.pipeline.stages.declared.tile_sums import Declared, TileTask, covered_at, people_of
from commune_coverage.pipeline.stages.ground.positions import Weighed
from commune_coverage.pipeline.stages.ground.tile_inputs import read_columns
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, read_figures
from commune_coverage.pipeline.stages.verification.declared_cells import CellFiles
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
    operators : tuple of str
        Those of the signal tables, by number; none without such tables.
    place_m : float, m
        Side of the squares that are the places of tests.
    """

    declared: Declared
    operators: tuple[str, ...]
    place_m: float

    @property
    def files(self) -> CellFiles:
        return CellFiles(self.declared.stages)


class ModelledSums(NamedTuple):
    """Sums of a tile: people are multiples of 2^-22, so that any order gives the same sums.

    Attributes
    ----------
    covered : DataFrame
        ``target``, ``pair`` (row among all pairs), ``modelled_people`` (modelled as covered) and ``both_people``
        (declared too), where one of them is above 0.
    tested : (targets, tests) bool
        Whether each of the tile's tests lies where the target is declared.
    living : DataFrame
        ``target``, ``place_x``, ``place_y``, ``people`` and ``modelled_people`` of the tile's part of squares with
        tests, where people live.
    """

    covered: pd.DataFrame
    tested: Flags
    living: pd.DataFrame


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


def sum_modelled(verified: Verified, task: TileTask) -> ModelledSums:
    """Sum what the model covers of a tile by cell and commune.

    Parameters
    ----------
    verified : Verified
        What every tile is summed with.
    task : TileTask
        The tile.

    Returns
    -------
    ModelledSums
    """
    people, modelled = people_of(verified.declared, task), _modelled(verified, task)
    shares, number = (read_columns(path) for path in verified.files.of_tile(task.tile))
    parts = [_nothing()]
    for target, flags in modelled.items():
        is_modelled = flags[people.position]
        both = is_modelled & shares[f"target_{target}"].to_numpy()
        held = [np.bincount(shares["pair"], people.weight * own, len(number)) for own in (is_modelled, both)]
        there = np.flatnonzero(held[0] > 0)
        sums = {"modelled_people": held[0][there], "both_people": held[1][there]}
        parts.append(pd.DataFrame({"target": target, "pair": number["pair"].to_numpy()[there]} | sums))
    covered = pd.concat(parts, ignore_index=True)
    return ModelledSums(covered, _tested(verified, task), _living(verified, task, people, modelled))


def _nothing() -> pd.DataFrame:
    numbers = {name: np.zeros(0, np.int64) for name in ("target", "pair")}
    return pd.DataFrame(numbers | {name: np.zeros(0) for name in ("modelled_people", "both_people")})


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
