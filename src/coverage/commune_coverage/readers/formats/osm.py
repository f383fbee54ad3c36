"""OpenStreetMap extracts: tagged points and road lines from PBF files and zipped SQLite tables."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import osmium
import pandas as pd
import shapely

from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.safety.files import require_file, unpack_member

POINT_COLUMNS = ["point_id", "lon", "lat", "point_name", "operator", "opening", "class"]
POINT_TAGS = ("name", "operator", "opening_hours")
BOATS_GO = ("yes", "designated", "permissive", "motor")
ROAD_TAGS = ("highway", "surface", "maxspeed", "oneway", "bridge", "route", "duration")


def sqlite_points(path: Path, tags: Iterable[str]) -> tuple[pd.DataFrame, int]:
    """Read tagged nodes from a zipped SQLite database (table NODE).

    Parameters
    ----------
    path : Path
        The archive.
    tags : iterable of str
        Wanted ``tag=value``.

    Returns
    -------
    tuple[DataFrame, int]
        (points,) with ``POINT_COLUMNS`` and ``line``, positions in degrees (WGS 84); and how many nodes there are.

    Raises
    ------
    UnreadableFileError
        When the archive or the database is damaged, or has no such table.
    UnsafeArchiveError
        When the archive unpacks to far more than it should.
    """
    with tempfile.TemporaryDirectory() as folder:
        unpacked = unpack_member(path, (".sqlite", ".db", ".sqlite3"), Path(folder))
        connection = sqlite3.connect(f"file:{unpacked}?mode=ro", uri=True)
        try:
            nodes = pd.read_sql_query("SELECT ID, LAT, LON, NAME, TAG, VALUE FROM NODE ORDER BY rowid", connection)
        except (sqlite3.DatabaseError, pd.errors.DatabaseError) as error:
            raise UnreadableFileError(f"'{path.name}' holds no readable NODE table") from error
        finally:
            connection.close()
    nodes = nodes.rename(columns={"ID": "point_id", "LAT": "lat", "LON": "lon", "NAME": "point_name"})
    nodes["class"] = nodes["TAG"] + "=" + nodes["VALUE"]
    nodes["operator"] = nodes["opening"] = ""
    nodes[LINE] = range(1, len(nodes) + 1)
    return nodes[nodes["class"].isin(set(tags))][[*POINT_COLUMNS, LINE]].astype(
        dict.fromkeys(POINT_COLUMNS, object)
    ), len(nodes)


def pbf_points(path: Path, tags: Iterable[str]) -> tuple[pd.DataFrame, int]:
    """Read tagged nodes, and the middles of tagged ways, from an OSM PBF extract.

    Parameters
    ----------
    path : Path
        The extract.
    tags : iterable of str
        Wanted ``tag=value``.

    Returns
    -------
    tuple[DataFrame, int]
        (points,) with ``POINT_COLUMNS`` and ``line``, positions in degrees (WGS 84); and how many tagged objects there
        are.

    Raises
    ------
    UnreadableFileError
        When the file is not a whole PBF.
    """
    wanted = [tuple(tag.split("=", 1)) for tag in tags]
    points: list[tuple[object, ...]] = []
    seen = 0
    for thing in _objects(path, [key for key, _ in wanted]):
        seen += 1
        label = next((f"{key}={value}" for key, value in wanted if thing.tags.get(key) == value), None)
        position = _position(thing) if label else None
        if position is not None:
            names = [thing.tags.get(tag, "") for tag in POINT_TAGS]
            points.append((f"{type(thing).__name__[0].lower()}{thing.id}", *position, *names, label, seen))
    return pd.DataFrame(points, columns=[*POINT_COLUMNS, LINE]), seen


def overpass_points(path: Path, tags: Iterable[str]) -> tuple[pd.DataFrame, int]:
    """Read tagged nodes, and the centres of tagged ways and relations, from a response of the Overpass API.

    Parameters
    ----------
    path : Path
        The response to a query with ``out center``, JSON.
    tags : iterable of str
        Wanted ``tag=value``.

    Returns
    -------
    tuple[DataFrame, int]
        (points,) with ``POINT_COLUMNS`` and ``line``, positions in degrees (WGS 84); and how many objects there are.

    Raises
    ------
    UnreadableFileError
        When it is no such response, or was broken off.
    """
    elements = overpass_elements(path, path.name)
    wanted = [tuple(tag.split("=", 1)) for tag in tags]
    points: list[tuple[object, ...]] = []
    for number, thing in enumerate(elements, start=1):
        own, at = _mapping(thing, "tags"), _mapping(thing, "center") or thing
        label = next((f"{key}={value}" for key, value in wanted if own.get(key) == value), None)
        if label:
            identity = f"{str(thing.get('type', ''))[:1]}{thing.get('id', '')}"
            names = [own.get(tag, "") for tag in POINT_TAGS]
            points.append((identity, at.get("lon", ""), at.get("lat", ""), *names, label, number))
    frame = pd.DataFrame(points, columns=[*POINT_COLUMNS, LINE])
    return frame.astype(dict.fromkeys(POINT_COLUMNS, object)), len(elements)


def _mapping(thing: dict[str, Any], key: str) -> dict[str, Any]:
    inner = thing.get(key)
    return inner if isinstance(inner, dict) else {}


def overpass_elements(path: Path, name: str) -> list[dict[str, Any]]:
    """Read the objects of a response of the Overpass API.

    Parameters
    ----------
    path : Path
        The response, JSON.
    name : str
        Its name, for messages.

    Returns
    -------
    list[dict[str, Any]]
        The objects as JSON has them.

    Raises
    ------
    UnreadableFileError
        When it is no such response, or was broken off.
    """
    try:
        answer = json.loads(require_file(path).read_bytes())
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(f"'{name}' is not a readable answer of the Overpass API") from error
    elements = answer.get("elements") if isinstance(answer, dict) else None
    if not isinstance(elements, list) or not all(isinstance(thing, dict) for thing in elements):
        raise UnreadableFileError(f"'{name}' is not an answer of the Overpass API: it has no elements")
    if "error" in str(answer.get("remark", "")).lower():
        raise UnreadableFileError(f"'{name}' is an answer that the Overpass API broke off; ask again, for less at once")
    return elements


def pbf_roads(path: Path) -> gpd.GeoDataFrame:
    """Read roads, ferries, and rivers that boats use, from an OSM PBF extract.

    Parameters
    ----------
    path : Path
        The extract.

    Returns
    -------
    GeoDataFrame
        (ways,) lines in WGS 84 with ``ROAD_TAGS`` as tagged and ``line``; a river that boats use has 'boat' for its
        class.

    Raises
    ------
    UnreadableFileError
        When the file is not a whole PBF.
    """
    rows, lines = [], []
    for thing in _objects(path, ["highway", "route", "waterway"]):
        kind = _kind_of_way(thing) if thing.is_way() else None
        if kind is not None:
            points = [(node.lon, node.lat) for node in thing.nodes if node.location.valid()]
            if len(points) > 1:
                rows.append([kind, *(thing.tags.get(tag, "") for tag in ROAD_TAGS[1:])])
                lines.append(shapely.LineString(points))
    frame = gpd.GeoDataFrame(rows, columns=list(ROAD_TAGS), geometry=lines, crs="EPSG:4326")
    frame[LINE] = range(1, len(frame) + 1)
    return frame


def _kind_of_way(way: Any) -> str | None:
    """Its highway tag, '' for a ferry, 'boat' for a waterway that boats use; None for all else."""
    if "highway" in way.tags or way.tags.get("route") == "ferry":
        return str(way.tags.get("highway", ""))
    return "boat" if "waterway" in way.tags and way.tags.get("boat") in BOATS_GO else None


def _objects(path: Path, keys: list[str]) -> Iterator[Any]:
    """Nodes and ways that carry one of the keys, node positions known.

    Raises UnreadableFileError when the file is not a whole PBF.
    """
    require_file(path)
    entities = osmium.osm.NODE | osmium.osm.WAY
    try:
        yield from osmium.FileProcessor(path, entities).with_locations().with_filter(osmium.filter.KeyFilter(*keys))
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise UnreadableFileError(f"'{path.name}' is not a readable OSM PBF file (damaged or half-written?)") from error


def _position(thing: Any) -> tuple[float, float] | None:
    if thing.is_node():
        return (thing.lon, thing.lat)
    points = [(node.lon, node.lat) for node in thing.nodes if node.location.valid()]
    if not points:
        return None
    middle = shapely.MultiPoint(points).envelope.centroid
    return (middle.x, middle.y)
