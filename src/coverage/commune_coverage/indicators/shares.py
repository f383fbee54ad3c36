"""Shares of people from sums of people."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
ROUNDING = 1e-9


def share_of(part: Floats, whole: Floats) -> Floats:
    """Divide a part by a whole.

    Parameters
    ----------
    part, whole : float64[n]
        People.

    Returns
    -------
    float64[n]
        Share within 0..1; NaN where the whole is 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole > 0, part / whole, np.nan)
    return np.clip(share, 0.0, 1.0)


def mean_of(part: Floats, whole: Floats) -> Floats:
    """Divide a sum by a count; unlike a share it may exceed 1.

    Parameters
    ----------
    part, whole : float64[n]
        Sum of values, and how many.

    Returns
    -------
    float64[n]
        NaN where the count is 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def gap_people(people: Floats, served: Floats) -> Floats:
    """Subtract the people served from all people.

    Parameters
    ----------
    people, served : float64[n]
        People.

    Returns
    -------
    float64[n]
        People not served, never below 0; a billionth of the people or less is rounding.
    """
    gap = people - served
    return np.where(gap > ROUNDING * people, gap, np.where(np.isnan(gap), np.nan, 0.0))


def low_high(sums: Mapping[str, Floats], name: str, sites: Floats) -> dict[str, Floats]:
    """Combine the shared and the independent uncertainty of a commune's cells into a low and a high.

    Parameters
    ----------
    sums : mapping of str to float64[communes]
        People under ``name`` with the bounds of the places: '' as estimated; '_low' and '_high' under the uncertainty
        that all cells share; '_lowest' and '_highest' with that of each cell as well.
    name : str
        What holds for the people.
    sites : float64[communes]
        Sites in each commune.

    Returns
    -------
    dict of {'', '_low', '_high'} to float64[communes]
        People for whom it holds.

    Notes
    -----
    The uncertainty of single cells averages out: its part of the squared distance to the estimate is divided by the
    number of sites, as the variance of a mean of independent errors is.
    """
    estimate, count = sums[name], np.maximum(sites, 1.0)
    people = {"": estimate}
    for bound, widest, sign in (("_low", "_lowest", -1.0), ("_high", "_highest", 1.0)):
        shared = (sums[f"{name}{bound}"] - estimate) ** 2
        own = np.maximum((sums[f"{name}{widest}"] - estimate) ** 2 - shared, 0.0)
        people[bound] = estimate + sign * np.sqrt(shared + own / count)
    return people


def weighted_mean(table: pd.DataFrame, column: str, by: str = "people") -> float:
    """Average a column over those that it is known of.

    Parameters
    ----------
    table : DataFrame
        One row a commune.
    column : str
        What to average; where the table has no such column, nothing is known.
    by : str
        Column of the weights.

    Returns
    -------
    float
        NaN where nothing is known, or of nobody.
    """
    if column not in table:
        return math.nan
    known = table[table[column].notna()]
    total = known[by].sum()
    return float((known[column] * known[by]).sum() / total) if total > 0 else math.nan
