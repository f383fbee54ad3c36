"""Angles over several columns: degrees, minutes, seconds and a hemisphere's column become one text an angle."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from commune_coverage.readers.parsing.hemispheres import NO_SIDE, UNDECIDED, side_of
from commune_coverage.readers.parsing.numbers import is_missing

AXES = ("lon", "lat")
PARTS = ("deg", "min", "sec", "hemisphere")
_MARKS = {"deg": "°", "min": "'", "sec": '"'}


def join_parts(frame: pd.DataFrame, stated: Mapping[str, str]) -> pd.DataFrame:
    """Write the angle of each row as one text, from its parts; the columns of parts are left out.

    Parameters
    ----------
    frame : DataFrame
        Text columns; ``lon_deg``, ``lon_min``, ``lon_sec``, ``lon_hemisphere`` and those of ``lat``, as far as they
        are there.
    stated : mapping of str to str
        Letters of hemispheres that the country file explains.

    Returns
    -------
    DataFrame
        The rows with text columns ``lon`` and ``lat``.
    """
    for axis in AXES:
        own = {part: f"{axis}_{part}" for part in PARTS if f"{axis}_{part}" in frame}
        if "deg" in own:
            frame = frame.assign(**{axis: _angles(frame, own)})
        if "hemisphere" in own:
            sides = _sides(frame[own["hemisphere"]], axis, stated)
            frame = frame.assign(**{axis: _with_sides(frame[axis], sides)})
        frame = frame.drop(columns=list(own.values()))
    return frame


def _angles(frame: pd.DataFrame, own: Mapping[str, str]) -> pd.Series:
    """'48°51'30"': a part that is blank is left out, so that seconds without minutes are no angle."""
    text = pd.Series("", index=frame.index, dtype=object)
    for part, mark in _MARKS.items():
        if part in own:
            values = frame[own[part]].astype(str).str.strip()
            text += (values + mark).where(~is_missing(frame[own[part]]), "" if part != "min" else " ")
    blank = is_missing(frame[own["deg"]])
    return text.str.strip().where(~blank, "")


def _sides(column: pd.Series, axis: str, stated: Mapping[str, str]) -> pd.Series:
    """N, S, E or W of each row, or the mark that says why not."""
    codes, distinct = pd.factorize(column.astype(str).where(~is_missing(column) | column.astype(str).eq("-"), ""))
    read = [side_of(text, axis, stated) for text in distinct]
    told = [side if len(side) == 1 else UNDECIDED if side else NO_SIDE for side in read]
    return pd.Series(told, dtype=object).take(codes).set_axis(column.index)


def _with_sides(angles: pd.Series, sides: pd.Series) -> pd.Series:
    """Add its side to each angle that there is; one that states its own direction keeps it."""
    text = angles.astype(str)
    has_own = text.str.contains(r"[^\W\d_]", regex=True)
    return text.where(is_missing(angles) | has_own, text + " " + sides).astype(object)
