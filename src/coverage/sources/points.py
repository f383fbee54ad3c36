"""Logistics hubs and payment points: tables, vector files and OSM extracts become classed points."""

from __future__ import annotations

import pandas as pd

from coverage.country import PointsLayer
from coverage.errors import CountryFileError
from coverage.quarantine import Reason, RowLog
from coverage.sources.area import Area, split_by_area
from coverage.sources.columns import pick_columns
from coverage.sources.coordinates import locate_rows
from coverage.sources.numbers import is_missing
from coverage.sources.osm import pbf_points, sqlite_points
from coverage.sources.rows import check_rows, drop_duplicates
from coverage.sources.tabular import is_spatial, read_table
from coverage.sources.vector import LINE
from coverage.tables import POINTS, Column, Table

COLUMNS = ["point_id", "point_name", "operator", "class", "lon", "lat", "x_m", "y_m", "commune"]


def read_points(name: str, layer: PointsLayer, area: Area | None) -> tuple[pd.DataFrame, RowLog]:
    """Points in the country with ``class``, position and ``commune``; others are out of area.

    ``name`` is the layer's: 'hubs' or 'payments'. Without ``area`` the rows are only validated.
    """
    log = RowLog(name, layer.path.name)
    table = _table(layer)
    raw = _osm(layer, log) if _is_osm(layer) else read_table(layer, log)
    points = pick_columns(raw, table, layer)
    own_crs = None if _is_osm(layer) or is_spatial(layer) else layer.crs
    points = locate_rows(points, own_crs, layer.decimal, log)
    points = check_rows(points, table, log, layer.decimal)
    points = drop_duplicates(_classed(points, layer, log), ["point_id"], log)
    for column in ("point_id", "point_name", "operator"):
        points[column] = points.get(column, "")
    if area is None:
        log.kept = len(points)
        return points, log
    placed = split_by_area(points, area, 0.0, log)
    x_m, y_m = area.to_metric(placed["lon"].to_numpy(), placed["lat"].to_numpy())
    return placed.assign(x_m=x_m, y_m=y_m)[COLUMNS].reset_index(drop=True), log


def _is_osm(layer: PointsLayer) -> bool:
    return _format(layer).startswith("osm")


def _format(layer: PointsLayer) -> str:
    if layer.format is not None:
        return layer.format
    name = layer.path.name.lower()
    if name.endswith(".pbf"):
        return "osm-pbf"
    return "osm-sqlite" if name.endswith((".sqlite.zip", ".db.zip")) else "table"


def _osm(layer: PointsLayer, log: RowLog) -> pd.DataFrame:
    tags = [tag for tag in layer.classes if "=" in tag]
    if not tags:
        raise CountryFileError(f'layers.{log.layer}.classes names no OSM tag such as "amenity=post_office"')
    read = pbf_points if _format(layer) == "osm-pbf" else sqlite_points
    found, total = read(layer.path, tags)
    log.read += len(found)
    log.note(f"{total:,} tagged objects in {layer.path.name}, {len(found):,} of the named classes")
    return found


def _table(layer: PointsLayer) -> Table:
    if layer.default_class is None:
        return POINTS
    columns = tuple(Column("class", "text", "Kind of point.") if c.name == "class" else c for c in POINTS.columns)
    return Table(POINTS.name, POINTS.sentence, columns)


def _classed(points: pd.DataFrame, layer: PointsLayer, log: RowLog) -> pd.DataFrame:
    """Classes as the country file maps them; without a mapping they stay as written."""
    stated = points["class"] if "class" in points else pd.Series("", index=points.index, dtype=object)
    stated = stated.where(~is_missing(stated), layer.default_class or "")
    if not layer.classes:
        return points.assign(**{"class": stated})
    mapped = stated.map(layer.classes)
    if layer.default_class is not None:
        mapped = mapped.fillna(layer.default_class)
    unknown = mapped.isna().to_numpy()
    log.set_aside(points[LINE].to_numpy()[unknown], Reason.UNKNOWN_CLASS, list(stated[unknown]))
    return points.assign(**{"class": mapped})[~unknown]
