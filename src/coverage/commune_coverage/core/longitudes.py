"""Longitudes as a line: where a country lies on both sides of 180 degrees they go on beyond it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[np.object_]

_TURN = 360.0
_HALF_TURN = 180.0
_WHOLE_TURN = 359.9
"""A step this long runs along the edge of a map of the world, and crosses nothing."""


def centre_of(west: npt.ArrayLike, east: npt.ArrayLike) -> float:
    """Find the longitude in the middle of a country, opposite to the widest gap between its parts.

    Parameters
    ----------
    west, east : array_like
        (parts,) degrees between which each part lies; beyond 180 where a part goes on there.

    Returns
    -------
    float
        Degrees from -180 to 180; 0 for a country that lies within -180 and 180 without a wider gap, whose longitudes
        are a line already.
    """
    starts, ends = (np.asarray(side, dtype=np.float64).ravel() for side in (west, east))
    known = np.isfinite(starts) & np.isfinite(ends)
    if not known.any():
        return 0.0
    order = np.argsort(starts[known], kind="stable")
    starts, ends = starts[known][order], np.maximum.accumulate(ends[known][order])
    gaps = starts[1:] - ends[:-1]
    around = starts[0] + _TURN - ends[-1]
    if not len(gaps) or gaps.max() <= around:
        goes_on = ends[-1] > _HALF_TURN or starts[0] < -_HALF_TURN
        return float(unwrapped((starts[0] + ends[-1]) / 2, 0.0)) if goes_on else 0.0
    widest = int(gaps.argmax())
    middle = (starts[widest + 1] + ends[widest] + _TURN) / 2
    return float((middle + _HALF_TURN) % _TURN - _HALF_TURN)


def centre_of_shapes(shapes: npt.ArrayLike) -> float:
    """Find the longitude in the middle of shapes in degrees; see `centre_of`."""
    import shapely

    sides = shapely.bounds(shapely.get_parts(np.asarray(shapes, dtype=object))).reshape(-1, 4)
    return centre_of(sides[:, 0], sides[:, 2])


def bounds_of_shapes(shapes: npt.ArrayLike) -> tuple[float, float, float, float]:
    """Bound shapes in degrees as one country.

    Parameters
    ----------
    shapes : array_like
        (n,) shapes in WGS 84.

    Returns
    -------
    tuple[float, float, float, float]
        West, south, east and north, degrees; of a country on both sides of 180 degrees with the east beyond 180.
    """
    import shapely

    west, south, east, north = map(float, shapely.total_bounds(np.asarray(shapes, dtype=object)))
    if east - west <= _HALF_TURN:
        return west, south, east, north
    west, _, east, _ = map(float, shapely.total_bounds(unwrapped_shapes(shapes, centre_of_shapes(shapes))))
    turn = _TURN if west < -_HALF_TURN else 0.0
    return west + turn, south, east + turn, north


def unwrapped(lon: npt.ArrayLike, centre: float) -> Floats:
    """Move longitudes by whole turns to within half a turn of the centre; those there stay as they are."""
    degrees = np.asarray(lon, dtype=np.float64)
    return degrees + _TURN * np.round((centre - degrees) / _TURN)


def wrapped(lon: npt.ArrayLike) -> Floats:
    """Move longitudes by whole turns to between -180 and 180; those there stay as they are."""
    degrees = np.asarray(lon, dtype=np.float64)
    return np.where(np.abs(degrees) <= _HALF_TURN, degrees, unwrapped(degrees, 0.0))


def unwrapped_shapes(shapes: npt.ArrayLike, centre: float) -> Shapes:
    """Move the parts of shapes by whole turns to within half a turn of the centre.

    Parameters
    ----------
    shapes : array_like
        (shapes,) geometries in degrees, cut at 180 degrees.
    centre : float
        Degrees; nothing is moved where it is 0.

    Returns
    -------
    ndarray of object
        (shapes,) geometries. Polygons that meet at 180 degrees become one.
    """
    import shapely

    whole = np.asarray(shapes, dtype=object)
    if centre == 0.0:
        return whole
    return np.array([_moved(shape, centre) for shape in whole] or shapely.points(np.zeros((0, 2))), dtype=object)


def _moved(shape: Any, centre: float) -> Any:
    import shapely

    parts = shapely.get_parts(shape)
    if not len(parts):
        return shape
    middle = shapely.bounds(parts)[:, ::2].mean(axis=1)
    turns = unwrapped(middle, centre) - middle
    if not turns.any():
        return shape
    moved = [_shifted(part, by) for part, by in zip(parts, turns.tolist(), strict=True)]
    if len(parts) == 1:
        return moved[0]
    if turns.all() or shape.geom_type != "MultiPolygon":
        return type(shape)(moved)
    united = shapely.union_all(moved)
    return united if united.geom_type == shape.geom_type else type(shape)([united])


def _shifted(shape: Any, by: float) -> Any:
    import shapely

    return shapely.transform(shape, lambda at: np.add(at, [by, 0.0]))


def on_globe(shapes: npt.ArrayLike) -> tuple[Shapes, int]:
    """Cut polygons at 180 degrees that are drawn across it.

    Drawn across it are polygons with longitudes beyond 180 degrees, to 360, and such with an edge that jumps from one
    side of the map to the other.

    Parameters
    ----------
    shapes : array_like
        (shapes,) geometries in degrees.

    Returns
    -------
    ndarray of object
        (shapes,) geometries between -180 and 180 degrees.
    int
        How many were cut or moved.
    """
    import shapely

    whole = np.array(shapes, dtype=object)
    at, of_shape = shapely.get_coordinates(whole, return_index=True)
    if not len(at):
        return whole, 0
    jump = np.abs(np.diff(at[:, 0]))
    jumps = (jump > _HALF_TURN) & (jump < _WHOLE_TURN) & (of_shape[1:] == of_shape[:-1])
    beyond = of_shape[(np.abs(at[:, 0]) > _HALF_TURN + 1.0) & (np.abs(at[:, 0]) <= _TURN)]
    # Degrees beyond one turn are none, whatever they are; they stay as they are and are refused.
    absurd = of_shape[~(np.abs(at[:, 0]) <= _TURN)]
    drawn_across = np.setdiff1d(np.union1d(of_shape[1:][jumps], beyond), absurd)
    rows = [row for row in drawn_across.tolist() if _is_polygon(whole[row])]
    changed = 0
    for row in rows:
        cut = _cut(whole[row])
        changed += cut is not whole[row]
        whole[row] = cut
    return whole, changed


def _is_polygon(shape: Any) -> bool:
    return shape is not None and shape.geom_type in ("Polygon", "MultiPolygon")


def _cut(shape: Any) -> Any:
    """Return a polygon in pieces between -180 and 180 degrees; itself where no ring of it is drawn across."""
    import shapely

    pieces, is_across = [], False
    for part in shapely.get_parts(shape):
        line = shapely.make_valid(shapely.Polygon(*_rings(part)))
        west, south, east, north = line.bounds
        is_across |= west < -_HALF_TURN - 1.0 or east > _HALF_TURN + 1.0 or not line.equals_exact(part)
        for turn in range(int((west + _HALF_TURN) // _TURN), int((east + _HALF_TURN) // _TURN) + 1):
            box = shapely.box(turn * _TURN - _HALF_TURN, south, turn * _TURN + _HALF_TURN, north)
            piece = _shifted(shapely.intersection(line, box), -turn * _TURN)
            pieces += [one for one in shapely.get_parts(piece) if one.geom_type == "Polygon" and one.area > 0]
    return shapely.MultiPolygon(pieces) if is_across and pieces else shape


def _rings(part: Any) -> tuple[Floats, list[Floats]]:
    """Return the rings of a polygon with longitudes that do not jump, the inner ones where the outer one is."""
    import shapely

    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(part)]
    for ring in rings:
        steps = np.diff(ring[:, 0])
        whole = np.abs(steps) >= _WHOLE_TURN
        steps = np.where(whole, 0.0, np.round(steps / _TURN))
        ring[1:, 0] -= _TURN * np.cumsum(steps)
    middle = (rings[0][:, 0].min() + rings[0][:, 0].max()) / 2
    for ring in rings[1:]:
        ring[:, 0] += _TURN * np.round((middle - ring[:, 0].mean()) / _TURN)
    return rings[0], rings[1:]
