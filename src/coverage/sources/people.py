"""People: a raster, points, polygons or a table by commune become one demand, nobody lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
from scipy.sparse import csr_matrix

from coverage.engine import map_items
from coverage.layers import PeopleLayer
from coverage.quarantine import Reason, RowLog
from coverage.sources.area import OUTSIDE, Area
from coverage.sources.columns import pick_columns
from coverage.sources.coordinates import locate_rows
from coverage.sources.demand import (
    PEOPLE_REQUIRED,
    People,
    demand_at,
    demand_in_communes,
    one_commune_each,
    people_table,
)
from coverage.sources.people_raster import cell_frame, check_north_up, read_tile
from coverage.sources.people_table import from_table, over_points
from coverage.sources.rasters import RASTER_SUFFIXES, open_raster, windows
from coverage.sources.rows import check_rows
from coverage.sources.spread import cut_by_communes, spread_over_grid
from coverage.sources.tabular import is_spatial, read_table
from coverage.sources.vector import LINE, read_vector
from coverage.tables import LAT, LON


def format_of(layer: PeopleLayer) -> str:
    """The stated format, else a guess by the file's ending."""
    if layer.format is not None:
        return layer.format
    if layer.path.suffix.lower() in RASTER_SUFFIXES:
        return "raster"
    return "polygons" if is_spatial(layer) and layer.table is None else "points"


def read_people(
    layer: PeopleLayer, area: Area, communes_path: Path, engine: str, on_done: Callable[[], None] = lambda: None
) -> tuple[People, list[RowLog]]:
    """The populated places of the layer with their commune fractions, and the logs.

    ``communes_path`` is the GeoParquet of ``area.communes``, for the workers.
    """
    kind = format_of(layer)
    log = RowLog("people", layer.path.name)
    if kind == "raster":
        return _from_raster(layer, area, communes_path, engine, log, on_done), [log]
    if kind == "polygons":
        return _from_polygons(layer, area, log), [log]
    if kind == "table":
        return from_table(layer, area, log), [log]
    return _from_points(layer, area, log)


def _from_raster(
    layer: PeopleLayer, area: Area, communes_path: Path, engine: str, log: RowLog, on_done: Callable[[], None]
) -> People:
    with open_raster(layer) as source:
        check_north_up(source, layer)
        tiles = windows(source)
    work = partial(read_tile, layer, communes_path)
    found = map_items(work, tiles, engine, on_done, reads=lambda _: (layer.path, communes_path))
    for reason, lines, details, count in (fault for tile in found for fault in tile.faults):
        log.set_aside(lines, reason, details)
        log.unlisted += count - len(lines)
    cells, triples = cell_frame(found)
    place, commune = triples["place"], triples["commune"]
    fractions = csr_matrix((triples["fraction"], (place, commune)), shape=(len(cells), len(area.communes)))
    touched = np.diff(fractions.indptr) > 0
    log.read = sum(tile.cells_read for tile in found)
    log.kept, log.out_of_area = int(touched.sum()), int((~touched).sum())
    demand = demand_at(cells[touched].reset_index(drop=True), fractions[touched], area)
    outside = float(cells["people"][~touched].sum()) + demand.outside()
    return People(demand, sum(tile.people_read for tile in found), 0.0, outside)


def _from_polygons(layer: PeopleLayer, area: Area, log: RowLog) -> People:
    shapes = read_vector(layer, log)
    missing = (shapes.geometry.isna() | shapes.geometry.is_empty).to_numpy()
    log.set_aside(shapes.loc[missing, LINE], Reason.NO_GEOMETRY)
    shapes = shapes[~missing]
    declared = people_table(PEOPLE_REQUIRED)
    table = check_rows(pick_columns(shapes, declared, layer), declared, log, layer.decimal)
    polygons = gpd.GeoDataFrame(table, geometry=shapes.geometry.loc[table.index].make_valid(), crs=shapes.crs)
    log.kept = len(polygons)
    metric = area.metric_crs
    pieces, outside = cut_by_communes(polygons.to_crs(metric), area.communes.to_crs(metric))
    log.note(f"people spread evenly over each polygon on a {layer.spread_grid_m:g} m grid")
    demand = demand_in_communes(spread_over_grid(pieces, layer.spread_grid_m), area)
    return People(demand, float(polygons["people"].sum()), 0.0, outside)


def _from_points(layer: PeopleLayer, area: Area, log: RowLog) -> tuple[People, list[RowLog]]:
    declared = people_table(LON, LAT) if layer.table else people_table(LON, LAT, PEOPLE_REQUIRED)
    raw = pick_columns(read_table(layer, log), declared, layer)
    points = locate_rows(raw, None if is_spatial(layer) else layer.crs, layer.decimal, log)
    points = check_rows(points, declared, log, layer.decimal).reset_index(drop=True)
    commune = area.commune_of(points["lon"], points["lat"])
    log.out_of_area += int((commune == OUTSIDE).sum())
    log.kept += int((commune != OUTSIDE).sum())
    if layer.table is None:
        demand = demand_at(points, one_commune_each(commune, area), area)
        return People(demand, float(points["people"].sum()), 0.0, demand.outside()), [log]
    table_log = RowLog("people.table", layer.table.path.name)
    return over_points(layer.table, points.assign(commune=commune), layer, area, table_log), [log, table_log]
