"""Exact area of each cell of a grid inside each of many shapes.

Every edge adds to the cells that it passes the area between it and the cell's right side, signed by its direction, and
its height to the cell after; the running sum along a row is then the part of each cell that is inside. It looks at the
cells along edges and, once, at the cells of each shape's rectangle, and returns none that nobody lives in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import rasterio
import shapely

from commune_coverage.core.jit import compiled_allocating

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Triples = tuple[Integers, Integers, Floats]

_MIN_FRACTION = 1e-9


@dataclass(frozen=True)
class Outlines:
    """Shapes as rings: vertices, the first vertex of each ring, the first ring of each shape; and their bounds."""

    xy: Floats
    rings: Integers
    shapes: Integers
    bounds: Floats

    @classmethod
    def of(cls, shapes: npt.NDArray[np.object_]) -> Outlines:
        """Take the rings of polygons and multipolygons; outer rings turn one way and holes the other.

        Parameters
        ----------
        shapes : ndarray of object
            (shapes,) polygons or multipolygons, in any reference system.

        Returns
        -------
        Outlines
            Their rings, in the same reference system.
        """
        polygons, shape = shapely.get_parts(shapely.orient_polygons(shapes), return_index=True)
        rings, polygon = shapely.get_rings(polygons, return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        first = np.searchsorted(ring, np.arange(len(rings) + 1))
        of_shape = np.searchsorted(shape[polygon], np.arange(len(shapes) + 1))
        return cls(xy, first.astype(np.int64), of_shape.astype(np.int64), shapely.bounds(shapes))


def coverage_fractions(outlines: Outlines, transform: rasterio.Affine, numbers: npt.NDArray[np.int32]) -> Triples:
    """Compute which part of each cell of a grid lies in each shape, exactly, whichever way the grid is turned.

    Parameters
    ----------
    outlines : Outlines
        The shapes, in the reference system of the grid.
    transform : rasterio.Affine
        From (column, row) of the corner of the first cell to coordinates.
    numbers : ndarray of int32
        (rows, columns) number of each cell, -1 where nobody lives.

    Returns
    -------
    Triples
        (n,) number of a cell, position of a shape, and the cell's part in it (0 to 1), sorted by number.
    """
    columns, rows = ~transform @ (outlines.xy[:, 0], outlines.xy[:, 1])
    corners = [~transform @ (outlines.bounds[:, x], outlines.bounds[:, y]) for x in (0, 2) for y in (1, 3)]
    (left, top), (right, bottom) = (np.array(corners).min(axis=0), np.array(corners).max(axis=0))
    height, width = numbers.shape
    here = np.flatnonzero((right > 0) & (left < width) & (bottom > 0) & (top < height))
    most = 4 * int((numbers >= 0).sum()) + 16
    parts = _Parts(np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most))
    rings = _Rings(np.ascontiguousarray(columns), np.ascontiguousarray(rows), outlines.rings, outlines.shapes)
    count = _burn_all(rings, here, numbers, parts)
    order = np.argsort(parts.number[:count], kind="stable")
    return parts.number[:count][order], parts.shape[:count][order], parts.fraction[:count][order]


class _Rings(NamedTuple):
    """Outlines in cells of the grid: vertices, the first vertex of each ring, the first ring of each shape."""

    x: Floats
    y: Floats
    rings: Integers
    shapes: Integers


class _Parts(NamedTuple):
    """Output of the kernel: number of a cell, position of a shape, and the cell's part in it."""

    number: Integers
    shape: Integers
    fraction: Floats


@compiled_allocating
def _burn_all(outlines: _Rings, here: Integers, numbers: npt.NDArray[np.int32], parts: _Parts) -> int:
    """Fill ``parts`` for the shapes ``here`` and return how many there are."""
    x, y, rings, shapes = outlines.x, outlines.y, outlines.rings, outlines.shapes
    height, width = numbers.shape
    share, count = np.zeros((height, width + 1)), 0
    for one in here:
        first, last = rings[shapes[one]], rings[shapes[one + 1]]
        west, east = max(math.floor(x[first:last].min()), 0), min(math.ceil(x[first:last].max()), width)
        north, south = max(math.floor(y[first:last].min()), 0), min(math.ceil(y[first:last].max()), height)
        for ring in range(shapes[one], shapes[one + 1]):
            for vertex in range(rings[ring], rings[ring + 1] - 1):
                _burn(x[vertex], y[vertex], x[vertex + 1], y[vertex + 1], share)
        for row in range(north, south):
            inside = 0.0
            for column in range(west, east):
                inside += share[row, column]
                share[row, column] = 0.0
                if numbers[row, column] >= 0 and abs(inside) > _MIN_FRACTION:
                    parts.number[count], parts.shape[count] = numbers[row, column], one
                    parts.fraction[count] = min(abs(inside), 1.0)
                    count += 1
            share[row, east] = 0.0
    return count


@compiled_allocating
def _burn(x0: float, y0: float, x1: float, y1: float, share: Floats) -> None:
    """One edge, row by row."""
    if y0 == y1:
        return
    sign = 1.0
    if y0 > y1:
        x0, y0, x1, y1, sign = x1, y1, x0, y0, -1.0
    height = share.shape[0]
    slope = (x1 - x0) / (y1 - y0)
    for row in range(max(math.floor(y0), 0), min(math.ceil(y1), height)):
        above, below = max(y0, float(row)), min(y1, row + 1.0)
        start, end = x0 + (above - y0) * slope, x0 + (below - y0) * slope
        _burn_in_row(min(start, end), max(start, end), sign * (below - above), row, share)


@compiled_allocating
def _burn_in_row(start: float, end: float, tall: float, row: int, share: Floats) -> None:
    """Add a piece of an edge within one row, from left to right, cell by cell; ``tall`` is its signed height."""
    width = share.shape[1] - 1
    if end <= 0.0:
        share[row, 0] += tall
        return
    if start >= width:
        return
    per_column = tall / (end - start) if end > start else 0.0
    if start < 0.0:
        share[row, 0] += -start * per_column
        start = 0.0
    for column in range(math.floor(start), min(math.ceil(end), width)):
        left, right = max(start, float(column)), min(end, column + 1.0)
        part = per_column * (right - left) if end > start else tall
        middle = (left + right) / 2 - column
        share[row, column] += part * (1.0 - middle)
        share[row, column + 1] += part * middle
    if start == end and math.floor(start) == math.ceil(end) and start < width:
        share[row, int(start)] += tall
