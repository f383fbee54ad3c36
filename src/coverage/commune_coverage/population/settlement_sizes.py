"""Settlements as groups of cells that touch, and how many cells each has."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Integers = npt.NDArray[np.int64]
_HALF_OF_NEIGHBOURS = ((0, 1), (1, -1), (1, 0), (1, 1))
"""Steps in rows and columns to four of the eight neighbours; the others are those that have this cell as theirs."""


def settlement_cells(row: Integers, column: Integers) -> Integers:
    """Count the cells of the settlement of each cell.

    Parameters
    ----------
    row, column : (cells,) int64
        Where settled cells are on their grid; a cell may be there more than once.

    Returns
    -------
    (cells,) int64
        Different cells that are joined to it over any of their eight neighbours, itself among them.

    Notes
    -----
    Memory grows with the settled cells and not with the grid.
    """
    if not len(row):
        return np.zeros(0, dtype=np.int64)
    width = int(column.max()) - int(column.min()) + 3
    key, cell = np.unique((row - row.min()) * width + (column - column.min()), return_inverse=True)
    ends = []
    for down, right in _HALF_OF_NEIGHBOURS:
        wanted = key + down * width + right
        at = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
        is_there = key[at] == wanted
        ends.append(np.stack([np.flatnonzero(is_there), at[is_there]]))
    first, second = np.concatenate(ends, axis=1)
    graph = coo_array((np.ones(len(first), dtype=bool), (first, second)), shape=(len(key), len(key)))
    settlement = connected_components(graph, directed=False)[1]
    return np.bincount(settlement)[settlement][cell].astype(np.int64)
