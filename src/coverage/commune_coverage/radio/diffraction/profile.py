"""The ground under a tile, the antennas on it, and the profile between two of its points."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import inlined

Floats = npt.NDArray[np.float64]
MAX_POINTS = 1024


class Antennas(NamedTuple):
    """Antenna positions on the elevation grid.

    Attributes
    ----------
    row, column : (masts,) float64, cells
        Position on the elevation grid.
    antenna_m : (masts,) float64, m
        Height of the transmitting antenna above ground.
    receiver_m : float, m
        Height of every receiver above ground.
    """

    row: Floats
    column: Floats
    antenna_m: Floats
    receiver_m: float


class Ground(NamedTuple):
    """Elevation grid around a tile.

    Attributes
    ----------
    height_m : (rows, columns) float32, m
        Height above sea level; empty where there is no terrain.
    step_m : float, m
        Width of a cell.
    earth_km : float, km
        Effective earth radius.
    """

    height_m: npt.NDArray[np.float32]
    step_m: float
    earth_km: float


def flat_ground() -> Ground:
    """Ground without terrain.

    Returns
    -------
    Ground
        An empty grid.
    """
    return Ground(np.zeros((0, 0), dtype=np.float32), 1.0, 8500.0)


@inlined
def height_at(height_m: npt.NDArray[np.float32], row: float, column: float) -> float:
    """Height at a point, bilinear between four cells.

    Parameters
    ----------
    height_m : (rows, columns) float32, m
        Elevation grid of at least 2 x 2 cells.
    row, column : float, cells
        Position from the middle of the first cell; beyond the grid its edge counts.

    Returns
    -------
    float, m
        Height above sea level.
    """
    rows, columns = height_m.shape
    return _height_within(height_m, min(max(row, 0.0), rows - 1.0), min(max(column, 0.0), columns - 1.0))


@inlined
def _height_within(height_m: npt.NDArray[np.float32], row: float, column: float) -> float:
    """Height at a point of the grid."""
    rows, columns = height_m.shape
    r, c = min(int(row), rows - 2), min(int(column), columns - 2)
    u, v = row - r, column - c
    upper = height_m[r, c] * (1 - v) + height_m[r, c + 1] * v
    lower = height_m[r + 1, c] * (1 - v) + height_m[r + 1, c + 1] * v
    return upper * (1 - u) + lower * u


@inlined
def sample_profile(
    ground: Ground,
    row_a: float,
    column_a: float,
    row_b: float,
    column_b: float,
    distance_m: float,
    along_km: Floats,
    profile_m: Floats,
) -> int:
    """Sample the profile from point a to point b at the step of the elevation grid.

    Writes the first elements of ``along_km`` and ``profile_m``.

    Parameters
    ----------
    ground : Ground
        Elevation grid.
    row_a, column_a, row_b, column_b : float, cells
        Both ends on the grid.
    distance_m : float, m
        Distance between the ends.
    along_km : (MAX_POINTS,) float64, km
        Distances from a.
    profile_m : (MAX_POINTS,) float64, m
        Heights above sea level.

    Returns
    -------
    int
        Number of points.
    """
    pieces = min(max(int(distance_m / ground.step_m + 0.5), 1), MAX_POINTS - 1)
    step_km, per_row, per_column = distance_m / pieces / 1000, (row_b - row_a) / pieces, (column_b - column_a) / pieces
    for i in range(pieces + 1):
        along_km[i] = i * step_km
        profile_m[i] = height_at(ground.height_m, row_a + i * per_row, column_a + i * per_column)
    return pieces + 1
