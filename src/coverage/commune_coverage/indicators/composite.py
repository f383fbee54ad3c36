"""The composite of all gaps, its rank, and how far the rank moves when the weights do."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

TRIED_FACTORS = (0.5, 1.0, 2.0)


def composite_columns(shares: Mapping[str, Floats], weights: Mapping[str, float]) -> dict[str, Floats]:
    """Compute the weighted mean of the gap shares that a commune has, its rank and the bounds of the rank.

    Parameters
    ----------
    shares : mapping of str to float64[communes]
        Gap share of each theme; NaN where it is not known.
    weights : mapping of str to float
        Weight of each theme.

    Returns
    -------
    dict of str to float64[communes]
        ``composite_gap_share``; ``composite_rank``, 1 for the greatest gap, equal gaps sharing the better rank;
        ``composite_rank_low`` and ``_high``, the best and worst rank when each weight is halved, left or doubled, in
        every combination. NaN where a commune has none of the gaps.
    """
    names = [name for name in shares if weights[name] > 0]
    gaps = np.array([shares[name] for name in names])
    stated = np.array([weights[name] for name in names])
    composite = _weighted(gaps, stated)
    ranks = np.array(
        [_rank(_weighted(gaps, stated * np.array(factors))) for factors in product(TRIED_FACTORS, repeat=len(names))]
    )
    return {
        "composite_gap_share": composite,
        "composite_rank": _rank(composite),
        "composite_rank_low": ranks.min(axis=0),
        "composite_rank_high": ranks.max(axis=0),
    }


def _weighted(gaps: Floats, weights: Floats) -> Floats:
    known = np.isfinite(gaps)
    total = (known * weights[:, None]).sum(axis=0)
    part = (np.where(known, gaps, 0.0) * weights[:, None]).sum(axis=0)
    return np.divide(part, total, out=np.full(gaps.shape[1], np.nan), where=total > 0)


def _rank(composite: Floats) -> Floats:
    """1 for the greatest; NaN where there is no value. Values that differ by rounding only are equal."""
    known = np.isfinite(composite)
    values = np.round(composite[known], 9)
    ranks = np.full(len(composite), np.nan)
    ranks[known] = 1.0 + np.searchsorted(np.sort(-values), -values, side="left")
    return ranks
