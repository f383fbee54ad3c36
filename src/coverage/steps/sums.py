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
Indicators = Callable[[pd.DataFrame], Mapping[str, npt.NDArray[np.generic]]]


def people_by_commune(demand: Demand, tiles_folder: Path, indicators: Indicators) -> dict[str, Floats]:
    """For each indicator the people of each commune for whom it holds, or their sum weighted by its value.

    ``tiles_folder`` holds one table a tile of ``demand``, its rows in the order of the places.
    """
    sums: dict[str, Floats] = {}
    for tile, (start, stop) in enumerate(tile_bounds(demand.places["tile"].to_numpy())):
        frame = read_table(tiles_folder / f"{tile:05d}.parquet")
        people = demand.people[start:stop]
        shares = demand.fractions[start:stop].T.tocsr()
        for name, holds in indicators(frame).items():
            part = np.asarray(shares @ (people * np.asarray(holds, dtype=np.float64)))
            sums[name] = sums[name] + part if name in sums else part
    return sums
