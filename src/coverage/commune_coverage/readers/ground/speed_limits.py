"""Speed limits as OpenStreetMap states them: numbers with units, words, and codes of what a country's law implies.

Sources of the table: the traffic laws as OpenStreetMap's wiki collects them (Key:maxspeed, Default speed limits).
"""

from __future__ import annotations

import math
import re

MPH_KMH = 1.609344
KNOT_KMH = 1.852
WALK_KMH = 6.0
"""A walking pace, as for a street where vehicles go no faster than people."""
_UNITS = {
    "": 1.0,
    "km/h": 1.0,
    "kmh": 1.0,
    "kph": 1.0,
    "kmph": 1.0,
    "mph": MPH_KMH,
    "mi/h": MPH_KMH,
    "knots": KNOT_KMH,
    "knot": KNOT_KMH,
    "kn": KNOT_KMH,
    "kt": KNOT_KMH,
    "m/s": 3.6,
}
_NO_LIMIT = frozenset({"none", "no", "unlimited", "signals", "signal", "variable", "national", "implicit", "sign", ""})
"""Words that set no limit that holds always; the class's speed is taken."""
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z/]*)")
_CODE = re.compile(r"([a-z]{2})(?:-[a-z0-9]+)?:(?:zone:?)?([a-z_]+|\d+)")
_ZONE = re.compile(r"zone:?\s*(\d+)")
_MILES = frozenset({"ag", "bs", "bz", "dm", "gb", "gd", "gu", "ky", "lr", "mm", "mp", "pr", "us", "vg", "vi", "ws"})
_USUAL = {"urban": 50.0, "living_street": 20.0, "walk": WALK_KMH, "pedestrian_zone": WALK_KMH, "bicycle_road": 30.0}
_BY_COUNTRY: dict[str, dict[str, float]] = {
    "ar": {"urban": 40, "rural": 110},
    "at": {"rural": 100, "trunk": 100, "motorway": 130},
    "be": {"rural": 90, "trunk": 120, "motorway": 120},
    "be-vlg": {"rural": 70},
    "bg": {"rural": 90, "trunk": 120, "motorway": 140},
    "by": {"urban": 60, "rural": 90, "motorway": 110},
    "ch": {"rural": 80, "trunk": 100, "motorway": 120},
    "cz": {"rural": 90, "trunk": 110, "motorway": 130},
    "de": {"rural": 100, "living_street": 7, "walk": 7},
    "dk": {"rural": 80, "motorway": 130},
    "ee": {"rural": 90},
    "es": {"rural": 90, "trunk": 90, "motorway": 120},
    "fi": {"rural": 80, "trunk": 100, "motorway": 120},
    "fr": {"rural": 80, "trunk": 110, "motorway": 130},
    "gb": {
        "nsl_restricted": 30 * MPH_KMH,
        "urban": 30 * MPH_KMH,
        "rural": 60 * MPH_KMH,
        "nsl_single": 60 * MPH_KMH,
        "nsl_dual": 70 * MPH_KMH,
        "motorway": 70 * MPH_KMH,
    },
    "gr": {"rural": 90, "trunk": 110, "motorway": 130},
    "hr": {"rural": 90, "trunk": 110, "motorway": 130},
    "hu": {"rural": 90, "trunk": 110, "motorway": 130},
    "ie": {"rural": 80, "trunk": 100, "motorway": 120},
    "it": {"rural": 90, "trunk": 110, "motorway": 130},
    "jp": {"urban": 60, "rural": 60, "motorway": 100},
    "kz": {"urban": 60, "rural": 90},
    "lt": {"rural": 90, "trunk": 120, "motorway": 130},
    "lu": {"rural": 90, "motorway": 130},
    "lv": {"rural": 90},
    "nl": {"rural": 80, "trunk": 100, "motorway": 100, "living_street": 15},
    "no": {"rural": 80},
    "pl": {"rural": 90, "trunk": 100, "motorway": 140},
    "pt": {"rural": 90, "trunk": 100, "motorway": 120},
    "ro": {"rural": 90, "trunk": 100, "motorway": 130},
    "rs": {"rural": 80, "trunk": 100, "motorway": 130},
    "ru": {"urban": 60, "rural": 90, "motorway": 110},
    "se": {"rural": 70, "trunk": 90, "motorway": 110},
    "si": {"rural": 90, "trunk": 110, "motorway": 130},
    "sk": {"rural": 90, "motorway": 130},
    "tr": {"rural": 90, "trunk": 110, "motorway": 130},
    "ua": {"rural": 90, "trunk": 110, "motorway": 130},
    "us": {"urban": 25 * MPH_KMH},
    "uz": {"urban": 60, "rural": 100},
}


def speed_limit_kmh(stated: str, unit_kmh: float = 1.0) -> float | None:
    """Read a speed limit.

    Parameters
    ----------
    stated : str
        A number, with a unit or without; 'walk', 'none', 'signals' and the like; a code such as 'RU:urban', 'DE:zone30'
        or 'GB:nsl_single'; or several with a semicolon between.
    unit_kmh : float
        What a number without a unit is counted in, km/h.

    Returns
    -------
    float or None
        km/h, the lowest of several; NaN where the words set no limit; None where they are not understood.
    """
    parts = [_one(part.strip().lower(), unit_kmh) for part in re.split(r"[;|]", str(stated))]
    known = [part for part in parts if part is not None]
    if not known:
        return None
    limits = [limit for limit in known if not math.isnan(limit)]
    return min(limits) if limits else math.nan


def _one(stated: str, unit_kmh: float) -> float | None:
    if stated in _NO_LIMIT:
        return math.nan
    if stated == "walk":
        return WALK_KMH
    number = _NUMBER.fullmatch(stated)
    if number and number[2] in _UNITS:
        return float(number[1].replace(",", ".")) * (_UNITS[number[2]] if number[2] else unit_kmh)
    zone, code = _ZONE.fullmatch(stated), _CODE.fullmatch(stated)
    if zone:
        return float(zone[1])
    return _implied(stated, code[1], code[2]) if code else None


def _implied(stated: str, country: str, kind: str) -> float | None:
    """What a code such as 'RU:urban' implies; no limit where the table does not know it."""
    if kind.startswith("zone") and kind[4:].isdigit():
        kind = kind[4:]
    if kind.isdigit():
        return float(kind) * (MPH_KMH if country in _MILES else 1.0)
    table = _USUAL | _BY_COUNTRY.get(country, {}) | _BY_COUNTRY.get(stated.partition(":")[0], {})
    return float(table[kind]) if kind in table else (math.nan if kind in _KINDS else None)


_KINDS = frozenset({"rural", "trunk", "motorway", "expressway", "nsl_single", "nsl_dual", "nsl_restricted", "school"})
