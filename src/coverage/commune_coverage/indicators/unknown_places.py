"""What it means for a share that where in an area its people live is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SPREAD_EVENLY = "where people live is not known: they are spread evenly"


def widened(share: Floats, low: Floats, high: Floats, settled_share: float) -> tuple[Floats, Floats]:
    """Widen the range of a share of people who were spread evenly over an area.

    Parameters
    ----------
    share, low, high : float64[communes]
        As evenly spread people have it: the share of the area that is so.
    settled_share : float
        The least part of the area on which its people live.

    Returns
    -------
    tuple of float64[communes]
        Low and high: what the share is if they live where it is least so, and where it is most.

    Notes
    -----
    Of an area of which the part g is so, a part s of it can hold at most g and must hold g - (1 - s) of that: the share
    of those who live on s lies in max(0, (g - (1 - s)) / s) .. min(1, g / s).
    """
    least = np.maximum(0.0, (np.fmin(low, share) - (1.0 - settled_share)) / settled_share)
    most = np.minimum(1.0, np.fmax(high, share) / settled_share)
    return np.where(np.isnan(share), low, least), np.where(np.isnan(share), high, most)


def widen_all(figures: Mapping[str, Any], themes: Sequence[str], settled_share: float) -> dict[str, Any]:
    """Widen every share that has a range, and note it of each theme.

    Parameters
    ----------
    figures : mapping of str to array[communes]
        Columns; those with ``_low`` and ``_high`` are shares of people.
    themes : sequence of str
        Whose gaps have a note.
    settled_share : float
        See `widened`.

    Returns
    -------
    dict of str to array[communes]
        The columns that differ.
    """
    columns: dict[str, Any] = {}
    for name in figures:
        bounds = f"{name}_low", f"{name}_high"
        if name.endswith("_share") and all(bound in figures for bound in bounds):
            low, high = (np.asarray(figures[bound], dtype=np.float64) for bound in bounds)
            columns |= dict(zip(bounds, widened(np.asarray(figures[name]), low, high, settled_share), strict=True))
    for theme in themes:
        if f"{theme}_gap_share" in figures:
            share, note = np.asarray(figures[f"{theme}_gap_share"]), np.asarray(figures[f"{theme}_note"], dtype=object)
            is_unsaid = (note == "") & (share > 0) & (share < 1)
            columns[f"{theme}_note"] = np.where(is_unsaid, SPREAD_EVENLY, note).astype(object)
    return columns
