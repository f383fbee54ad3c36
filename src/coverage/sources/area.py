"""The country as a place: which points fall in which commune, and which lie within reach of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage.quarantine import Reason, RowLog

OUTSIDE = -1


@dataclass(frozen=True)
class Area:
    """Communes in WGS 84, in code order, and the metric system in which distances are taken."""

    communes: gpd.GeoDataFrame
    metric_crs: str

    @cached_property
    def tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.communes.geometry.to_numpy())

    @cached_property
    def metric_tree(self) -> shapely.STRtree:
        parts = shapely.get_parts(self.communes.geometry.to_crs(self.metric_crs).to_numpy())
        return shapely.STRtree(parts)

    def commune_of(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Position of the commune each point falls in, OUTSIDE for none; the lowest code on a border."""
        points = np.atleast_1d(np.asarray(shapely.points(np.asarray(lon, float), np.asarray(lat, float))))
        point, commune = self.tree.query(points, predicate="intersects")
        found = np.full(len(points), np.iinfo(np.int64).max)
        np.minimum.at(found, point, commune)
        return np.where(found == np.iinfo(np.int64).max, OUTSIDE, found)

    def to_metric(
        self, lon: npt.ArrayLike, lat: npt.ArrayLike
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Metres in ``metric_crs``; infinite where the projection does not reach."""
        from pyproj import Transformer

        x, y = Transformer.from_crs("EPSG:4326", self.metric_crs, always_xy=True).transform(lon, lat)
        return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)

    def within(self, lon: npt.ArrayLike, lat: npt.ArrayLike, reach_m: float) -> npt.NDArray[np.bool_]:
        """Whether each point lies in the country or within ``reach_m`` of it."""
        x, y = self.to_metric(lon, lat)
        finite = np.isfinite(x) & np.isfinite(y)
        near = np.zeros(len(x), dtype=bool)
        points = shapely.points(x[finite], y[finite])
        hit = self.metric_tree.query(points, predicate="dwithin", distance=reach_m)[0]
        near[np.flatnonzero(finite)[np.unique(hit)]] = True
        return near


def split_by_area(frame: pd.DataFrame, area: Area, reach_m: float, log: RowLog) -> pd.DataFrame:
    """Rows in the country or within reach, with ``commune``; swapped positions are quarantined.

    Rows farther out are counted as out of area, rows within reach but outside as neighbours.
    """
    commune = area.commune_of(frame["lon"], frame["lat"])
    near = (commune != OUTSIDE) | area.within(frame["lon"], frame["lat"], reach_m)
    plausible_swap = ~near & (frame["lon"].abs() <= 90).to_numpy()
    swapped = plausible_swap & (area.commune_of(frame["lat"], frame["lon"]) != OUTSIDE)
    log.set_aside(frame["line"].to_numpy()[swapped], Reason.SWAPPED_COORDINATES)
    log.out_of_area += int((~near & ~swapped).sum())
    log.neighbours += int((near & (commune == OUTSIDE)).sum())
    log.kept += int((commune != OUTSIDE).sum())
    return frame.assign(commune=commune)[near]
