"""The nearest of many points to very many positions, exactly: points in square buckets, looked at ring by ring."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled_allocating

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]

_MIN_BUCKET_M = 50.0
_POINTS_A_BUCKET = 3.0
_MAX_BUCKETS = 40_000_000
NONE = -1


@dataclass(frozen=True)
class Buckets:
    """Points (x_m, y_m) ordered by bucket; ``first`` holds where each bucket begins, row by row from the south-west."""

    x_m: Floats
    y_m: Floats
    number: Numbers
    first: Integers
    west_m: float
    south_m: float
    size_m: float
    rows: int
    columns: int

    def nearest(self, position_m: Floats, within_m: float = math.inf) -> tuple[Integers, Floats]:
        """(row of the nearest point, its distance) of each position (n x 2); NONE and inf beyond ``within_m``.

        Of points equally near the one of the lowest row.
        """
        return _nearest(
            np.ascontiguousarray(position_m, dtype=np.float64),
            within_m,
            self.x_m,
            self.y_m,
            self.number,
            self.first,
            self.west_m,
            self.south_m,
            self.size_m,
            self.rows,
            self.columns,
        )


def into_buckets(points_m: Floats, size_m: float | None = None) -> Buckets:
    """Buckets over the points (m x 2), of ``size_m`` a side or of about three points each."""
    if not len(points_m):
        nothing = np.zeros(0)
        return Buckets(nothing, nothing, np.zeros(0, np.int32), np.zeros(2, np.int64), 0.0, 0.0, 1.0, 1, 1)
    low, high = points_m.min(axis=0), points_m.max(axis=0)
    area_m2 = float(np.prod(high - low + 1.0))
    usual_m = max(math.sqrt(area_m2 * _POINTS_A_BUCKET / len(points_m)), _MIN_BUCKET_M)
    size_m = max(size_m or usual_m, math.sqrt(area_m2 / _MAX_BUCKETS))
    columns, rows = (int(side) for side in (high - low) // size_m + 1)
    column, row = (((points_m[:, axis] - low[axis]) // size_m).astype(np.int32) for axis in (0, 1))
    bucket = row * np.int32(columns) + column
    order = np.argsort(bucket, kind="stable").astype(np.int32)
    first = np.concatenate([[0], np.cumsum(np.bincount(bucket, minlength=rows * columns))]).astype(np.int64)
    x_m, y_m = (np.ascontiguousarray(points_m[order, axis], dtype=np.float64) for axis in (0, 1))
    return Buckets(x_m, y_m, order, first, float(low[0]), float(low[1]), size_m, rows, columns)


@compiled_allocating
def _nearest(
    position_m: Floats,
    within_m: float,
    x_m: Floats,
    y_m: Floats,
    number: Numbers,
    first: Integers,
    west_m: float,
    south_m: float,
    size_m: float,
    rows: int,
    columns: int,
) -> tuple[Integers, Floats]:
    count = len(position_m)
    found, away = np.full(count, NONE), np.full(count, np.inf)
    for place in range(count):
        x, y = position_m[place, 0], position_m[place, 1]
        row, column = math.floor((y - south_m) / size_m), math.floor((x - west_m) / size_m)
        best, chosen = within_m * within_m, NONE
        # Rings before this one lie wholly beside the buckets; rings after the last are empty.
        ring = max(-row, row - rows + 1, -column, column - columns + 1, 0)
        last = max(abs(row), abs(row - rows + 1), abs(column), abs(column - columns + 1))
        while ring <= last:
            nearest_m = max(ring - 1, 0) * size_m + _edge(x, y, row, column, west_m, south_m, size_m) * (ring > 0)
            if nearest_m * nearest_m > best:
                break
            for down in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
                is_side = down in (row - ring, row + ring)
                step = 1 if is_side else max(2 * ring, 1)
                start = column - ring
                if is_side and start < 0:
                    start = 0
                for along in range(start, min(column + ring, columns - 1) + 1, step):
                    if along < 0:
                        continue
                    bucket = down * columns + along
                    best, chosen = _look(x, y, best, chosen, x_m, y_m, number, first[bucket], first[bucket + 1])
            ring += 1
        if chosen != NONE:
            found[place], away[place] = chosen, math.sqrt(best)
    return found, away


@compiled_allocating
def _look(
    x: float, y: float, best: float, chosen: int, x_m: Floats, y_m: Floats, number: Numbers, start: int, stop: int
) -> tuple[float, int]:
    """The least square of the distance so far and whose it is, once the points of one bucket are looked at."""
    for point in range(start, stop):
        dx, dy = x_m[point] - x, y_m[point] - y
        square = dx * dx + dy * dy
        if square < best or (square == best and (chosen == NONE or number[point] < chosen)):
            best, chosen = square, number[point]
    return best, chosen


@compiled_allocating
def _edge(x: float, y: float, row: int, column: int, west_m: float, south_m: float, size_m: float) -> float:
    """How far the nearest side of a position's own bucket is."""
    right, up = x - west_m - column * size_m, y - south_m - row * size_m
    return min(right, up, size_m - right, size_m - up)
