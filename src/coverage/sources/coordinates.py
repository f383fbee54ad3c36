"""Positions as registers hold them: degrees in every writing, metres of a stated system, UTM text, both in one cell."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import Transformer
from pyproj.exceptions import ProjError

from coverage.errors import MissingCrsError
from coverage.quarantine import Reason, RowLog, printable
from coverage.sources.numbers import is_missing, latin_digits, plain_numbers, to_numbers

Floats = npt.NDArray[np.float64]
NOWHERE = (float("nan"), float("nan"))

_PARTS = re.compile(r"\d\s+\d|\d-\d")
_SIGNS = str.maketrans({
    **dict.fromkeys("º˚", "°"), **dict.fromkeys("’‘′ʹ´`ʼ", "'"), **dict.fromkeys("”“″ʺ˝", '"'),
    **dict.fromkeys("−–—", "-"), **dict.fromkeys("\u00a0\u202f\u2009\t", " "), "\u200b": "", "\ufeff": "",
})  # fmt: skip
_WORDS = (
    (re.compile(r"\b(?:north|nord)\b|ខាងជើង|ជើង", re.IGNORECASE), "N"),
    (re.compile(r"\b(?:south|sud)\b|ខាងត្បូង|ត្បូង", re.IGNORECASE), "S"),
    (re.compile(r"\b(?:east|est)\b|ខាងកើត|កើត", re.IGNORECASE), "E"),
    (re.compile(r"\b(?:west|ouest)\b|ខាងលិច|លិច", re.IGNORECASE), "W"),
    (re.compile(r"(?<=[\d\s])deg(rees?)?\b\.?", re.IGNORECASE), "°"),
    (re.compile(r"(?<=[\d\s])min(utes?)?\b\.?", re.IGNORECASE), "'"),
    (re.compile(r"(?<=[\d\s])sec(onds?)?\b\.?", re.IGNORECASE), '"'), (re.compile(r"''"), '"'),
)  # fmt: skip
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
_WKT = re.compile(r"^\s*POINT\s*\(\s*(?P<lon>[-+\d.eE]+)\s+(?P<lat>[-+\d.eE]+)\s*\)\s*$", re.IGNORECASE)
_BETWEEN = tuple(
    map(re.compile, (r"(?i)(?<=[NSEW])[\s,;/]+", r"(?i)[\s,;/]+(?=[NSEW])", r"[;|/]", r",\s+", r",", r"\s+"))
)
_NORTHERN, _EASTERN = ("", "N", "S"), ("", "E", "W")
_SIDE = re.compile(r"[NSEW°]", re.IGNORECASE)


def parse_degrees(values: pd.Series, decimal: str | None = None) -> Floats:
    """Degrees from decimal or degrees-minutes-seconds text; NaN where it is neither."""
    plain = plain_numbers(values)
    if plain is not None:
        return plain
    in_parts = values.astype(str).str.contains(_PARTS)
    parsed = to_numbers(values.where(~in_parts, ""), decimal or ",")
    for position in np.flatnonzero(np.isnan(parsed) & ~is_missing(values)):
        parsed[position] = angle(tidy(values.iloc[position]))
    return parsed


def tidy(text: object) -> str:
    """A position's text with Latin digits, plain signs, and letters for directions (English, French, Khmer words)."""
    plain = latin_digits(str(text)).translate(_SIGNS).strip()
    if _MAY_HAVE_WORDS.search(plain):
        for pattern, sign in _WORDS:
            plain = pattern.sub(sign, plain)
    return plain


def angle(text: str) -> float:
    """Degrees of one tidy angle; NaN when it is none, or says two directions, or north or east with a minus."""
    return _angle_and_side(text)[0]


def _angle_and_side(text: str) -> tuple[float, str]:
    """An angle's degrees, and N, S, E or W as it (or a number of metres) says; '' where it does not."""
    match = _ANGLE.match(text) or _PACKED.match(text) or _METRES.match(text)
    if match is None:
        return float("nan"), ""
    found = match.groupdict()
    side = (found.get("before") or found["after"] or "").upper()
    if match.re is _METRES:
        return float("nan"), side
    degrees, minutes, seconds = (float((found[part] or "0").replace(",", ".")) for part in ("deg", "min", "sec"))
    whole = (degrees.is_integer() or found["min"] is None) and (minutes.is_integer() or found["sec"] is None)
    minus, twice = found.get("sign") == "-", bool(found.get("before") and found["after"])
    if minutes >= 60 or seconds >= 60 or twice or not whole or (minus and side in ("N", "E")):
        return float("nan"), side
    value = degrees + minutes / 60 + seconds / 3600
    return (-value if minus or side in ("S", "W") else value), side


def position_of(text: object) -> tuple[float, float]:
    """(lon, lat) of one text that holds a whole position; NaN when it holds none.

    UTM with its zone ("48N 491234 1278901"; the letter S means the southern half, as N the northern), WKT points,
    or two angles: by their directions, else latitude first unless only the first can be a longitude.
    """
    plain = tidy(text)
    if plain[:1] in "([":
        plain = plain[1:-1]
    if match := _UTM.match(plain):
        return _from_utm(match)
    if match := _WKT.match(plain):
        return _float(match["lon"]), _float(match["lat"])
    splits = (between.split(plain) for between in _BETWEEN) if not _ONE_NUMBER.match(plain) else ()
    pairs = (_pair(*parts) for parts in splits if len(parts) == 2)
    return next((pair for pair in pairs if not np.isnan(pair[0])), NOWHERE)


