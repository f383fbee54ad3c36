"""Which columns hold the parts of positions: degrees, minutes, seconds, hemispheres, UTM zones."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from commune_coverage.core.toml_text import toml_value
from commune_coverage.readers.columns.vocabulary import words_of
from commune_coverage.readers.columns.words import plain_words, split_camel_case
from commune_coverage.readers.parsing.angles import position_of
from commune_coverage.readers.parsing.hemispheres import side_of
from commune_coverage.readers.parsing.numbers import is_missing, to_numbers
from commune_coverage.readers.parsing.position_columns import AXES
from commune_coverage.readers.parsing.row_systems import has_zones, is_zone_column
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.schema.inputs import LAT, LON, POSITION_COLUMNS, Column

_AXIS_WORDS = {
    "lon": "longitude lon long lng longitud longitudine laenge lange dlugosc dlugosc долгота kinhdo bujur boylam",
    "lat": "latitude lat latitud latitudine breite szerokosc широта vido lintang enlem",
}
_PART_WORDS = {
    "deg": "deg degs degree degrees dg d grad grados grados grado graus grau gradi degre degres grd gr stopnie stopni"
    " градусы градус derece",
    "min": "min mins minute minutes mn m minutos minuto minuti minuten minuty minut минуты dakika",
    "sec": "sec secs second seconds sc s seg segundos segundo secondi secondo secondes seconde sekunden sekundy sek"
    " секунды saniye",
    "hemisphere": "dir direction hem hemi hemisphere hemisferio emisfero hemisphaere halbkugel cardinal sentido orient"
    " orientation ind indicator ns ew nsew we eo oe no ow lo ol n e ref",
}
_OF_WORD = {
    **{word: ("axis", axis) for axis, words in _AXIS_WORDS.items() for word in words.split()},
    **{word: ("part", part) for part, words in _PART_WORDS.items() for word in words.split()},
}
_AXIS_OF_SIDES = {
    "ns": "lat",
    "sn": "lat",
    "ew": "lon",
    "we": "lon",
    "eo": "lon",
    "oe": "lon",
    "ow": "lon",
    "lo": "lon",
}
_PREFIX = re.compile(r"^(longitude|latitude|long|lon|lng|lat)(deg|degrees|min|minutes|sec|seconds|dir|hem|d|m|s|g)$")
_SPLIT = re.compile(r"[^\w]+|_")
_SYSTEM_NAMES = re.compile(r"\b(utm|crs|srs|srid|epsg|projection|proj|datum|spheroid)\b")
_ZONE_NAMES = re.compile(r"\b(zone|zona|fuseau|huso|fuso)\b")
_POSITION_NAMES = re.compile(
    r"\b(geo|geom|geometry|point|position|location|coord\w*|gps|wkt|wkb|lat\w*|lon\w*|shape)\b"
)
_TRIED = 200
_MOSTLY = 0.8
_MIN_WHOLE = 5


def words_in(name: object) -> list[str]:
    """Split a column's name into lower-case words without accents.

    Parameters
    ----------
    name : object
        A column's name.

    Returns
    -------
    list of str
        Words.
    """
    plain = plain_words(split_camel_case(str(name).replace("/", ""))).replace("ł", "l")
    words = _SPLIT.sub(" ", plain).split()
    return [part for word in words for part in _pieces(word)]


def _pieces(word: str) -> tuple[str, ...]:
    """'latdeg' is 'lat' and 'deg'."""
    match = None if word in _OF_WORD else _PREFIX.match(word)
    return (match[1], match[2]) if match else (word,)


def _meaning(name: object) -> tuple[str, str] | None:
    """(axis, part) that a name says, such as ('lon', 'min'); None where it says no part."""
    return _meaning_of(words_in(name)) or _meaning_of(words_of(name).split())


def _meaning_of(words: list[str]) -> tuple[str, str] | None:
    axis, part = "", ""
    for word in words:
        kind, meaning = _OF_WORD.get(word, ("", ""))
        if kind == "axis":
            axis = axis or meaning
        elif kind == "part":
            part = part or meaning
            axis = axis or (_AXIS_OF_SIDES.get(word, "") if meaning == "hemisphere" else "")
    return (axis, part) if axis and part else None


def _fits(column: pd.Series, axis: str, part: str) -> bool:
    filled = column[~is_missing(column)].astype(str).iloc[:_TRIED]
    if part == "hemisphere":
        signs = column.astype(str).str.strip().isin(["+", "-"])
        texts = column[~is_missing(column) | signs].astype(str).drop_duplicates().iloc[:_TRIED]
        return len(texts) > 0 and all(side_of(text, axis) for text in texts)
    if filled.empty:
        return part == "sec"
    numbers = to_numbers(filled)
    limit = (180 if axis == "lon" else 90) if part == "deg" else 60
    good = np.abs(numbers) <= limit
    return bool(good.mean() >= _MOSTLY)


def find_parts(frame: pd.DataFrame) -> dict[str, str]:
    """Find the columns that hold parts of positions, by their names and values.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text.

    Returns
    -------
    dict[str, str]
        ``lon_deg``, ``lon_min``, ``lon_sec``, ``lon_hemisphere`` and those of ``lat`` to columns, as far as they are
        found: degrees with their minutes for both axes or for none, each column of hemispheres on its own.
    """
    found: dict[str, list[str]] = {}
    for name in map(str, frame.columns):
        meant = _meaning(name) if name != LINE else None
        if meant and list(frame.columns).count(name) == 1 and _fits(frame[name], *meant):
            found.setdefault("_".join(meant), []).append(name)
    single = {part: names[0] for part, names in found.items() if len(names) == 1}
    if not all(f"{axis}_{part}" in single for axis in AXES for part in ("deg", "min")):
        return {part: name for part, name in single.items() if part.endswith("_hemisphere")}
    return single


def zone_column(frame: pd.DataFrame) -> str | None:
    """Find the column that states the UTM zone or the reference system of each row, by its name and values.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text.

    Returns
    -------
    str or None
        Its name; None where there is none, or more than one.
    """
    words = {str(name): " ".join(words_in(name)) for name in frame.columns}
    named = {name: bool(_SYSTEM_NAMES.search(text)) for name, text in words.items()}
    fitting = [
        name
        for name, is_system in named.items()
        if (is_system or _ZONE_NAMES.search(words[name]))
        and list(frame.columns).count(name) == 1
        and is_zone_column(frame[name], may_be_bare=is_system)
    ]
    return fitting[0] if len(fitting) == 1 else None


def position_column(frame: pd.DataFrame) -> str | None:
    """Find a column of whole positions, such as a portal's ``geo_point_2d``, by its name and values.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text.

    Returns
    -------
    str or None
        The first that holds positions in most filled rows.
    """
    # The outline of a thing, where a portal has one beside its point, comes last.
    for name in sorted(map(str, frame.columns), key=lambda name: "shape" in name.lower()):
        if name == LINE or list(frame.columns).count(name) > 1 or not _POSITION_NAMES.search(" ".join(words_in(name))):
            continue
        filled = frame[name][~is_missing(frame[name])].astype(str).iloc[:_TRIED]
        if len(filled) and np.mean([not np.isnan(position_of(text)[0]) for text in filled]) >= _MOSTLY:
            return name
    return None


def stand_ins(frame: pd.DataFrame, stated: Mapping[str, str], crs: str | None = None) -> dict[str, str]:
    """Find the columns that positions need beside, or instead of, ``lon`` and ``lat``.

    Angles in parts under declared names or aliases, a column of hemispheres beside degrees, a column of zones.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text.
    stated : mapping of str to str
        What the country file maps, declared column to column of the file.
    crs : str or None
        The reference system that the country file states. Beside one that has no zones no column is taken for zones.

    Returns
    -------
    dict[str, str]
        Declared column of positions to column of the file, without those that are stated.
    """
    if "position" in stated:
        return {}
    by_lower = {str(name).lower(): str(name) for name in frame.columns}
    named = {
        column.name: by_lower[alias]
        for column in POSITION_COLUMNS[:-2]
        for alias in (column.name, *column.aliases)
        if alias in by_lower
    }
    whole = {column.name for column in (LON, LAT) if _is_named(column, by_lower, stated)}
    parts = {part: name for part, name in find_parts(frame).items() if part.endswith("_hemisphere")} | named
    parts = {part: name for part, name in parts.items() if part.endswith("_hemisphere") or part[:3] not in whole}
    zone = zone_column(frame) if crs is None or has_zones(crs) else None
    found = parts | ({"crs": zone} if zone is not None else {})
    return {name: source for name, source in found.items() if name not in stated and source not in stated.values()}


def _is_named(column: Column, by_lower: Mapping[str, str], stated: Mapping[str, str]) -> bool:
    return column.name in stated or any(alias in by_lower for alias in (column.name, *column.aliases))


def whole_degrees_problem(frame: pd.DataFrame, mapped: Mapping[str, str]) -> str:
    """Say what is wrong where a column of whole degrees is taken for the angle, and its minutes stand beside.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text.
    mapped : mapping of str to str
        Declared column to column of the file.

    Returns
    -------
    str
        A sentence with the line to write; '' where nothing is wrong.
    """
    parts = find_parts(frame)
    for axis in AXES:
        if f"{axis}_min" in parts and mapped.get(axis) == parts[f"{axis}_deg"]:
            return (
                f"'{mapped[axis]}' holds whole degrees, and '{parts[f'{axis}_min']}' their minutes; "
                f"write: columns = {toml_value(parts)}"
            )
    return _bare_degrees(frame, mapped)


def _bare_degrees(frame: pd.DataFrame, mapped: Mapping[str, str]) -> str:
    """Say that all positions are written as whole degrees: their minutes stand elsewhere, or are lost."""
    if not {"lon", "lat"} <= set(mapped) or mapped["lon"] == mapped["lat"]:
        return ""
    texts = [frame[mapped[axis]] for axis in AXES]
    known = ~is_missing(texts[0]) & ~is_missing(texts[1])
    if known.sum() < _MIN_WHOLE:
        return ""
    x, y = (to_numbers(column[known]) for column in texts)
    with np.errstate(invalid="ignore"):
        are_degrees = (np.abs(x) <= 180).all() and (np.abs(y) <= 90).all()
        is_whole = bool(are_degrees and (x % 1 == 0).all() and (y % 1 == 0).all())
    has_decimals = any(column[known].astype(str).str.contains(r"[.,]").any() for column in texts)
    if not is_whole or has_decimals or (x == 0).all() or (y == 0).all():
        return ""
    return (
        f"'{mapped['lon']}' and '{mapped['lat']}' hold whole degrees in all rows; name the columns of their minutes "
        'and seconds: columns = { lon_deg = "…", lon_min = "…", lon_sec = "…", lat_deg = "…", lat_min = "…", '
        'lat_sec = "…" }'
    )
