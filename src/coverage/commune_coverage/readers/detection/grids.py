"""Which reference systems of metres put positions into a country: national grids and zones, told from the values."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from pyproj import Geod, Proj
from pyproj.aoi import AreaOfInterest, AreaOfUse
from pyproj.database import CRSInfo, query_crs_info
from pyproj.enums import PJType
from pyproj.exceptions import ProjError

from commune_coverage.readers.parsing.angles import transformer_from
from commune_coverage.readers.parsing.hemispheres import BOUNDS_MARGIN_DEGREES, Bounds

Floats = npt.NDArray[np.float64]
Inside = Callable[[Floats, Floats], float]
"""Share of positions, in degrees, that lie in the country."""

MIN_SHARE = 0.5
_EQUAL_SHARE = 0.02
_ALIKE_M = 2000.0
_WORLD_DEGREES = 350.0
_WEB_MERCATOR = "3857"
# What registers of their countries mostly use, where several systems are nearly the same.
_USUAL = frozenset({
    "2154", "27572", "27700", "28992", "2056", "21781", "31466", "31467", "31468", "31469", "31370", "3812",
    "3763", "5514", "2180", "3006", "3067", "3003", "3004", "31287", "2157", "29902", "3826", "3414", "2193",
    "5179", "5186", "2326", "3301", "3059", "3346", "3765", "3794", "3844", "23700", "2039", "3116", "9377",
    "5367",
})  # fmt: skip
_WGS84 = Geod(ellps="WGS84")
# The same system written another way, or one that only a railway uses.
_SECOND_CHOICE = re.compile(r"\((E-N|N-E|zE-N|zN-E)\)|DB_REF|\(ftUS\)")


@dataclass(frozen=True)
class System:
    """A reference system that fits: its code and name, the share inside, and systems that differ by little from it.

    ``is_swapped`` says that eastings stand in the column of northings. ``coverage`` is the part of the country's bounds
    in which the system is used.
    """

    crs: str
    name: str
    share: float
    is_swapped: bool
    coverage: float
    alike: tuple[str, ...] = ()

    def degrees(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Turn positions as they stand in the file into longitudes and latitudes, degrees of WGS 84."""
        lon, lat = transformer_from(self.crs).transform(*((y, x) if self.is_swapped else (x, y)))
        return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


@dataclass(frozen=True)
class _Tried:
    info: CRSInfo
    lon: Floats
    lat: Floats
    share: float
    is_swapped: bool
    coverage: float


def fitting_systems(
    x: Floats, y: Floats, bounds: Bounds, inside: Inside, *, in_order: bool = False, min_share: float = MIN_SHARE
) -> list[System]:
    """Find the systems of metres in which positions lie in the country, and in the area where the system is used.

    Systems whose positions differ by less than 2 km are one: most are the same grid on older data.

    Parameters
    ----------
    x : ndarray of float64
        (n,) eastings, or northings where they are exchanged.
    y : ndarray of float64
        (n,) the others.
    bounds : Bounds
        West, south, east, north of the country, degrees.
    inside : callable
        Share of positions that lie in the country.
    in_order : bool
        Whether x is known to hold eastings.
    min_share : float
        Least share of positions in the country.

    Returns
    -------
    list of System
        Those that fit equally well, the likeliest first; none where no system fits enough of the positions.
    """
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return []
    tried = [
        one for info, area in _systems(bounds) for one in _both_ways(info, area, x[known], y[known], bounds, inside)
    ]
    best = max((one.share for one in tried), default=0.0)
    if best < min_share:
        return []
    fitting = _likely([one for one in tried if one.share >= best - _EQUAL_SHARE], in_order=in_order)
    return [_exact(system, x[known], y[known], inside) for system in _groups(fitting)]


def _likely(fitting: list[_Tried], *, in_order: bool) -> list[_Tried]:
    """Of systems that fit, those used in much of the country; as the columns stand, where their names say so."""
    widest = max(one.coverage for one in fitting)
    likely = [one for one in fitting if one.coverage >= (0.3 if _is_usual(one.info) else 0.5) * widest]
    straight = [one for one in likely if not one.is_swapped]
    return straight if in_order and straight else likely


def _is_usual(info: CRSInfo) -> bool:
    return info.code in _USUAL or 32600 < int(info.code) < 32761 or info.code == _WEB_MERCATOR


