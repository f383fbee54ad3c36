"""Degree of urbanisation: urban, suburban and rural from people on a grid of 1 km.

United Nations Statistical Commission, "A recommendation on the method to delineate cities, urban and rural areas"
(2020), level 1: urban centres are cells of at least 1,500 people per km2 that touch side by side and hold 50,000
people together; urban clusters cells of at least 300 that touch, corners included, and hold 5,000. Here the first are
urban, the rest of the second suburban, all else rural. Gaps inside centres are not filled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

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
    """The class of each 1 km cell that holds people, by its key in ascending order."""

    keys: npt.NDArray[np.int64]
    classes: Codes

    def at(self, x_m: Floats, y_m: Floats) -> Codes:
        """The class at each position in the metric system; rural where nobody lives."""
        if not len(self.keys):
            return np.full(len(x_m), RURAL, dtype=np.int8)
        wanted = cell_keys(x_m, y_m)
        found = np.searchsorted(self.keys, wanted).clip(max=len(self.keys) - 1)
        return np.where(self.keys[found] == wanted, self.classes[found], np.int8(RURAL))


def cell_keys(x_m: Floats, y_m: Floats) -> npt.NDArray[np.int64]:
    """A number for the 1 km cell of each position; the cell to the east has the next one."""
    column, row = (np.floor(np.asarray(axis) / CELL_M).astype(np.int64) for axis in (x_m, y_m))
    return np.asarray(row * _ROW + column)


def first_occurrence(keys: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.int64]:
    """Where each run of equal keys begins."""
    return np.flatnonzero(np.append(np.ones(min(len(keys), 1), dtype=bool), keys[1:] != keys[:-1]))


def degree_of_urbanisation(keys: npt.NDArray[np.int64], held: Floats, limits: Urbanisation) -> UrbanisationGrid:
    """Classes of the cells that hold people; ``keys`` ascend, ``held`` are the people of each."""
    classes = np.full(len(keys), RURAL, dtype=np.int8)
    cluster = _joined(keys, held, limits.cluster_people_per_km2, limits.cluster_people, (*_SIDES, *_CORNERS))
    classes[cluster] = SUBURBAN
    classes[_joined(keys, held, limits.centre_people_per_km2, limits.centre_people, _SIDES)] = URBAN
    return UrbanisationGrid(keys, classes)


def _joined(
    keys: npt.NDArray[np.int64], held: Floats, people_per_km2: float, people: float, touching: tuple[int, ...]
) -> npt.NDArray[np.int64]:
    """Cells that are dense enough and, with those they touch, hold enough people."""
    dense = np.flatnonzero(held >= people_per_km2)
    if not len(dense):
        return dense
    pairs = [_pairs(keys[dense], step) for step in touching]
    first, second = (np.concatenate(ends) for ends in zip(*pairs, strict=True))
    graph = coo_matrix((np.ones(len(first)), (first, second)), shape=(len(dense), len(dense)))
    group = connected_components(graph, directed=False)[1]
    return np.asarray(dense[np.bincount(group, weights=held[dense])[group] >= people])


def _pairs(keys: npt.NDArray[np.int64], step: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Positions of the keys that are ``step`` apart."""
    found = np.searchsorted(keys, keys + step).clip(max=len(keys) - 1)
    first = np.flatnonzero(keys[found] == keys + step)
    return first, found[first]
