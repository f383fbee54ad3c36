"""The number of masts, as an estimate with low and high."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

Flags = npt.NDArray[np.bool_]

_Z_90 = 1.645
_METHOD_ERROR = 0.06


class MastCount(NamedTuple):
    """Number of masts.

    Parameters
    ----------
    estimate : float
        Expected number.
    low, high : float
        90 % interval.
    """

    estimate: float
    low: float
    high: float


def count_masts(sites: pd.DataFrame, is_counted: Flags) -> MastCount:
    """Estimate the number of masts.

    Parameters
    ----------
    sites : DataFrame
        As ``Masts.sites``.
    is_counted : ndarray of bool, shape (sites,)
        Which sites count, such as those in the country.

    Returns
    -------
    MastCount
        Expected number with low and high.

    Notes
    -----
    A site counts with the probability that it is one and stands at no mast of an operator before. The interval adds
    the squares of chance itself; of each operator's stations that may be listed twice; of what single cells alone
    show, which may be misplaced; of the intervals of the shares at others' masts, added up first, for what makes one
    too large makes all; and of 6 % of the sites that may be shared, by which tests on invented networks with known
    masts find the method off. ``high`` also has the sites that nobody measured yet, by how many were measured once
    and twice (A. Chao 1984).
    """
    own = sites[is_counted]
    alone, hosted, chance = own["chance"] * (1 - own["hosted"]), own["hosted"], own["chance"]
    below = _Z_90**2 * float((alone * (1 - alone)).sum()) + (_METHOD_ERROR * int((own["hosted_high"] > 0).sum())) ** 2
    above = below + float((1 - chance).sum()) ** 2 + float((chance * (hosted - own["hosted_low"])).sum()) ** 2
    below += float(alone[own["cells"] == 1].sum()) ** 2 + float((chance * (own["hosted_high"] - hosted)).sum()) ** 2
    repeats = own.groupby("operator")[["fewer", "more"]].sum()
    below, above = below + float(np.square(repeats["fewer"]).sum()), above + float(np.square(repeats["more"]).sum())
    estimate = float(alone.sum())
    return MastCount(estimate, max(estimate - below**0.5, 0.0), estimate + above**0.5 + _unseen(own))


def _unseen(sites: pd.DataFrame) -> float:
    """Masts that no measurement shows yet, at least."""
    unseen = 0.0
    for _, own in sites.groupby("operator"):
        once, twice = ((own["samples"] == number).sum() for number in (1, 2))
        unseen += float(once * (once - 1) / (2 * (twice + 1)) * (1 - own["hosted"]).mean())
    return unseen
