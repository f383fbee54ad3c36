"""Institutions (schools, health centres, commune halls, markets): how near the masts are, and who lives around."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import Transformer
from scipy.spatial import cKDTree

from commune_coverage.schema.inputs import TECHNOLOGIES
from commune_coverage.schema.institutions import RADII_KM, people_within

Floats = npt.NDArray[np.float64]

_GEOCENTRIC = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)


def nearest_masts_m(points: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Find how far the nearest cell is, of any technology and of each.

    Parameters
    ----------
    points : DataFrame
        (points,) ``lon`` and ``lat`` (degrees, WGS 84).
    cells : DataFrame
        Cells with ``technology``, ``lon`` and ``lat``.

    Returns
    -------
    DataFrame
        (points,) ``nearest_mast_m`` and ``nearest_2g_m`` to ``nearest_5g_m``; NaN where there is no such cell.

    Notes
    -----
    The straight line between both on the ellipsoid: at 50 km 13 cm less than the geodesic.
    """
    here = _xyz(points)
    found = {"nearest_mast_m": _nearest(here, cells)}
    for technology in TECHNOLOGIES:
        found[f"nearest_{technology}_m"] = _nearest(here, cells[cells["technology"] == technology])
    return pd.DataFrame(found)


def _nearest(here: Floats, cells: pd.DataFrame) -> Floats:
    if cells.empty or not len(here):
        return np.full(len(here), np.nan)
    return np.asarray(cKDTree(_xyz(cells)).query(here)[0])


def people_around(points: pd.DataFrame, tiles: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Sum the people of the places around each point.

    Parameters
    ----------
    points : DataFrame
        (points,) ``lon`` and ``lat`` (degrees, WGS 84).
    tiles : iterable of DataFrame
        Populated places with ``lon``, ``lat`` and ``people``, tile by tile.

    Returns
    -------
    DataFrame
        (points,) ``people_within_1_km`` and so on for RADII_KM: people of places whose middle is as near.
    """
    here, sums = _xyz(points), np.zeros((len(RADII_KM), len(points)))
    tree = cKDTree(here) if len(here) else None
    for places in tiles:
        if tree is None or places.empty:
            continue
        near = tree.sparse_distance_matrix(cKDTree(_xyz(places)), 1000 * max(RADII_KM), output_type="coo_matrix")
        people = places["people"].to_numpy(np.float64)[near.col]
        for row, radius_km in enumerate(RADII_KM):
            is_in = near.data <= 1000 * radius_km
            sums[row] += np.bincount(near.row[is_in], people[is_in], len(points))
    return pd.DataFrame({people_within(radius_km): sums[row] for row, radius_km in enumerate(RADII_KM)})


def _xyz(table: pd.DataFrame) -> Floats:
    """Positions on the ellipsoid in metres from the middle of the earth, (n, 3)."""
    lon, lat = table["lon"].to_numpy(np.float64), table["lat"].to_numpy(np.float64)
    return np.column_stack(_GEOCENTRIC.transform(lon, lat, np.zeros(len(lon))))
