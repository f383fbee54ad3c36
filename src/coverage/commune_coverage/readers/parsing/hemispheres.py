"""North, south, east and west in words and letters of many languages, each as N, S, E or W.

One letter can mean opposite things: O is west in French, Spanish, Portuguese and Italian (ouest, oeste, ovest) and
east in German and Dutch (Ost, oost). What a country file states decides, else other rows of the column, else the
country's bounds; a letter that none of them decides stays unread.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.readers.parsing.numbers import as_text, is_missing

Bounds = tuple[float, float, float, float]
"""West, south, east and north, degrees of WGS 84."""
Floats = npt.NDArray[np.float64]
UNDECIDED, NO_SIDE = "¿", "⸮"
"""Stand in an angle's text for a letter that can mean either side, and for one that is missing or means none."""
BOUNDS_MARGIN_DEGREES = 0.5

_WORDS = {
    "N": "north northern nord norte norden noord nordlig polnoc pn север северная сш sever kuzey utara lu bac shimal"
    " pohjoinen északi sjever βορεια boreal septentrion 北 北纬 北緯 북위",
    "S": "south southern sud sur sul sued zuid zuiden syd poludnie pd юг южная юш guney selatan ls junub jih deli"
    " etela νοτια meridional 南 南纬 南緯 남위",
    "E": "east eastern est este leste osten ost oost oosten øst wschod wsch восток восточная вд dogu timur bt dong"
    " vychod keleti ita istok levante sharq ανατολικα 东 東 东经 東經 東経 동경",
    "W": "west western ouest oeste ovest westen vest zachod zach запад западная зд bati barat bb tay zapad nyugati"
    " lansi gharb δυτικα poente 西 西经 西經 西経 서경",
}
_BY_WORD = {word: side for side, words in _WORDS.items() for word in words.split()}
# Scripts whose vowel signs are no letters: sought anywhere in a text, longer words first.
_ANYWHERE = (
    *(("ตะวันออก", "E"), ("ตะวันตก", "W"), ("เหนือ", "N"), ("ใต้", "S")),
    *(("उत्तर", "N"), ("दक्षिण", "S"), ("पूर्व", "E"), ("पश्चिम", "W")),
    *(("شمالا", "N"), ("جنوبا", "S"), ("شرقا", "E"), ("غربا", "W")),
    *(("شمال", "N"), ("جنوب", "S"), ("شرق", "E"), ("غرب", "W")),
    *(("ខាងជើង", "N"), ("ខាងត្បូង", "S"), ("ខាងកើត", "E"), ("ខាងលិច", "W")),
    *(("ជើង", "N"), ("ត្បូង", "S"), ("កើត", "E"), ("លិច", "W")),
)
# Letters that stand in an angle beside its degrees; those of a column of letters alone may be more.
_LETTERS = {
    "lon": {"e": "E", "w": "W", "l": "E", "o": "EW", "v": "EW", "ø": "E", "в": "E", "з": "W"},
    "lat": {"n": "N", "s": "S", "z": "S", "с": "N", "ю": "S"},
}
_LONE_LETTERS = {
    "lon": _LETTERS["lon"] | {"z": "W", "d": "E", "k": "E", "b": "W", "t": "EW", "+": "E", "-": "W"},
    "lat": _LETTERS["lat"] | {"b": "N", "k": "N", "u": "N", "g": "S", "+": "N", "-": "S"},
}
_BOTH_LETTERS = {letter: side for letter, side in (_LETTERS["lat"] | _LETTERS["lon"]).items() if letter not in "zv"}
_TOKEN = re.compile(r"[^\W\d_]+(?:\.\s?[^\W\d_]+)*\.?")
_DEGREE_LETTER = re.compile(r"(?<=\d)\s?o(?=\s?\d)", re.IGNORECASE)
_ACCENT = re.compile(r"[\u0300-\u036f]")
_NO_ACCENTS = str.maketrans({"İ": "I", "ı": "i", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"})
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_UNTOUCHED = frozenset("nsewdm")
# Points of portals, and UTM with its zone: their letters are no directions.
_NO_ANGLES = re.compile(
    r"\s*(?:[{\[\"]|SRID|(?:MULTI)?POINT|(?:\\x|0x)?0[01][0-9A-F]{40}|(?:UTM|ZONE)|\d{1,2}\s*[A-Z][\s,;:]+E?\s*\d{5})",
    re.I,
)


class Sides(NamedTuple):
    """A column with N, S, E and W only; where a row's letter is undecided; and what the letters were taken for."""

    values: pd.Series
    is_undecided: npt.NDArray[np.bool_]
    note: str


def _key(token: str) -> str:
    plain = _ACCENT.sub("", unicodedata.normalize("NFD", token.translate(_NO_ACCENTS)).casefold())
    return plain.replace(".", "").replace(" ", "")


def side_of(text: object, axis: str, stated: Mapping[str, str] = MappingProxyType({})) -> str:
    """Read the text of a hemisphere's column.

    Parameters
    ----------
    text : object
        A cell: a letter, a word or a sign.
    axis : str
        'lon' or 'lat'.
    stated : mapping of str to str
        Letters or words that the country file explains.

    Returns
    -------
    str
        N, S, E or W; 'EW' where the letter can mean either; '' where it is no direction of that axis.
    """
    plain = _replace_anywhere(str(text)).strip()
    key = plain if plain in ("+", "-") else _key(plain)
    told = {_key(word): side for word, side in stated.items()}
    side = told.get(key) or _LONE_LETTERS[axis].get(key) or _BY_WORD.get(key, "")
    return side if set(side) <= set("EW" if axis == "lon" else "NS") else ""


def _replace_anywhere(text: str) -> str:
    if text.isascii():
        return text
    for word, side in _ANYWHERE:
        text = text.replace(word, f" {side} ")
    return text


def with_letters(text: str, axis: str, stated: Mapping[str, str]) -> str:
    """Write the directions in an angle's text as N, S, E and W, and an undecided letter as ``UNDECIDED``.

    Parameters
    ----------
    text : str
        A cell: an angle, or a whole position.
    axis : str
        'lon', 'lat', or 'both' for a whole position.
    stated : mapping of str to str
        Letters or words that the country file explains.

    Returns
    -------
    str
        The text; letters that are no direction stay.
    """
    if axis == "both" and _NO_ANGLES.match(text):
        return text
    letters = _BOTH_LETTERS if axis == "both" else _LETTERS[axis]
    told = {_key(word): side for word, side in stated.items()}

    def side(match: re.Match[str]) -> str:
        key = _key(match[0])
        found = told.get(key) or ("" if key in _UNTOUCHED else letters.get(key) or _BY_WORD.get(key, ""))
        return match[0] if not found else UNDECIDED if len(found) > 1 else found

    return _TOKEN.sub(side, _replace_anywhere(_DEGREE_LETTER.sub("°", text)))


def in_letters(values: pd.Series, axis: str, bounds: Bounds | None, stated: Mapping[str, str]) -> Sides:
    """Write the directions of a column's angles as N, S, E and W.

    Parameters
    ----------
    values : Series
        (n,) text.
    axis : str
        'lon', 'lat', or 'both' for whole positions.
    bounds : Bounds or None
        The country's.
    stated : mapping of str to str
        Letters or words that the country file explains.

    Returns
    -------
    Sides
        (n,) text, and where a direction is undecided.
    """
    texts = pd.Series(as_text(values).to_pylist(), values.index, dtype=object)
    lettered = (texts.str.contains(r"[^\W\d_¿⸮]|[¿⸮]", regex=True) & ~is_missing(values)).to_numpy()
    if not lettered.any():
        return Sides(values, np.zeros(len(values), dtype=bool), "")
    told = texts.copy()
    told[lettered] = [with_letters(text, axis, stated) for text in texts[lettered]]
    undecided = told.str.contains(UNDECIDED).to_numpy(dtype=bool)
    side = (_by_words(texts[lettered]) or _decide(told, undecided, bounds)) if undecided.any() else ""
    note = ""
    if side:
        meaning = "west" if side == "W" else "east"
        letter = _shown(texts[undecided])
        note = f"{int(undecided.sum()):,} longitudes with a letter such as '{letter}' are read as {meaning}"
        told = told.str.replace(UNDECIDED, side).astype(object)
    return Sides(told, told.str.contains(f"[{UNDECIDED}{NO_SIDE}]", regex=True).to_numpy(dtype=bool), note)


def _shown(texts: pd.Series) -> str:
    tokens = (match[0] for match in _TOKEN.finditer(str(texts.iloc[0])) if _key(match[0]) not in _UNTOUCHED)
    return next(tokens, "O")


def _by_words(texts: pd.Series) -> str:
    """W or E where rows write the word out that an undecided letter begins, such as 'Oeste'."""
    tokens = {_key(match[0]) for text in texts for match in _TOKEN.finditer(text)}
    letters = {token for token in tokens if len(_LETTERS["lon"].get(token, "")) > 1}
    sides = {_BY_WORD[word] for word in tokens if word in _BY_WORD and len(word) > 1 and word[0] in letters}
    return sides.pop() if len(sides) == 1 and sides <= {"E", "W"} else ""


def _decide(told: pd.Series, undecided: npt.NDArray[np.bool_], bounds: Bounds | None) -> str:
    """W or E for the undecided letter of a column: what its other rows leave over, else where the country lies."""
    east, west = (bool(told.str.contains(rf"{side}\W*$|^\W*{side}\W*\d", regex=True).any()) for side in "EW")
    if east != west:
        return "W" if east else "E"
    if bounds is None:
        return ""
    degrees = np.array([_first_number(text) for text in told[undecided]])
    as_east, as_west = (share_between(sign * degrees, bounds[0], bounds[2]) for sign in (1, -1))
    if max(as_east, as_west) < 0.5 or abs(as_east - as_west) < 0.2:
        return ""
    return "E" if as_east > as_west else "W"


def _first_number(text: str) -> float:
    """Whole degrees of the angle that the undecided letter belongs to: the last angle, or the first where it leads."""
    part = text.split(UNDECIDED)[1 if text.strip().startswith(UNDECIDED) else 0]
    degrees = re.split(r"[NSEW]", part)[-1]
    found = _NUMBER.search(degrees)
    return float(found[0].replace(",", ".")) if found else float("nan")


def share_between(lon: Floats, west: float, east: float) -> float:
    """Count longitudes between two meridians, also across the 180th.

    Parameters
    ----------
    lon : ndarray of float64
        (n,) degrees.
    west : float
        Western limit.
    east : float
        Eastern limit; less than ``west``, or more than 180, across the 180th meridian.

    Returns
    -------
    float
        Share of the known ones, 0 to 1; a margin of half a degree counts.
    """
    width = (east - west) % 360 if east < west else min(east - west, 360.0)
    known = lon[np.isfinite(lon)]
    off = (known - (west - BOUNDS_MARGIN_DEGREES)) % 360
    return float((off <= width + 2 * BOUNDS_MARGIN_DEGREES).mean()) if len(known) else 0.0
