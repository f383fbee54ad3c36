"""Where signal is computed for what is no place of people: a spot a square for land and for roads, each institution."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.metric_system import MetricSystem
from commune_coverage.pipeline.stages.ground.positions import Weighed, land_cells, line_parts, square_of
from commune_coverage.pipeline.stages.ground.tile_inputs import lines_file, read_columns
from commune_coverage.pipeline.stages.ground.water import Water
from commune_coverage.readers.declared.tiles import Tile
from commune_coverage.schema.territory import INSTITUTIONS, LAND, LINES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

ALL_CELLS = "all cells"
"""Counted besides what the schema names: cells of 100 m, those under water among them."""
NO_SPOT = -1
_KEY = ["spot", "commune", "kind"]


class Samples(NamedTuple):
    """Spots of a tile, and what each stands for.

    Attributes
    ----------
    x_m, y_m : (spots,) float64, m
        Positions in the plane.
    counts : DataFrame, (rows,)
        ``spot`` (its row, NO_SPOT for all cells), ``commune``, ``measure``, ``kind`` (class of line or
        institution) and ``weight``, a whole number.
    """

    x_m: Floats
    y_m: Floats
    counts: pd.DataFrame


def sample_tile(
    work: Path, system: MetricSystem, water: Water, tile: Tile, institutions: pd.DataFrame, spacing_m: float
) -> Samples:
    """Choose the spots of a tile.

    Parameters
    ----------
    work : Path
        Folder of communes and lines by tile.
    system : MetricSystem
        The country's plane.
    water : Water
        What is no land.
    tile : Tile
        The tile.
    institutions : DataFrame, (n,)
        Those of the tile: ``x_m``, ``y_m``, ``commune`` and ``class``.
    spacing_m : float, m
        Side of the squares.

    Returns
    -------
    Samples
        Of the dry cells of a square, and of its parts of each kind of line, the one nearest to its middle stands
        for all. Of institutions each is a spot, in their order, after all others.
    """
    land = land_cells(work, tile)
    is_dry = ~water.covers(tile, *system.to_degrees(land.x_m, land.y_m))
    each = np.arange(len(institutions))
    x_m, y_m, commune = (institutions[name].to_numpy() for name in ("x_m", "y_m", "commune"))
    known = Weighed(x_m, y_m, each, commune, np.ones(len(each)))
    parts = (
        _of_squares(land.where(is_dry), spacing_m, LAND, ""),
        *(_of_lines(work, kind, tile, spacing_m) for kind in LINES),
        _Spots(known.x_m, known.y_m, _counted(known, each, INSTITUTIONS, institutions["class"].to_numpy())),
    )
    first = np.cumsum([0, *(len(part.x_m) for part in parts)])
    moved = [part.counts.assign(spot=part.counts["spot"] + start) for part, start in zip(parts, first, strict=False)]
    cells = _counted(land, np.full(len(land.x_m), NO_SPOT), ALL_CELLS, "")
    x_m, y_m = (np.concatenate([part[axis] for part in parts]) for axis in (0, 1))
    return Samples(x_m, y_m, pd.concat([cells, *moved], ignore_index=True))


class _Spots(NamedTuple):
    """As ``Samples``, of one measure."""

    x_m: Floats
    y_m: Floats
    counts: pd.DataFrame


def _of_lines(work: Path, kind: str, tile: Tile, spacing_m: float) -> _Spots:
    lines = line_parts(work, kind, tile)
    classes = read_columns(lines_file(work, kind, tile))["line_class"].to_numpy() if len(lines.x_m) else ""
    return _of_squares(lines, spacing_m, kind, classes)


def _of_squares(measure: Weighed, spacing_m: float, name: str, kind: npt.ArrayLike) -> _Spots:
    """Let the position of each square that is nearest to its middle stand for all of them."""
    away = ((measure.x_m / spacing_m) % 1 - 0.5) ** 2 + ((measure.y_m / spacing_m) % 1 - 0.5) ** 2
    square = square_of(measure, spacing_m)
    order = np.lexsort((np.arange(len(square)), away, square))
    _, first = np.unique(square[order], return_index=True)
    _, spot = np.unique(square, return_inverse=True)
    chosen = order[first]
    return _Spots(measure.x_m[chosen], measure.y_m[chosen], _counted(measure, spot, name, kind))


def _counted(measure: Weighed, spot: Integers, name: str, kind: npt.ArrayLike) -> pd.DataFrame:
    rows = {"spot": spot, "commune": measure.commune, "kind": kind, "weight": measure.weight}
    table = pd.DataFrame(rows, index=range(len(spot))).groupby(_KEY, sort=True)["weight"].sum()
    return table.reset_index().assign(measure=name)
