"""Fixed lines among uploads: which of their three forms a file has, and whether it is of fixed lines at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from commune_coverage.config.layers import FileRef
from commune_coverage.readers.columns.vocabulary import words_of
from commune_coverage.readers.detection.extent import Extent
from commune_coverage.readers.detection.file import Recognition, recognise
from commune_coverage.readers.formats.csv import is_spatial
from commune_coverage.readers.formats.vector import shape_kind
from commune_coverage.readers.towers.technologies import is_technology
from commune_coverage.schema.inputs import FIXED, FIXED_ADDRESSES, FIXED_SHARES

_LINES = re.compile(
    r"\b(fib(?:re|er|ra)|ftt[a-z]\w*|glasfaser|fixed|wired|copper|cuivre|cobre|kupfer|[avs]?h?dsl\d?|[gx]dsl|xgs|g?pon"
    r"|cable|c[aâ]ble|kabel|coax\w*|docsis|hfc|ethernet|leased line)\b",
    re.IGNORECASE,
)
_OWN_COLUMNS = frozenset({"households_passed", "served"})
"""Columns that files of no other layer have."""


def recognise_fixed(ref: FileRef, country: Extent | None, languages: Sequence[str] = ()) -> Recognition:
    """Recognise a file of fixed lines: polygons or points by its shapes, a table of addresses by its positions.

    Parameters
    ----------
    ref : FileRef
        The file.
    country : Extent or None
        Where the country lies.
    languages : sequence of str
        Languages of the country.

    Returns
    -------
    Recognition
        As one of the three tables; its ``keys`` say which, as ``format``.

    Raises
    ------
    UnreadableFileError
        When the file is damaged, or several sheets or layers fit equally well.
    """
    if is_spatial(ref):
        points = shape_kind(ref) == "points"
        return recognise(ref, FIXED_ADDRESSES if points else FIXED, country, languages)
    addresses = recognise(ref, FIXED_ADDRESSES, country, languages)
    return addresses if addresses.positions is not None else recognise(ref, FIXED_SHARES, country, languages)


def are_lines(words: Iterable[str]) -> bool:
    """Tell whether technologies are those of fixed lines, and none of mobile networks.

    Parameters
    ----------
    words : iterable of str
        Values of a column of technologies.

    Returns
    -------
    bool
        False without any word.
    """
    stated = [word for word in words if word.strip()]
    return bool(stated) and any(map(_LINES.search, stated)) and not any(map(is_technology, stated))


def lacks_lines(found: Recognition) -> bool:
    """Tell whether neither technologies, nor own columns, nor the file's name say that a file is of fixed lines.

    Parameters
    ----------
    found : Recognition
        The file as fixed lines.

    Returns
    -------
    bool
        True also where its technologies are those of mobile networks.
    """
    if any(map(is_technology, found.technology_words)):
        return True
    has_own = any(guess.column in _OWN_COLUMNS for guess in found.guesses)
    return not (has_own or are_lines(found.technology_words) or _LINES.search(words_of(found.file)))
