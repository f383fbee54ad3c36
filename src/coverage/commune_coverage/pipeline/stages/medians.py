"""Medians of places' values by commune and for the nation, tile by tile.

A commune's values are held from its first tile to its last only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, compiled_allocating
from commune_coverage.population.tables import read_shares, tile_count
from commune_coverage.population.weights import PopulationWeights

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Held = tuple[Integers, Floats, Floats]

_SHIFT = 9
_PAGE = 4096
_PAGES = (0x7F800000 >> _SHIFT) // _PAGE + 1


class Counted(NamedTuple):
    """People by bin of their value: float64[pages, bins of a page]; of the millions of bins few pages are filled."""

    people: Floats
    is_filled: npt.NDArray[np.bool_]


def last_tiles(folder: Path, communes: int) -> Integers:
    """The last tile in which each commune has people; -1 where nobody lives."""
    last = np.full(communes, -1, dtype=np.int64)
    for tile in range(tile_count(folder)):
        last[read_shares(folder, tile).commune] = tile
    return last


@dataclass
class Medians:
    """Medians by people of each commune, NaN where nobody has a value; and of the nation.

    The nation's is that of values rounded to 14 bits, one part in 16,384: its people are counted by value, not held.
    """

    last_tile: Integers
    names: dict[str, str]
    by_commune: dict[str, Floats] = field(default_factory=dict)
    _held: dict[str, Held] = field(default_factory=dict)
    _counted: dict[str, Counted] = field(default_factory=dict)

    def take(self, tile: int, shares: PopulationWeights, values: dict[str, npt.NDArray[np.generic]]) -> None:
        """The values of the places of the next tile; ``names`` says which, and what their medians are called."""
        for name, called in self.names.items():
            if name in values:
                value = np.asarray(values[name], dtype=np.float64)[shares.place]
                known = np.isfinite(value) & (shares.people > 0)
                here = shares.commune[known].astype(np.int64), value[known], shares.people[known]
                self._count(called, here)
                self._settle(called, tile, here)

    def _count(self, called: str, here: Held) -> None:
        if called not in self._counted:
            self._counted[called] = Counted(np.zeros((_PAGES, _PAGE)), np.zeros(_PAGES, dtype=np.bool_))
        _add_to(self._counted[called], _bin_of(here[1]), here[2])

    def _settle(self, called: str, tile: int, here: Held) -> None:
        """Communes that have no later tile are done; the others wait."""
        before = self._held.get(called)
        commune, value, people = (
            here if before is None else (np.concatenate([old, new]) for old, new in zip(before, here, strict=True))
        )
        done = self.last_tile[commune] <= tile
        medians = self.by_commune.setdefault(called, np.full(len(self.last_tile), np.nan))
        order = np.argsort(commune[done].astype(np.uint16 if len(medians) < 1 << 16 else np.int64), kind="stable")
        _fill_medians(commune[done][order], value[done][order], people[done][order], medians)
        self._held[called] = commune[~done], value[~done], people[~done]

    def national(self) -> dict[str, float]:
        """The median over all people."""
        return {called: _median_of(counted) for called, counted in self._counted.items()}


@compiled_allocating
def _fill_medians(commune: Integers, value: Floats, people: Floats, medians: Floats) -> None:
    """Rows sorted by commune."""
    start = 0
    while start < len(commune):
        end, whole = start, 0.0
        while end < len(commune) and commune[end] == commune[start]:
            whole += people[end]
            end += 1
        medians[commune[start]] = _middle(value[start:end], people[start:end], whole / 2)
        start = end


@compiled_allocating
def _middle(value: Floats, people: Floats, half: float) -> float:
    """The least value that, with all below it, holds half of the people; by parting around a value in between."""
    value, people = value.copy(), people.copy()
    first, last, below = 0, len(value), 0.0
    while last - first > 1:
        pivot = value[(first + last) // 2]
        less, more, row = first, last, first
        under, equal = 0.0, 0.0
        while row < more:
            if value[row] < pivot:
                value[row], value[less] = value[less], value[row]
                people[row], people[less] = people[less], people[row]
                under += people[less]
                less += 1
                row += 1
            elif value[row] > pivot:
                more -= 1
                value[row], value[more] = value[more], value[row]
                people[row], people[more] = people[more], people[row]
            else:
                equal += people[row]
                row += 1
        if below + under >= half:
            last = less
        elif below + under + equal >= half:
            return pivot
        else:
            below += under + equal
            first = more
    return value[first]


@compiled
def _add_to(counted: Counted, number: Integers, people: Floats) -> None:
    for row in range(len(number)):
        page = number[row] // _PAGE
        counted.people[page, number[row] % _PAGE] += people[row]
        counted.is_filled[page] = True


def _bin_of(value: Floats) -> Integers:
    """Bins of a 16,384th of an octave by the bits of the value, which is not negative."""
    half = 1 << (_SHIFT - 1)
    return (value.astype(np.float32).view(np.int32).astype(np.int64) + half) >> _SHIFT


def _median_of(counted: Counted) -> float:
    pages = np.flatnonzero(counted.is_filled)
    running = np.cumsum(counted.people[pages])
    if not (len(running) and running[-1] > 0):
        return float("nan")
    page, middle = divmod(int(np.searchsorted(running, running[-1] / 2)), _PAGE)
    return float(np.array([(pages[page] * _PAGE + middle) << _SHIFT], dtype=np.int32).view(np.float32)[0])
