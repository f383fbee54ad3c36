"""Hubs, payment points and institutions: tables, vector files and OSM extracts become classed points, each once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from commune_coverage.config.layers import PointsFile, PointsLayer
from commune_coverage.core.errors import CountryFileError
from commune_coverage.core.quarantine import Reason, RowLog, printable
from commune_coverage.readers.boundaries.study_area import StudyArea, split_by_area
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import is_spatial, read_table
from commune_coverage.readers.formats.osm import overpass_points, pbf_points, sqlite_points
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.readers.parsing.coordinates import hints_of, locate_rows
from commune_coverage.readers.parsing.hemispheres import Bounds
from commune_coverage.readers.parsing.numbers import is_missing
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows, drop_duplicates, mark_of_positions
from commune_coverage.readers.points.activity import with_activity
from commune_coverage.readers.points.deduplicate import deduplicate_points
from commune_coverage.schema.inputs import POINTS, Column, Table
from commune_coverage.travel.access.hub_tiers import with_tiers

COLUMNS = [
    "point_id",
    "point_name",
    "operator",
    "class",
    "capacity",
    "opening",
    "status",
    "last_seen",
    "confidence",
    "files",
    "lon",
    "lat",
    "x_m",
    "y_m",
    "commune",
]
# Chances that a point is really there where neither the row nor the country file states one: assumptions.
_OSM_READERS = {"osm-pbf": pbf_points, "osm-sqlite": sqlite_points, "overpass": overpass_points}
LISTED_CONFIDENCE, OSM_CONFIDENCE = 0.9, 0.8


def read_hubs(layer: PointsLayer, context: ReadContext) -> ReadResult:
    """Read logistics hubs of all files, each once, with their tier and capacity; others are out of area.

    Parameters
    ----------
    layer : PointsLayer
        Tables, vector files or OSM extracts; ``tiers`` says what a class of hub does.
    context : ReadContext
        Its country says what a tier can handle. Without an area the rows are checked and not placed.

    Returns
    -------
    ReadResult
        Table ``hubs``: (hubs,) with ``COLUMNS``, ``tier``, ``capacity`` (parcels a day) and ``is_stated``.

    Raises
    ------
    UnreadableFileError
        When a file is damaged.
    MissingColumnError
        When a file states no position or no class.
    CountryFileError
        When the section names no class or OSM tag that can be read from the file.
    """
    hubs, logs = _read_files("hubs", layer, context.area)
    if context.area is None:
        return ReadResult({"hubs": hubs}, logs)
    return _result("hubs", with_tiers(hubs, layer.tiers, context.country.parcels), logs, "delivery_gap")


def read_payments(layer: PointsLayer, context: ReadContext) -> ReadResult:
    """Read payment points (banks, machines, agents) of all files, each once; others are out of area.

    Parameters
    ----------
    layer : PointsLayer
        Tables, vector files or OSM extracts.
    context : ReadContext
        Without an area the rows are checked and not placed.

    Returns
    -------
    ReadResult
        Table ``payments``: (points,) with ``COLUMNS``.

    Raises
    ------
    UnreadableFileError
        When a file is damaged.
    MissingColumnError
        When a file states no position or no class.
    CountryFileError
        When the section names no class or OSM tag that can be read from the file.
    """
    points, logs = _read_files("payments", layer, context.area)
    if context.area is None:
        return ReadResult({"payments": points}, logs)
    return _result("payments", points, logs, "payment_gap")


def read_institutions(layer: PointsLayer, context: ReadContext) -> ReadResult:
    """Read public places (schools, health centres, commune halls, markets) of all files, each once.

    Parameters
    ----------
    layer : PointsLayer
        Tables, vector files or OSM extracts.
    context : ReadContext
        Without an area the rows are checked and not placed.

    Returns
    -------
    ReadResult
        Table ``institutions``: (points,) with ``COLUMNS``.

    Raises
    ------
    UnreadableFileError
        When a file is damaged.
    MissingColumnError
        When a file states no position or no class.
    CountryFileError
        When the section names no class or OSM tag that can be read from the file.
    """
    points, logs = _read_files("institutions", layer, context.area)
    return ReadResult({"institutions": points}, logs, {} if context.area is None else {"points": len(points)})


def _result(name: str, points: pd.DataFrame, logs: list[RowLog], indicator: str) -> ReadResult:
    absent = {indicator: f"the {name} layer holds no point in the country"} if points.empty else {}
    return ReadResult({name: points}, logs, {"points": len(points)}, unavailable=absent)


def _read_files(name: str, layer: PointsLayer, area: StudyArea | None) -> tuple[pd.DataFrame, list[RowLog]]:
    """Return the points of all files of the layer ``name``, with ``COLUMNS`` where there is an area."""
    read = [_read_file(name, file, None if area is None else area.bounds) for file in (layer, *layer.also)]
    logs = [log for _, log in read]
    if area is None:
        for frame, log in read:
            log.kept = len(frame)
        return pd.concat([frame for frame, _ in read], ignore_index=True), logs
    placed = [_placed(frame, area, log) for frame, log in read]
    points = _sure(deduplicate_points(placed, logs, layer.same_within_m), layer.min_confidence, logs)
    return points[COLUMNS].reset_index(drop=True), logs


def _sure(points: pd.DataFrame, min_confidence: float, logs: list[RowLog]) -> pd.DataFrame:
    unsure = (points["confidence"] < min_confidence).to_numpy()
    for number, log in enumerate(logs):
        rows = points[unsure & (points["file"] == number).to_numpy()]
        log.set_aside(rows[LINE], Reason.UNSURE, [f"{confidence:.2f}" for confidence in rows["confidence"]])
        log.kept -= len(rows)
    return points[~unsure]


def _read_file(name: str, layer: PointsFile, bounds: Bounds | None) -> tuple[pd.DataFrame, RowLog]:
    log = RowLog(name, layer.path.name)
    table = _table(layer)
    raw = _osm(layer, log) if is_osm(layer) else _rows(layer, log)
    points = pick_columns(raw, table, layer)
    own_crs = None if is_osm(layer) or is_spatial(layer) else layer.crs
    written = mark_of_positions(points, layer.number_format)
    points = locate_rows(points, own_crs, written, log, hints_of(layer, bounds))
    points = check_rows(points, table, log, written)
    points = drop_duplicates(_classed(points, layer, log), ["point_id"], log)
    points = with_activity(points, log)
    for column in ("point_id", "point_name", "operator", "opening"):
        points[column] = points.get(column, "")
    points["capacity"] = points.get("capacity", np.nan)
    usual = layer.confidence or (OSM_CONFIDENCE if is_osm(layer) else LISTED_CONFIDENCE)
    stated = points["confidence"] if "confidence" in points else pd.Series(np.nan, index=points.index)
    return points.assign(confidence=stated.fillna(usual).astype(float)), log


def _placed(points: pd.DataFrame, area: StudyArea, log: RowLog) -> pd.DataFrame:
    placed = split_by_area(points, area, 0.0, log)
    x_m, y_m = area.to_metric(placed["lon"].to_numpy(), placed["lat"].to_numpy())
    return placed.assign(x_m=x_m, y_m=y_m)


def is_osm(layer: PointsFile) -> bool:
    """Tell whether the file is an OSM extract.

    Parameters
    ----------
    layer : PointsFile
        A file of points.

    Returns
    -------
    bool
        Whether it is, by its format or its name.
    """
    return _format(layer) in _OSM_READERS


def _format(layer: PointsFile) -> str:
    if layer.format is not None:
        return layer.format
    name = layer.path.name.lower()
    if name.endswith(".pbf"):
        return "osm-pbf"
    return "osm-sqlite" if name.endswith((".sqlite.zip", ".db.zip")) else "table"


def _osm(layer: PointsFile, log: RowLog) -> pd.DataFrame:
    tags = [tag for tag in layer.classes if "=" in tag]
    if not tags:
        raise CountryFileError(f'layers.{log.layer}.classes names no OSM tag such as "amenity=post_office"')
    rows_of_classes, total = _OSM_READERS[_format(layer)](layer.path, tags)
    log.read += len(rows_of_classes)
    log.note(f"{total:,} tagged objects in {layer.path.name}, {len(rows_of_classes):,} of the named classes")
    return rows_of_classes


def _rows(layer: PointsFile, log: RowLog) -> pd.DataFrame:
    """Return the file's rows; of Overture Maps, which holds everything there is, only those of the named classes."""
    if layer.format != "overture":
        return read_table(layer, log)
    whole = RowLog(log.layer, log.file)
    rows = read_table(layer, whole)
    column = layer.columns.get("class", "class")
    if column not in rows:
        raise CountryFileError(f"layers.{log.layer}: '{log.file}' has no column '{printable(column, 60)}' of classes")
    rows_of_classes = rows[rows[column].isin(layer.classes)]
    log.read += len(rows_of_classes)
    log.note(f"{whole.read:,} places in {log.file}, {len(rows_of_classes):,} of the named classes")
    return rows_of_classes


def _table(layer: PointsFile) -> Table:
    if layer.default_class is None:
        return POINTS
    columns = tuple(Column("class", "text", "Kind of point.") if c.name == "class" else c for c in POINTS.columns)
    return Table(POINTS.name, POINTS.sentence, columns)


def _classed(points: pd.DataFrame, layer: PointsFile, log: RowLog) -> pd.DataFrame:
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
