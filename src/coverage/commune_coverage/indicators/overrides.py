"""Figures that an accepted challenge sets: the model's stay beside them, and the commune is marked."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.schema.inputs import ACCEPTED

Floats = npt.NDArray[np.float64]
Columns = dict[str, Any]

_BOUNDS = ("", "_low", "_high")
_NOTE = "the gap is set by an accepted challenge"


def accepted_of(challenges: pd.DataFrame, figure: str, codes: np.ndarray) -> pd.DataFrame:
    """The accepted challenges of a figure with the rows of their communes among ``codes``; of several the last."""
    of_figure = challenges[(challenges["figure"] == figure) & (challenges["decision"] == ACCEPTED)]
    last = of_figure.drop_duplicates("commune_code", keep="last")
    row = pd.Series(np.arange(len(codes)), index=codes)
    return last.assign(row=last["commune_code"].map(row)).dropna(subset=["row"]).astype({"row": int})


def override(figures: Columns, people: Floats, theme: str, accepted: pd.DataFrame) -> Columns:
    """The columns of a theme that differ once the accepted challenges hold.

    ``accepted`` has row, claimed_share and decided_by. Share and people of the gap are the claimed ones, low and high
    with them; ``<theme>_gap_modelled_share`` keeps what the model says there.
    """
    share, rows = f"{theme}_gap_share", accepted["row"].to_numpy()
    if share not in figures or not len(rows):
        return {}
    claimed = accepted["claimed_share"].to_numpy(dtype=np.float64)
    found: Columns = {name: figures[name].copy() for bound in _BOUNDS if (name := f"{share}{bound}") in figures}
    modelled = np.full(len(people), np.nan)
    modelled[rows] = found[share][rows]
    for values in found.values():
        values[rows] = claimed
    gap_people = figures[f"{theme}_gap_people"].copy()
    gap_people[rows] = claimed * people[rows]
    return found | {
        f"{theme}_gap_people": gap_people,
        f"{theme}_gap_modelled_share": modelled,
        f"{theme}_note": _noted(figures[f"{theme}_note"], rows),
    }


def _noted(notes: npt.NDArray[np.object_], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    told = np.array(notes, dtype=object)
    told[rows] = [f"{note}; {_NOTE}" if note else _NOTE for note in told[rows]]
    return told


def marks(communes: int, by_theme: dict[str, pd.DataFrame]) -> npt.NDArray[np.object_]:
    """Of each commune the themes whose figure is set by a challenge, and who decided it; '' for none."""
    found = np.full(communes, "", dtype=object)
    for theme, accepted in by_theme.items():
        for row, who in zip(accepted["row"], accepted["decided_by"].fillna(""), strict=True):
            said = f"{theme} ({who})" if who else theme
            found[row] = f"{found[row]}, {said}" if found[row] else said
    return found
