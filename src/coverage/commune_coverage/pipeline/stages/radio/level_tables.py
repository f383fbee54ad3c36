"""Levels of a finished run for others to read: tile by tile, or as one table, of some operators within some bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.errors import RunError
from commune_coverage.core.quarantine import printable
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, operators_of
from commune_coverage.pipeline.stages.radio.level_tiles import Pair, pairs_of, read_levels
from commune_coverage.population.tables import has_places, read_tile, tile_count
from commune_coverage.radio.levels import Levels
from commune_coverage.schema.inputs import TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Bounds = tuple[float, float, float, float]
_COLUMNS = ("lon", "lat", *Pair._fields, *Levels._fields)


class LevelChoice(NamedTuple):
    """Which levels are wanted; what is None leaves nothing out.

    ``bounds`` are west, south, east and north in degrees; west may be greater than east, across 180 degrees.
    """

    operators: Sequence[str] | None = None
    technologies: Sequence[str] | None = None
    bounds: Bounds | None = None

    def takes(self, pair: Pair) -> bool:
        """Whether levels of this operator and technology are wanted."""
        is_operator = self.operators is None or pair.operator in self.operators
        return is_operator and (self.technologies is None or pair.technology in self.technologies)

    def rows(self, lon: Floats, lat: Floats) -> Integers:
        """Positions within the bounds, which count as inside."""
        if self.bounds is None:
            return np.arange(len(lon))
        west, south, east, north = self.bounds
        is_between = (lon >= west) & (lon <= east) if west <= east else (lon >= west) | (lon <= east)
        return np.flatnonzero(is_between & (lat >= south) & (lat <= north))


class TileLevels(NamedTuple):
    """Wanted places of a tile in degrees, and the levels of one operator and technology there after the other."""

    lon: Floats
    lat: Floats
    levels: Iterator[tuple[Pair, Levels]]


def tiles_of(stages: Path, choice: LevelChoice) -> Iterator[TileLevels]:
    """Wanted levels of each tile that has any; no more than one operator and technology of one tile is held at a time.

    Parameters
    ----------
    stages : Path
        The run's folder of artifacts.
    choice : LevelChoice
        What is wanted.

    Yields
    ------
    TileLevels
        In the order of the tiles, and in each of operators and technologies; its levels are to be read at once.

    Raises
    ------
    RunError
        When the run has no levels, or none of an operator or technology that is named.
    """
    files = SignalFiles(stages)
    _check(files, choice)
    for tile in range(tile_count(stages)):
        places = read_tile(stages, tile, ["lon", "lat"])
        lon, lat = (places[name].to_numpy() for name in ("lon", "lat"))
        rows = choice.rows(lon, lat)
        if len(rows):
            yield TileLevels(lon[rows], lat[rows], _levels(files.levels(tile), choice, rows, len(lon)))


def _levels(source: Path, choice: LevelChoice, rows: Integers, places: int) -> Iterator[tuple[Pair, Levels]]:
    for pair in pairs_of(source):
        if choice.takes(pair):
            yield pair, Levels(*(values[rows] for values in read_levels(source, pair, places)))


def _check(files: SignalFiles, choice: LevelChoice) -> None:
    if not (has_places(files.folder) and files.levels(0).is_file()):
        raise RunError("this run has no levels: they need people and towers, and a run of this version")
    there = {"operator": operators_of(files.folder), "technology": list(TECHNOLOGIES)}
    for (what, known), named in zip(there.items(), choice[:2], strict=True):
        if unknown := [one for one in named or () if one not in known]:
            raise RunError(f"no {what} '{printable(unknown[0], 40)}'; there are {printable(', '.join(known), 300)}")


def level_table(stages: Path, choice: LevelChoice) -> pd.DataFrame:
    """Wanted levels as one table.

    Parameters
    ----------
    stages : Path
        The run's folder of artifacts.
    choice : LevelChoice
        What is wanted.

    Returns
    -------
    DataFrame
        One row for each place and each operator and technology that reaches it: ``lon``, ``lat``, ``operator``,
        ``technology``, ``received_dbm``, ``sinr_db`` and ``speed_mbps``.

    Raises
    ------
    RunError
        As ``tiles_of``.
    """
    parts = [table_of(tile, pair, levels) for tile in tiles_of(stages, choice) for pair, levels in tile.levels]
    kinds = {
        "operator": pd.CategoricalDtype(operators_of(stages)), "technology": pd.CategoricalDtype(list(TECHNOLOGIES))
    }  # fmt: skip
    empty = pd.DataFrame({name: np.zeros(0, np.float32 if name in Levels._fields else np.float64) for name in _COLUMNS})
    return pd.concat([part.astype(kinds) for part in parts or [empty]], ignore_index=True)


def table_of(tile: TileLevels, pair: Pair, levels: Levels) -> pd.DataFrame:
    """The places of a tile that an operator and technology reaches."""
    known = ~np.isnan(levels.received_dbm)
    measures = {name: values[known] for name, values in levels._asdict().items()}
    named = {name: pd.Categorical([value]).repeat(int(known.sum())) for name, value in pair._asdict().items()}
    return pd.DataFrame({"lon": tile.lon[known], "lat": tile.lat[known], **named, **measures})
