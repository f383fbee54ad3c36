"""Figures that an accepted challenge sets: the modelled ones are reported too, and the commune is marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.schema.inputs import ACCEPTED, BOUNDS

Floats = npt.NDArray[np.float64]
Columns = dict[str, Any]

_NOTE = "the gap is set by an accepted challenge"


def accepted_of(challenges: pd.DataFrame, figure: str, codes: np.ndarray) -> pd.DataFrame:
    """Select the accepted challenges of a figure; of several in one commune the last.

    Parameters
    ----------
    challenges : DataFrame
        The challenges layer.
    figure : str
        Name of the column that is challenged.
    codes : object[communes]
        Code of each commune.

    Returns
    -------
    DataFrame
        With ``row``, the commune among ``codes``.
    """
    of_figure = challenges[(challenges["figure"] == figure) & (challenges["decision"] == ACCEPTED)]
    last = of_figure.drop_duplicates("commune_code", keep="last")
    row = pd.Series(np.arange(len(codes)), index=codes)
    return last.assign(row=last["commune_code"].map(row)).dropna(subset=["row"]).astype({"row": int})


def override(figures: Mapping[str, Any], people: Floats, theme: str, accepted: pd.DataFrame) -> Columns:
    """Set the share and people of a gap, low and high with them, to what accepted challenges claim.

    Parameters
    ----------
    figures : mapping of str to array[communes]
        The columns of the theme.
    people : float64[communes]
        People.
    theme : str
        Name of the theme.
    accepted : DataFrame
        ``row``, ``claimed_share`` and ``decided_by`` of each accepted challenge.

    Returns
    -------
    dict of str to array[communes]
        The columns that differ, and ``<theme>_gap_modelled_share``, what the model says there.
    """
    share, rows = f"{theme}_gap_share", accepted["row"].to_numpy()
    if share not in figures or not len(rows):
        return {}
    claimed = accepted["claimed_share"].to_numpy(dtype=np.float64)
    columns: Columns = {name: np.array(figures[name]) for bound in BOUNDS if (name := f"{share}{bound}") in figures}
    modelled_name = f"{theme}_gap_modelled_share"
    modelled = np.array(figures[modelled_name]) if modelled_name in figures else np.full(len(people), np.nan)
    if modelled_name not in figures:
        modelled[rows] = columns[share][rows]
    for values in columns.values():
        values[rows] = claimed
    gap_people = np.array(figures[f"{theme}_gap_people"])
    gap_people[rows] = claimed * people[rows]
    return columns | {
        f"{theme}_gap_people": gap_people,
        modelled_name: modelled,
        f"{theme}_note": _noted(figures[f"{theme}_note"], rows),
    }


def _noted(notes: npt.NDArray[np.object_], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    noted = np.array(notes, dtype=object)
    noted[rows] = [f"{note}; {_NOTE}" if note else _NOTE for note in noted[rows]]
    return noted


def challenge_marks(communes: int, by_theme: Mapping[str, pd.DataFrame]) -> npt.NDArray[np.object_]:
    """Name the themes of each commune whose figure a challenge sets, and who decided it.

    Parameters
    ----------
    communes : int
        How many communes there are.
    by_theme : mapping of str to DataFrame
        Accepted challenges of each theme.

    Returns
    -------
    object[communes]
        Text; '' for none.
    """
    marks = np.full(communes, "", dtype=object)
    for theme, accepted in by_theme.items():
        for row, decided_by in zip(accepted["row"], accepted["decided_by"].fillna(""), strict=True):
            mark = f"{theme} ({decided_by})" if decided_by else theme
            marks[row] = f"{marks[row]}, {mark}" if marks[row] else mark
    return marks
