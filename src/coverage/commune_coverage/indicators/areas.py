"""Areas above the commune: sums of communes by district, province and nation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.schema.areas import LEVELS, NATION

Floats = npt.NDArray[np.float64]


class Areas(NamedTuple):
    """Areas of one level: their codes, and the number of each commune's, -1 for none."""

    level: str
    codes: list[str]
    of_commune: npt.NDArray[np.int64]

    def sum(self, values: Floats, communes: int) -> Floats:
        """Sum the values of communes by area; those in no commune count for the nation."""
        inside = values[:communes]
        if self.level == "commune":
            return inside
        if self.level == NATION:
            return np.array([values[~np.isnan(values)].sum()])
        known = (self.of_commune >= 0) & ~np.isnan(inside)
        return np.bincount(self.of_commune[known], inside[known], len(self.codes)).astype(np.float64)


def areas_of(communes: gpd.GeoDataFrame) -> Iterator[Areas]:
    """List the nation, then provinces, districts and communes, as far as communes name theirs.

    Parameters
    ----------
    communes : GeoDataFrame
        In code order.

    Yields
    ------
    Areas
        Of one level.
    """
    yield Areas(NATION, [""], np.zeros(len(communes), dtype=np.int64))
    for level in reversed(LEVELS):
        column = f"{level}_code"
        if column in communes:
            number, codes = pd.factorize(communes[column].astype(object).replace("", None), sort=True)
            if len(codes):
                yield Areas(level, [str(code) for code in codes], number)
