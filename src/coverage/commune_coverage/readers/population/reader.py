"""People: a raster, points, polygons or a table by commune become populated places, nobody lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import geopandas as gpd
import rasterio

from commune_coverage.config.layers import PeopleLayer
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.quarantine import Reason, RowLog, printable
from commune_coverage.engine import map_items
from commune_coverage.population.tables import RasterGrid, write_grid
from commune_coverage.readers.boundaries.study_area import OUTSIDE, StudyArea, leave_outside
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.band import Limits
from commune_coverage.readers.formats.csv import is_spatial, read_table
from commune_coverage.readers.formats.nodata import IMPOSSIBLE, without_stand_ins
from commune_coverage.readers.formats.raster import RASTER_SUFFIXES, band_of, crs_of, open_raster, windows
from commune_coverage.readers.formats.vector import read_vector
from commune_coverage.readers.layer_spec import Assumption, Progress, ReadContext, ReadResult
from commune_coverage.readers.parsing.coordinates import hints_of, locate_rows
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows, mark_of_positions
from commune_coverage.readers.population.areal_interpolation import cut_by_communes
from commune_coverage.readers.population.cover import communes_without_data
from commune_coverage.readers.population.demand_points import (
    PEOPLE_REQUIRED,
    People,
    people_table,
    places_at,
    places_in_communes,
)
from commune_coverage.readers.population.land import is_land_raster, write_land
from commune_coverage.readers.population.raster import Inputs, chunk_file, read_window, said_density
from commune_coverage.readers.population.spread import Spreading, how_spread
from commune_coverage.readers.population.table import from_table, over_points
from commune_coverage.readers.population.tiles import files_of_chunk, make_tiles, write_chunk
from commune_coverage.readers.safety.files import require_file
from commune_coverage.schema.inputs import LAT, LON

_CHUNKS = "chunks"


def format_of(layer: PeopleLayer) -> str:
    """Tell how people are given: as stated, else by the file's ending.

    Parameters
    ----------
    layer : PeopleLayer
        The people layer.

    Returns
    -------
    str
        'raster', 'points', 'polygons' or 'table'.
    """
    if layer.format is not None:
        return layer.format
    if layer.path.suffix.lower() in RASTER_SUFFIXES:
        return "raster"
    return "polygons" if is_spatial(layer) and layer.table is None else "points"


def read_people(layer: PeopleLayer, context: ReadContext) -> ReadResult:
    """Read where people live, from a raster, polygons, points or a table by commune; nobody is lost.

    Writes the populated places, their shares in communes and the urbanisation grid into ``context.folder``, by tiles;
    of a raster its grid too.

    Parameters
    ----------
    layer : PeopleLayer
        One file, with a table by commune where points have no numbers of their own.
    context : ReadContext
        Its country says what is urban; its folder holds ``communes.parquet``. Without an area the file is only looked
        for.

    Returns
    -------
    ReadResult
        No table; sums ``people_sums``: ``people`` of each commune, exact. The facts balance: people ``read`` =
        ``counted`` + ``outside`` + ``quarantined``.

    Raises
    ------
    MissingFileError
        When the file is not there.
    UnreadableFileError
        When it is damaged, or is a raster of which it is not clear what its numbers are.
    MissingColumnError
        When a table lacks people, positions or codes.
    MissingCrsError
        When a raster or vector file does not state its reference system.
    """
    if context.area is None:
        require_file(layer.path)
        return ReadResult()
    on_done = _counter(context.progress)
    people, logs = _people_of(layer, context.area, context, on_done)
    communes, limits = len(context.area.communes), context.country.urbanisation
    if people.points is not None and (people.points.people > 0).any():
        people.chunks = [write_chunk(context.folder / _CHUNKS / "all.arrow", people.points)]
    by_commune = make_tiles(context.folder, people.chunks, communes, limits, context.engine, on_done)
    facts: dict[str, Any] = {
        "read": people.read,
        "counted": float(by_commune.sum()),
        "outside": people.outside,
        "quarantined": people.quarantined,
        "is_place_unknown": format_of(layer) in _WITHIN and layer.spread_over is None,
    }
    absent = {} if people.chunks else dict.fromkeys(_INDICATORS, "the people layer counts nobody in the communes")
    sums = {"people_sums": {"people": by_commune}}
    if format_of(layer) == "raster":
        settled = _settled(layer, RowLog("people", layer.path.name))
        unknown = communes_without_data(settled, context.area, by_commune)
        facts["communes_without_data"] = unknown
        _note_uncovered(layer, unknown, communes, logs[0])
    return ReadResult({}, logs, facts, sums, _assumptions(layer), absent)


def _note_uncovered(layer: PeopleLayer, unknown: list[str], communes: int, log: RowLog) -> None:
    """Note the communes of which the raster says nothing; how many may be so is a limit of the country file."""
    if unknown:
        listed = ", ".join(unknown[:_LISTED]) + (", …" if len(unknown) > _LISTED else "")
        log.note(
            f"{len(unknown):,} of {communes:,} communes have no people data and count nobody ({listed}):"
            f" '{layer.path.name}' does not reach them or holds no number there"
        )


_LISTED = 5
_INDICATORS = ("internet_gap", "delivery_gap", "payment_gap")
_WITHIN = {"polygons": "their polygon", "table": "their commune"}
_AT_POINTS = "stand at the point of their village; a commune's people are shared equally over its points"


def _assumptions(layer: PeopleLayer) -> list[Assumption]:
    kind = format_of(layer)
    if kind == "raster":
        return []
    value = how_spread(layer, _WITHIN[kind]) if kind in _WITHIN else _AT_POINTS
    return [Assumption("people", "people without an exact position", value, "", "this project")]


def _people_of(
    layer: PeopleLayer, area: StudyArea, context: ReadContext, on_done: Callable[[], None]
) -> tuple[People, list[RowLog]]:
    kind, log = format_of(layer), RowLog("people", layer.path.name)
    if layer.also and kind != "raster":
        raise UnreadableFileError(f"'{layer.path.name}' is no raster, only rasters have further tiles; take out also")
    if kind == "raster":
        return _from_raster(layer, area, context, log, on_done), [log]
    spreading = Spreading(layer, area, context)
    if kind == "points":
        people, logs = _from_points(layer, area, log, spreading)
    else:
        people, logs = (_from_polygons if kind == "polygons" else from_table)(layer, area, log, spreading), [log]
    return people, [*logs, *spreading.logs]


def _counter(progress: Progress) -> Callable[[], None]:
    """Report one more part done at each call; of how many is not known."""
    done = count(1)
    return lambda: progress(next(done), 0)


def _from_raster(
    layer: PeopleLayer, area: StudyArea, context: ReadContext, log: RowLog, on_done: Callable[[], None]
) -> People:
    layer = _settled(layer, log)
    with open_raster(layer) as source:
        _refuse_unstated_density(source, layer)
        bounds = windows(source)
        write_grid(context.folder, RasterGrid(crs_of(source, layer), tuple(source.transform)[:6], *source.shape[::-1]))
    inputs, chunks = Inputs(layer, context.communes_file, _land(layer, context, log)), context.folder / _CHUNKS
    land = () if layer.land is None else (inputs.land or layer.land.path,)
    results = map_items(
        partial(read_window, inputs, area.system, chunks),
        bounds,
        context.engine,
        on_done,
        reads=lambda _: (layer.path, inputs.communes, *land),
        writes=lambda each: files_of_chunk(chunk_file(chunks, each)),
    )
    if inputs.land is not None:
        inputs.land.unlink()
    for reason, lines, details, cells in (fault for window in results for fault in window.faults):
        log.set_aside(lines, reason, details)
        log.unlisted += cells - len(lines)
    log.read = sum(window.cells_read for window in results)
    log.kept = sum(window.cells_kept for window in results)
    log.out_of_area = sum(window.cells_outside for window in results)
    read = sum(window.people_read for window in results)
    outside = sum(window.people_outside for window in results)
    _note_ashore(sum(window.people_ashore for window in results), layer, log)
    return People(None, read, 0.0, outside, [each.chunk for each in results if each.chunk is not None])


def _land(layer: PeopleLayer, context: ReadContext, log: RowLog) -> Path | None:
    """Outlines of land as a file for the windows; none where a band holds them, or nothing says where land is."""
    if layer.land is None or is_land_raster(layer.land):
        return None
    return write_land(layer.land, context.folder / _CHUNKS / "land.parquet", log)


def _note_ashore(people: float, layer: PeopleLayer, log: RowLog) -> None:
    if people >= 1:
        told = "by who lives around" if layer.land is None else f"by '{layer.land.path.name}'"
        log.note(f"{people:,.0f} people of cells that a coast or a shore cuts are counted on their land, told {told}")


def _settled(layer: PeopleLayer, log: RowLog) -> PeopleLayer:
    """The layer with the values that stand for no data."""
    most = IMPOSSIBLE if layer.density_people_per_km2 else layer.implausible_people
    return without_stand_ins(layer, Limits("people", 0.0, most, by_row=True), log)


def _refuse_unstated_density(source: rasterio.DatasetReader, layer: PeopleLayer) -> None:
    """Refuse a band that is called a density where the country file does not say whether it is one."""
    said = said_density(source, band_of(source, layer).number, layer.path)
    if said and "density_people_per_km2" not in layer.model_fields_set:
        raise UnreadableFileError(
            f"'{layer.path.name}' calls its numbers '{printable(said, 60)}'; set density_people_per_km2 = true, or"
            " false where they are people per cell"
        )


def _from_polygons(layer: PeopleLayer, area: StudyArea, log: RowLog, spreading: Spreading) -> People:
    shapes = read_vector(layer, log)
    missing = (shapes.geometry.isna() | shapes.geometry.is_empty).to_numpy()
    log.set_aside(shapes.loc[missing, LINE], Reason.NO_GEOMETRY)
    shapes = shapes[~missing]
    declared = people_table(PEOPLE_REQUIRED)
    table = check_rows(pick_columns(shapes, declared, layer), declared, log, layer.number_format)
    polygons = gpd.GeoDataFrame(table, geometry=shapes.geometry.loc[table.index].make_valid(), crs=shapes.crs)
    log.kept = len(polygons)
    in_metres = area.system.frame
    pieces, outside = cut_by_communes(in_metres(polygons), in_metres(area.communes))
    if layer.spread_over is None:
        log.note(f"people spread evenly over each polygon on a {layer.spread_grid_m:g} m grid")
    places = places_in_communes(spreading.over(pieces, log), area)
    return People(places, float(polygons["people"].sum()), 0.0, outside)


def _from_points(layer: PeopleLayer, area: StudyArea, log: RowLog, spreading: Spreading) -> tuple[People, list[RowLog]]:
    declared = people_table(LON, LAT) if layer.table else people_table(LON, LAT, PEOPLE_REQUIRED)
    raw = pick_columns(read_table(layer, log), declared, layer)
    hints, written = hints_of(layer, area.bounds), mark_of_positions(raw, layer.number_format)
    points = locate_rows(raw, None if is_spatial(layer) else layer.crs, written, log, hints)
    points = check_rows(points, declared, log, written).reset_index(drop=True)
    commune = area.commune_of(points["lon"], points["lat"])
    leave_outside(points, commune == OUTSIDE, log)
    log.kept += int((commune != OUTSIDE).sum())
    if layer.table is None:
        outside = float(points["people"].to_numpy()[commune == OUTSIDE].sum())
        return People(places_at(points, commune, area), float(points["people"].sum()), 0.0, outside), [log]
    table_log = RowLog("people.table", layer.table.path.name)
    return over_points(layer.table, points.assign(commune=commune), table_log, spreading), [log, table_log]