def _pair(first: str, second: str) -> tuple[float, float]:
    """(lon, lat) of two tidy angles; NaN when one is none or their directions do not go together."""
    (a, a_side), (b, b_side) = _angle_and_side(first), _angle_and_side(second)
    if np.isnan(a) or np.isnan(b):
        return NOWHERE
    if not a_side and not b_side:
        return (a, b) if abs(a) > 90 else (b, a)
    if a_side in _NORTHERN and b_side in _EASTERN:
        return b, a
    return (a, b) if a_side in _EASTERN and b_side in _NORTHERN else NOWHERE


def _float(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return float("nan")


def _from_utm(match: re.Match[str]) -> tuple[float, float]:
    zone, band = int(match["zone"]), match["band"].upper()
    east, north = _float(match["east"]), _float(match["north"])
    if not (1 <= zone <= 60 and 100_000 <= east <= 900_000 and north <= 10_000_000):
        return NOWHERE
    epsg = (32700 if band < "N" or band == "S" else 32600) + zone
    lon, lat = _transformer(f"EPSG:{epsg}").transform(east, north)
    return float(lon), float(lat)


@lru_cache(maxsize=128)
def _transformer(crs: str) -> Transformer:
    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


def locate_rows(frame: pd.DataFrame, crs: str | None, decimal: str | None, log: RowLog) -> pd.DataFrame:
    """Rows with ``lon`` and ``lat`` as WGS 84 floats; the others are quarantined.

    ``frame`` has text columns lon, lat (or x, y of ``crs`` under those names) and ``line``. Both may be the same
    column, which then holds whole positions. Angles with a direction are degrees whatever ``crs`` says.
    """
    x, y = parse_degrees(frame["lon"], decimal), parse_degrees(frame["lat"], decimal)
    if crs is not None:
        x, y = _metres(frame["lon"], x), _metres(frame["lat"], y)
    lon, lat = _to_wgs84(x, y, crs)
    crossed = _correct_texts(frame, (x, y, lon, lat), crs)
    unknown = np.isnan(x) | np.isnan(y)
    missing = (is_missing(frame["lon"]) | is_missing(frame["lat"])) if unknown.any() else unknown
    infinite = np.isinf(x) | np.isinf(y)
    off_globe = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
    faults = (
        (missing | infinite, Reason.COORDINATE_MISSING),
        (unknown, Reason.NOT_A_NUMBER),
        (crossed, Reason.SWAPPED_COORDINATES),
        (off_globe, Reason.COORDINATE_OUT_OF_RANGE),
        ((x == 0) & (y == 0), Reason.NULL_ISLAND),
    )
    good = np.ones(len(frame), dtype=bool)
    for mask, reason in faults:
        hit = mask & good
        if hit.any():
            bad = frame[hit]
            log.set_aside(bad["line"], reason, list(bad["lon"].astype(str) + ", " + bad["lat"].astype(str)))
        good &= ~mask
    return frame.assign(lon=lon, lat=lat)[good]


def _correct_texts(
    frame: pd.DataFrame, found: tuple[Floats, Floats, Floats, Floats], crs: str | None
) -> npt.NDArray[np.bool_]:
    """Put right, in place, rows that are more than two numbers; True where a row's directions say it is swapped."""
    x, y, lon, lat = found
    crossed = np.zeros(len(frame), dtype=bool)
    if plain_numbers(frame["lon"]) is not None and plain_numbers(frame["lat"]) is not None:
        return crossed
    combined = frame["lon"].equals(frame["lat"])
    for row, (east, north) in enumerate(zip(frame["lon"].astype(str), frame["lat"].astype(str), strict=True)):
        if combined:
            x[row], y[row] = lon[row], lat[row] = position_of(east)
        elif not (east.isascii() and north.isascii()) or _SIDE.search(east) or _SIDE.search(north):
            first, second = tidy(east), tidy(north)
            (a, a_side), (b, b_side) = _angle_and_side(first), _angle_and_side(second)
            crossed[row] = a_side not in _EASTERN or b_side not in _NORTHERN
            marked = (a_side or "°" in first) and (b_side or "°" in second)
            if crs is not None and marked and not np.isnan(a + b):
                x[row], y[row] = lon[row], lat[row] = a, b
    return crossed


def _metres(values: pd.Series, parsed: Floats) -> Floats:
    """Metres with a letter behind them ("491 234 mE") beside those that are plain numbers."""
    for position in np.flatnonzero(np.isnan(parsed) & ~is_missing(values)):
        match = _METRES.match(tidy(values.iloc[position]))
        if match is not None:
            parsed[position] = _float(re.sub(r"\s", "", match["metres"]))
    return parsed


def _to_wgs84(x: Floats, y: Floats, crs: str | None) -> tuple[Floats, Floats]:
    if crs is None:
        return x.copy(), y.copy()
    try:
        lon, lat = _transformer(crs).transform(x, y)
    except ProjError as error:
        raise MissingCrsError(
            f"crs = '{printable(crs, 60)}' is no known reference system of the Earth; write it as \"EPSG:…\""
        ) from error
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
