"""Shares of people from sums of people."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ROUNDING = 1e-9


def share_of(part: Floats, whole: Floats) -> Floats:
    """part / whole within 0..1; NaN where nobody is."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole > 0, part / whole, np.nan)
    return np.clip(share, 0.0, 1.0)


def gap_people(people: Floats, served: Floats) -> Floats:
    """People who are not served, never below zero; a billionth of the people or less is rounding."""
    gap = people - served
    return np.where(gap > ROUNDING * people, gap, np.where(np.isnan(gap), np.nan, 0.0))
