"""Small counts withheld: those below a limit, and as many others as it takes that no total gives one back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Key = tuple[str, ...]


class Withheld(NamedTuple):
    """Which areas are withheld.

    Attributes
    ----------
    communes : bool[communes]
        Communes.
    areas : list of frozenset of str
        Codes of the larger areas, one set for each level as it was given.
    nation : bool
        The whole country.
    """

    communes: Flags
    areas: list[frozenset[str]]
    nation: bool


class _Reached(NamedTuple):
    """What lies below an area and is told by no published area in between.

    ``leaves`` are withheld communes, ``frontier`` published areas, ``inner`` withheld larger areas with the withheld
    communes below each.
    """

    leaves: list[int]
    frontier: list[int]
    inner: dict[int, list[int]]


def withhold_small(counts: Floats, levels: Sequence[Sequence[str]], min_count: int) -> Withheld:
    """Choose the areas whose figures are withheld.

    Parameters
    ----------
    counts : float64[communes]
        Records or people behind each commune's figures, 0 or more; NaN where there is no figure.
    levels : sequence of sequence of str
        Codes of the larger areas that each commune lies in, the largest areas first, such as provinces and districts.
    min_count : int
        At least so many stand behind a published figure; 2 or more.

    Returns
    -------
    Withheld
        Every area with fewer, and others: of all that a published total has left when the published areas in it are
        taken away, there are always two communes or more, with ``min_count`` or more together.

    Notes
    -----
    Cell suppression for a table of nested totals (Hundepool et al., Statistical Disclosure Control, 2012, chapter 4):
    what is left of a total is one equation for each published area, and these equations share no commune. A commune
    alone in its equation would be given back, and so would those that sum to 0. The smallest areas are withheld first.
    """
    tree = _Tree(counts, levels, min_count)
    for node in tree.from_below():
        tree.protect(node)
    is_withheld = tree.is_withheld
    communes = np.zeros(len(counts), dtype=np.bool_)
    communes[[leaf for leaf in tree.leaves if is_withheld[leaf]]] = True
    areas = [
        frozenset(key[-1] for key, node in tree.nodes.items() if len(key) == depth and is_withheld[node])
        for depth in range(1, len(levels) + 1)
    ]
    return Withheld(communes, areas, is_withheld[tree.nodes[()]])


class _Tree:
    """Communes in larger areas in the nation; communes are numbered as they come, areas after them."""

    def __init__(self, counts: Floats, levels: Sequence[Sequence[str]], min_count: int) -> None:
        self.min_count = min_count
        self.leaves = np.flatnonzero(~np.isnan(counts)).tolist()
        self.nodes: dict[Key, int] = {}
        self.children: list[list[int]] = [[] for _ in counts]
        self.totals: list[float] = np.nan_to_num(counts).tolist()
        self._area(())
        for leaf in self.leaves:
            key = tuple(str(level[leaf]) for level in levels)
            self.children[self._area(key)].append(leaf)
            for depth in range(len(key) + 1):
                self.totals[self.nodes[key[:depth]]] += self.totals[leaf]
        self.is_withheld = [total < min_count for total in self.totals]

    def _area(self, key: Key) -> int:
        """The number of an area, which is put into the next larger one when it first comes."""
        if key not in self.nodes:
            above = self._area(key[:-1]) if key else -1
            self.nodes[key] = len(self.children)
            self.children.append([])
            self.totals.append(0.0)
            if key:
                self.children[above].append(self.nodes[key])
        return self.nodes[key]

    def from_below(self) -> list[int]:
        """Areas, smaller ones before those that they lie in."""
        return [self.nodes[key] for key in sorted(self.nodes, key=lambda key: (-len(key), key))]

    def reached(self, node: int) -> _Reached:
        """What lies below an area and under no published area in it."""
        leaves: list[int] = []
        frontier: list[int] = []
        inner: dict[int, list[int]] = {}
        for child in self.children[node]:
            if not self.is_withheld[child]:
                frontier.append(child)
            elif not self.children[child]:
                leaves.append(child)
            else:
                below = self.reached(child)
                leaves += below.leaves
                frontier += below.frontier
                inner |= {child: below.leaves, **below.inner}
        return _Reached(leaves, frontier, inner)

    def protect(self, node: int) -> None:
        """Withhold more in an area, the smallest first, until nothing in it is given back; at last the area itself."""
        while (options := self._options(node)) is not None:
            if not options:
                self.is_withheld[node] = True
                return
            self.is_withheld[min(options, key=lambda one: (self.totals[one], one))] = True

    def _options(self, node: int) -> list[int] | None:
        """Published areas of which one more is to be withheld; None where nothing is given back."""
        found = self.reached(node)
        for area, leaves in found.inner.items():
            if not leaves:  # the sum of what is published in it
                return self.reached(area).frontier
        if self.is_withheld[node]:
            return None if found.leaves or not found.frontier else found.frontier
        if found.leaves and (len(found.leaves) < 2 or sum(self.totals[leaf] for leaf in found.leaves) < self.min_count):
            return found.frontier
        for area, leaves in found.inner.items():
            if len(leaves) == len(found.leaves):  # all that is left of the total
                within = self.reached(area).frontier
                return [one for one in found.frontier if one not in within]
        return None
