"""Radio bands by their names: 'B3', 'n78', 'LTE1800', 'Band 20', '1800 MHz band', '925-960 MHz'."""

from __future__ import annotations

import math
import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from commune_coverage.readers.parsing.numbers import latin_digits

Range = tuple[float, float]
_NUMBER = r"\d+(?:[.,]\d+)?"
_SCALE = {"hz": 1e-6, "khz": 1e-3, "mhz": 1.0, "ghz": 1e3}
_BAND = re.compile(r"^(?:e-?utra|eutra|lte|nr|fdd|tdd)?[\s-]*(?:band|bande|banda|b|n)[\s.:#-]*(\d{1,3})$")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vii": 7, "viii": 8}
_ROMAN_BAND = re.compile(r"^(?:(?:umts|utra|wcdma)\s*)?(?:band|bande|banda)\s*(i{1,3}|iv|v|vii|viii)$")
_SYSTEM = (
    r"gsm|gsm-r|dcs|pcs|egsm|e-gsm|umts|wcdma|hspa\+?|utra|lte(?:-a|-m|\+)?|e-?utra|nr|5g[\s-]?nr"
    r"|[2345]g\+?(?:\s*nr)?|td-?lte|fdd-?lte|lte-?tdd|lte-?fdd|cdma|u|l|g"
)
_NAMED = re.compile(rf"^(?P<system>{_SYSTEM})[\s_-]*(?P<name>\d{{3,5}})\s*(?:mhz)?$")
_WORDED = re.compile(
    r"^(?:(?:bande?|banda|band)\s*(?:de\s*)?)?(?P<name>\d{3,5})\s*(?:mhz)?(?P<after>\s*(?:band|bande|banda))?$"
)
_RANGE = re.compile(
    rf"^(?P<low>{_NUMBER})\s*(?P<one>hz|khz|mhz|ghz)?\s*(?:-|\.\.+|to|à|a|bis|до)\s*(?P<high>{_NUMBER})\s*(?P<unit>hz|khz|mhz|ghz)?$"
)
_UNPAIRED_MHZ = ((1880.0, 1920.0), (2010.0, 2025.0), (2300.0, 2400.0), (2483.5, 2620.0), (3300.0, math.inf))
_SIGNS = str.maketrans(dict.fromkeys("–—−‐‑", "-"))


@cache
def _table() -> dict[str, dict[int, Any]]:
    text = (files("commune_coverage.readers.parsing") / "bands.toml").read_text(encoding="utf-8")
    return {name: {int(number): value for number, value in of.items()} for name, of in tomllib.loads(text).items()}


@cache
def _ranges(direction: str) -> dict[int, Range]:
    return {number: (float(ends[0]), float(ends[1])) for number, ends in _table()[direction].items()}


def downlink_centre_mhz(band: int) -> float:
    """Look up the middle of a band's downlink.

    Parameters
    ----------
    band : int
        Number of the operating band (3GPP TS 36.101, TS 38.104).

    Returns
    -------
    float
        MHz; NaN for a number that is no band with a downlink.
    """
    low, high = _ranges("downlink_mhz").get(band, (float("nan"), float("nan")))
    return (low + high) / 2


def band_mhz(text: str, unit: str = "MHz") -> float:
    """Read a band's name, or a range of frequencies, as its downlink's middle.

    Parameters
    ----------
    text : str
        'B3', 'n78', 'LTE1800', 'GSM 900', 'Band 20', 'Band VIII', '1800 MHz band', '925-960 MHz', '1805-1880'.
    unit : str
        Unit of a range that states none.

    Returns
    -------
    float
        MHz; NaN where it is neither. A single number is no name: NaN.
    """
    plain = tidy_band(text)
    if match := _BAND.match(plain):
        return _of_band_or_name(int(match[1]))
    if match := _ROMAN_BAND.match(plain):
        return downlink_centre_mhz(_ROMAN[match[1]])
    if (match := _NAMED.match(plain)) or ((match := _WORDED.match(plain)) and "ban" in plain):
        return nominal_mhz(int(match["name"]))
    match = _RANGE.match(plain)
    return float("nan") if match is None else _middle(match, unit)


