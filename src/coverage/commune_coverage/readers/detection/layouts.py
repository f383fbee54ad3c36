"""Boundary files in the layouts of their great publishers: GADM, geoBoundaries, OCHA's common operational datasets."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from commune_coverage.readers.columns.guess import Guess

_SURE = 0.95
_GADM = re.compile(r"^(GID|ID|NAME)_(\d)$", re.IGNORECASE)
_COD = re.compile(r"^adm(\d)_(pcode|code|name\d?|[a-z]{2})$", re.IGNORECASE)
_LATIN = ("en", "name", "fr", "es", "pt")


def boundary_layout(frame: pd.DataFrame, languages: Iterable[str] = ()) -> list[Guess]:
    """Tell codes and names of boundaries by the layout of a publisher.

    The finest level of the file is the commune, the next one the district, the coarsest but the country the province.

    Parameters
    ----------
    frame : DataFrame
        The file's attributes.
    languages : iterable of str
        Languages of the country, for names in each.

    Returns
    -------
    list of Guess
        None for another layout.
    """
    names = [str(name) for name in frame.columns]
    for found in (_gadm(names), _common(names, languages), _geo_boundaries(names)):
        if found:
            return [Guess(column, source, _SURE, reason) for column, (source, reason) in found.items()]
    return []


def _levels(levels: set[int]) -> dict[str, int]:
    """Commune, district and province by the levels that a file has."""
    finest = max(levels)
    called = {"commune": finest}
    if finest - 1 in levels and finest - 1 >= 1:
        called["district"] = finest - 1
    if finest >= 3 and 1 in levels and called.get("district") != 1:
        called["province"] = 1
    return called


def _gadm(names: list[str]) -> dict[str, tuple[str, str]]:
    found = {(match[1].upper(), int(match[2])): name for name in names if (match := _GADM.match(name))}
    # Older files of GADM have ID_1 where newer ones have GID_1 besides.
    found |= {
        ("GID", level): name for (kind, level), name in found.items() if kind == "ID" and ("GID", level) not in found
    }
    levels = {level for kind, level in found if kind == "GID" and level > 0}
    if not levels or ("NAME", max(levels)) not in found:
        return {}
    reason = "the file is laid out as GADM's"
    columns = {}
    for called, level in _levels(levels).items():
        columns[f"{called}_code"] = (found["GID", level], reason)
        if ("NAME", level) in found:
            columns[f"{called}_name"] = (found["NAME", level], reason)
    return columns


def _common(names: list[str], languages: Iterable[str]) -> dict[str, tuple[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for name in names:
        match = _COD.match(name)
        if match:
            kind = match[2].lower()
            found.setdefault(int(match[1]), {}).setdefault("pcode" if kind == "code" else kind, name)
    levels = {level for level in found if level > 0}
    if not levels or "pcode" not in found[max(levels)]:
        return {}
    reason = "the file is laid out as OCHA's common operational datasets"
    columns = {}
    for called, level in _levels(levels).items():
        kinds = found[level]
        if "pcode" in kinds:
            columns[f"{called}_code"] = (kinds["pcode"], reason)
        latin = next((kinds[kind] for kind in _LATIN if kind in kinds), None)
        latin = latin or next((name for kind, name in kinds.items() if len(kind) == 2), None)
        if latin is not None:
            columns[f"{called}_name"] = (latin, reason)
        for language in languages:
            if language != "en" and language in kinds:
                columns[f"{called}_name_{language}"] = (kinds[language], reason)
    return columns


def _geo_boundaries(names: list[str]) -> dict[str, tuple[str, str]]:
    by_lower = {name.lower(): name for name in names}
    if "shapeid" not in by_lower or "shapename" not in by_lower:
        return {}
    reason = "the file is laid out as geoBoundaries', which has no official codes"
    return {"commune_code": (by_lower["shapeid"], reason), "commune_name": (by_lower["shapename"], reason)}
