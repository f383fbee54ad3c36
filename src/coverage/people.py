"""People: who of the populated places lives in which commune, in sums that are the same in any order.

Every indicator is a value per place; every commune figure is that value times people, summed. People of a place in a
commune, and each product of them with a value, are multiples of 1 / EXACT person: sums of such numbers are exact in
double precision up to 2 billion people, whatever their order, and single places can be taken out and put in.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from coverage.tables import EXACT

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]
Fields = npt.NDArray[np.uint8]


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
        return np.asarray(self.sum_of_bits(holds.view(np.uint8), 1, communes)[0])

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
