"""Cells of H3, the hexagonal grid of the whole Earth (Uber, Apache 2.0): numbers, names and middles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from h3.api import basic_int as h3

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def cells_at(lon: npt.ArrayLike, lat: npt.ArrayLike, resolution: int) -> Integers:
    """Find the cells of positions.

    Parameters
    ----------
    lon, lat : array_like of float, (n,)
        Degrees, WGS 84.
    resolution : int
        0 to 15; cells of resolution 8 have 0.74 km2 on average.

    Returns
    -------
    (n,) int64
        Numbers of the cells.
    """
    positions = zip(np.asarray(lat).tolist(), np.asarray(lon).tolist(), strict=True)
    return np.array([h3.latlng_to_cell(*position, resolution) for position in positions], dtype=np.int64)


def middles_of(cells: Sequence[int]) -> tuple[Floats, Floats]:
    """Locate the middles of cells.

    Parameters
    ----------
    cells : sequence of int, (n,)
        Numbers of the cells.

    Returns
    -------
    lon, lat : (n,) float64
        Degrees, WGS 84.
    """
    lat, lon = np.array([h3.cell_to_latlng(cell) for cell in cells], dtype=np.float64).reshape(-1, 2).T
    return lon, lat


def names_of(cells: Sequence[int]) -> list[str]:
    """Names of cells as other programs write them: '886520c003fffff'."""
    return [str(h3.int_to_str(cell)) for cell in cells]


def numbers_of(names: Sequence[str]) -> Integers:
    """Numbers of cells by name; 0 for what names none."""
    known = {name: h3.str_to_int(name) if h3.is_valid_cell(_number(name)) else 0 for name in set(names)}
    return np.array([known[name] for name in names], dtype=np.int64)


def _number(name: str) -> int:
    try:
        return int(h3.str_to_int(name))
    except ValueError:
        return 0
