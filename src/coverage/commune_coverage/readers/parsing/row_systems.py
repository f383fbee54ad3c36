"""A reference system by row: UTM zones and codes in a column, as registers of countries with several zones have it."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import ProjError

from commune_coverage.readers.parsing.hemispheres import Bounds, side_of
from commune_coverage.readers.parsing.numbers import is_missing, latin_digits

_ZONE = re.compile(
    r"^(?:(?:utm|wgs\s*-?_?84|zone|zona|fuseau|huso|fuso)[\s/,:_-]*)*(?P<zone>\d{1,2})(?:\.0+)?"
    r"[\s_/,°º-]*(?P<half>[^\W\d_]*)\.?$",
    re.IGNORECASE,
)
_ZONE_DEGREES = 6
_CODE = re.compile(r"^(?:(?:urn:ogc:def:crs:)?(?P<body>EPSG|ESRI)\s*:+\s*)?(?P<code>\d{4,6})(?:\.0+)?$", re.IGNORECASE)
_NAMED_ZONE = re.compile(r"^(?P<datum>.+) / UTM zone (?P<zone>\d{1,2})(?P<half>[NS])$")


def zone_of(text: object) -> tuple[int, str]:
    """Read a UTM zone.

    Parameters
    ----------
    text : object
        A cell such as '48N', '35L', 'Zone 48 North', '48'.

    Returns
    -------
    tuple[int, str]
        The zone, 0 for none, and N, S or '' where the half is not stated. Letters of bands count; S means the
        southern half, as it does in registers.
    """
    match = _ZONE.match(latin_digits(str(text)).strip())
    if match is None or not 1 <= int(match["zone"]) <= 60:
        return 0, ""
    half = match["half"].upper()
    if not half:
        return int(match["zone"]), ""
    if len(half) > 1:
        side = side_of(half, "lat")
        return (int(match["zone"]), side) if side else (0, "")
    if half in "NS":
        return int(match["zone"]), half
    if half in "CDEFGHJKLM":
        return int(match["zone"]), "S"
    return (int(match["zone"]), "N") if half in "PQRTUVWX" else (0, "")


@lru_cache(maxsize=512)
def system_of(text: str, crs: str | None, bounds: Bounds | None) -> str | None:
    """Read the reference system that a row states.

    Parameters
    ----------
    text : str
        A cell: a UTM zone, a code such as '32648', a name of a system.
    crs : str or None
        The file's system: a zone alone is of its datum, and a zone without a half of its half.
    bounds : Bounds or None
        The country's: a zone without a half is of the half in which the whole country lies.

    Returns
    -------
    str or None
        What pyproj reads; None where the text is no system.
    """
    zone, half = zone_of(text)
    if zone:
        return _utm(zone, half, crs, bounds)
    code = _CODE.match(latin_digits(text).strip())
    named = f"{(code['body'] or 'EPSG').upper()}:{code['code']}" if code else text.strip()
    if len(named) > 200 or not any(letter.isalpha() for letter in named):
        return None
    try:
        return named if CRS.from_user_input(named).is_geographic or CRS.from_user_input(named).is_projected else None
    except ProjError:
        return None


def _utm(zone: int, half: str, crs: str | None, bounds: Bounds | None) -> str | None:
    stated = _NAMED_ZONE.match(CRS.from_user_input(crs).name) if crs is not None else None
    half = half or (stated["half"] if stated else _half_of(bounds))
    if not half:
        return None
    if stated is not None and stated["datum"] != "WGS 84":
        same_datum = f"{stated['datum']} / UTM zone {zone}{half}"
        try:
            return CRS.from_user_input(same_datum).name
        except ProjError:
            return None
    return f"EPSG:{(32600 if half == 'N' else 32700) + zone}"


def _half_of(bounds: Bounds | None) -> str:
    if bounds is None or bounds[1] < 0 < bounds[3]:
        return ""
    return "N" if bounds[1] >= 0 else "S"


def systems_of(texts: pd.Series, crs: str | None, bounds: Bounds | None) -> pd.Series:
    """Read the reference system of each row.

    Parameters
    ----------
    texts : Series
        (n,) text; a blank one is of the file's system.
    crs : str or None
        The file's system.
    bounds : Bounds or None
        The country's.

    Returns
    -------
    Series
        (n,) what pyproj reads; '' where the system is not known.
    """
    codes, distinct = pd.factorize(texts.astype(str).where(~is_missing(texts), ""))
    known = [(system_of(str(text), crs, bounds) if text else crs) or "" for text in distinct]
    return pd.Series(np.array([*known, ""], dtype=object)[codes], index=texts.index)


def is_zone_column(texts: pd.Series, *, may_be_bare: bool = True) -> bool:
    """Tell whether a column holds UTM zones with their half, or codes of reference systems.

    Parameters
    ----------
    texts : Series
        (n,) text.
    may_be_bare : bool
        Whether a number alone is the code of a system: '2154' under 'EPSG' is one, under 'Zone' a sales zone.

    Returns
    -------
    bool
        Whether every filled value is one.
    """
    filled = texts[~is_missing(texts)].astype(str)
    distinct = filled.drop_duplicates()
    if not 0 < len(distinct) <= 120:
        return False
    return all(zone_of(text)[1] or _is_code(text, may_be_bare=may_be_bare) for text in distinct)


def reaches(texts: pd.Series, bounds: Bounds | None) -> bool:
    """Tell whether the zones of a column may be those of a country: '1N' and '2S' are sales zones elsewhere.

    Parameters
    ----------
    texts : Series
        (n,) text.
    bounds : Bounds or None
        The country's.

    Returns
    -------
    bool
        False where every zone lies more than a zone's width from the country.
    """
    filled = texts[~is_missing(texts)].astype(str).drop_duplicates()
    zones = [zone_of(text)[0] for text in filled]
    if bounds is None or not zones or 0 in zones:
        return True
    west, _, east, _ = bounds
    middle, half = (west + east) / 2, (east - west) / 2 + 1.5 * _ZONE_DEGREES
    return any(abs((_ZONE_DEGREES * zone - 183 - middle + 180) % 360 - 180) <= half for zone in zones)


def _is_code(text: str, *, may_be_bare: bool) -> bool:
    code = _CODE.match(latin_digits(text).strip())
    if code is None or not (may_be_bare or code["body"]):
        return False
    return system_of(text, None, None) is not None


def has_zones(crs: str) -> bool:
    """Tell whether a reference system is a UTM zone, so that rows may be of other zones of it.

    Parameters
    ----------
    crs : str
        What the country file states.

    Returns
    -------
    bool
        False for any other system, and for a text that is none.
    """
    try:
        return _NAMED_ZONE.match(CRS.from_user_input(crs).name) is not None
    except ProjError:
        return False
