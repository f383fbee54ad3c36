"""Fibre nodes and spans: the Open Fibre Data Standard as JSON or GeoJSON, any vector file, or a table of nodes."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.errors import GEOSException
from shapely.geometry import shape

from commune_coverage.config.layers import FibreFile, FibreLayer
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.boundaries.study_area import StudyArea, shapes_near
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import is_spatial, read_table
from commune_coverage.readers.formats.vector import read_vector
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.readers.parsing.coordinates import hints_of, locate_rows
from commune_coverage.readers.parsing.hemispheres import Bounds
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows
from commune_coverage.readers.safety.files import require_file
from commune_coverage.schema.inputs import FIBRE, LAT, LON, Table

SURROUNDINGS_M = 50_000.0
NOT_WORKING = ("proposed", "planned", "underConstruction", "under construction", "inactive", "decommissioned")
_MAX_BYTES = 500_000_000


def read_fibre(layer: FibreLayer, context: ReadContext) -> ReadResult:
    """Read fibre nodes and spans of all files; those beyond 50 km of the country are out of area.

    What is only planned, or no longer lit, stays and is not operational.

    Parameters
    ----------
    layer : FibreLayer
        Open Fibre Data Standard JSON, points and lines of any vector file, or a table of nodes.
    context : ReadContext
        Without an area the features are checked and stay in the file's reference system.

    Returns
    -------
    ReadResult
        Table ``fibre``: (nodes and spans,) points and lines in the metric reference system with ``name``, ``status``
        and ``is_operational``.

    Raises
    ------
    UnreadableFileError
        When a file is damaged, or is JSON of another kind.
    MissingCrsError
        When a vector file does not state its reference system.
    """
    read = [_read_file(file, context.area) for file in (layer, *layer.also)]
    frames, logs = [frame for frame, _ in read], [log for _, log in read]
    features = gpd.GeoDataFrame(frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True))
    if context.area is None:
        return ReadResult({"fibre": features}, logs)
    length_m = context.area.system.scale.total_length_m(features.geometry.to_numpy())
    facts = {"working": int(features["is_operational"].sum()), "length_km": length_m / 1000}
    return ReadResult({"fibre": features}, logs, facts)


def _read_file(file: FibreFile, area: StudyArea | None) -> tuple[gpd.GeoDataFrame, RowLog]:
    log = RowLog("fibre", file.path.name)
    frame = _features(file, None if area is None else area.bounds, log)
    kinds = frame.geometry.geom_type.isin(["Point", "MultiPoint", "LineString", "MultiLineString"])
    usable = (kinds & ~frame.geometry.is_empty).to_numpy(dtype=bool)
    log.set_aside(frame.loc[~usable, LINE], Reason.NO_GEOMETRY)
    frame = frame[usable]
    stopped = frame["status"].str.lower().isin([word.lower() for word in NOT_WORKING])
    frame = frame.assign(is_operational=~stopped.to_numpy(dtype=bool))
    if area is None:
        log.kept = len(frame)
        return frame, log
    near = shapes_near(frame, area, SURROUNDINGS_M, log).reset_index(drop=True)
    return near[["name", "status", "is_operational", "geometry"]], log


def _features(layer: FibreFile, bounds: Bounds | None, log: RowLog) -> gpd.GeoDataFrame:
    if layer.format == "ofds" or (layer.format is None and layer.path.suffix.lower() == ".json"):
        return _open_fibre(layer, log)
    if not is_spatial(layer):
        table = Table(FIBRE.name, FIBRE.sentence, (LON, LAT, *FIBRE.columns))
        rows = locate_rows(
            pick_columns(read_table(layer, log), table, layer),
            layer.crs,
            layer.number_format,
            log,
            hints_of(layer, bounds),
        )
        rows = _named(check_rows(rows, table, log, layer.number_format))
        return gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(rows["lon"], rows["lat"]), crs="EPSG:4326")
    lines = read_vector(layer, log)
    rows = _named(check_rows(pick_columns(lines, FIBRE, layer), FIBRE, log))
    return gpd.GeoDataFrame(rows, geometry=lines.geometry.loc[rows.index], crs=lines.crs)


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(**{name: rows.get(name, "") for name in ("name", "status")})


def _open_fibre(layer: FibreFile, log: RowLog) -> gpd.GeoDataFrame:
    """Nodes and spans of every network of an Open Fibre Data Standard file; ``line`` counts them in their order.

    A span without a route runs straight between its nodes.
    """
    networks = _networks(layer)
    rows: list[dict[str, Any]] = []
    straight = 0
    for network in networks:
        places: dict[str, Any] = {}
        for node in _objects(network, "nodes"):
            geometry = _geometry(node.get("location"))
            places[str(node.get("id"))] = geometry
            rows.append(_row(node, geometry))
        for span in _objects(network, "spans"):
            geometry = _geometry(span.get("route"))
            if geometry is None:
                ends = [places.get(str(_identity(span.get(end)))) for end in ("start", "end")]
                geometry = shapely.LineString([end.coords[0] for end in ends if end]) if all(ends) else None
                straight += geometry is not None
            rows.append(_row(span, geometry))
    log.read += len(rows)
    if straight:
        log.note(f"{straight:,} spans without a route are taken as straight lines between their nodes")
    table = pd.DataFrame(rows, columns=["name", "status", "geometry"]).assign(**{LINE: np.arange(1, len(rows) + 1)})
    return gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4326")


def _networks(layer: FibreFile) -> list[dict[str, Any]]:
    path = require_file(layer.path)
    wrong = UnreadableFileError(f"'{path.name}' is not Open Fibre Data Standard JSON with a list of networks")
    if path.stat().st_size > _MAX_BYTES:
        raise UnreadableFileError(f"'{path.name}' is larger than {_MAX_BYTES // 1_000_000} MB; split it")
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise wrong from error
    networks = content.get("networks") if isinstance(content, dict) else None
    if not isinstance(networks, list) or not all(isinstance(network, dict) for network in networks):
        raise wrong
    return networks


def _objects(network: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = network.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _identity(end: Any) -> Any:
    """Return a span's end is a node's id, or an object that holds it."""
    return end.get("id") if isinstance(end, dict) else end


def _row(item: dict[str, Any], geometry: Any) -> dict[str, Any]:
    return {"name": str(item.get("name") or ""), "status": str(item.get("status") or ""), "geometry": geometry}


def _geometry(content: Any) -> Any:
    """Return a GeoJSON point or line; None for anything else."""
    if not isinstance(content, dict) or content.get("type") not in ("Point", "LineString"):
        return None
    try:
        geometry = shape(content)
    except (GEOSException, TypeError, ValueError, LookupError, AttributeError):
        return None
    bounds = np.asarray(geometry.bounds)
    return geometry if len(bounds) == 4 and (np.abs(bounds) <= [180, 90, 180, 90]).all() else None
