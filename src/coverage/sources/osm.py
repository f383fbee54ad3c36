"""OpenStreetMap extracts: tagged points and road lines from PBF files and zipped SQLite tables."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import osmium
import pandas as pd
import shapely

from coverage.errors import UnreadableFileError
from coverage.sources.files import require_file, unpack_member
from coverage.sources.vector import LINE

POINT_COLUMNS = ["point_id", "lon", "lat", "point_name", "operator", "class"]
ROAD_TAGS = ("highway", "surface", "maxspeed", "oneway")


def sqlite_points(path: Path, tags: Iterable[str]) -> tuple[pd.DataFrame, int]:
    """Nodes whose ``tag=value`` is wanted, from a zipped SQLite (table NODE), and how many nodes there are."""
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
    nodes["operator"] = ""
    nodes[LINE] = range(1, len(nodes) + 1)
    return nodes[nodes["class"].isin(set(tags))][[*POINT_COLUMNS, LINE]].astype(
        dict.fromkeys(POINT_COLUMNS, object)
    ), len(nodes)


def pbf_points(path: Path, tags: Iterable[str]) -> tuple[pd.DataFrame, int]:
    """Nodes, and the middles of ways, that carry a wanted ``tag=value``, and how many objects there are."""
    wanted = [tuple(tag.split("=", 1)) for tag in tags]
    found: list[tuple[object, ...]] = []
    seen = 0
    for thing in _objects(path, [key for key, _ in wanted]):
        seen += 1
        label = next((f"{key}={value}" for key, value in wanted if thing.tags.get(key) == value), None)
        position = _position(thing) if label else None
        if position is not None:
            names = (thing.tags.get("name", ""), thing.tags.get("operator", ""))
            found.append((f"{type(thing).__name__[0].lower()}{thing.id}", *position, *names, label, seen))
    return pd.DataFrame(found, columns=[*POINT_COLUMNS, LINE]), seen


def pbf_roads(path: Path) -> gpd.GeoDataFrame:
    """Ways with a highway tag as lines in WGS 84, with class, surface, max speed and one-way as tagged."""
    rows, lines = [], []
    for thing in _objects(path, ["highway"]):
        if thing.is_way():
            points = [(node.lon, node.lat) for node in thing.nodes if node.location.valid()]
            if len(points) > 1:
                rows.append([thing.tags.get(tag, "") for tag in ROAD_TAGS])
                lines.append(shapely.LineString(points))
    frame = gpd.GeoDataFrame(rows, columns=list(ROAD_TAGS), geometry=lines, crs="EPSG:4326")
    frame[LINE] = range(1, len(frame) + 1)
    return frame


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
