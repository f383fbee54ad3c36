"""People: who of the populated places lives in which commune, in sums that are the same in any order.

Every indicator is a value per place; every commune figure is that value times people, summed. People of a place in a
commune, and each product of them with a value, are multiples of 1 / EXACT person: sums of such numbers are exact in
double precision up to 2 billion people, whatever their order, and single places can be taken out and put in.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled_allocating
from commune_coverage.schema.inputs import FIXED_POINT_SCALE

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]
Fields = npt.NDArray[np.uint8]


def to_fixed_point(people: Floats) -> Floats:
    """To the nearest multiple of 1 / EXACT person."""
    return np.asarray(np.rint(people * FIXED_POINT_SCALE) / FIXED_POINT_SCALE)


class PopulationWeights(NamedTuple):
    """Of one tile: ``people`` (exact) of the ``place`` (row in the tile) who live in the ``commune``."""

    place: Integers
    commune: Integers
    people: Floats

    def sum_where(self, holds: npt.NDArray[np.bool_], communes: int) -> Floats:
        """People of each commune at places where something holds."""
        return np.asarray(self.sum_of_bits(holds.view(np.uint8)[np.newaxis], 1, communes)[0, 0])

    def sum_of(self, values: Floats, communes: int) -> Floats:
        """People of each commune, each times the value of the place."""
        weighted = to_fixed_point(self.people * values[self.place])
        return np.bincount(self.commune, weighted, communes).astype(np.float64, copy=False)

    def sum_of_bits(self, fields: Fields, bits: int, communes: int) -> Floats:
        """(fields, bits, communes): people at places whose byte in a field (fields, places) has each lowest bit set."""
        found = np.zeros((len(fields), bits, communes))
        _sum_bits(self.place, self.commune, self.people, np.ascontiguousarray(fields), found)
        return found


_VALUES = 32
"""Of a byte of at most five bits."""


@compiled_allocating
def _sum_bits(place: Integers, commune: Integers, people: Floats, fields: Fields, found: Floats) -> None:
    """People are first summed by the byte's value, then by its bits; four fields at a time."""
    local, named = _by_occurrence(commune, found.shape[2])
    held, last = np.zeros((4, len(named) * _VALUES)), len(fields) - 1
    for start in range(0, len(fields), 4):
        one, two, three, four = (
            fields[start],
            fields[min(start + 1, last)],
            fields[min(start + 2, last)],
            fields[min(start + 3, last)],
        )
        held[:] = 0.0
        for row in range(len(place)):
            at, first, many = place[row], local[row] * _VALUES, people[row]
            held[0, first + one[at]] += many
            held[1, first + two[at]] += many
            held[2, first + three[at]] += many
            held[3, first + four[at]] += many
        for field in range(start, min(start + 4, len(fields))):
            for number in range(len(named)):
                for bit in range(found.shape[1]):
                    for value in range(_VALUES):
                        if value >> bit & 1:
                            found[field, bit, named[number]] += held[field - start, number * _VALUES + value]


@compiled_allocating
def _by_occurrence(commune: Integers, communes: int) -> tuple[Integers, Integers]:
    """Each row's commune as a number among those that occur, and which they are."""
    number, named, local = np.full(communes, -1, np.int32), np.empty(communes, np.int32), np.empty_like(commune)
    count = 0
    for row in range(len(commune)):
        own = commune[row]
        if number[own] < 0:
            number[own], named[count] = count, own
            count += 1
        local[row] = number[own]
    return local, named[:count]
