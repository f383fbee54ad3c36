"""A connected road network over places: its course, its classes and its slightly curved lines."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from commune_coverage.synthetic.frame import KM_PER_DEG, Flags, Floats, Integers
from commune_coverage.synthetic.terrain import Terrain

ROAD_CLASSES = ("trunk", "primary", "secondary", "tertiary", "unclassified", "track")
_SURFACES = ("asphalt", "asphalt", "paved", "gravel", "unpaved", "ground")
_SPEEDS_KMH = (90, 80, 60, 0, 0, 0)
_TOP_SHARES = (0.0015, 0.015, 0.07, 0.40)
"""Shares of the places, largest first, that a trunk, primary, secondary or tertiary road reaches."""
_TRUNK_ROOTS = 2
_SHORTCUT_SHARE = 0.35
_TRACK_BELOW_PEOPLE = 500.0
_POINT_EVERY_KM = 0.1
_PROBES = np.linspace(0.1, 0.9, 9)
IsPassable = Callable[[Floats, Floats], Flags]


def road_network(
    lon: Floats, lat: Floats, people: Floats, rng: np.random.Generator, is_passable: IsPassable | None = None
) -> gpd.GeoDataFrame:
    """Lines in WGS 84 with OSM's highway, surface, maxspeed and oneway; empty for fewer than four places.

    The network is the minimum spanning tree of the Delaunay graph of the places (hence of any
    nearest-neighbour graph that is connected) and some of the Gabriel edges as shortcuts. An edge
    that ``is_passable`` refuses at any probe is left out, so places beyond water stay apart.
    Classes follow the shortest paths from the largest places to the next largest ones.
    """
    positions, people = _distinct(lon, lat, people)
    xy = positions * np.array([np.cos(np.radians(positions[:, 1].mean())), 1.0]) * KM_PER_DEG
    edges = _candidate_edges(xy)
    edges = edges[_dry(positions, edges, is_passable)]
    edges, length_km = _chosen(xy, edges, rng)
    rank = _class_ranks(edges, length_km, people)
    lines = _curved(positions, edges, length_km, rng)
    speed = np.array(_SPEEDS_KMH)[rank]
    stated = (speed > 0) & (rng.random(len(rank)) < 0.6)
    return gpd.GeoDataFrame(
        {
            "highway": np.array(ROAD_CLASSES, dtype=object)[rank],
            "surface": np.array(_SURFACES, dtype=object)[rank],
            "maxspeed": np.where(stated, speed.astype(str), ""),
            "oneway": "no",
        },
        geometry=lines,
        crs="EPSG:4326",
    )


def _distinct(lon: Floats, lat: Floats, people: Floats) -> tuple[Floats, Floats]:
    positions, place = np.unique(np.round(np.column_stack([lon, lat]), 5), axis=0, return_inverse=True)
    return np.asarray(positions, dtype=np.float64), np.asarray(np.bincount(place, weights=people), dtype=np.float64)


def _candidate_edges(xy: Floats) -> npt.NDArray[np.int64]:
    if len(xy) < 4:
        return np.empty((0, 2), dtype=np.int64)
    corners = Delaunay(xy).simplices
    pairs = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1)
    return np.unique(pairs, axis=0).astype(np.int64)


def _dry(positions: Floats, edges: Integers, is_passable: IsPassable | None) -> Flags:
    if is_passable is None:
        return np.ones(len(edges), dtype=bool)
    start, end = positions[edges[:, 0]], positions[edges[:, 1]]
    probes = start[:, None] + (end - start)[:, None] * _PROBES[:, None]
    passable = is_passable(probes[..., 0].ravel(), probes[..., 1].ravel())
    return np.asarray(passable.reshape(len(edges), -1).all(axis=1))


def _chosen(xy: Floats, edges: Integers, rng: np.random.Generator) -> tuple[Integers, Floats]:
    """The spanning tree and some shortcuts: edges and their lengths in km."""
    start, end = xy[edges[:, 0]], xy[edges[:, 1]]
    length = np.hypot(*(end - start).T)
    nearest = cKDTree(xy).query((start + end) / 2)[0]
    is_gabriel = nearest >= length / 2 * (1 - 1e-9)
    size = len(xy)
    tree = minimum_spanning_tree(csr_matrix((length, edges.T), shape=(size, size))).tocoo()
    in_tree = np.isin(edges[:, 0] * size + edges[:, 1], tree.row.astype(np.int64) * size + tree.col)
    keep = in_tree | (is_gabriel & (rng.random(len(edges)) < _SHORTCUT_SHARE))
    return edges[keep], length[keep]


def _class_ranks(edges: Integers, length_km: Floats, people: Floats) -> Integers:
    """Position in ROAD_CLASSES of each edge."""
    size = len(people)
    smaller = people[edges].min(axis=1) if len(edges) else np.zeros(0)
    rank = np.where(smaller < _TRACK_BELOW_PEOPLE, 5, 4)
    if not len(edges):
        return rank
    graph = csr_matrix((np.maximum(length_km, 1e-6), edges.T), shape=(size, size))
    by_size = np.argsort(-people, kind="stable")
    before = dijkstra(graph, directed=False, indices=by_size[:_TRUNK_ROOTS], return_predecessors=True)[1]
    key = edges[:, 0] * size + edges[:, 1]
    for level in reversed(range(len(_TOP_SHARES))):
        targets = by_size[: max(5, int(_TOP_SHARES[level] * size))]
        roots = before if level == 0 else before[:1]
        used = np.concatenate([_path_edges(row, targets, size) for row in roots])
        rank = np.where(np.isin(key, used), np.minimum(rank, level), rank)
    return rank


def _path_edges(before: npt.NDArray[np.int32], targets: Integers, size: int) -> Integers:
    """Keys of the edges on the path from each target back to the root of ``before``."""
    edges = []
    node = targets
    while len(node):
        parent = before[node].astype(np.int64)
        node, parent = node[parent >= 0], parent[parent >= 0]
        edges.append(np.minimum(node, parent) * size + np.maximum(node, parent))
        node = np.unique(parent)
    return np.concatenate(edges) if edges else np.empty(0, dtype=np.int64)


def _curved(positions: Floats, edges: Integers, length_km: Floats, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """A line per edge that bends to both sides and meets its places exactly."""
    if not len(edges):
        return np.empty(0, dtype=object)
    points = np.maximum(3, np.ceil(length_km / _POINT_EVERY_KM).astype(np.int64) + 1)
    edge = np.repeat(np.arange(len(edges)), points)
    first = np.repeat(np.cumsum(points) - points, points)
    along = (np.arange(len(edge)) - first) / (points[edge] - 1)
    start, end = positions[edges[edge, 0]], positions[edges[edge, 1]]
    bends = rng.normal(0, [0.05, 0.03, 0.02], (len(edges), 3))[edge]
    aside = (bends * np.sin(np.pi * along[:, None] * np.array([1, 2, 5]))).sum(axis=1)
    straight = end - start
    curve = start + straight * along[:, None] + np.column_stack([-straight[:, 1], straight[:, 0]]) * aside[:, None]
    curve[along == 0], curve[along == 1] = start[along == 0], end[along == 1]
    return np.asarray(shapely.linestrings(np.round(curve, 7), indices=edge))


_RING_DEG = 0.004
_ACROSS_DEG = 0.006


def with_oddities(roads: gpd.GeoDataFrame, terrain: Terrain, settlements: pd.DataFrame) -> gpd.GeoDataFrame:
    """The roads and, after them, five lines more; unchanged where there are too few places for roads.

    A ferry over the lake between the places nearest to its two ends; a ring that begins and ends at one place; two
    tracks that cross without a common vertex; a road whose stated limit is 0 km/h.
    """
    if roads.empty:
        return roads
    ends = np.round(settlements[["lon", "lat"]].to_numpy(), 5)
    largest = ends[int(settlements["people"].to_numpy().argmax())]
    far = largest + _ACROSS_DEG
    rows = [
        ("", "", "", "ferry", "0:45", shapely.LineString(_landings(terrain, ends))),
        ("residential", "paved", "", "", "", _ring(largest)),
        ("track", "ground", "", "", "", _line(far, (-0.001, -0.001), (0.001, 0.001))),
        ("track", "ground", "", "", "", _line(far, (-0.001, 0.001), (0.001, -0.001))),
        ("residential", "paved", "0", "", "", _line(largest, (0, 0), (0, _ACROSS_DEG))),
    ]
    columns = ["highway", "surface", "maxspeed", "route", "duration", "geometry"]
    extra = gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=roads.crs)
    whole = pd.concat([roads.assign(route="", duration=""), extra.assign(oneway="no")], ignore_index=True)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=roads.crs)


def _landings(terrain: Terrain, ends: np.ndarray) -> np.ndarray:
    """The places nearest to the western and the eastern end of the lake."""
    shore = shapely.get_coordinates(terrain.lake.exterior)
    tips = shore[[shore[:, 0].argmin(), shore[:, 0].argmax()]]
    away = np.hypot(ends[:, None, 0] - tips[:, 0], ends[:, None, 1] - tips[:, 1])
    return np.asarray(ends[away.argmin(axis=0)])


def _ring(centre: np.ndarray) -> shapely.LineString:
    angle = np.linspace(0, 2 * np.pi, 13)
    around = np.column_stack([np.cos(angle) - 1, np.sin(angle)]) * _RING_DEG
    around[-1] = around[0]
    return shapely.LineString(np.round(centre + around, 7))


def _line(middle: np.ndarray, start: tuple[float, float], end: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(np.round(middle + np.array([start, end]), 7))
