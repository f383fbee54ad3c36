"""A country's plane in metres: one projection, or one for each part of it where the parts lie far from each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.longitudes import centre_of_shapes, unwrapped
from commune_coverage.core.projections import LIMIT, choose, local_scale, sampled, scale_error, with_middle
from commune_coverage.core.scale import UNSCALED, Scale, unscaled

if TYPE_CHECKING:
    import geopandas as gpd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]

IN_PARTS = "in parts"
"""In place of the name of a reference system: each part of the country has its own."""
STEP_M = 103_000.0
"""Parts are moved by whole tiles, so that squares and tiles stand in them as they would without."""
_WGS84 = "EPSG:4326"
_EARTH_M = 6_371_000.0
_CELL_M = 50_000.0
_APART_M = 250_000.0
"""Land farther from other land than this is a part of its own: no radio and no road leads over."""
_AROUND_M = 180_000.0
"""What lies farther from the country than this is in none of its parts."""
_BETWEEN_M = 400_000.0
_NODE_M = 50_000.0
"""Between nodes of the scale: bilinear values are off by less than 1e-5."""
_STEP_M = 1000.0
_AZIMUTHS = (0.0, 45.0, 90.0, 135.0)
_EDGE_DEGREES = 0.25
_LARGE_DEGREES = 1.0
FAR = -1


class Part(NamedTuple):
    """A part of a country.

    Attributes
    ----------
    crs : str
        Its projected system in metres.
    east_m, north_m : float
        By how much it is moved in the country's plane, m.
    bounds : tuple of float
        West, south, east and north edge of its land in the plane, m.
    error : float
        Largest error of scale over its land, before any correction.
    """

    crs: str
    east_m: float
    north_m: float
    bounds: tuple[float, float, float, float]
    error: float


@dataclass(frozen=True, eq=False)
class MetricSystem:
    """The plane in which a country's distances are taken.

    Attributes
    ----------
    parts : tuple of Part
        One part, not moved, where one projection serves the country.
    cells : (cells, 3) float64
        Positions on the earth of squares with land, m; none for one part.
    of_part : (cells,) int64
        The part of each.
    scale : Scale
        By what distances in the plane are corrected; nothing where projections alone are within 0.1 %.
    error_left : float or None
        Largest error of distances over the land after the correction; None without one.
    """

    parts: tuple[Part, ...]
    cells: Floats
    of_part: Integers
    scale: Scale = UNSCALED
    error_left: float | None = None

    @property
    def name(self) -> str:
        """Its reference system, or those of its parts."""
        return ", ".join(part.crs for part in self.parts)

    @property
    def is_whole(self) -> bool:
        """Whether one projection serves the whole country."""
        return len(self.parts) == 1

    @property
    def projection_error(self) -> float:
        """Largest error of scale of the projections over the land."""
        return max(part.error for part in self.parts)

    @property
    def error(self) -> float:
        """Largest error of short distances over the land, those corrected by the local scale where they are."""
        return self.projection_error if self.error_left is None else self.error_left

    @cached_property
    def _tree(self) -> Any:
        from scipy.spatial import cKDTree

        return cKDTree(self.cells)

    def part_of(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Integers:
        """Look up the part that each position lies in or near; ``FAR`` for none."""
        at = _on_sphere(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
        part = np.full(len(at), FAR)
        finite = np.flatnonzero(np.isfinite(at).all(axis=1))
        away_m, nearest = self._tree.query(at[finite])
        part[finite] = np.where(away_m <= _AROUND_M, self.of_part[nearest], FAR)
        return part

    def to_metric(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Project positions in degrees; infinite where no projection reaches."""
        if self.is_whole:
            return _project(_WGS84, self.parts[0].crs, lon, lat)
        lon, lat = (np.asarray(side, dtype=np.float64) for side in (lon, lat))
        x_m, y_m = np.full(len(lon), np.inf), np.full(len(lon), np.inf)
        of_part = self.part_of(lon, lat)
        for number, part in enumerate(self.parts):
            rows = np.flatnonzero(of_part == number)
            x_m[rows], y_m[rows] = self._into(part, lon[rows], lat[rows])
        return x_m, y_m

    def to_degrees(self, x_m: npt.ArrayLike, y_m: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Longitude and latitude of positions in the plane."""
        if self.is_whole:
            return _project(self.parts[0].crs, _WGS84, x_m, y_m)
        x_m, y_m = (np.asarray(side, dtype=np.float64) for side in (x_m, y_m))
        lon, lat, number = np.full(len(x_m), np.inf), np.full(len(x_m), np.inf), self._slot_of(x_m)
        for each, part in enumerate(self.parts):
            rows = np.flatnonzero(number == each)
            lon[rows], lat[rows] = _project(part.crs, _WGS84, x_m[rows] - part.east_m, y_m[rows] - part.north_m)
        return lon, lat

    def _slot_of(self, x_m: Floats) -> Integers:
        """Return the part whose strip of the plane holds each position: strips follow each other eastward."""
        return self.scale.strip_of(x_m)

    def _into(self, part: Part, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        x_m, y_m = _project(_WGS84, part.crs, lon, lat)
        return x_m + part.east_m, y_m + part.north_m

    def frame(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return shapes of any reference system in the plane; those in none of the parts are empty."""
        if self.is_whole:
            return frame.to_crs(self.parts[0].crs)
        import geopandas as gpd
        import pandas as pd

        name, shapes = frame.geometry.name, self.shapes(frame.geometry.to_crs(_WGS84).to_numpy())
        # ``set_geometry`` would leave the shapes the reference system that they had.
        moved = pd.DataFrame(frame).assign(**{name: gpd.array.from_shapely(shapes)})
        return gpd.GeoDataFrame(moved, geometry=name)

    def shapes(self, shapes: Shapes) -> Shapes:
        """Return shapes in degrees in the plane; those in none of the parts are empty."""
        import geopandas as gpd
        import shapely

        if self.is_whole:
            return np.asarray(gpd.GeoSeries(shapes, crs=_WGS84).to_crs(self.parts[0].crs).to_numpy())
        pieces, of_shape = shapely.get_parts(shapes, return_index=True)
        at, of_piece = shapely.get_coordinates(pieces, return_index=True)
        part = self.part_of(at[:, 0], at[:, 1])
        least, most = np.full(len(pieces), len(self.parts)), np.full(len(pieces), FAR)
        np.minimum.at(least, of_piece, part)
        np.maximum.at(most, of_piece, part)
        placed = pieces.copy()
        for number in range(len(self.parts)):
            rows = np.flatnonzero((least == number) & (most == number))
            placed[rows] = self._transformed(pieces[rows], number)
        for row in np.flatnonzero((least != most) | (least == FAR)).tolist():
            placed[row] = self._cut(pieces[row])
        return _gathered(np.asarray(shapes, dtype=object), placed, of_shape)

    def _transformed(self, shapes: Shapes, number: int) -> Shapes:
        import shapely

        part = self.parts[number]
        return np.asarray(shapely.transform(shapes, lambda at: np.column_stack(self._into(part, at[:, 0], at[:, 1]))))

    def _cut(self, shape: Any) -> Any:
        """Return what of a shape lies in the parts: a line, say, that leads from one to the other falls in two."""
        import shapely

        pieces = []
        for number, part in enumerate(self.parts):
            west, south, east, north = part.bounds
            slot = shapely.box(west - _AROUND_M, south - _AROUND_M, east + _AROUND_M, north + _AROUND_M)
            there = self._transformed(np.array([shapely.segmentize(shape, _EDGE_DEGREES)], dtype=object), number)[0]
            if np.isfinite(shapely.get_coordinates(there)).all():
                pieces.append(shapely.intersection(shapely.make_valid(there), slot))
        wanted = shapely.get_dimensions(shape)
        kept = [one for piece in pieces for one in shapely.get_parts(piece) if shapely.get_dimensions(one) == wanted]
        return shapely.union_all(kept) if wanted == 2 else shapely.geometrycollections(kept)


def _gathered(shapes: Shapes, placed: Shapes, of_shape: Integers) -> Shapes:
    """Put the pieces of each shape together again, a whole shape as it was."""
    import shapely

    result = shapes.copy()
    many: tuple[Callable[..., Any], ...] = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)
    count = np.bincount(of_shape, minlength=len(shapes))
    first = np.cumsum(count) - count
    is_multi = shapely.get_type_id(shapes) >= int(shapely.GeometryType.MULTIPOINT)
    is_simple = shapely.get_type_id(placed) < int(shapely.GeometryType.MULTIPOINT)
    for row in np.flatnonzero(count).tolist():
        own = slice(first[row], first[row] + count[row])
        if count[row] == 1 and is_simple[own][0] and not is_multi[row]:
            result[row] = placed[own][0]
            continue
        found = [one for piece in placed[own] for one in shapely.get_parts(piece) if not one.is_empty]
        gathered = many[int(shapely.get_dimensions(shapes[row]))] if found else shapely.GeometryCollection
        result[row] = gathered(found)
    return result


