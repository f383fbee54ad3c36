"""Of each commune the sites or hubs of most of its people."""

from __future__ import annotations

import numpy as np
from scipy import sparse

Most = list[tuple[int, float]]
"""Rows of the sites or hubs with people of the commune, most first."""

_FIRST = 3
_LEAST_PEOPLE = 0.5


def most_people(total: sparse.csr_matrix) -> list[Most]:
    """Of each column of ``total``, people by site or hub and commune, the first three rows with anybody."""
    by_commune = total.tocsc()
    found = []
    for commune in range(by_commune.shape[1]):
        first, last = by_commune.indptr[commune], by_commune.indptr[commune + 1]
        people, rows = by_commune.data[first:last], by_commune.indices[first:last]
        order = np.lexsort((rows, -people))[:_FIRST]
        found.append([(int(rows[row]), float(people[row])) for row in order if people[row] >= _LEAST_PEOPLE])
    return found
