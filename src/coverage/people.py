"""Demand: populated places and who of them lives in which commune, in sums that are the same in any order.

Every indicator is a value per place; every commune figure is that value times people, summed. People of a place in a
commune, and each product of them with a value, are multiples of 1 / EXACT person: sums of such numbers are exact in
double precision up to 8 billion people, whatever their order, and single places can be taken out and put in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from numba import njit
from scipy.sparse import csr_matrix

from coverage.tables import EXACT

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]
Fields = npt.NDArray[np.uint8]

TILE_M = 103_000.0
PLACE_COLUMNS = ["lon", "lat", "x_m", "y_m", "people", "tile"]


def exact(people: Floats) -> Floats:
    """To the nearest multiple of 1 / EXACT person."""
    return np.asarray(np.rint(people * EXACT) / EXACT)


class Shares(NamedTuple):
    """Of one tile: ``people`` (exact) of the ``place`` (row in the tile) who live in the ``commune``."""

    place: Integers
    commune: Integers
    people: Floats

    def sum_where(self, holds: npt.NDArray[np.bool_], communes: int) -> Floats:
        """People of each commune at places where something holds."""
        at = holds[self.place]
        return np.bincount(self.commune[at], self.people[at], communes).astype(np.float64, copy=False)

    def sum_of(self, values: Floats, communes: int) -> Floats:
        """People of each commune, each times the value of the place."""
        weighted = exact(self.people * values[self.place])
        return np.bincount(self.commune, weighted, communes).astype(np.float64, copy=False)

    def sum_of_bits(self, field: Fields, bits: int, communes: int) -> Floats:
        """(bits, communes): people of each commune at places whose byte has each of the lowest bits set."""
        return _sum_bits(self.place, self.commune, self.people, np.ascontiguousarray(field), bits, communes)


@njit(cache=True, nogil=True, error_model="numpy")
def _sum_bits(place: Integers, commune: Integers, people: Floats, field: Fields, bits: int, communes: int) -> Floats:
    found = np.zeros((bits, communes))
    for row in range(len(place)):
        held = field[place[row]]
        if held:
            for bit in range(bits):
                if held >> bit & 1:
                    found[bit, commune[row]] += people[row]
    return found


@dataclass(frozen=True)
class Demand:
    """``places``: one row a populated place; ``fractions``: places x communes, rows summing to at most 1."""

    places: pd.DataFrame
    fractions: csr_matrix

    @property
    def people(self) -> Floats:
        return self.places["people"].to_numpy()

    def shares(self, first: int = 0, last: int | None = None) -> Shares:
        """Of the places from row ``first`` to ``last``."""
        part = self.fractions[first:last].tocoo()
        people = exact(self.people[first:last][part.row] * part.data)
        return Shares(part.row.astype(np.int32), part.col.astype(np.int32), people)

    def by_commune(self) -> Floats:
        """People of each commune."""
        return self.shares().sum_of(np.ones(len(self.places)), self.fractions.shape[1])

    def outside(self) -> float:
        """People who live in no commune."""
        return float(np.sum(self.people * np.clip(1 - np.asarray(self.fractions.sum(axis=1)).ravel(), 0, None)))


def make_demand(lon: Floats, lat: Floats, x_m: Floats, y_m: Floats, people: Floats, fractions: csr_matrix) -> Demand:
    """Places with people, ordered by tile.

    A tile is a square of 103 km in the country's metric system, so it is the same on every machine, and a whole number
    of kilometres, so that no square of 1 km lies in two.
    """
    populated = people > 0
    lon, lat, x_m, y_m, people = (values[populated] for values in (lon, lat, x_m, y_m, people))
    fractions = fractions[populated]
    tile_key = np.floor(y_m / TILE_M).astype(np.int64) * 100_000 + np.floor(x_m / TILE_M).astype(np.int64)
    tile = np.unique(tile_key, return_inverse=True)[1]
    places = pd.DataFrame(dict(zip(PLACE_COLUMNS, (lon, lat, x_m, y_m, people, tile), strict=True)))
    order = np.argsort(tile, kind="stable")
    return Demand(places.iloc[order].reset_index(drop=True), fractions[order])
