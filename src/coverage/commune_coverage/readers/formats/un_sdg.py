"""Answers of the United Nations' database of SDG indicators: JSON, one object a figure of a year."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.safety.files import require_file

COLUMNS = ["series", "area_code", "year", "value", "source"]
_HEAD_BYTES = 4096
_TOTALS = {"Location": "ALLAREA", "Reporting Type": "G"}
"""The value of each dimension that stands for all of the country, as the United Nations report it."""


def read_sdg(path: Path, log: RowLog) -> pd.DataFrame:
    """Read the figures of whole countries.

    Parameters
    ----------
    path : Path
        An answer of ``/v1/sdg/Indicator/Data`` or ``/v1/sdg/Series/Data``.
    log : RowLog
        Counts what is read; figures of a part of a country (rural, urban, an age) are filtered, with a note.

    Returns
    -------
    DataFrame
        (figures,) text: ``COLUMNS``, and ``line``, the number of the object. ``area_code`` is that of M49, ``value``
        in the unit of the series.

    Raises
    ------
    UnreadableFileError
        When it is no such answer, was broken off, or is one page of several.
    """
    objects = _objects(path)
    log.read += len(objects)
    whole = [(number, one) for number, one in enumerate(objects, start=1) if _is_total(one)]
    if parts := len(objects) - len(whole):
        log.filtered += parts
        log.note(f"{parts} figures are of a part of the country, such as its towns, and are left out")
    rows = [[*map(_text, _cells(one)), number] for number, one in whole]
    return pd.DataFrame(rows, columns=[*COLUMNS, LINE]).astype(dict.fromkeys(COLUMNS, object))


def is_sdg(path: Path) -> bool:
    """Tell whether a file is an answer of the SDG database.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bool
        Whether it is JSON whose beginning names a series and an area by code.
    """
    if path.suffix.lower() != ".json":
        return False
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    return b'"series"' in head and b'"geoAreaCode"' in head


def _objects(path: Path) -> list[dict[str, Any]]:
    name = path.name
    try:
        answer = json.loads(require_file(path).read_bytes())
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(f"'{name}' is not a readable answer of the SDG database") from error
    objects = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(objects, list) or not all(isinstance(one, dict) and "series" in one for one in objects):
        raise UnreadableFileError(f"'{name}' is no answer of the SDG database: it has no list 'data' of series")
    total = answer.get("totalElements", len(objects))
    if total != len(objects):
        raise UnreadableFileError(f"'{name}' has {len(objects)} of {total!r} figures: ask with a larger pageSize")
    return objects


def _is_total(one: dict[str, Any]) -> bool:
    dimensions = one.get("dimensions") or {}
    return isinstance(dimensions, dict) and all(_TOTALS.get(name) == value for name, value in dimensions.items())


def _cells(one: dict[str, Any]) -> list[object]:
    return [one.get(name) for name in ("series", "geoAreaCode", "timePeriodStart", "value", "source")]


def _text(value: object) -> str:
    """As text; a whole number without its decimals, as years are written."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
