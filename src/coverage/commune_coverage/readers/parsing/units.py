"""Units of columns: stated in the country file, in a column's name, or in the cells themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from commune_coverage.core.errors import UnitError

Floats = npt.NDArray[np.float64]

DIPOLE_DB = 2.15
"""Gain of a half-wave dipole over an isotropic antenna: EIRP = ERP + 2.15 dB (ITU-R BS.561)."""
FOOT_M = 0.3048

QUANTITIES = {
    "dBm": "power",
    "m": "height",
    "MHz": "frequency",
    "Mbps": "speed",
    "kbps": "speed",
    "ms": "time",
    "dBi": "gain",
    "dB": "loss",
}
"""Unit of a declared column to what it measures; columns in other units are read as they are."""
# Canonical unit -> factor to the first of its quantity; powers and gains are logarithms and done apart.
_FACTORS = {
    "height": {"m": 1.0, "ft": FOOT_M},
    "frequency": {"MHz": 1.0, "kHz": 1e-3, "Hz": 1e-6, "GHz": 1e3},
    "speed": {"Mbps": 1.0, "kbps": 1e-3, "Gbps": 1e3, "bps": 1e-6},
    "time": {"ms": 1.0, "s": 1000.0},
    "power": {"dBm": 0.0, "dBW": 30.0, "W": 1e3, "kW": 1e6, "mW": 1.0},
    "gain": {"dBi": 0.0, "dBd": DIPOLE_DB},
    "loss": {"dB": 1.0},
}
_SPELLINGS = {
    "m": "m|metres?|meters?|mètres?|metros?|metri|mts|mtrs?|м",
    "ft": "ft|feet|foot|pieds?|pies|pés",
    "Hz": "hz|hertz",
    "kHz": "khz|кгц",
    "MHz": "mhz|megahertz|мгц",
    "GHz": "ghz|ггц",
    "bps": "bps|bits?/s",
    "kbps": "kbps|kbits?/s|kb/s|kbit",
    "Mbps": "mbps|mbits?/s|mb/s|mbit",
    "Gbps": "gbps|gbits?/s|gb/s",
    "ms": "ms|msec|milliseconds?",
    "s": "s|secs?|seconds?",
    "dBm": "dbm|дбм",
    "dBW": "dbw|дбвт",
    "W": "w|watts?|vatios?|вт",
    "kW": "kw|kilowatts?|квт",
    "mW": "mw|milliwatts?|мвт",
    "dBi": "dbi|дби",
    "dBd": "dbd|дбд",
    "dB": "db|дб",
}
_ERP = re.compile(r"(?<![a-z])e\.?r\.?p(?![a-z])", re.IGNORECASE)
_PAR = re.compile(r"(?<![A-Za-z])(?:PAR|P\.A\.R)(?![A-Za-z])")
_EIRP = re.compile(r"(?<![a-z])(?:e\.?i\.?r\.?p|p\.?i\.?r\.?e)(?![a-z])", re.IGNORECASE)
_ASL = re.compile(
    r"(?<![a-z])(?:a?\.?m?\.?s\.?l|above (?:mean )?sea(?: level)?|sea level|niveau de la mer|nivel del mar"
    r"|n[ií]vel do mar|meeresspiegel|npm|ngf|dpl)(?![a-z])",
    re.IGNORECASE,
)
_AGL = re.compile(
    r"(?<![a-z])(?:a\.?g\.?l|above ground(?: level)?|au sol|über grund|s?obre el suelo)(?![a-z])", re.IGNORECASE
)
_BRACKETED = re.compile(r"[(\[]([^()\[\]]{1,20})[)\]]\s*$")
_OTHER_UNIT = re.compile(
    r"^\s*(?:%|°|db\s?[uµμ]?v(?:/m)?|[uµμm]?v/m|db[id]?|dbc|cm|mm|km|in(?:ch(?:es)?)?|\"|deg\w*|grad\w*|floors?|storeys?|"
    r"channels?|ch|arfcn|e?arfcn|uarfcn|[kmg]?hz|[kmg]?bps|dbm|dbw|k?w|kva|m|ft|feet|s|ms|sec|years?|no\.?)\s*$",
    re.IGNORECASE,
)
_MEGAWATT = re.compile(r"(?<![A-Za-z])MW(?![A-Za-z])")
_PLAIN_DB = re.compile(r"(?<![a-z])db(?![a-z])", re.IGNORECASE)


_THOUSANDS = re.compile(
    r"(?<![^\W_])(?:thousands?|milliers?|miles|milhares|mil hab\w*|migliaia|tausend|tsd|tys|тыс\w*|tis[ií]ce?|ezer|ribu"
    r"|nghìn|ngàn|duizend\w*|tusen\w*|binlerce|χιλιάδες|हज़ार|हजार|হাজার|ألف|آلاف|بالآلاف)(?![^\W_])"
    r"|['’]000s?\b|[(\[]\s*(?:in )?000s?\s*[)\]]|[x×]\s?1[ .,]?000\b|千人|천명|ពាន់|พันคน",
    re.IGNORECASE,
)
_MILLIONS = re.compile(
    r"(?<![^\W_])(?:millions?|millones|milhões|milioni|millionen|mio|mln|млн|juta|triệu|milyon|miljoenen|miljoner)"
    r"(?![^\W_])|百万人|លាននាក់|ล้านคน",
    re.IGNORECASE,
)


def people_in(text: str) -> int:
    """Tell how many people one of a column's units is.

    Parameters
    ----------
    text : str
        The column's name, or the unit that the country file states, such as 'Population (thousands)' or "'000".

    Returns
    -------
    int
        1, 1,000 or 1,000,000.
    """
    plain = text.replace("_", " ")
    return 1_000 if _THOUSANDS.search(plain) else 1_000_000 if _MILLIONS.search(plain) else 1


@dataclass(frozen=True)
class Unit:
    """A unit of a quantity; a power may be an ERP, a height may be above sea level."""

    quantity: str
    name: str
    is_erp: bool = False
    is_above_sea: bool = False

    def __str__(self) -> str:
        return self.name + (" ERP" if self.is_erp else "") + (" above sea level" if self.is_above_sea else "")


@cache
def _pattern(quantity: str) -> re.Pattern[str]:
    spellings = [text for name in _FACTORS[quantity] for text in _SPELLINGS[name].split("|")]
    by_length = sorted(spellings, key=len, reverse=True)
    return re.compile("|".join(by_length), re.IGNORECASE)


@cache
def _canonical(quantity: str, spelling: str) -> str:
    return next(name for name in _FACTORS[quantity] if re.fullmatch(_SPELLINGS[name], spelling.lower()))


def own_unit(unit: str) -> Unit:
    """The unit in which a declared column is kept.

    Parameters
    ----------
    unit : str
        Unit of the declaration, one of ``QUANTITIES``.

    Returns
    -------
    Unit
    """
    return Unit(QUANTITIES[unit], unit)


def unit_in(text: str, quantity: str) -> Unit | None:
    """Find the unit that a column's name, or a text of the country file, holds.

    Parameters
    ----------
    text : str
        Such as 'EIRP (W)', 'tower_height_ft', 'FreqTxMHz', 'dBW ERP' or 'm above sea level'.
    quantity : str
        What it measures, a value of ``QUANTITIES``.

    Returns
    -------
    Unit or None
        None where it names none. A datum alone ('Height ASL') stands for metres, an 'ERP' alone for dBm ERP.

    Raises
    ------
    UnitError
        When it names several, or one that may be read in two ways.
    """
    plain = text.replace("_", " ")
    names = {_canonical(quantity, match[0]) for match in _pattern(quantity).finditer(plain) if _stands_alone(match)}
    if len(names) > 1:
        raise UnitError(f"'{text}' names several units ({', '.join(sorted(names))})")
    if quantity == "power":
        return _power_in(plain, names)
    is_above_sea = quantity == "height" and bool(_ASL.search(plain))
    if not names:
        return Unit(quantity, "m", is_above_sea=True) if is_above_sea else None
    return Unit(quantity, names.pop(), is_above_sea=is_above_sea)


def names_other_unit(text: str, quantity: str) -> bool:
    """Tell whether a column's name ends with a unit in brackets that is none of a quantity, such as 'EIRP (dBuV/m)'.

    Parameters
    ----------
    text : str
        The column's name.
    quantity : str
        What it should measure, a value of ``QUANTITIES``.

    Returns
    -------
    bool
        Whether it does.
    """
    match = _BRACKETED.search(text.replace("_", " "))
    if match is None or not _OTHER_UNIT.search(match[1]):
        return False
    try:
        return unit_in(match[1], quantity) is None
    except UnitError:
        return False


def _power_in(text: str, names: set[str]) -> Unit | None:
    if _MEGAWATT.search(text):
        raise UnitError(f"'{text}' may be in mW or in megawatts")
    if not names and _PLAIN_DB.search(text):
        raise UnitError(f"'{text}' may be in dBm or in dBW")
    is_erp = bool(_ERP.search(text) or _PAR.search(text))
    if not names:
        return Unit("power", "dBm", is_erp=True) if is_erp else None
    return Unit("power", names.pop(), is_erp)


def _stands_alone(match: re.Match[str]) -> bool:
    """Whether a unit is a word of its own, or begins or ends one in which capitals part the words."""
    text, unit = match.string, match[0]
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    begins = not before.isalpha() or (len(unit) > 1 and before.islower() != unit[0].islower())
    ends = not after.isalpha() or (len(unit) > 1 and unit[-1].islower() and after.isupper())
    return begins and ends


def parse_unit(text: str, unit: str) -> Unit:
    """Parse a unit that the country file states.

    Parameters
    ----------
    text : str
        Such as 'dBW', 'kW ERP', 'ft', 'm asl', 'GHz'.
    unit : str
        Unit of the declared column.

    Returns
    -------
    Unit

    Raises
    ------
    UnitError
        When it is no unit of what the column measures.
    """
    quantity = QUANTITIES.get(unit)
    if quantity is None:
        raise UnitError(f"the unit '{text}' cannot be stated: values are read in '{unit or 'the form of the file'}'")
    found = unit_in(text, quantity)
    if found is None:
        raise UnitError(f"'{text}' is no unit of {quantity}; one of: {', '.join(_FACTORS[quantity])}")
    return found


def unit_of_column(unit: str, header: str, stated: str | None) -> Unit:
    """Tell the unit of a column: as the country file states it, else as its name says, else the declared one.

    Parameters
    ----------
    unit : str
        Unit of the declared column.
    header : str
        The column's name in the file.
    stated : str or None
        Unit in the country file.

    Returns
    -------
    Unit

    Raises
    ------
    UnitError
        When the name may be read in two ways and the country file states none, or the two differ.
    """
    if stated is None:
        return _named_unit(unit, header) or own_unit(unit)
    declared = parse_unit(stated, unit)
    try:
        named = unit_in(header, declared.quantity)
    except UnitError:
        return declared
    if named is None:
        return declared
    if _has_unit(header, declared.quantity) and named.name != declared.name:
        raise UnitError(f"the column '{header}' names {named.name}, and the country file states {stated}: change one")
    if named.is_erp and _EIRP.search(stated):
        raise UnitError(f"the column '{header}' names an ERP, and the country file states {stated}: change one")
    is_above_sea = declared.is_above_sea or (named.is_above_sea and not _AGL.search(stated))
    return replace(declared, is_erp=declared.is_erp or named.is_erp, is_above_sea=is_above_sea)


def _named_unit(unit: str, header: str) -> Unit | None:
    try:
        return unit_in(header, QUANTITIES[unit])
    except UnitError as error:
        raise UnitError(f'{error}; state which: {{ column = "{header}", unit = "…" }}') from error


def _has_unit(text: str, quantity: str) -> bool:
    plain = text.replace("_", " ")
    return any(_stands_alone(match) for match in _pattern(quantity).finditer(plain))


def split_unit(text: str, quantity: str) -> tuple[str, Unit | None]:
    """Part a cell into its number and its unit.

    Parameters
    ----------
    text : str
        Such as '30 m', '98ft', '43 dBm', '1,2 kW'.
    quantity : str
        What it measures.

    Returns
    -------
    tuple[str, Unit or None]
        The number as text and the unit; the whole text and None where it names none.
    """
    match = re.match(r"^\s*(?P<number>[-+]?[\d٠-٩०-९០-៩][^A-Za-zА-я]*?)\s*(?P<unit>[A-Za-zА-я(\[].*)$", text)
    if match is None:
        return text, None
    try:
        found = unit_in(match["unit"], quantity)
    except UnitError:
        return text, None
    rest = _pattern(quantity).sub("", match["unit"], count=1)
    for words in (_ASL, _AGL, _ERP, _PAR, _EIRP):
        rest = words.sub("", rest)
    is_whole = found is not None and not re.search(r"[^\s().\[\]]", rest)
    return (match["number"], found) if is_whole else (text, None)


def to_unit(values: Floats, unit: Unit, wanted: str) -> Floats:
    """Convert values into a declared column's unit.

    Parameters
    ----------
    values : ndarray of float64
        (n,) in ``unit``.
    unit : Unit
        Their unit; heights above sea level stay above sea level.
    wanted : str
        Unit of the declared column.

    Returns
    -------
    ndarray of float64
        (n,) in ``wanted``; NaN for a power in watts that is not above 0.
    """
    factors = _FACTORS[unit.quantity]
    if unit.quantity == "gain":
        return values + (factors[unit.name] - factors[wanted])
    if unit.quantity != "power":
        return values if unit.name == wanted else values * (factors[unit.name] / factors[wanted])
    erp_db = DIPOLE_DB if unit.is_erp else 0.0
    if unit.name in ("dBm", "dBW"):
        return values + (factors[unit.name] + erp_db)
    with np.errstate(divide="ignore", invalid="ignore"):
        dbm = 10 * np.log10(values * factors[unit.name]) + erp_db
    return np.where(np.isfinite(dbm), dbm, np.nan)


def limit_in(unit: Unit, wanted: str, limit: float | None) -> float | None:
    """Convert a bound of a declared column into the unit of its values: the inverse of ``to_unit``.

    Parameters
    ----------
    unit : Unit
        Unit of the values.
    wanted : str
        Unit of the declared column.
    limit : float or None
        The bound in ``wanted``; None for none.

    Returns
    -------
    float or None
        The bound in ``unit``; None for none.
    """
    if limit is None:
        return None
    factors = _FACTORS[unit.quantity]
    if unit.quantity == "gain":
        return limit + (factors[wanted] - factors[unit.name])
    if unit.quantity != "power":
        return limit * (factors[wanted] / factors[unit.name])
    dbm = limit - (DIPOLE_DB if unit.is_erp else 0.0)
    return dbm - factors[unit.name] if unit.name in ("dBm", "dBW") else float(10 ** (dbm / 10) / factors[unit.name])


def units_of(quantity: str) -> tuple[str, ...]:
    """List the units of a quantity.

    Parameters
    ----------
    quantity : str
        A value of ``QUANTITIES``.

    Returns
    -------
    tuple of str
        Canonical names.
    """
    return tuple(_FACTORS[quantity])
