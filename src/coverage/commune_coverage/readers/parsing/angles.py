"""Angles and whole positions in one text, in every writing that registers have."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from pyproj import Transformer
from pyproj.exceptions import ProjError

from commune_coverage.readers.parsing.numbers import latin_digits
from commune_coverage.readers.parsing.point_text import Point, point_of

NO_POSITION = (float("nan"), float("nan"))

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("º˚", "°"),
        **dict.fromkeys("’‘′ʹ´`ʼ", "'"),
        **dict.fromkeys("”“″ʺ˝", '"'),
        **dict.fromkeys("−–—", "-"),
        **dict.fromkeys("\u00a0\u202f\u2009\t", " "),
        "\u200b": "",
        "\ufeff": "",
    }
)
_WORDS = (
    (re.compile(r"\b(?:north|nord)\b|ខាងជើង|ជើង", re.IGNORECASE), "N"),
    (re.compile(r"\b(?:south|sud)\b|ខាងត្បូង|ត្បូង", re.IGNORECASE), "S"),
    (re.compile(r"\b(?:east|est)\b|ខាងកើត|កើត", re.IGNORECASE), "E"),
    (re.compile(r"\b(?:west|ouest)\b|ខាងលិច|លិច", re.IGNORECASE), "W"),
    (re.compile(r"(?<=[\d\s])deg(rees?)?\b\.?", re.IGNORECASE), "°"),
    (re.compile(r"(?<=[\d\s])min(utes?)?\b\.?", re.IGNORECASE), "'"),
    (re.compile(r"(?<=[\d\s])sec(onds?)?\b\.?", re.IGNORECASE), '"'),
    (re.compile(r"''"), '"'),
)
_MAY_HAVE_WORDS = re.compile(r"[a-z]{3}|[\u1780-\u17ff]|''", re.IGNORECASE)
_ANGLE = re.compile(
    r"""^\s*(?P<before>[NSEW])?\s*(?P<sign>[+-])?\s*(?P<deg>\d{1,3}(?:[.,]\d+)?)\s*(?:[°d:\s-]\s*
    (?:(?P<min>\d{1,2}(?:[.,]\d+)?)\s*(?:(?:(?P<m>m)|[':\s-])\s*(?:(?P<sec>\d{1,2}(?:[.,]\d+)?)\s*(?(m)["s]?|"?))?)?)?)?
    \s*(?P<after>[NSEW])?\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
_PACKED = re.compile(
    r"^\s*(?P<deg>\d{2,3})(?P<min>\d{2})(?P<sec>\d{2}(?:\.\d+)?)\s*(?P<after>[NSEW])\s*$", re.IGNORECASE
)
_METRES = re.compile(
    r"^\s*(?P<before>[EN])?\s*(?P<metres>\d[\d\s]*(?:[.,]\d+)?)\s*m?\s*(?P<after>[EN])?\s*$", re.IGNORECASE
)
_UTM = re.compile(
    r"^\s*(?:utm\s*)?(?:zone\s*)?(?P<zone>\d{1,2})\s*(?P<band>[C-HJ-NP-X])[\s,;:]+"
    r"(?:E\s*)?(?P<east>\d{5,7}(?:[.,]\d+)?)\s*m?\s*E?[\s,;/]+(?:N\s*)?(?P<north>\d{1,8}(?:[.,]\d+)?)\s*m?\s*N?\s*$",
    re.IGNORECASE,
)
_ONE_NUMBER = re.compile(r"^[+-]?\d+,\d+$")
_BETWEEN = tuple(
    map(re.compile, (r"(?i)(?<=[NSEW])[\s,;/]+", r"(?i)[\s,;/]+(?=[NSEW])", r"[;|/]", r",\s+", r",", r"\s+"))
)
NORTHERN, EASTERN = ("", "N", "S"), ("", "E", "W")
SIDE = re.compile(r"[NSEW°]", re.IGNORECASE)


def tidy(text: object) -> str:
    """Normalise a position's text: Latin digits, plain signs, letters for directions (English, French, Khmer words).

    Parameters
    ----------
    text : object
        A cell.

    Returns
    -------
    str
        The tidy text.
    """
    plain = latin_digits(str(text)).translate(_SIGNS).strip()
    if _MAY_HAVE_WORDS.search(plain):
        for pattern, sign in _WORDS:
            plain = pattern.sub(sign, plain)
    return plain


def angle(text: str) -> float:
    """Parse one angle.

    Parameters
    ----------
    text : str
        Tidy text.

    Returns
    -------
    float
        Degrees; NaN when it is none, or says two directions, or north or east with a minus.
    """
    return angle_and_side(text)[0]


def angle_and_side(text: str) -> tuple[float, str]:
    """Parse one angle, or a number of metres, and its direction.

    Parameters
    ----------
    text : str
        Tidy text.

    Returns
    -------
    tuple[float, str]
        Degrees (NaN where it is no angle), and N, S, E, W or ''.
    """
    match = _ANGLE.match(text) or _PACKED.match(text) or _METRES.match(text)
    if match is None:
        return float("nan"), ""
    parts = match.groupdict()
    side = (parts.get("before") or parts["after"] or "").upper()
    if match.re is _METRES:
        return float("nan"), side
    degrees, minutes, seconds = (float((parts[part] or "0").replace(",", ".")) for part in ("deg", "min", "sec"))
    whole = (degrees.is_integer() or parts["min"] is None) and (minutes.is_integer() or parts["sec"] is None)
    minus, twice = parts.get("sign") == "-", bool(parts.get("before") and parts["after"])
    if minutes >= 60 or seconds >= 60 or twice or not whole or (minus and side in ("N", "E")):
        return float("nan"), side
    value = degrees + minutes / 60 + seconds / 3600
    return (-value if minus or side in ("S", "W") else value), side


def position_of(text: object, crs: str | None = None) -> tuple[float, float]:
    """Parse a whole position.

    Points as portals export them (a mapping of lon and lat, GeoJSON, WKT, WKB), UTM with its zone ("48N 491234
    1278901"; the letter S means the southern half, as N the northern), or two angles: by their directions, else
    latitude first unless only the first can be a longitude.

    Parameters
    ----------
    text : object
        A cell.
    crs : str or None
        Reference system of points and pairs that state none; None for degrees of WGS 84.

    Returns
    -------
    tuple[float, float]
        Longitude and latitude, degrees, WGS 84; NaN when it holds no position.
    """
    point = point_of(str(text))
    if point is not None:
        return _from_point(point, crs)
    plain = tidy(text)
    if plain[:1] in "([":
        plain = plain[1:-1]
    if match := _UTM.match(plain):
        return _from_utm(match)
    splits = [between.split(plain) for between in _BETWEEN] if not _ONE_NUMBER.match(plain) else []
    pairs = (_pair(*parts) for parts in splits if len(parts) == 2)
    found = next((pair for pair in pairs if not np.isnan(pair[0])), NO_POSITION)
    if crs is None or not np.isnan(found[0]):
        return found
    metres = ((metres_of(first), metres_of(second)) for first, second in (p for p in splits if len(p) == 2))
    return next((_from_point(Point(*pair), crs) for pair in metres if not np.isnan(pair[0] + pair[1])), NO_POSITION)


def _from_point(point: Point, crs: str | None) -> tuple[float, float]:
    system = f"EPSG:{point.srid}" if point.srid else crs
    is_degrees = system is None or (not point.srid and abs(point.x) <= 180 and abs(point.y) <= 90)
    if is_degrees or system is None:
        return point.x, point.y
    try:
        lon, lat = transformer_from(system).transform(point.x, point.y)
    except ProjError:
        return NO_POSITION
    return float(lon), float(lat)


def _pair(first: str, second: str) -> tuple[float, float]:
    """(lon, lat) of two tidy angles; NaN when one is none or their directions do not go together."""
    (a, a_side), (b, b_side) = angle_and_side(first), angle_and_side(second)
    if np.isnan(a) or np.isnan(b):
        return NO_POSITION
    if not a_side and not b_side:
        return (a, b) if abs(a) > 90 else (b, a)
    if a_side in NORTHERN and b_side in EASTERN:
        return b, a
    return (a, b) if a_side in EASTERN and b_side in NORTHERN else NO_POSITION


def metres_of(text: str) -> float:
    """Parse metres such as "491 234 mE".

    Parameters
    ----------
    text : str
        Tidy text.

    Returns
    -------
    float
        Metres; NaN when it is none.
    """
    match = _METRES.match(text)
    return float("nan") if match is None else number_of(re.sub(r"\s", "", match["metres"]))


def number_of(text: str) -> float:
    """Parse one number, its decimals behind a comma or a point.

    Parameters
    ----------
    text : str
        Digits.

    Returns
    -------
    float
        The number; NaN when it is none.
    """
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return float("nan")


def _from_utm(match: re.Match[str]) -> tuple[float, float]:
    zone, band = int(match["zone"]), match["band"].upper()
    east, north = number_of(match["east"]), number_of(match["north"])
    if not (1 <= zone <= 60 and 100_000 <= east <= 900_000 and north <= 10_000_000):
        return NO_POSITION
    epsg = (32700 if band < "N" or band == "S" else 32600) + zone
    lon, lat = transformer_from(f"EPSG:{epsg}").transform(east, north)
    return float(lon), float(lat)


@lru_cache(maxsize=128)
def transformer_from(crs: str) -> Transformer:
    """Make the transformation to longitude and latitude.

    Parameters
    ----------
    crs : str
        Anything that pyproj reads.

    Returns
    -------
    Transformer
        From (x, y) to degrees of WGS 84.
    """
    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