def _project(source: str, target: str, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
    from pyproj import Transformer

    moved = Transformer.from_crs(source, target, always_xy=True).transform(x, y)
    east, north = (np.asarray(side, dtype=np.float64) for side in moved)
    return east, north


def _on_sphere(lon: Floats, lat: Floats) -> Floats:
    east, north = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)]) * _EARTH_M


def whole_system(crs: str, error: float = 0.0) -> MetricSystem:
    """Return the plane of one projection."""
    part = Part(crs, 0.0, 0.0, (-np.inf, -np.inf, np.inf, np.inf), error)
    return MetricSystem((part,), np.zeros((0, 3)), np.zeros(0, dtype=np.int64))


def measured_system(crs: str, shapes: Shapes) -> MetricSystem:
    """Return the plane of one projection, with its scale over shapes in degrees."""
    error = error_of(crs, shapes)
    if error < LIMIT or not np.isfinite(error):
        return whole_system(crs, error)
    x_m, y_m = _project(_WGS84, crs, *outline(shapes))
    bounds = (float(x_m.min()), float(y_m.min()), float(x_m.max()), float(y_m.max()))
    return _corrected(replace(whole_system(crs), parts=(Part(crs, 0.0, 0.0, bounds, error),)), shapes)


def _corrected(system: MetricSystem, shapes: Shapes) -> MetricSystem:
    """Return a system with its local scale, where its projections are not within the limit."""
    if system.projection_error < LIMIT:
        return system
    scaled = replace(system, scale=_scale_of(system))
    return replace(scaled, error_left=_error_of_steps(scaled, *sampled(*outline(shapes))))


