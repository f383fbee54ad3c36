"""Roads: vector lines or an OSM extract, cut to the country and its surroundings."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from commune_coverage.config.layers import Layer
from commune_coverage.core.errors import CountryFileError
from commune_coverage.core.quarantine import Reason, RowLog, printable
from commune_coverage.readers.boundaries.study_area import shapes_near
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.osm import CLOSED, MOTOR_TAGS, pbf_roads
from commune_coverage.readers.formats.vector import read_vector
from commune_coverage.readers.ground.speed_limits import speed_limit_kmh
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.readers.parsing.numbers import to_numbers
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows
from commune_coverage.schema.inputs import ROADS

SURROUNDINGS_M = 10_000.0


def read_roads(layer: Layer, context: ReadContext) -> ReadResult:
    """Read roads, ferries and rivers that boats use; a stated limit of 0 km/h is none.

    Limits may have units, or be words and codes of OpenStreetMap. Ways that are not built, or that nobody may use, are
    set aside.

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
        return ReadResult({"roads": roads.explode(ignore_index=True)}, [log])
    roads = shapes_near(roads, area, SURROUNDINGS_M, log).drop(columns=LINE)
    if (roads.geom_type != "LineString").any():
        roads = roads.explode()
        roads = roads[roads.length > 0]
    if roads.has_z.any():
        roads = roads.set_geometry(shapely.force_2d(roads.geometry.to_numpy()), crs=roads.crs)
    roads = roads.reset_index(drop=True)
    length_m = area.system.scale.total_length_m(roads.geometry.to_numpy())
    return ReadResult({"roads": roads}, [log], {"length_km": length_m / 1000})


def _stated(layer: Layer, log: RowLog) -> gpd.GeoDataFrame:
    """Return the lines as their file has them, with the columns of ROADS."""
    is_pbf = layer.path.name.lower().endswith(".pbf")
    lines = pbf_roads(layer.path, log) if is_pbf else read_vector(layer)
    log.read += len(lines)
    lines = _open_ways(lines_only(lines, log), layer, log)
    table = check_rows(pick_columns(lines, ROADS, layer), ROADS, log)
    roads = gpd.GeoDataFrame(table, geometry=lines.geometry.loc[table.index], crs=lines.crs)
    for column in ROADS.names:
        roads[column] = roads[column].fillna("") if column in roads else ""
    limit = _limits_kmh(roads["max_speed_kmh"], layer, log)
    standing = int((limit <= 0).sum())
    if standing:
        log.note(f"{standing:,} roads state a limit of 0 km/h or less; their class's speed is taken")
    roads["max_speed_kmh"] = np.where(limit > 0, limit, np.nan)
    return roads


def _limits_kmh(stated: pd.Series, layer: Layer, log: RowLog) -> pd.Series:
    """Stated limits in km/h, NaN where there is none; a note counts those that are not understood."""
    unit = layer.units.get("max_speed_kmh", "")
    unit_kmh = speed_limit_kmh(f"1 {unit}".strip())
    if unit_kmh is None:
        raise CountryFileError(f"units of max_speed_kmh: '{unit}' is no unit of speed; one of km/h, mph, knots, m/s")
    known = {each: speed_limit_kmh(each, unit_kmh) for each in stated.unique().tolist()}
    numbers = pd.Series(to_numbers(stated), index=stated.index)
    limits = pd.Series([known[each] for each in stated], index=stated.index, dtype=object)
    is_odd = stated.map(lambda each: known[each] is None).astype(bool)
    limits = limits.astype(np.float64).where(~is_odd, numbers)
    odd = stated[is_odd & limits.isna()]
    if len(odd):
        said = printable(odd.iloc[0], 30)
        log.note(f"{len(odd):,} roads state a limit that is not understood ('{said}'); their class's speed is taken")
    return limits


def _open_ways(lines: gpd.GeoDataFrame, layer: Layer, log: RowLog) -> gpd.GeoDataFrame:
    """Set aside ways that are not there yet and those that nobody may use; where one may only walk, one does."""
    name = next((name for name in (layer.columns.get("class"), "class", "highway", "fclass") if name in lines), None)
    if name is None:
        return lines
    kind = lines[name].fillna("").astype(str).str.strip().str.lower()
    drives, walks = _may(lines, MOTOR_TAGS), _may(lines, ("foot", "access"))
    is_walked = kind.isin(_WALKED)
    usable = ~kind.isin(NOT_THERE) & (walks | (drives & ~is_walked))
    is_closed_to_vehicles = usable & ~drives & ~is_walked & ~kind.isin(_ON_WATER)
    log.set_aside(lines.loc[~usable, LINE], Reason.NOT_OPEN)
    return lines.assign(**{name: lines[name].where(~is_closed_to_vehicles, _WALKING_CLASS)})[usable]


def _may(lines: gpd.GeoDataFrame, tags: tuple[str, ...]) -> pd.Series:
    """Whether the first of the tags that is stated lets one pass; yes where none is."""
    stated = pd.Series("", index=lines.index, dtype=object)
    for tag in tags:
        if tag in lines:
            stated = stated.where(stated.ne(""), lines[tag].fillna("").astype(str).str.strip().str.lower())
    return ~stated.isin(CLOSED)


NOT_THERE = frozenset(
    ("abandoned", "construction", "demolished", "disused", "no", "planned", "platform", "proposed", "razed", "removed")
)
_WALKED = frozenset(("bridleway", "corridor", "cycleway", "footway", "path", "pedestrian", "steps"))
_ON_WATER = frozenset(("", "ferry", "boat"))
_WALKING_CLASS = "pedestrian"


def lines_only(lines: gpd.GeoDataFrame, log: RowLog) -> gpd.GeoDataFrame:
    """Keep the rows that are lines with a length.

    Parameters
    ----------
    lines : GeoDataFrame
        Rows of a file, with ``line``.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    GeoDataFrame
        Those rows.
    """
    shapes = lines.geometry
    usable = (
        shapes.geom_type.isin(["LineString", "MultiLineString"])
        & ~shapes.is_empty
        & (shapely.length(shapes.to_numpy()) > 0)
    )
    log.set_aside(lines.loc[~usable, LINE], Reason.NO_GEOMETRY)
    return lines[usable]
