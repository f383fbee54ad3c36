"""Population weights: people of each place by commune, in sums that are the same in any order.

Every indicator is a value per place; every commune figure is that value times people, summed. People of a place in a
commune, and each product of them with a value, are multiples of 1 / FIXED_POINT_SCALE person: sums of such numbers are
exact in double precision up to 2 billion people, whatever their order, and single places can be taken out and put in.
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
    """Round to the nearest multiple of 1 / FIXED_POINT_SCALE person.

    Parameters
    ----------
    people : float64[n]
        People.

    Returns
    -------
    float64[n]

    Notes
    -----
    Sums of such numbers are exact in double precision up to 2 billion people (2**53 / 2**22).
    """
    return np.asarray(np.rint(people * FIXED_POINT_SCALE) / FIXED_POINT_SCALE)


class PopulationWeights(NamedTuple):
    """People of the places of one tile, by the commune in which they live.

    Attributes
    ----------
    place : int32[pairs]
        Row of the place in the tile.
    commune : int32[pairs]
        Row of the commune.
    people : float64[pairs]
        People of the place in the commune, multiples of 1 / FIXED_POINT_SCALE.
    """

    place: Integers
    commune: Integers
    people: Floats

    def sum_where(self, holds: npt.NDArray[np.bool_], communes: int) -> Floats:
        """Sum the people of each commune at places where something holds.

        Parameters
        ----------
        holds : bool[places]
            Where it holds.
        communes : int
            How many communes there are.

        Returns
        -------
        float64[communes]
        """
        return np.asarray(self.sum_of_bits(holds.view(np.uint8)[np.newaxis], 1, communes)[0, 0])

    def sum_of(self, values: Floats, communes: int) -> Floats:
        """Sum the people of each commune, each times the value of the place.

        Parameters
        ----------
        values : float64[places]
            Value of each place.
        communes : int
            How many communes there are.

        Returns
        -------
        float64[communes]
        """
        weighted = to_fixed_point(self.people * values[self.place])
        return np.bincount(self.commune, weighted, communes).astype(np.float64, copy=False)

    def sum_of_bits(self, fields: Fields, bits: int, communes: int) -> Floats:
        """Sum the people of each commune at places whose byte has a bit set.

        Parameters
        ----------
        fields : uint8[fields, places]
            Bytes of flags.
        bits : int
            How many of the lowest bits are summed, 5 at most.
        communes : int
            How many communes there are.

        Returns
        -------
        float64[fields, bits, communes]
        """
        sums = np.zeros((len(fields), bits, communes))
        _sum_bits(self.place, self.commune, self.people, np.ascontiguousarray(fields), sums)
        return sums


_VALUES = 32
"""Of a byte of at most five bits."""


@compiled_allocating
def _sum_bits(place: Integers, commune: Integers, people: Floats, fields: Fields, sums: Floats) -> None:
    """Add to ``sums``: people are first summed by the byte's value, then by its bits; four fields at a time."""
    local, present = _by_occurrence(commune, sums.shape[2])
    by_value, last = np.zeros((4, len(present) * _VALUES)), len(fields) - 1
    for start in range(0, len(fields), 4):
        one, two, three, four = (
            fields[start],
            fields[min(start + 1, last)],
            fields[min(start + 2, last)],
            fields[min(start + 3, last)],
        )
        by_value[:] = 0.0
        for row in range(len(place)):
            at, first, count_here = place[row], local[row] * _VALUES, people[row]
            by_value[0, first + one[at]] += count_here
            by_value[1, first + two[at]] += count_here
            by_value[2, first + three[at]] += count_here
            by_value[3, first + four[at]] += count_here
        for field in range(start, min(start + 4, len(fields))):
            for number in range(len(present)):
                for bit in range(sums.shape[1]):
                    for value in range(_VALUES):
                        if value >> bit & 1:
                            sums[field, bit, present[number]] += by_value[field - start, number * _VALUES + value]


@compiled_allocating
def _by_occurrence(commune: Integers, communes: int) -> tuple[Integers, Integers]:
    """Each row's commune as a number among those that occur, and which they are."""
    number, present, local = np.full(communes, -1, np.int32), np.empty(communes, np.int32), np.empty_like(commune)
    count = 0
    for row in range(len(commune)):
        own = commune[row]
        if number[own] < 0:
            number[own], present[count] = count, own
            count += 1
        local[row] = number[own]
    return local, present[:count]
