"""OpenStreetMap extracts: tagged points and road lines from PBF files and zipped SQLite tables."""

from __future__ import annotations

import json
import math
import re
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import geopandas as gpd
import osmium
import pandas as pd
import shapely

from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.safety.files import require_file, unpack_member

POINT_COLUMNS = ["point_id", "lon", "lat", "point_name", "operator", "opening", "class"]
POINT_TAGS = ("name", "operator", "opening_hours")
BOATS_GO = ("yes", "designated", "permissive", "motor")
ROAD_TAGS = ("highway", "surface", "maxspeed", "oneway", "bridge", "route", "duration")
MOTOR_TAGS = ("motorcar", "motor_vehicle", "vehicle", "access")
"""Who may drive, the most specific first."""
ACCESS_TAGS = (*MOTOR_TAGS, "foot")
CLOSED = frozenset({"no", "private", "agricultural", "forestry", "military", "emergency"})
"""Values of MOTOR_TAGS under which the public does not drive."""
BLOCKING_BARRIERS = frozenset(("block", "bollard", "cycle_barrier", "debris", "ditch", "fence", "jersey_barrier"))
BLOCKING_BARRIERS |= {"kissing_gate", "log", "motorcycle_barrier", "planter", "stile", "turnstile", "wall"}
"""Barriers that stop vehicles where nothing else is stated; gates and toll booths do not."""
_METRES_PER_DEGREE = 111_000.0
_SHORT_M = 1.0


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
    """Read tagged nodes, and the middles of tagged ways and multipolygons, from an OSM PBF extract.

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
    for thing in chain(_objects(path, [key for key, _ in wanted]), _multipolygons(path, [key for key, _ in wanted])):
        seen += 1
        label = next((f"{key}={value}" for key, value in wanted if thing.tags.get(key) == value), None)
        position = _position(thing) if label else None
        if position is not None:
            names = [thing.tags.get(tag, "") for tag in POINT_TAGS]
            points.append((_identity(thing), *position, *names, label, seen))
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


def pbf_roads(path: Path, log: RowLog | None = None) -> gpd.GeoDataFrame:
    """Read roads, ferries, and rivers that boats use, from an OSM PBF extract.

    A way is broken where the extract lacks a node, for nobody knows where it goes there, and a metre before and after a
    barrier that no vehicle passes.

    Parameters
    ----------
    path : Path
        The extract.
    log : RowLog or None
        Takes notes of ways that were broken; changed in place.

    Returns
    -------
    GeoDataFrame
        (ways,) lines in WGS 84 with ``ROAD_TAGS`` and ``ACCESS_TAGS`` as tagged and ``line``. A broken way has several
        parts, and None where no two neighbouring nodes are there; a river that boats use has 'boat' for its class.

    Raises
    ------
    UnreadableFileError
        When the file is not a whole PBF.
    """
    rows, lines, barriers, found = [], [], _blocking_nodes(path), Counter[str]()
    for thing in _objects(path, ["highway", "route", "waterway"]):
        kind = _kind_of_way(thing) if thing.is_way() else None
        if kind is not None:
            nodes = [(node.ref, (node.lon, node.lat) if node.location.valid() else None) for node in thing.nodes]
            pieces = _pieces(nodes, barriers, found)
            lines.append(_line_of(pieces))
            rows.append([kind, *_road_tags(thing)])
    frame = gpd.GeoDataFrame(rows, columns=[*ROAD_TAGS, *ACCESS_TAGS], geometry=lines, crs="EPSG:4326")
    frame[LINE] = range(1, len(frame) + 1)
    if log is not None:
        _note_breaks(found, log)
    return frame


def _line_of(pieces: list[list[Position]]) -> shapely.LineString | shapely.MultiLineString | None:
    if len(pieces) > 1:
        return shapely.MultiLineString(pieces)
    return shapely.LineString(pieces[0]) if pieces else None


def _note_breaks(found: Counter[str], log: RowLog) -> None:
    if found["gaps"]:
        log.note(
            f"roads broken where the extract lacks nodes: {found['gaps']:,}, for {found['missing']:,} nodes; cut it"
            " again with complete ways (osmium extract --strategy complete_ways)"
        )
    if found["barriers"]:
        log.note(f"roads ended at barriers that no vehicle passes: {found['barriers']:,}")


Position = tuple[float, float]


def _pieces(
    nodes: list[tuple[int, Position | None]], barriers: frozenset[int], found: Counter[str]
) -> list[list[Position]]:
    """Parts of a way without a gap, of two points at least."""
    missing = sum(at is None for _, at in nodes)
    found["missing"] += missing
    found["gaps"] += missing > 0
    runs: list[list[Position]] = [[]]
    for number, (ref, at) in enumerate(nodes):
        if at is None:
            runs.append([])
        elif ref in barriers:
            found["barriers"] += 1
            before, after = (nodes[each][1] if 0 <= each < len(nodes) else None for each in (number - 1, number + 1))
            runs[-1] += [_short_of(at, before)] if before else []
            runs.append([_short_of(at, after)] if after else [])
        else:
            runs[-1].append(at)
    return [run for run in runs if len(run) > 1 and len(set(run)) > 1]


def _short_of(end: Position, start: Position) -> Position:
    """A point a metre before the end on the way from the start, or half way where that is nearer."""
    across = math.cos(math.radians(end[1]))
    length_m = math.hypot((end[0] - start[0]) * across, end[1] - start[1]) * _METRES_PER_DEGREE
    share = min(0.5, _SHORT_M / length_m) if length_m > 0 else 0.0
    return end[0] + share * (start[0] - end[0]), end[1] + share * (start[1] - end[1])


def _road_tags(way: Any) -> list[str]:
    """Values of ROAD_TAGS but for the first, and of ACCESS_TAGS."""
    tags = {tag: way.tags.get(tag, "") for tag in (*ROAD_TAGS[1:], *ACCESS_TAGS)}
    if not tags["maxspeed"]:
        tags["maxspeed"] = _limit_beside(way)
    if not tags["oneway"] and way.tags.get("junction") in ("roundabout", "circular"):
        tags["oneway"] = "yes"
    return list(tags.values())


def _limit_beside(way: Any) -> str:
    """The limit where it is not under ``maxspeed``: by direction, or as the rule that sets it."""
    by_direction = [way.tags.get(f"maxspeed:{side}", "") for side in ("forward", "backward")]
    if any(by_direction):
        return ";".join(filter(None, by_direction))
    rules = (way.tags.get(tag, "") for tag in ("maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic"))
    return next((rule for rule in rules if _RULE.fullmatch(rule)), "")


_RULE = re.compile(r"[A-Z]{2}(-[A-Z0-9]+)?:\w+(:\w+)?")


def _blocking_nodes(path: Path) -> frozenset[int]:
    """Nodes with a barrier that no vehicle passes."""
    nodes = osmium.FileProcessor(require_file(path), osmium.osm.NODE).with_filter(osmium.filter.KeyFilter("barrier"))
    return frozenset(node.id for node in _readable(path, nodes) if _blocks(node))


def _blocks(node: Any) -> bool:
    stated = next((node.tags.get(tag) for tag in MOTOR_TAGS if tag in node.tags), None)
    if stated is not None:
        return "barrier" in node.tags and stated in CLOSED
    return node.tags.get("barrier") in BLOCKING_BARRIERS or (
        "barrier" in node.tags and node.tags.get("locked") == "yes"
    )


def _kind_of_way(way: Any) -> str | None:
    """Its highway tag, '' for a ferry, 'boat' for a waterway that boats use; None for all else."""
    if "highway" in way.tags or way.tags.get("route") == "ferry":
        return str(way.tags.get("highway", ""))
    return "boat" if "waterway" in way.tags and way.tags.get("boat") in BOATS_GO else None


def _objects(path: Path, keys: list[str]) -> Iterator[Any]:
    """Nodes and ways that carry one of the keys, node positions known.

    Raises UnreadableFileError when the file is not a whole PBF.
    """
    found = osmium.FileProcessor(require_file(path), osmium.osm.NODE | osmium.osm.WAY).with_locations()
    return _readable(path, found.with_filter(osmium.filter.KeyFilter(*keys)))


def _multipolygons(path: Path, keys: list[str]) -> Iterator[Any]:
    """Areas of multipolygons that carry one of the keys; closed ways are read as ways."""
    wanted = osmium.filter.KeyFilter(*keys)
    things = _readable(path, osmium.FileProcessor(path).with_areas(wanted).with_filter(wanted))
    return (thing for thing in things if thing.is_area() and not thing.from_way())


def _readable(path: Path, things: Iterable[Any]) -> Iterator[Any]:
    try:
        yield from things
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise UnreadableFileError(f"'{path.name}' is not a readable OSM PBF file (damaged or half-written?)") from error


def _identity(thing: Any) -> str:
    return f"r{thing.orig_id()}" if thing.is_area() else f"{type(thing).__name__[0].lower()}{thing.id}"


def _position(thing: Any) -> tuple[float, float] | None:
    if thing.is_node():
        return (thing.lon, thing.lat)
    parts = thing.outer_rings() if thing.is_area() else [thing.nodes]
    points = [(node.lon, node.lat) for nodes in parts for node in nodes if node.location.valid()]
    if not points:
        return None
    middle = shapely.MultiPoint(points).envelope.centroid
    return (middle.x, middle.y)
