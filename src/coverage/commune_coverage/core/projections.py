"""A projection in metres for a country, chosen by its measured error of scale."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LIMIT = 0.001
"""Largest error of scale, as a part of a distance, that figures are computed with."""
_MOST_POINTS = 5000
_WIDEST_ZONE_DEGREES = 9.0
_EARTH_M = 6_371_000.0


class Chosen(NamedTuple):
    """A projection and its largest error of scale.

    Attributes
    ----------
    crs : str
        An EPSG code or a PROJ string.
    error : float
        Part of a distance by which short distances are too long or too short at most.
    """

    crs: str
    error: float


def scale_error(crs: str, lon: npt.ArrayLike, lat: npt.ArrayLike) -> float:
    """Measure by how much short distances in a projection differ from those on the ellipsoid, in any direction.

    Parameters
    ----------
    crs : str
        A projected system in metres.
    lon, lat : array_like
        (points,) degrees, WGS 84, at which it is measured.

    Returns
    -------
    float
        Largest error at any of the points, as a part of the distance; inf where the projection does not reach.
    """
    shortest, longest = _scales(crs, np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    return max(longest - 1.0, 1.0 - shortest) if np.isfinite([shortest, longest]).all() else np.inf


def local_scale(crs: str, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Measure the scale of a projection at each point, in the directions in which it is least and largest.

    Parameters
    ----------
    crs : str
        A projected system in metres.
    lon, lat : ndarray of float64
        (points,) degrees, WGS 84.

    Returns
    -------
    least, most : ndarray of float64
        (points,) metres in the plane of a metre on the ellipsoid, alike where the projection is conformal; not finite
        where it does not reach.
    """
    from pyproj import Proj

    if not len(lon):
        return np.zeros(0), np.zeros(0)
    factors = Proj(crs).get_factors(lon, lat, errcheck=False)
    return np.asarray(factors.tissot_semiminor, np.float64), np.asarray(factors.tissot_semimajor, np.float64)


def _scales(crs: str, lon: Floats, lat: Floats) -> tuple[float, float]:
    """Return the least and the largest scale at any of the points."""
    if not len(lon):
        return 1.0, 1.0
    least, most = local_scale(crs, lon, lat)
    finite = np.isfinite(least) & np.isfinite(most)
    return (float(least.min()), float(most.max())) if finite.all() else (np.nan, np.nan)


