"""Degree of urbanisation: urban, suburban and rural from people on a grid of 1 km.

United Nations Statistical Commission, "A recommendation on the method to delineate cities, urban and rural areas"
(2020), level 1: urban centres are cells of at least 1,500 people per km2 that touch side by side and hold 50,000
people together; urban clusters cells of at least 300 that touch, corners included, and hold 5,000. Here the first are
urban, the rest of the second suburban, all else rural. Gaps inside centres are not filled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from commune_coverage.config.thresholds import Urbanisation

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]

RURAL, SUBURBAN, URBAN = 0, 1, 2
EnvironmentName = Literal["rural", "suburban", "urban"]
NAMES: tuple[EnvironmentName, ...] = ("rural", "suburban", "urban")
CELL_M = 1000.0
_ROW = 1 << 32
_SIDES = (1, _ROW)
_CORNERS = (_ROW - 1, _ROW + 1)


@dataclass(frozen=True)
class UrbanisationGrid:
    """The class of each 1 km cell in which people live.

    Attributes
    ----------
    keys : int64[cells]
        Key of each cell (see `cell_keys`), ascending.
    classes : int8[cells]
        ``RURAL``, ``SUBURBAN`` or ``URBAN``.
    """

    keys: npt.NDArray[np.int64]
    classes: Codes

    def at(self, x_m: Floats, y_m: Floats) -> Codes:
        """Look up the class at each position.

        Parameters
        ----------
        x_m, y_m : float64[n]
            Positions in the metric system, m.

        Returns
        -------
        int8[n]
            Class; rural where nobody lives.
        """
        if not len(self.keys):
            return np.full(len(x_m), RURAL, dtype=np.int8)
        wanted = cell_keys(x_m, y_m)
        cell = np.searchsorted(self.keys, wanted).clip(max=len(self.keys) - 1)
        return np.where(self.keys[cell] == wanted, self.classes[cell], np.int8(RURAL))

    def window(self, west_m: float, east_m: float, south_m: float, north_m: float) -> UrbanisationWindow:
        """Lay the classes of a rectangle out in rows and columns.

        Parameters
        ----------
        west_m, east_m, south_m, north_m : float, m
            Rectangle in the metric system; all cells that it touches are in the window.

        Returns
        -------
        UrbanisationWindow
            Rural where nobody lives.
        """
        first, last = (
            np.floor(np.array(ends) / CELL_M).astype(np.int64) for ends in ((west_m, south_m), (east_m, north_m))
        )
        columns, rows = last - first + 1
        classes = np.full((rows, columns), RURAL, dtype=np.int8)
        begin, end = np.searchsorted(self.keys, (first[1] * _ROW + first[0], last[1] * _ROW + last[0] + 1))
        row = (self.keys[begin:end] + _ROW // 2) // _ROW
        column = self.keys[begin:end] - row * _ROW - first[0]
        inside = (column >= 0) & (column < columns)
        classes[row[inside] - first[1], column[inside]] = self.classes[begin:end][inside]
        return UrbanisationWindow(classes, float(first[0] * CELL_M), float(first[1] * CELL_M))


class UrbanisationWindow(NamedTuple):
    """Classes of a rectangle of 1 km cells.

    Attributes
    ----------
    classes : int8[rows, columns]
        From south and west.
    west_m, south_m : float, m
        Corner of the first cell.
    """

    classes: Codes
    west_m: float
    south_m: float


def cell_keys(x_m: Floats, y_m: Floats) -> npt.NDArray[np.int64]:
    """Key the 1 km cell of each position; the cell to the east has the next number.

    Parameters
    ----------
    x_m, y_m : float64[n]
        Positions in the metric system, m.

    Returns
    -------
    int64[n]
    """
    column, row = (np.floor(np.asarray(axis) / CELL_M).astype(np.int64) for axis in (x_m, y_m))
    return np.asarray(row * _ROW + column)


def first_occurrence(keys: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.int64]:
    """Return where each run of equal keys begins (int64[runs])."""
    return np.flatnonzero(np.append(np.ones(min(len(keys), 1), dtype=bool), keys[1:] != keys[:-1]))


def degree_of_urbanisation(keys: npt.NDArray[np.int64], people: Floats, limits: Urbanisation) -> UrbanisationGrid:
    """Classify the cells in which people live.

    Parameters
    ----------
    keys : int64[cells]
        Key of each cell, ascending.
    people : float64[cells]
        People of each cell, which is 1 km2.
    limits : Urbanisation
        The ``[urbanisation]`` section.

    Returns
    -------
    UrbanisationGrid

    Notes
    -----
    Degree of urbanisation, level 1 (United Nations Statistical Commission 2020; European Union, FAO, UN-Habitat, OECD,
    World Bank, "Applying the Degree of Urbanisation", 2021): urban centres of at least 1,500 people per km2 and 50,000
    people, over sides; urban clusters of at least 300 and 5,000, corners included. Gaps inside centres are not filled,
    and cells are not smoothed.
    """
    classes = np.full(len(keys), RURAL, dtype=np.int8)
    cluster = _joined(keys, people, limits.cluster_people_per_km2, limits.cluster_people, (*_SIDES, *_CORNERS))
    classes[cluster] = SUBURBAN
    classes[_joined(keys, people, limits.centre_people_per_km2, limits.centre_people, _SIDES)] = URBAN
    return UrbanisationGrid(keys, classes)


def _joined(
    keys: npt.NDArray[np.int64], people: Floats, min_per_km2: float, min_people: float, touching: tuple[int, ...]
) -> npt.NDArray[np.int64]:
    """Cells that are dense enough and, with those they touch, have enough people."""
    dense = np.flatnonzero(people >= min_per_km2)
    if not len(dense):
        return dense
    pairs = [_pairs(keys[dense], step) for step in touching]
    first, second = (np.concatenate(ends) for ends in zip(*pairs, strict=True))
    graph = coo_matrix((np.ones(len(first)), (first, second)), shape=(len(dense), len(dense)))
    group = connected_components(graph, directed=False)[1]
    return np.asarray(dense[np.bincount(group, weights=people[dense])[group] >= min_people])


def _pairs(keys: npt.NDArray[np.int64], step: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Positions of the keys that are ``step`` apart."""
    second = np.searchsorted(keys, keys + step).clip(max=len(keys) - 1)
    first = np.flatnonzero(keys[second] == keys + step)
    return first, second[first]