@lru_cache(maxsize=8)
def _systems(bounds: Bounds) -> tuple[tuple[CRSInfo, AreaOfUse], ...]:
    """Projected systems of EPSG that are used within the bounds; of those of the whole world, the web's Mercator."""
    west, south, east, north = bounds
    area = AreaOfInterest(west, max(south, -90), _wrapped(east), min(north, 90))
    found = query_crs_info(auth_name="EPSG", pj_types=[PJType.PROJECTED_CRS], area_of_interest=area, contains=False)
    codes = {info.code: (info, info.area_of_use) for info in found if info.area_of_use is not None}
    return tuple(
        (info, used)
        for code, (info, used) in codes.items()
        if code == _WEB_MERCATOR or used.east - used.west < _WORLD_DEGREES
    )


def _wrapped(east: float) -> float:
    return east - 360 if east > 180 else east


@lru_cache(maxsize=512)
def _projection(code: str) -> Proj | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return Proj(f"EPSG:{code}")
        except ProjError:
            return None


def _both_ways(info: CRSInfo, area: AreaOfUse, x: Floats, y: Floats, bounds: Bounds, inside: Inside) -> list[_Tried]:
    projection = _projection(info.code)
    if projection is None:
        return []
    tried = []
    for a, b, is_swapped in ((x, y, False), (y, x, True)):
        lon, lat = (np.asarray(axis, dtype=np.float64) for axis in projection(a, b, inverse=True))
        used = _used_at(area, lon, lat)
        if used.mean() < MIN_SHARE:
            continue
        share = inside(np.where(used, lon, np.nan), lat) * float(used.mean())
        tried.append(_Tried(info, lon, lat, share, is_swapped, _coverage(area, bounds)))
    return tried


def _used_at(area: AreaOfUse, lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    margin = BOUNDS_MARGIN_DEGREES
    width = (area.east - area.west) % 360 or 360.0
    with np.errstate(invalid="ignore"):
        east_of = (lon - (area.west - margin)) % 360 <= width + 2 * margin
    return np.asarray(east_of & (lat >= area.south - margin) & (lat <= area.north + margin) & np.isfinite(lon))


def _coverage(area: AreaOfUse, bounds: Bounds) -> float:
    east = area.east + (360 if area.east < area.west else 0)
    width = min(east, bounds[2]) - max(area.west, bounds[0])
    height = min(area.north, bounds[3]) - max(area.south, bounds[1])
    whole = max((bounds[2] - bounds[0]) * (bounds[3] - bounds[1]), 1e-9)
    return max(width, 0.0) * max(height, 0.0) / whole


def _rank(one: _Tried) -> tuple[object, ...]:
    """Order within a group: the world's zones, the web's Mercator, Europe's zones, then plain names and old codes."""
    code, name = int(one.info.code), one.info.name
    if one.info.code == _WEB_MERCATOR:
        usual = 1
    elif _is_usual(one.info):
        usual = 0
    else:
        usual = 2 if 25827 < code < 25839 else 3
    return usual, bool(_SECOND_CHOICE.search(name)), not 20000 < code < 33000, code


def _groups(fitting: list[_Tried]) -> list[System]:
    """Systems with their likes, those that are used in more of the country first."""
    groups: list[list[_Tried]] = []
    for one in sorted(fitting, key=_rank):
        alike = next((group for group in groups if _is_alike(group[0], one)), None)
        if alike is None:
            groups.append([one])
        else:
            alike.append(one)
    systems = [
        System(
            f"EPSG:{group[0].info.code}",
            group[0].info.name,
            group[0].share,
            group[0].is_swapped,
            max(one.coverage for one in group),
            tuple(f"EPSG:{one.info.code}" for one in group[1:]),
        )
        for group in groups
    ]
    return sorted(systems, key=lambda system: (-round(system.share, 2), -system.coverage))


def _is_alike(first: _Tried, second: _Tried) -> bool:
    _, _, metres = _WGS84.inv(first.lon, first.lat, second.lon, second.lat)
    return bool(np.nanmedian(metres) <= _ALIKE_M)


def _exact(system: System, x: Floats, y: Floats, inside: Inside) -> System:
    """The share by the whole transformation, its datum too."""
    return replace(system, share=inside(*system.degrees(x, y)))
