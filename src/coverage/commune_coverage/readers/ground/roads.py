"""Roads: vector lines or an OSM extract, cut to the country and its surroundings."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from commune_coverage.config.layers import Layer
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.boundaries.study_area import shapes_near
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.osm import pbf_roads
from commune_coverage.readers.formats.vector import read_vector
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.readers.parsing.numbers import to_numbers
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows
from commune_coverage.schema.inputs import ROADS

SURROUNDINGS_M = 10_000.0


def read_roads(layer: Layer, context: ReadContext) -> ReadResult:
    """Read roads, ferries and rivers that boats use; a stated limit of 0 km/h is none.

    Lines wholly beyond 10 km of the country are out of area.

    Parameters
    ----------
    layer : Layer
        Vector lines in any reference system, or an OSM PBF extract.
    context : ReadContext
        Without an area the lines are checked and stay in the file's reference system.

    Returns
    -------
    ReadResult
        Table ``roads``: (lines,) LineStrings in the metric reference system with the columns of ``ROADS``,
        ``max_speed_kmh`` a number or NaN.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingCrsError
        When a vector file does not state its reference system.
    """
    log, area = RowLog("roads", layer.path.name), context.area
    roads = _stated(layer, log)
    if area is None:
        log.kept = len(roads)
        return ReadResult({"roads": roads}, [log])
    roads = shapes_near(roads, area, SURROUNDINGS_M, log).drop(columns=LINE)
    if (roads.geom_type != "LineString").any():
        roads = roads.explode()
        roads = roads[roads.length > 0]
    if roads.has_z.any():
        roads = roads.set_geometry(shapely.force_2d(roads.geometry.to_numpy()), crs=area.metric_crs)
    roads = roads.reset_index(drop=True)
    return ReadResult({"roads": roads}, [log], {"length_km": float(roads.length.sum() / 1000)})


def _stated(layer: Layer, log: RowLog) -> gpd.GeoDataFrame:
    """Return the lines as their file has them, with the columns of ROADS."""
    lines = pbf_roads(layer.path) if layer.path.name.lower().endswith(".pbf") else read_vector(layer)
    log.read += len(lines)
    lines = _with_lines_only(lines, log)
    table = check_rows(pick_columns(lines, ROADS, layer), ROADS, log)
    roads = gpd.GeoDataFrame(table, geometry=lines.geometry.loc[table.index], crs=lines.crs)
    for column in ROADS.names:
        roads[column] = roads[column].fillna("") if column in roads else ""
    limit = to_numbers(roads["max_speed_kmh"])
    standing = int((limit <= 0).sum())
    if standing:
        log.note(f"{standing:,} roads state a limit of 0 km/h or less; their class's speed is taken")
    roads["max_speed_kmh"] = np.where(limit > 0, limit, np.nan)
    return roads


def _with_lines_only(lines: gpd.GeoDataFrame, log: RowLog) -> gpd.GeoDataFrame:
    shapes = lines.geometry
    usable = (
        shapes.geom_type.isin(["LineString", "MultiLineString"])
        & ~shapes.is_empty
        & (shapely.length(shapes.to_numpy()) > 0)
    )
    log.set_aside(lines.loc[~usable, LINE], Reason.NO_GEOMETRY)
    return lines[usable]
