"""Values per place summed into communes, tile by tile in a fixed order: memory bounded, bytes the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.people import Demand
from coverage.store import read_table, tile_bounds

Floats = npt.NDArray[np.float64]
Indicators = Mapping[str, npt.NDArray[np.generic]]
TileValues = Callable[[int, int, int], Indicators]
"""Values of a tile's places from its number and its first and last row among all places."""


def people_by_commune(demand: Demand, values: TileValues) -> dict[str, Floats]:
    """For each indicator the people of each commune for whom it holds, or their sum weighted by its value."""
    sums: dict[str, Floats] = {}
    for tile, (start, stop) in enumerate(tile_bounds(demand.places["tile"].to_numpy())):
        people = demand.people[start:stop]
        shares = demand.fractions[start:stop].T.tocsr()
        for name, holds in values(tile, start, stop).items():
            part = np.asarray(shares @ (people * np.asarray(holds, dtype=np.float64)))
            sums[name] = sums[name] + part if name in sums else part
    return sums


def of_tables(folder: Path, indicators: Callable[[pd.DataFrame], Indicators]) -> TileValues:
    """Values of tiles that are kept as one table each, rows in the order of the places."""
    return lambda tile, _first, _last: indicators(read_table(folder / f"{tile:05d}.parquet"))
