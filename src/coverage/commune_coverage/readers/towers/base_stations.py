"""Where a crowd's cells hang: cells of one LTE or NR base station share its identity, and so its mast.

A crowd sees a cell where its users are, not where its mast stands; the middle of a mast's sectors is nearer to it than
each of them. LTE's cell identity is the station's number times 256 plus the sector (3GPP TS 36.413), NR's 4,096 times
where the operator gives its stations 24 bits, the usual choice (TS 38.413 allows 22 to 32). Older networks hide theirs.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

CELLS_OF_NODE = {"4g": 256, "5g": 4096}
_APART_M = 5000.0
_NONE = -1


def relocate_to_base_station(cells: pd.DataFrame, x_m: Floats, y_m: Floats, is_crowd: Flags) -> pd.DataFrame:
    """Move each cell to the mean position of its base station, weighted by measurements.

    Cells farther than 5 km from the median of their station are taken by themselves, as are all that do not state a
    station.

    Parameters
    ----------
    cells : DataFrame
        (cells,) ``technology``, ``operator``, ``cell_id``, ``samples``, ``lon`` and ``lat`` (degrees, WGS 84).
    x_m : ndarray of float64
        (cells,) metres.
    y_m : ndarray of float64
        (cells,) metres.
    is_crowd : ndarray of bool
        (cells,) whether the position is a crowd's estimate.

    Returns
    -------
    DataFrame
        (cells,) ``lon``, ``lat``, ``x_m`` and ``y_m`` of each cell's base station.
    """
    places = pd.DataFrame({"lon": cells["lon"], "lat": cells["lat"]}).assign(x_m=x_m, y_m=y_m)
    node = _nodes(cells, is_crowd)
    known = node != _NONE
    if not known.any():
        return places
    middle = places[known].groupby(node[known])[["x_m", "y_m"]].transform("median")
    together = known.copy()
    together[known] = np.hypot(*(places[known] - middle)[["x_m", "y_m"]].to_numpy().T) <= _APART_M
    weight = np.maximum(np.nan_to_num(cells["samples"].to_numpy(np.float64)), 1.0)[together]
    weighed = places[together].mul(weight, axis=0).groupby(node[together]).transform("sum")
    total = pd.Series(weight, index=weighed.index).groupby(node[together]).transform("sum")
    places.loc[together] = weighed.div(total, axis=0)
    return places


def _nodes(cells: pd.DataFrame, is_crowd: Flags) -> npt.NDArray[np.int64]:
    """Return a number for each base station, -1 where the cell states none."""
    node = np.full(len(cells), _NONE, dtype=np.int64)
    if "cell_id" not in cells:
        return node
    number = pd.to_numeric(cells["cell_id"], errors="coerce").to_numpy(np.float64)
    size = cells["technology"].map(CELLS_OF_NODE).to_numpy(np.float64)
    stated = is_crowd & np.isfinite(size) & (number >= size) & (number < 2**36)
    if stated.any():
        keys = cells.loc[stated, ["operator", "technology"]].assign(node=number[stated] // size[stated])
        node[stated] = keys.groupby(["operator", "technology", "node"], sort=False).ngroup()
    return node
