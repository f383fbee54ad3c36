"""Administrative codes: text with their zeros, and codes taken from another boundary file."""

from __future__ import annotations

import re
from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.parsing.numbers import latin_digits
from commune_coverage.readers.parsing.text import attribute_text

UNMATCHED = -1
_DECIMALS = re.compile(r"(?P<whole>\d+)[.,](?P<decimals>\d{1,4})$")
_GROUPS = re.compile(r"\d{1,3}([.,'\s]\d{3})+$")
_POWER = re.compile(r"(?P<whole>\d)(?:[.,](?P<decimals>\d+))?[eE]\+?(?P<power>\d{1,2})$")


def normalise_codes(values: pd.Series, width: int | None = None) -> pd.Series:
    """Write codes as text, all-digit ones with zeros before them up to a width.

    Parameters
    ----------
    values : Series
        (n,) codes, text or numbers.
    width : int or None
        Digits of a code. None: the longest length, provided that the others are one digit shorter, the mark of zeros
        that a spreadsheet took away.

    Returns
    -------
    Series
        (n,) text.
    """
    texts = attribute_text(values).map(lambda text: latin_digits(str(text)).strip().removesuffix(".0"))
    if width is None:
        lengths = sorted({len(text) for text in texts if text.isdigit()})
        width = lengths[-1] if len(lengths) == 2 and lengths[1] - lengths[0] == 1 else 0
    return texts.map(lambda text: text.zfill(width) if text.isdigit() else text)


def codes_like(
    values: pd.Series, known: Iterable[str], width: int | None = None
) -> tuple[pd.Series, list[tuple[str, str]]]:
    """Write a table's codes as the known ones are written, whatever a spreadsheet made of them.

    Zeros before a code come back, of any length. Codes that went through a number ('5001.0', '5.03' for 5030, '5,030',
    '5.03E+03') are put right where exactly one known code is meant; a number that lost digits means none.

    Parameters
    ----------
    values : Series
        (n,) codes, text or numbers.
    known : iterable of str
        The codes that there are.
    width : int or None
        Digits of a code, for those that are not known. None: of the longest known one.

    Returns
    -------
    codes : Series
        (n,) text.
    repaired : list of (str, str)
        What was written as a number, and the code that it stands for; each once.
    """
    exact = set(known)
    by_value: dict[str, set[str]] = {}
    for code in exact:
        by_value.setdefault(code.lstrip("0"), set()).add(code)
    padded = normalise_codes(values, width or max((len(code) for code in exact), default=0))
    written = attribute_text(values).map(lambda text: latin_digits(str(text)).strip())
    meant: dict[str, str] = {}
    most = _most_decimals(written)
    for text in dict.fromkeys(written):
        codes = (
            set() if text in exact else set().union(*(by_value.get(form, set()) for form in _whole_numbers(text, most)))
        )
        if text in exact or len(codes) == 1:
            meant[text] = text if text in exact else codes.pop()
    repaired = [(text, code) for text, code in meant.items() if not text.isdigit() and text != code]
    return pd.Series([meant.get(t, p) for t, p in zip(written, padded, strict=True)], values.index, object), repaired


def _whole_numbers(text: str, most: int) -> set[str]:
    """The whole numbers that a text can stand for, without zeros before them; ``most`` is for ``_is_rounded``."""
    forms = {text} if text.isdigit() else set()
    if match := _DECIMALS.match(text):
        whole, decimals = match["whole"], match["decimals"]
        # A number of three decimals has a fourth where it comes from a workbook's own number.
        decimals = decimals[:3] if len(decimals) == 4 and decimals.endswith("0") else decimals
        forms |= {whole} if not decimals.strip("0") else set()
        forms |= {whole + decimals.ljust(3, "0")} if len(whole) <= 3 and len(decimals) <= 3 else set()
    if _GROUPS.match(text):
        forms.add(re.sub(r"\D", "", text))
    if (match := _POWER.match(text)) and not _is_rounded(match, most):
        power = int(match["power"])
        forms.add(match["whole"] + (match["decimals"] or "")[:power].ljust(power, "0"))
    return {form.lstrip("0") for form in forms}


