"""People: a raster, points, polygons or a table by commune become one demand, nobody lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import geopandas as gpd

from commune_coverage.config.layers import PeopleLayer
from commune_coverage.config.thresholds import Urbanisation
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.engine import map_items
from commune_coverage.readers.boundaries.study_area import OUTSIDE, StudyArea
from commune_coverage.readers.formats.csv import is_spatial, read_table
from commune_coverage.readers.formats.raster import RASTER_SUFFIXES, open_raster, windows
from commune_coverage.readers.formats.vector import LINE, read_vector
from commune_coverage.readers.parsing.columns import pick_columns
from commune_coverage.readers.parsing.coordinates import locate_rows
from commune_coverage.readers.parsing.validation import check_rows
from commune_coverage.readers.population.areal_interpolation import cut_by_communes, interpolate_over_grid
from commune_coverage.readers.population.demand_points import (
    PEOPLE_REQUIRED,
    People,
    people_table,
    places_at,
    places_in_communes,
)
from commune_coverage.readers.population.raster import check_north_up, piece_of, read_window
from commune_coverage.readers.population.table import from_table, over_points
from commune_coverage.readers.population.tiles import files_of_piece, make_tiles, write_piece
from commune_coverage.schema.inputs import LAT, LON

_PIECES = "pieces"


def format_of(layer: PeopleLayer) -> str:
    """The stated format, else a guess by the file's ending."""
    if layer.format is not None:
        return layer.format
    if layer.path.suffix.lower() in RASTER_SUFFIXES:
        return "raster"
    return "polygons" if is_spatial(layer) and layer.table is None else "points"


def read_people(
    layer: PeopleLayer,
    area: StudyArea,
    communes_path: Path,
    folder: Path,
    engine: str,
    limits: Urbanisation | None = None,
    on_done: Callable[[], None] = lambda: None,
) -> tuple[People, list[RowLog]]:
    """The populated places of the layer put into ``folder`` by tile, with their shares in communes; and the logs.

    ``communes_path`` is the GeoParquet of ``area.communes``, for the workers; ``limits`` say what is urban.
    """
    kind = format_of(layer)
    log = RowLog("people", layer.path.name)
    logs = [log]
    if kind == "raster":
        people = _from_raster(layer, area, communes_path, folder / _PIECES, engine, log, on_done)
    elif kind == "polygons":
        people = _from_polygons(layer, area, log)
    elif kind == "table":
        people = from_table(layer, area, log)
    else:
        people, logs = _from_points(layer, area, log)
    if people.found is not None and (people.found.people > 0).any():
        people.pieces = [write_piece(folder / _PIECES / "all.arrow", people.found)]
    counted = make_tiles(folder, people.pieces, len(area.communes), limits or Urbanisation(), engine, on_done)
    people.by_commune = counted
    return people, logs


def _from_raster(
    layer: PeopleLayer,
    area: StudyArea,
    communes_path: Path,
    pieces: Path,
    engine: str,
    log: RowLog,
    on_done: Callable[[], None],
) -> People:
    with open_raster(layer) as source:
        check_north_up(source, layer)
        bounds = windows(source)
    work = partial(read_window, layer, area.metric_crs, communes_path, pieces)
    found = map_items(
        work,
        bounds,
        engine,
        on_done,
        reads=lambda _: (layer.path, communes_path),
        writes=lambda each: files_of_piece(piece_of(pieces, each)),
    )
    for reason, lines, details, count in (fault for window in found for fault in window.faults):
        log.set_aside(lines, reason, details)
        log.unlisted += count - len(lines)
    log.read = sum(window.cells_read for window in found)
    log.kept = sum(window.cells_kept for window in found)
    log.out_of_area = sum(window.cells_outside for window in found)
    read = sum(window.people_read for window in found)
    outside = sum(window.people_outside for window in found)
    return People(None, read, 0.0, outside, [each.piece for each in found if each.piece is not None])


def _from_polygons(layer: PeopleLayer, area: StudyArea, log: RowLog) -> People:
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
    found = places_in_communes(interpolate_over_grid(pieces, layer.spread_grid_m), area)
    return People(found, float(polygons["people"].sum()), 0.0, outside)


def _from_points(layer: PeopleLayer, area: StudyArea, log: RowLog) -> tuple[People, list[RowLog]]:
    declared = people_table(LON, LAT) if layer.table else people_table(LON, LAT, PEOPLE_REQUIRED)
    raw = pick_columns(read_table(layer, log), declared, layer)
    points = locate_rows(raw, None if is_spatial(layer) else layer.crs, layer.decimal, log)
    points = check_rows(points, declared, log, layer.decimal).reset_index(drop=True)
    commune = area.commune_of(points["lon"], points["lat"])
    log.out_of_area += int((commune == OUTSIDE).sum())
    log.kept += int((commune != OUTSIDE).sum())
    if layer.table is None:
        outside = float(points["people"].to_numpy()[commune == OUTSIDE].sum())
        return People(places_at(points, commune, area), float(points["people"].sum()), 0.0, outside), [log]
    table_log = RowLog("people.table", layer.table.path.name)
    return over_points(layer.table, points.assign(commune=commune), layer, area, table_log), [log, table_log]