def _error_of_steps(system: MetricSystem, lon: Floats, lat: Floats) -> float:
    """Compare steps in four directions with geodesics; this shows too where the scale differs by direction."""
    from pyproj import Geod

    earth, start, worst = Geod(ellps="WGS84"), np.column_stack(system.to_metric(lon, lat)), 0.0
    for azimuth in _AZIMUTHS:
        to_lon, to_lat, _ = earth.fwd(lon, lat, np.full(len(lon), azimuth), np.full(len(lon), _STEP_M))
        end = np.column_stack(system.to_metric(to_lon, to_lat))
        worst = max(worst, float(np.abs(system.scale.lengths_m(start, end) / _STEP_M - 1.0).max()))
    return worst


def _scale_of(system: MetricSystem) -> Scale:
    """Measure the scale at nodes 50 km apart over the whole plane; nodes that no projection reaches have none."""
    bounds = np.array([part.bounds for part in system.parts])
    (west, south), (east, north) = bounds[:, :2].min(axis=0) - _AROUND_M, bounds[:, 2:].max(axis=0) + _AROUND_M
    x_m, y_m = np.arange(west, east + _NODE_M, _NODE_M), np.arange(south, north + _NODE_M, _NODE_M)
    least, most = _local_scales(system, *(side.ravel() for side in np.meshgrid(x_m, y_m)))
    in_plane = np.sqrt(least * most).reshape(len(y_m), len(x_m))
    true_per_m = np.where(np.isfinite(in_plane) & (in_plane > 0), 1 / in_plane, 1.0)
    return Scale(true_per_m, float(west), float(south), _NODE_M, system.scale.strip_ends_m)


def _local_scales(system: MetricSystem, x_m: Floats, y_m: Floats) -> tuple[Floats, Floats]:
    """Return the least and the largest scale of any direction at positions in the plane."""
    lon, lat = system.to_degrees(x_m, y_m)
    least, most, strip = np.full(len(x_m), np.nan), np.full(len(x_m), np.nan), system.scale.strip_of(x_m)
    for number, part in enumerate(system.parts):
        rows = np.flatnonzero((strip == number) & np.isfinite(lon) & np.isfinite(lat))
        least[rows], most[rows] = local_scale(part.crs, lon[rows], lat[rows])
    return least, most


