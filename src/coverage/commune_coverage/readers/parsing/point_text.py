"""Points as portals export them in one cell: a mapping of lon and lat, GeoJSON, WKT, WKB, KML, a web map's link."""

from __future__ import annotations

import re
from typing import NamedTuple

import pandas as pd
import shapely
from shapely.errors import GEOSException

_NUMBER = r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?"
_KEY = r"[\"']?\b(?:{})[\"']?\s*[:=]\s*[\"']?(?P<value>" + _NUMBER + ")"
_LON = re.compile(_KEY.format("lon|lng|long|longitude|x"), re.IGNORECASE)
_LAT = re.compile(_KEY.format("lat|latitude|y"), re.IGNORECASE)
_NUMBER_POINT = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_PAIR = rf"\[\s*(?P<x{{0}}>{_NUMBER_POINT})\s*,\s*(?P<y{{0}}>{_NUMBER_POINT})\s*(?:,\s*{_NUMBER_POINT}\s*)?\]"
_GEOJSON = re.compile(
    rf"coordinates[\"']?\s*:\s*(?:{_PAIR.format(1)}|\[\s*{_PAIR.format(2)}\s*\])\s*(?:[,}}]|$)", re.IGNORECASE
)
_GEOJSON_POINT = re.compile(r"type[\"']?\s*:\s*[\"'](?:Multi)?Point[\"']", re.IGNORECASE)
_WKT = re.compile(
    rf"^(?:SRID\s*=\s*(?P<srid>\d+)\s*;)?\s*(?:MULTI)?POINT\s*(?:Z|M|ZM)?\s*\(\s*\(?\s*"
    rf"(?P<x>{_NUMBER_POINT})\s+(?P<y>{_NUMBER_POINT})(?:\s+{_NUMBER_POINT}){{0,2}}\s*\)?\s*\)$",
    re.IGNORECASE,
)
_WKB = re.compile(r"^(?:\\x|0x)?(?P<hex>0[01][0-9A-F]{40,})$", re.IGNORECASE)

# A web map's link has the latitude first; KML's coordinates have longitude, latitude and height.
_LINK = re.compile(
    r"^https?://\S*?(?:@|[?&](?:q|query|ll|center|daddr|destination|mlat)=|!3d)(?P<lat>-?\d{1,2}\.\d+)"
    r"(?:,|%2C|!4d|&mlon=)(?P<lon>-?\d{1,3}\.\d+)",
    re.IGNORECASE,
)
_TRIPLE = re.compile(rf"^(?P<x>{_NUMBER_POINT}),(?P<y>{_NUMBER_POINT}),{_NUMBER_POINT}$")

_BARE_WKB = r"0[01][0-9A-Fa-f]{40,}"


def mark_hexadecimal(texts: pd.Series) -> pd.Series:
    """Write WKB with the mark of hexadecimal, without which '0101…E610…' is a number too.

    Parameters
    ----------
    texts : Series
        (n,) cells.

    Returns
    -------
    Series
        (n,) cells, WKB with a leading mark.
    """
    is_bare = texts.astype(str).str.fullmatch(_BARE_WKB).to_numpy(dtype=bool)
    return texts.where(~is_bare, "\\x" + texts.astype(str)) if is_bare.any() else texts


class Point(NamedTuple):
    """x and y (or longitude and latitude) and the code of the reference system, 0 where the text states none."""

    x: float
    y: float
    srid: int = 0


def point_of(text: str) -> Point | None:
    """Read a point.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    Point or None
        None where the text is none of these forms, or holds no single point.
    """
    plain = text.strip()
    if match := _WKT.match(plain):
        return Point(float(match["x"]), float(match["y"]), int(match["srid"] or 0))
    if match := _WKB.match(plain):
        return _from_wkb(match["hex"])
    if match := _LINK.search(plain):
        return Point(float(match["lon"]), float(match["lat"]))
    if match := _TRIPLE.match(plain):
        return Point(float(match["x"]), float(match["y"]))
    if plain[:1] not in "{[\"'":
        return None
    return _from_geojson(plain) if "coordinates" in plain else _from_mapping(plain)


def _from_geojson(text: str) -> Point | None:
    match = _GEOJSON.search(text)
    if match is None or not _GEOJSON_POINT.search(text):
        return None
    return Point(float(match["x1"] or match["x2"]), float(match["y1"] or match["y2"]))


def _from_mapping(text: str) -> Point | None:
    lon, lat = _LON.search(text), _LAT.search(text)
    if lon is None or lat is None:
        return None
    return Point(float(lon["value"].replace(",", ".")), float(lat["value"].replace(",", ".")))


def _from_wkb(text: str) -> Point | None:
    try:
        shape = shapely.from_wkb(bytes.fromhex(text))
    except (GEOSException, ValueError):
        return None
    points = shapely.get_parts(shape) if shape is not None else []
    if len(points) != 1 or points[0].geom_type != "Point" or points[0].is_empty:
        return None
    return Point(points[0].x, points[0].y, int(shapely.get_srid(shape)))
