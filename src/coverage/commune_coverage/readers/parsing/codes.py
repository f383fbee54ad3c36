"""Administrative codes: text with their zeros, and codes taken from another boundary file."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from commune_coverage.readers.parsing.numbers import latin_digits
from commune_coverage.readers.parsing.text import attribute_text

UNMATCHED = -1


def normalise_codes(values: pd.Series, width: int | None = None) -> pd.Series:
    """Write codes as text, all-digit ones with zeros before them up to a width.

    Parameters
    ----------
    values : Series
        (n,) codes, text or numbers.
    width : int or None
        Digits of a code. None: the longest length, provided that the others are one digit shorter, the mark of zeros
        that a spreadsheet took away.

    Returns
    -------
    Series
        (n,) text.
    """
    texts = attribute_text(values).map(lambda text: latin_digits(str(text)).strip().removesuffix(".0"))
    if width is None:
        lengths = sorted({len(text) for text in texts if text.isdigit()})
        width = lengths[-1] if len(lengths) == 2 and lengths[1] - lengths[0] == 1 else 0
    return texts.map(lambda text: text.zfill(width) if text.isdigit() else text)


def match_by_overlap(boundaries: gpd.GeoSeries, coded: gpd.GeoSeries) -> npt.NDArray[np.int64]:
    """Match polygons of two files one to one so that the summed intersection over union is largest.

    Parameters
    ----------
    boundaries : GeoSeries
        (n,) polygons without codes.
    coded : GeoSeries
        (m,) polygons with codes, in the same reference system.

    Returns
    -------
    ndarray of int64
        (n,) position in ``coded``, or UNMATCHED.
    """
    left, right = boundaries.to_numpy(), coded.to_numpy()
    right_index, left_index = shapely.STRtree(left).query(right, predicate="intersects")
    shared = shapely.area(shapely.intersection(left[left_index], right[right_index]))
    score = shared / (shapely.area(left[left_index]) + shapely.area(right[right_index]) - shared)
    keep = score > 0
    weights = csr_matrix((score[keep], (left_index[keep], right_index[keep])), shape=(len(left), len(right)))
    try:
        rows, columns = min_weight_full_bipartite_matching(weights, maximize=True)
    except ValueError:
        rows, columns = _greedy(weights)
    matched = np.full(len(left), UNMATCHED, dtype=np.int64)
    matched[rows] = columns
    return matched


def _greedy(weights: csr_matrix) -> tuple[list[int], list[int]]:
    """Best pairs first, ties by position: used where no matching covers the smaller side."""
    pairs = weights.tocoo()
    order = np.lexsort((pairs.col, pairs.row, -pairs.data))
    rows: dict[int, int] = {}
    taken: set[int] = set()
    for row, column in zip(pairs.row[order].tolist(), pairs.col[order].tolist(), strict=True):
        if row not in rows and column not in taken:
            rows[row] = column
            taken.add(column)
    return list(rows), list(rows.values())