def _of_band_or_name(number: int) -> float:
    """'Band 20' is a band's number, 'band 800' its name."""
    centre = downlink_centre_mhz(number)
    return nominal_mhz(number) if math.isnan(centre) and number in _table()["named"] else centre


def is_unpaired(mhz: float) -> bool:
    """Whether a frequency lies where most countries have unpaired spectrum (TDD).

    Parameters
    ----------
    mhz : float
        Downlink frequency.

    Returns
    -------
    bool
        3GPP TS 36.101 table 5.5-1 and TS 38.104 table 5.2-1: bands 33 to 43, 53, 77 to 79 and higher ones; between
        2,620 and 2,690 MHz band 7, which is paired, is meant.
    """
    return any(low <= mhz <= high for low, high in _UNPAIRED_MHZ)


def band_range_mhz(mhz: float) -> Range:
    """Find the band in which a frequency lies, with the name by which it is called.

    Parameters
    ----------
    mhz : float
        Downlink frequency, or a band's name such as 1800.

    Returns
    -------
    low, high : float
        The widest band, paired or unpaired as the frequency is; the frequency itself where there is none.
    """
    centre = nominal_mhz(int(mhz)) if mhz == int(mhz) else mhz
    found = [
        ends
        for ends in _ranges("downlink_mhz").values()
        if ends[0] <= centre <= ends[1] and is_unpaired((ends[0] + ends[1]) / 2) == is_unpaired(centre)
    ]
    low, high = max(found, key=lambda ends: ends[1] - ends[0], default=(mhz, mhz))
    names = [name for name, band in _table()["named"].items() if low <= downlink_centre_mhz(band) <= high]
    return min([low, mhz, *names]), max([high, mhz, *names])


def tidy_band(text: object) -> str:
    """Write a band's text in lower case, with Latin digits, plain hyphens and single blanks.

    Parameters
    ----------
    text : object
        A cell.

    Returns
    -------
    str
        The text.
    """
    return " ".join(latin_digits(str(text)).translate(_SIGNS).lower().split())


def nominal_mhz(name: int) -> float:
    """Look up what a band that is called by a round frequency sends at.

    Parameters
    ----------
    name : int
        Such as 900 or 1800.

    Returns
    -------
    float
        Middle of the downlink, MHz; the name itself where no band is called so.
    """
    band = _table()["named"].get(name)
    return float(name) if band is None else downlink_centre_mhz(int(band))


def technology_in(text: str) -> str:
    """Take the technology's word out of a band's name.

    Parameters
    ----------
    text : str
        Such as 'LTE1800'.

    Returns
    -------
    str
        The word, such as 'lte'; '' where the name holds none.
    """
    match = _NAMED.match(tidy_band(text))
    return {"u": "umts", "l": "lte", "g": "gsm"}.get(match["system"], match["system"]) if match else ""


def _middle(match: re.Match[str], unit: str) -> float:
    low, high = (float(match[part].replace(",", ".")) for part in ("low", "high"))
    scale = _SCALE[match["unit"] or match["one"] or unit.lower()]
    low, high = low * (_SCALE[match["one"]] if match["one"] else scale), high * scale
    return (low + high) / 2 if low < high <= 2 * low else float("nan")


def downlinks(mhz: list[float]) -> list[float]:
    """Leave out the uplinks of what is listed with its downlink: '1710-1785 / 1805-1880' is one carrier.

    Parameters
    ----------
    mhz : list of float
        Frequencies of one cell.

    Returns
    -------
    list of float
        MHz.
    """
    return [one for one in mhz if not any(_is_uplink_of(one, other) for other in mhz if other != one)]


def _is_uplink_of(one: float, other: float) -> bool:
    down = _ranges("downlink_mhz")
    return any(
        low <= one <= high and down[band][0] <= other <= down[band][1]
        for band, (low, high) in _ranges("uplink_mhz").items()
    )
