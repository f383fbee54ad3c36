"""Boundaries made a partition: rings repaired, parts dissolved, overlaps resolved, slivers closed."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from commune_coverage.core.metric_system import MetricSystem
from commune_coverage.core.quarantine import RowLog

Geometries = npt.NDArray[np.object_]
Codes = npt.NDArray[np.object_]
Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_SLIVER_M2 = 1.0
_ROUNDING = 1e-10


def repair_rings(communes: gpd.GeoDataFrame, log: RowLog) -> gpd.GeoDataFrame:
    """Rebuild invalid polygons from their own rings (GEOS structure method); lines and points are dropped.

    Parameters
    ----------
    communes : GeoDataFrame
        Polygons with ``commune_code``, any reference system.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    GeoDataFrame
        The communes with valid multipolygons.
    """
    shapes = communes.geometry.to_numpy()
    invalid = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    shapes = shapes.copy()
    shapes[invalid] = shapely.make_valid(shapes[invalid], method="structure", keep_collapsed=False)
    for row in np.flatnonzero(invalid):
        log.note(f"commune {communes['commune_code'].iloc[row]}: invalid ring repaired")
    return communes.set_geometry([polygons_of(shape) for shape in shapes], crs=communes.crs)


def polygons_of(shape: shapely.Geometry | None) -> shapely.MultiPolygon:
    """Take the polygons out of a geometry.

    Parameters
    ----------
    shape : shapely.Geometry or None
        Any geometry, or None.

    Returns
    -------
    shapely.MultiPolygon
        Its polygons, empty where there are none.
    """
    if shape is None:
        return shapely.MultiPolygon()
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon" and not part.is_empty])


def dissolve_by_code(communes: gpd.GeoDataFrame, log: RowLog) -> gpd.GeoDataFrame:
    """Make one row of each code, sorted by code, with the attributes of the first row.

    Parameters
    ----------
    communes : GeoDataFrame
        Polygons with ``commune_code``.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    GeoDataFrame
        (codes,) communes.
    """
    repeated = communes["commune_code"].duplicated(keep=False)
    for code, rows in communes[repeated].groupby("commune_code"):
        log.note(f"commune {code}: {len(rows)} rows united into one")
    dissolved = (
        communes.geometry[repeated]
        .groupby(communes["commune_code"][repeated])
        .agg(lambda part: shapely.union_all(part.to_numpy()))
    )
    single = communes.drop_duplicates("commune_code").sort_values("commune_code", ignore_index=True)
    shapes = [
        polygons_of(dissolved[code]) if code in dissolved.index else shape
        for code, shape in zip(single["commune_code"], single.geometry, strict=True)
    ]
    return single.set_geometry(shapes, crs=communes.crs)


def resolve_overlaps(communes: gpd.GeoDataFrame, area_m2: npt.NDArray[np.float64], log: RowLog) -> gpd.GeoDataFrame:
    """Give each point that several communes claim to the smallest of them, then to the lowest code.

    Small units are the ones that a neighbour's careless outline would swallow.

    Parameters
    ----------
    communes : GeoDataFrame
        Valid polygons with ``commune_code``.
    area_m2 : ndarray of float64
        (communes,) square metres.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    GeoDataFrame
        The communes without overlaps.
    """
    shapes = communes.geometry.to_numpy()
    priority = np.empty(len(shapes), dtype=np.int64)
    priority[np.lexsort((communes["commune_code"].to_numpy(dtype=str), area_m2))] = np.arange(len(shapes))
    first, second, shared = _overlapping_pairs(shapes)
    loser = np.where(priority[first] > priority[second], first, second)
    winner = np.where(priority[first] > priority[second], second, first)
    cut = shapes.copy()
    for row in np.unique(loser):
        claims = shapely.union_all(shapes[winner[loser == row]])
        cut[row] = _without_slivers(
            shapely.difference(shapes[row], claims), area_m2[row] / max(shapes[row].area, 1e-300)
        )
    km2 = shared * area_m2[loser] / shapely.area(shapes[loser]) / 1e6
    _report_overlaps(communes["commune_code"].to_numpy(), loser, winner, km2, log)
    return communes.set_geometry(cut, crs=communes.crs)


def _overlapping_pairs(
    shapes: Geometries,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    shared = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    overlaps = shared > _ROUNDING * np.minimum(shapely.area(shapes[first]), shapely.area(shapes[second]))
    return first[overlaps], second[overlaps], shared[overlaps]


def _without_slivers(shape: shapely.Geometry, m2_per_unit: float) -> shapely.MultiPolygon:
    parts = [part for part in polygons_of(shape).geoms if part.area * m2_per_unit > _SLIVER_M2]
    return polygons_of(shapely.make_valid(shapely.MultiPolygon(parts)))


def _report_overlaps(codes: Codes, loser: Rows, winner: Rows, km2: Floats, log: RowLog) -> None:
    if not len(loser):
        return
    log.note(f"{len(loser)} overlapping pairs ({km2.sum():,.2f} km2) given to the smaller commune of each")
    for row in np.argsort(-km2, kind="stable")[:20]:
        lost, gained = codes[loser[row]], codes[winner[row]]
        log.note(f"overlap of {lost} and {gained}: {km2[row]:,.3f} km2 to {gained}")


def close_slivers(communes: gpd.GeoDataFrame, system: MetricSystem, width_m: float, log: RowLog) -> gpd.GeoDataFrame:
    """Give narrow gaps between communes to the neighbour with the longest shared border.

    Wider holes (lakes, enclaves) stay.

    Parameters
    ----------
    communes : GeoDataFrame
        Polygons without overlaps.
    system : MetricSystem
        The plane in which widths are measured.
    width_m : float
        Gaps narrower than this are slivers, metres.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    GeoDataFrame
        The communes with slivers closed.
    """
    holes = _narrow_holes(communes, system, width_m)
    if not len(holes):
        return communes
    shapes = communes.geometry.to_numpy().copy()
    tree = shapely.STRtree(communes.geometry.to_numpy())
    added: dict[int, list[shapely.Geometry]] = {}
    for hole in holes:
        near = np.sort(tree.query(hole, predicate="dwithin", distance=1e-9))
        border = [
            shapely.length(shapely.intersection(hole.boundary, shapely.buffer(shapes[row], 1e-9))) for row in near
        ]
        if len(near):
            added.setdefault(int(near[int(np.argmax(border))]), []).append(hole)
    for row, pieces in added.items():
        shapes[row] = polygons_of(shapely.union_all([shapes[row], *pieces]))
    area_km2 = system.frame(gpd.GeoDataFrame(geometry=holes, crs=communes.crs)).area.sum() / 1e6
    what = f"{len(holes)} slivers narrower than {width_m:g} m ({area_km2:,.3f} km2)"
    log.note(f"{what} given to the neighbour with the longest border")
    return communes.set_geometry(shapes, crs=communes.crs)


def _narrow_holes(communes: gpd.GeoDataFrame, system: MetricSystem, width_m: float) -> list[shapely.Polygon]:
    whole = shapely.union_all(communes.geometry.to_numpy())
    rings = [ring for part in shapely.get_parts(whole) for ring in shapely.get_rings(part)[1:]]
    empty = shapely.difference(np.array([shapely.Polygon(ring) for ring in rings], dtype=object), whole)
    holes = gpd.GeoSeries([part for hole in empty for part in polygons_of(hole).geoms], crs=communes.crs)
    if holes.empty:
        return []
    narrow = system.frame(gpd.GeoDataFrame(geometry=holes)).buffer(-width_m / 2).is_empty
    return list(holes[narrow])