def note_repaired(repaired: list[tuple[str, str]], log: RowLog) -> None:
    """Say how many codes had gone through a number, with one of them.

    Parameters
    ----------
    repaired : list of (str, str)
        As ``codes_like`` gives them.
    log : RowLog
        Notes of the file; changed in place.
    """
    if repaired:
        written, code = repaired[0]
        log.note(f"{len(repaired):,} codes had gone through a number, such as {written} for {code}")


def through_numbers(values: pd.Series, width: int | None) -> tuple[pd.Series, int]:
    """Put right a whole column of codes that went through a number, such as 5.03 for 05030; needs their width.

    Parameters
    ----------
    values : Series
        (n,) codes.
    width : int or None
        Digits of a code, as stated.

    Returns
    -------
    codes : Series
        (n,) text.
    repaired : int
        How many had gone through a number.
    """
    written = attribute_text(values).map(lambda text: latin_digits(str(text)).strip())
    most = _most_decimals(written)
    forms = [{form for form in _whole_numbers(text, most) if len(form) <= (width or 0)} for text in written]
    if width is None or not all(len(form) == 1 for form in forms):
        return normalise_codes(values, width), 0
    codes = [form.pop().zfill(width) for form in forms]
    return pd.Series(codes, values.index, object), int((~written.str.isdigit()).sum())


def first_rounded(texts: pd.Series) -> str | None:
    """Find a code that is a number which a spreadsheet rounded, such as 1.50371E+06.

    Parameters
    ----------
    texts : Series
        (n,) codes.

    Returns
    -------
    str or None
        The first one; None where there is none.
    """
    most = _most_decimals(texts)
    return next((text for text in texts if (match := _POWER.match(text)) and _is_rounded(match, most)), None)


def _most_decimals(texts: Iterable[str]) -> int:
    return max((len(match["decimals"] or "") for text in texts if (match := _POWER.match(text))), default=0)


def _is_rounded(match: re.Match[str], most: int) -> bool:
    """Tell whether digits are missing: as many decimals as any other has, and fewer than the power of ten."""
    decimals = len(match["decimals"] or "")
    return decimals == most and decimals < int(match["power"])


def match_by_overlap(boundaries: gpd.GeoSeries, coded: gpd.GeoSeries) -> npt.NDArray[np.int64]:
    """Match polygons of two files one to one so that the summed intersection over union is largest.

    Parameters
    ----------
    boundaries : GeoSeries
        (n,) polygons without codes.
    coded : GeoSeries
        (m,) polygons with codes, in the same reference system.

    Returns
    -------
    ndarray of int64
        (n,) position in ``coded``, or UNMATCHED.
    """
    left, right = boundaries.to_numpy(), coded.to_numpy()
    right_index, left_index = shapely.STRtree(left).query(right, predicate="intersects")
    shared = shapely.area(shapely.intersection(left[left_index], right[right_index]))
    score = shared / (shapely.area(left[left_index]) + shapely.area(right[right_index]) - shared)
    keep = score > 0
    weights = csr_matrix((score[keep], (left_index[keep], right_index[keep])), shape=(len(left), len(right)))
    try:
        rows, columns = min_weight_full_bipartite_matching(weights, maximize=True)
    except ValueError:
        rows, columns = _greedy(weights)
    matched = np.full(len(left), UNMATCHED, dtype=np.int64)
    matched[rows] = columns
    return matched


def _greedy(weights: csr_matrix) -> tuple[list[int], list[int]]:
    """Best pairs first, ties by position: used where no matching covers the smaller side."""
    pairs = weights.tocoo()
    order = np.lexsort((pairs.col, pairs.row, -pairs.data))
    rows: dict[int, int] = {}
    taken: set[int] = set()
    for row, column in zip(pairs.row[order].tolist(), pairs.col[order].tolist(), strict=True):
        if row not in rows and column not in taken:
            rows[row] = column
            taken.add(column)
    return list(rows), list(rows.values())