def outline(shapes: Shapes) -> tuple[Floats, Floats]:
    """Return the points of shapes in degrees, with longitudes that go on beyond 180 where the shapes do."""
    import shapely

    at = shapely.get_coordinates(shapes)
    return unwrapped(at[:, 0], centre_of_shapes(shapes)), at[:, 1]


def error_of(crs: str, shapes: Shapes) -> float:
    """Measure the error of scale of a projection over shapes in degrees."""
    lon, lat = outline(shapes)
    return scale_error(crs, *with_middle(crs, *sampled(lon, lat))) if len(lon) else 0.0


def system_of(shapes: Shapes) -> MetricSystem:
    """Choose the plane of a country.

    Parameters
    ----------
    shapes : ndarray of object
        (communes,) polygons in degrees, WGS 84.

    Returns
    -------
    MetricSystem
        One projection where its error of scale stays below 0.1 %; else one for each part of the country that lies
        farther than 250 km from the others, side by side in one plane. Where a part is too wide even so, its projection
        is conformal and distances are corrected by the local scale.
    """
    chosen = choose(*outline(shapes))
    if chosen.error < LIMIT:
        return whole_system(*chosen)
    import shapely

    pieces = shapely.get_parts(shapes)
    at, of_piece = shapely.get_coordinates(shapely.segmentize(pieces, _EDGE_DEGREES), return_index=True)
    land = np.concatenate([at, *(_inside(piece) for piece in pieces)])
    cells, of_cell = np.unique(np.round(_on_sphere(*land.T) / _CELL_M), axis=0, return_inverse=True)
    of_part = _clusters(cells * _CELL_M)
    if of_part.max() == 0:
        return measured_system(chosen.crs, shapes)
    first = np.flatnonzero(np.diff(of_piece, prepend=-1))
    part_of_piece = of_part[of_cell.ravel()[first]]
    outlines = [pieces[part_of_piece == number] for number in range(of_part.max() + 1)]
    parts = _side_by_side(outlines)
    ends_m = [(one.bounds[2] + other.bounds[0]) / 2 for one, other in pairwise(parts)]
    return _corrected(MetricSystem(parts, cells * _CELL_M, of_part, unscaled(ends_m)), shapes)


def _inside(piece: Any) -> Floats:
    """Return positions within a polygon so large that its outline is far from its middle."""
    import shapely

    west, south, east, north = piece.bounds
    if max(east - west, north - south) < _LARGE_DEGREES:
        return np.zeros((0, 2))
    sides = np.arange(west, east, _EDGE_DEGREES), np.arange(south, north, _EDGE_DEGREES)
    lon, lat = (side.ravel() for side in np.meshgrid(*sides))
    shapely.prepare(piece)
    within = shapely.contains_xy(piece, lon, lat)
    return np.column_stack([lon[within], lat[within]])


def _clusters(cells: Floats) -> Integers:
    """Number cells by the land they belong to, that with the most cells first."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    one, other = cKDTree(cells).query_pairs(_APART_M, output_type="ndarray").T
    graph = coo_matrix((np.ones(len(one), dtype=np.int8), (one, other)), shape=(len(cells), len(cells)))
    label = connected_components(graph, directed=False)[1].astype(np.int64)
    rank = np.argsort(np.argsort(-np.bincount(label), kind="stable"), kind="stable")
    return np.asarray(rank[label], dtype=np.int64)


def _side_by_side(outlines: list[Shapes]) -> tuple[Part, ...]:
    """Lay parts from west to east into one plane, each in its own projection and none near another."""
    parts: list[Part] = []
    for shapes in outlines:
        crs, error = choose(*outline(shapes))
        x_m, y_m = _project(_WGS84, crs, *outline(shapes))
        east_m = north_m = 0.0
        if parts:
            east_m = np.ceil((parts[-1].bounds[2] + _BETWEEN_M - x_m.min()) / STEP_M) * STEP_M
            north_m = np.round((parts[0].bounds[1] - y_m.min()) / STEP_M) * STEP_M
        bounds = (x_m.min() + east_m, y_m.min() + north_m, x_m.max() + east_m, y_m.max() + north_m)
        west, south, east, north = (float(side) for side in bounds)
        parts.append(Part(crs, float(east_m), float(north_m), (west, south, east, north), error))
    return tuple(parts)
