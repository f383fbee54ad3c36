"""The nearest of many points to very many positions, exactly: points in square buckets, searched ring by ring."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from commune_coverage.core.jit import compiled_allocating
from commune_coverage.travel.arrays import Floats, Integers, Integers32

_MIN_BUCKET_M = 50.0
_POINTS_A_BUCKET = 3.0
_MAX_BUCKETS = 40_000_000
NONE = -1


class Buckets(NamedTuple):
    """Points ordered by bucket.

    Attributes
    ----------
    x_m, y_m : float64[points]
        Position of each point, m.
    number : int32[points]
        Row of each point among those that the buckets were built of.
    first : int64[buckets + 1]
        Where each bucket begins, row by row from the south-west.
    west_m, south_m : float
        Corner of the first bucket, m.
    size_m : float
        Side of a bucket, m.
    rows, columns : int
        How many buckets there are each way.
    """

    x_m: Floats
    y_m: Floats
    number: Integers32
    first: Integers
    west_m: float
    south_m: float
    size_m: float
    rows: int
    columns: int

    def nearest(self, position_m: Floats, within_m: float = math.inf) -> tuple[Integers, Floats]:
        """Find the nearest point to each position; of points equally near the one of the lowest row.

        Parameters
        ----------
        position_m : float64[n, 2]
            Positions, m.
        within_m : float, optional
            Largest distance that counts, m.

        Returns
        -------
        int64[n]
            Row of the nearest point; ``NONE`` where there is none within the distance.
        float64[n]
            Its distance, m; inf for none.
        """
        return _nearest(np.ascontiguousarray(position_m, dtype=np.float64), within_m, self)


def build_buckets(points_m: Floats, size_m: float | None = None) -> Buckets:
    """Sort points into square buckets.

    Parameters
    ----------
    points_m : float64[points, 2]
        Positions, m.
    size_m : float, optional
        Side of a bucket, m; without it about three points share one.

    Returns
    -------
    Buckets
    """
    if not len(points_m):
        nothing = np.zeros(0)
        return Buckets(nothing, nothing, np.zeros(0, np.int32), np.zeros(2, np.int64), 0.0, 0.0, 1.0, 1, 1)
    low, high = points_m.min(axis=0), points_m.max(axis=0)
    area_m2 = float(np.prod(high - low + 1.0))
    default_m = max(math.sqrt(area_m2 * _POINTS_A_BUCKET / len(points_m)), _MIN_BUCKET_M)
    size_m = max(size_m or default_m, math.sqrt(area_m2 / _MAX_BUCKETS))
    columns, rows = (int(side) for side in (high - low) // size_m + 1)
    column, row = (((points_m[:, axis] - low[axis]) // size_m).astype(np.int32) for axis in (0, 1))
    bucket = row * np.int32(columns) + column
    order = np.argsort(bucket, kind="stable").astype(np.int32)
    first = np.concatenate([[0], np.cumsum(np.bincount(bucket, minlength=rows * columns))]).astype(np.int64)
    x_m, y_m = (np.ascontiguousarray(points_m[order, axis], dtype=np.float64) for axis in (0, 1))
    return Buckets(x_m, y_m, order, first, float(low[0]), float(low[1]), size_m, rows, columns)


@compiled_allocating
def _nearest(position_m: Floats, within_m: float, buckets: Buckets) -> tuple[Integers, Floats]:
    """Find the row of the nearest point, and its distance, of each position."""
    count = len(position_m)
    nearest, distance_m = np.full(count, NONE), np.full(count, np.inf)
    for place in range(count):
        chosen, square_m2 = _search(position_m[place, 0], position_m[place, 1], within_m, buckets)
        if chosen != NONE:
            nearest[place], distance_m[place] = chosen, math.sqrt(square_m2)
    return nearest, distance_m


@compiled_allocating
def _search(x: float, y: float, within_m: float, buckets: Buckets) -> tuple[int, float]:
    """Find (row of the nearest point, square of its distance) of one position, ring by ring of buckets around it."""
    size_m, rows, columns = buckets.size_m, buckets.rows, buckets.columns
    row, column = math.floor((y - buckets.south_m) / size_m), math.floor((x - buckets.west_m) / size_m)
    best, chosen = within_m * within_m, NONE
    # Rings before this one lie wholly outside the buckets; rings after the last are empty.
    ring = max(-row, row - rows + 1, -column, column - columns + 1, 0)
    last = max(abs(row), abs(row - rows + 1), abs(column), abs(column - columns + 1))
    while ring <= last:
        nearest_m = max(ring - 1, 0) * size_m + _edge_m(x, y, row, column, buckets) * (ring > 0)
        if nearest_m * nearest_m > best:
            break
        for down in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
            is_side = down in (row - ring, row + ring)
            step = 1 if is_side else max(2 * ring, 1)
            start = column - ring
            if is_side and start < 0:
                start = 0
            for along in range(start, min(column + ring, columns - 1) + 1, step):
                if along >= 0:
                    best, chosen = _scan_bucket(x, y, best, chosen, buckets, down * columns + along)
        ring += 1
    return chosen, best


@compiled_allocating
def _scan_bucket(x: float, y: float, best: float, chosen: int, buckets: Buckets, bucket: int) -> tuple[float, int]:
    """Update the least square of the distance, and whose it is, with the points of one more bucket."""
    x_m, y_m, number = buckets.x_m, buckets.y_m, buckets.number
    for point in range(buckets.first[bucket], buckets.first[bucket + 1]):
        dx, dy = x_m[point] - x, y_m[point] - y
        square = dx * dx + dy * dy
        if square < best or (square == best and (chosen == NONE or number[point] < chosen)):
            best, chosen = square, number[point]
    return best, chosen


@compiled_allocating
def _edge_m(x: float, y: float, row: int, column: int, buckets: Buckets) -> float:
    """Distance to the nearest side of a position's own bucket, m."""
    size_m = buckets.size_m
    right, up = x - buckets.west_m - column * size_m, y - buckets.south_m - row * size_m
    return min(right, up, size_m - right, size_m - up)
