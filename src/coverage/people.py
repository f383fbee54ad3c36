"""Demand: one table of populated places and one sparse matrix of exact commune fractions.

Every indicator is a value per place; every commune figure is that value times people,
summed through the matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csc_matrix, csr_matrix

Floats = npt.NDArray[np.float64]

TILE_M = 102_400.0
PLACE_COLUMNS = ["lon", "lat", "x_m", "y_m", "people", "tile"]


@dataclass(frozen=True)
class Demand:
    """``places``: one row a populated place; ``fractions``: places x communes, rows summing to at most 1."""

    places: pd.DataFrame
    fractions: csr_matrix

    @property
    def people(self) -> Floats:
        return self.places["people"].to_numpy()

    def by_commune(self, values: npt.ArrayLike | None = None) -> Floats:
        """People of each commune, or the sum of people x ``values`` (one value per place)."""
        weight = self.people if values is None else self.people * np.asarray(values, dtype=np.float64)
        return np.asarray(self.fractions.T @ weight)

    def outside(self) -> float:
        """People who live in no commune."""
        return float(np.sum(self.people * np.clip(1 - np.asarray(self.fractions.sum(axis=1)).ravel(), 0, None)))

    def median(self, values: Floats) -> float:
        """Median of ``values`` over all places, weighted by people; NaN where nobody has a value."""
        keep = np.isfinite(values)
        order = np.argsort(values[keep], kind="stable")
        running = np.cumsum(self.people[keep][order])
        return float(values[keep][order][np.searchsorted(running, running[-1] / 2)]) if len(running) else float("nan")

    @cached_property
    def _by_commune(self) -> csc_matrix:
        """People of each place in each commune, places of one commune together."""
        return csc_matrix(self.fractions.multiply(self.people[:, None]))

    def median_by_commune(self, values: Floats) -> Floats:
        """Median of ``values`` in each commune, weighted by people; NaN where nobody has a value."""
        shares = self._by_commune
        median = np.full(shares.shape[1], np.nan)
        for commune, (start, end) in enumerate(pairwise(shares.indptr.tolist())):
            value, weight = values[shares.indices[start:end]], shares.data[start:end]
            keep = np.isfinite(value) & (weight > 0)
            if keep.any():
                order = np.argsort(value[keep], kind="stable")
                running = np.cumsum(weight[keep][order])
                median[commune] = value[keep][order][np.searchsorted(running, running[-1] / 2)]
        return median


def make_demand(lon: Floats, lat: Floats, x_m: Floats, y_m: Floats, people: Floats, fractions: csr_matrix) -> Demand:
    """Places with people, ordered by tile.

    A tile is a square of 102.4 km in the country's metric system, so it is the same on every machine.
    """
    populated = people > 0
    lon, lat, x_m, y_m, people = (values[populated] for values in (lon, lat, x_m, y_m, people))
    fractions = fractions[populated]
    tile_key = np.floor(y_m / TILE_M).astype(np.int64) * 100_000 + np.floor(x_m / TILE_M).astype(np.int64)
    tile = np.unique(tile_key, return_inverse=True)[1]
    places = pd.DataFrame(dict(zip(PLACE_COLUMNS, (lon, lat, x_m, y_m, people, tile), strict=True)))
    order = np.argsort(tile, kind="stable")
    return Demand(places.iloc[order].reset_index(drop=True), fractions[order])