def with_middle(crs: str, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Add the middle of a stereographic projection, where its scale is least, to points of an outline around it."""
    if "+proj=stere" not in crs:
        return lon, lat
    middle_lon, middle_lat = (float(crs.split(f"+{name}=")[1].split(maxsplit=1)[0]) for name in ("lon_0", "lat_0"))
    return np.append(lon, middle_lon), np.append(lat, middle_lat)


def sampled(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Thin out points at which a scale is measured, those farthest out kept."""
    if len(lon) <= _MOST_POINTS:
        return lon, lat
    farthest = [int(found) for side in (lon, lat, lon + lat, lon - lat) for found in (side.argmin(), side.argmax())]
    rows = np.union1d(np.arange(0, len(lon), -(-len(lon) // _MOST_POINTS)), farthest)
    return lon[rows], lat[rows]


def choose(lon: Floats, lat: Floats) -> Chosen:
    """Choose the projection of a country by the points of its outline.

    A UTM zone, or an equal-area projection for a country wider than 9 degrees, is taken where its error of scale is
    below 0.1 %; else the first of four conformal ones that are fitted to the country whose error is, or the best of
    them.

    Parameters
    ----------
    lon : ndarray of float64
        (points,) degrees; beyond 180 where the country goes on there.
    lat : ndarray of float64
        (points,) degrees.

    Returns
    -------
    Chosen
        The projection, whose error is above the limit where no single one holds it.
    """
    at = sampled(lon, lat)
    usual = _usual(float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))
    first = Chosen(usual, scale_error(usual, *at))
    if first.error < LIMIT:
        return first
    fitted = [_balanced(crs, *at) for crs in _fitted(*at)]
    return next((each for each in fitted if each.error < LIMIT), min(fitted, key=lambda each: each.error))


@cache
def _usual(west: float, south: float, east: float, north: float) -> str:
    """Return the UTM zone of bounds, or the equal-area projection of wide ones; to look a zone up takes long."""
    if east - west > _WIDEST_ZONE_DEGREES:
        return f"+proj=laea +lat_0={(south + north) / 2:.4f} +lon_0={(west + east) / 2:.4f} +datum=WGS84 +units=m"
    middle = ((west + east) / 2 + 180) % 360 - 180
    if east > 180 or west < -180:
        west, east = middle - 0.01, middle + 0.01
    import geopandas as gpd
    import shapely

    return str(gpd.GeoSeries([shapely.box(west, south, east, north)], crs="EPSG:4326").estimate_utm_crs())


def _fitted(lon: Floats, lat: Floats) -> list[str]:
    """Return conformal projections with their centre or axis laid through a country."""
    centre_lon, centre_lat = (float(side.min() + side.max()) / 2 for side in (lon, lat))
    turned, azimuth, round_about = _axes(lon, lat, centre_lon, centre_lat)
    at = f"+lat_0={centre_lat:.4f} +lon_0={centre_lon:.4f}"
    return [
        f"+proj=tmerc {at}",
        f"+proj=lcc +lat_1={centre_lat:.4f} {at}" if abs(centre_lat) >= 0.5 else f"+proj=merc +lon_0={centre_lon:.4f}",
        f"+proj=stere +lat_0={round_about[1]:.4f} +lon_0={round_about[0]:.4f}",
        f"+proj=omerc +lat_0={turned[1]:.4f} +lonc={turned[0]:.4f} +alpha={azimuth:.3f}",
    ]


def _axes(
    lon: Floats, lat: Floats, centre_lon: float, centre_lat: float
) -> tuple[tuple[float, float], float, tuple[float, float]]:
    """Return the middle and azimuth of the narrowest rectangle around a country, and the middle of its circle."""
    import shapely
    from pyproj import Proj

    plane = Proj(f"+proj=stere +lat_0={centre_lat} +lon_0={centre_lon} +R={_EARTH_M}")
    x, y = plane(lon, lat)
    around = shapely.convex_hull(shapely.multipoints(np.column_stack([x, y])))
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(around))
    sides = np.diff(corners[:3], axis=0) if len(corners) >= 3 else np.array([[0.0, 1.0], [1.0, 0.0]])
    along = sides[np.hypot(*sides.T).argmax()]
    azimuth = float(np.degrees(np.arctan2(along[0], along[1])) % 180)
    azimuth = min(max(azimuth, 0.5), 179.5) if abs(azimuth - 90) > 0.5 else 89.5
    middles = [np.mean(corners[:4], axis=0) if len(corners) >= 4 else np.zeros(2)]
    middles.append(shapely.get_coordinates(shapely.centroid(shapely.minimum_bounding_circle(around)))[0])
    turned, circle = (plane(middle[0], middle[1], inverse=True) for middle in middles)
    return turned, azimuth, circle


def _balanced(crs: str, lon: Floats, lat: Floats) -> Chosen:
    """Scale a projection so that it is too long at most as much as it is too short."""
    shortest, longest = _scales(f"{crs} +datum=WGS84 +units=m", lon, lat)
    if not np.isfinite([shortest, longest]).all():
        return Chosen(crs, np.inf)
    factor = "k" if "omerc" in crs else "k_0"
    scaled = f"{crs} +{factor}={2 / (shortest + longest):.6f} +datum=WGS84 +units=m"
    return Chosen(scaled, scale_error(scaled, *with_middle(scaled, lon, lat)))
