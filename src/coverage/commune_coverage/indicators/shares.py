"""Shares of people from sums of people."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
ROUNDING = 1e-9


def share_of(part: Floats, whole: Floats) -> Floats:
    """Part / whole within 0..1; NaN where nobody is."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole > 0, part / whole, np.nan)
    return np.clip(share, 0.0, 1.0)


def gap_people(people: Floats, served: Floats) -> Floats:
    """People who are not served, never below zero; a billionth of the people or less is rounding."""
    gap = people - served
    return np.where(gap > ROUNDING * people, gap, np.where(np.isnan(gap), np.nan, 0.0))


def low_high(sums: Mapping[str, Floats], name: str, sites: Floats) -> dict[str, Floats]:
    """People for whom something holds: '' as estimated, '_low' and '_high'.

    ``sums`` has them under ``name`` with the bounds of the places: '_low' and '_high' under the doubts that all cells
    share, '_lowest' and '_highest' with each cell's own doubts as well. What is a cell's own averages out over a
    commune's ``sites``: its part of the squared distance to the estimate is divided by their number.
    """
    estimate, count = sums[name], np.maximum(sites, 1.0)
    found = {"": estimate}
    for bound, widest, sign in (("_low", "_lowest", -1.0), ("_high", "_highest", 1.0)):
        shared = (sums[f"{name}{bound}"] - estimate) ** 2
        own = np.maximum((sums[f"{name}{widest}"] - estimate) ** 2 - shared, 0.0)
        found[bound] = estimate + sign * np.sqrt(shared + own / count)
    return found
