"""The country as a place: which points fall in which commune, and which lie within reach of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from commune_coverage.config.layers import CommunesLayer
from commune_coverage.core.longitudes import bounds_of_shapes
from commune_coverage.core.metric_system import IN_PARTS, MetricSystem, measured_system, system_of
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.boundaries.code_changes import CodeChanges, read_code_changes
from commune_coverage.readers.parsing.text import LINE

OUTSIDE = -1
_SHAPES_AT_ONCE = 200_000


@dataclass(frozen=True)
class StudyArea:
    """Communes in WGS 84, in code order, and the metric system in which distances are taken.

    ``metric_crs`` is ``IN_PARTS`` where each part of the country has its own reference system. ``code_year`` is the
    year of the communes' codes, ``code_changes`` leads to it from other years.
    """

    communes: gpd.GeoDataFrame
    metric_crs: str
    code_year: int | None = None
    code_changes: CodeChanges | None = None

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of the communes, degrees; the east beyond 180 across that meridian."""
        return bounds_of_shapes(self.communes.geometry.to_numpy())

    @cached_property
    def system(self) -> MetricSystem:
        """The plane in which distances are taken."""
        shapes = self.communes.geometry.to_numpy()
        return system_of(shapes) if self.metric_crs == IN_PARTS else measured_system(self.metric_crs, shapes)

    @property
    def metric_parts(self) -> npt.NDArray[np.object_]:
        """The communes' polygons one by one, (parts,), in the plane."""
        return self._parts_and_owners[0]

    @cached_property
    def _parts_and_owners(self) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
        """The same, and the position of the commune of each."""
        shapes = self.system.frame(self.communes[["geometry"]]).geometry.to_numpy()
        parts, owner = shapely.get_parts(shapes, return_index=True)
        return np.asarray(parts), np.asarray(owner, dtype=np.int64)

    def commune_of(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Locate points in communes.

        Parameters
        ----------
        lon : array_like
            (n,) degrees, WGS 84.
        lat : array_like
            (n,) degrees, WGS 84.

        Returns
        -------
        ndarray of int64
            (n,) position of the commune in code order, OUTSIDE for none; the lowest code on a border.
        """
        points = np.atleast_1d(np.asarray(shapely.points(np.asarray(lon, float), np.asarray(lat, float))))
        # The tree holds the points, for GEOS prepares the shapes that query it.
        commune, point = shapely.STRtree(points).query(self.communes.geometry.to_numpy(), predicate="intersects")
        lowest = np.full(len(points), np.iinfo(np.int64).max)
        np.minimum.at(lowest, point, commune)
        return np.where(lowest == np.iinfo(np.int64).max, OUTSIDE, lowest)

    def to_metric(
        self, lon: npt.ArrayLike, lat: npt.ArrayLike
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Project points.

        Parameters
        ----------
        lon : array_like
            (n,) degrees, WGS 84.
        lat : array_like
            (n,) degrees, WGS 84.

        Returns
        -------
        tuple[ndarray of float64, ndarray of float64]
            x and y, (n,) metres in the plane; infinite where no projection reaches.
        """
        return self.system.to_metric(lon, lat)

    def nearest_commune(self, lon: npt.ArrayLike, lat: npt.ArrayLike, reach_m: float) -> npt.NDArray[np.int64]:
        """Locate points in communes, those outside all of them in the nearest one.

        Parameters
        ----------
        lon : array_like
            (n,) degrees, WGS 84.
        lat : array_like
            (n,) degrees, WGS 84.
        reach_m : float
            How far the nearest commune may be, metres.

        Returns
        -------
        ndarray of int64
            (n,) position of the commune in code order, OUTSIDE for none in reach; the lowest code of several.
        """
        commune = self.commune_of(lon, lat)
        x, y = self.to_metric(lon, lat)
        lost = np.flatnonzero((commune == OUTSIDE) & np.isfinite(x) & np.isfinite(y))
        points = np.atleast_1d(np.asarray(shapely.points(x[lost], y[lost])))
        parts, owner = self._parts_and_owners
        point, part = shapely.STRtree(parts).query_nearest(points, max_distance=reach_m, all_matches=True)
        lowest = np.full(len(lost), np.iinfo(np.int64).max)
        np.minimum.at(lowest, point, owner[part])
        commune[lost] = np.where(lowest == np.iinfo(np.int64).max, OUTSIDE, lowest)
        return commune

    def within(self, lon: npt.ArrayLike, lat: npt.ArrayLike, reach_m: float) -> npt.NDArray[np.bool_]:
        """Tell which points lie in the country or within a distance of it.

        Parameters
        ----------
        lon : array_like
            (n,) degrees, WGS 84.
        lat : array_like
            (n,) degrees, WGS 84.
        reach_m : float
            The distance, metres.

        Returns
        -------
        ndarray of bool
            (n,) flags.
        """
        x, y = self.to_metric(lon, lat)
        finite = np.isfinite(x) & np.isfinite(y)
        near = np.zeros(len(x), dtype=bool)
        points = np.atleast_1d(np.asarray(shapely.points(x[finite], y[finite])))
        _, hit = shapely.STRtree(points).query(self.metric_parts, predicate="dwithin", distance=reach_m)
        near[np.flatnonzero(finite)[np.unique(hit)]] = True
        return near


def split_by_area(frame: pd.DataFrame, area: StudyArea, reach_m: float, log: RowLog) -> pd.DataFrame:
    """Keep the rows in the country or within reach of it, with their commune.

    Rows farther out are counted as out of area, rows within reach but outside as neighbours. Rows whose position lies
    in the country once longitude and latitude are exchanged are quarantined.

    Parameters
    ----------
    frame : DataFrame
        Columns ``lon`` and ``lat`` (degrees, WGS 84) and ``line``.
    area : StudyArea
        The communes as an area.
    reach_m : float
        Distance from the country, metres.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    DataFrame
        The rows in reach, with ``commune``: position in code order, OUTSIDE for a neighbour.
    """
    commune = area.commune_of(frame["lon"], frame["lat"])
    near, outside = commune != OUTSIDE, np.flatnonzero(commune == OUTSIDE)
    near[outside] = area.within(frame["lon"].to_numpy()[outside], frame["lat"].to_numpy()[outside], reach_m)
    plausible_swap = ~near & (frame["lon"].abs() <= 90).to_numpy()
    swapped = plausible_swap & (area.commune_of(frame["lat"], frame["lon"]) != OUTSIDE)
    log.set_aside(frame[LINE].to_numpy()[swapped], Reason.SWAPPED_COORDINATES)
    leave_outside(frame, ~near & ~swapped, log)
    log.neighbours += int((near & (commune == OUTSIDE)).sum())
    log.kept += int((commune != OUTSIDE).sum())
    return frame.assign(commune=commune)[near]


def leave_outside(frame: pd.DataFrame, is_outside: npt.NDArray[np.bool_], log: RowLog) -> None:
    """Count rows as out of the area, with their lines and places.

    Parameters
    ----------
    frame : DataFrame
        Columns ``lon`` and ``lat`` (degrees, WGS 84) and ``line``.
    is_outside : ndarray of bool
        (n,) flags.
    log : RowLog
        Counts and examples of the file; changed in place.
    """
    rows = frame.loc[is_outside, [LINE, "lon", "lat"]]
    places = list(zip(rows["lon"].tolist(), rows["lat"].tolist(), strict=True))
    log.leave_outside(rows[LINE].tolist(), places)


def shapes_near(frame: gpd.GeoDataFrame, area: StudyArea, reach_m: float, log: RowLog) -> gpd.GeoDataFrame:
    """Keep the shapes in the country or within reach of it; those farther out are out of area.

    Parameters
    ----------
    frame : GeoDataFrame
        Shapes in any reference system, with ``line``.
    area : StudyArea
        The communes as an area.
    reach_m : float
        Distance from the country, metres.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    GeoDataFrame
        The shapes in reach, in the plane of the area.
    """
    frame = area.system.frame(frame)
    if not area.system.is_whole:
        in_a_part = ~frame.geometry.is_empty.to_numpy()
        log.leave_outside(frame[LINE].to_numpy()[~in_a_part].tolist())
        frame = frame[in_a_part]
    finite = np.isfinite(frame.geometry.bounds.to_numpy()).all(axis=1)
    log.set_aside(frame.loc[~finite, LINE], Reason.COORDINATE_OUT_OF_RANGE)
    frame = frame[finite]
    near = _begins_inside(frame.geometry.to_numpy(), area)
    others = np.flatnonzero(~near)
    tree = shapely.STRtree(frame.geometry.to_numpy()[others])
    near[others[tree.query(area.metric_parts, predicate="dwithin", distance=reach_m)[1]]] = True
    log.leave_outside(frame[LINE].to_numpy()[~near].tolist())
    log.kept += int(near.sum())
    return frame[near]


def _begins_inside(shapes: npt.NDArray[np.object_], area: StudyArea) -> npt.NDArray[np.bool_]:
    """Shapes whose first vertex lies in the country: most, and they need no distance."""
    inside = np.zeros(len(shapes), dtype=bool)
    for first in range(0, len(shapes), _SHAPES_AT_ONCE):
        vertices, shape = shapely.get_coordinates(shapes[first : first + _SHAPES_AT_ONCE], return_index=True)
        begins = np.flatnonzero(np.diff(shape, prepend=-1))
        tree = shapely.STRtree(np.atleast_1d(np.asarray(shapely.points(vertices[begins]))))
        inside[first + shape[begins][tree.query(area.metric_parts, predicate="intersects")[1]]] = True
    return inside


def area_of(layer: CommunesLayer, metric_crs: str | None, communes: gpd.GeoDataFrame) -> StudyArea:
    """Make the area of a country whose communes are read.

    Parameters
    ----------
    layer : CommunesLayer
        Names the year of the codes and the table of code changes.
    metric_crs : str or None
        The metric reference system that the country file states; None for the one that fits.
    communes : GeoDataFrame
        (communes,) in code order, WGS 84.

    Returns
    -------
    StudyArea
        The area.

    Raises
    ------
    UnreadableFileError
        When the table of code changes is damaged.
    """
    changes = None if layer.code_changes is None else read_code_changes(layer.code_changes, layer.code_width)[0]
    return StudyArea(communes, metric_crs or metric_crs_of(communes), layer.code_year, changes)


def metric_crs_of(communes: gpd.GeoDataFrame) -> str:
    """Choose a metric system for a country that names none.

    It is the UTM zone, or Lambert equal-area for a country wider than 9 degrees, where their error of scale is below
    0.1 %; else the one of a few fitted to the country that holds it. Where none does, each part far from the others
    has its own.

    Parameters
    ----------
    communes : GeoDataFrame
        In WGS 84.

    Returns
    -------
    str
        An EPSG code or a PROJ string, or ``IN_PARTS``.
    """
    system = system_of(communes.geometry.to_numpy())
    return system.parts[0].crs if system.is_whole else IN_PARTS
