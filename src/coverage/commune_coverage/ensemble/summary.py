"""The figures of an ensemble as a table: estimate, interval, probability of missing a target, and rank."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.ensemble.compact import GAP, Figure
from commune_coverage.ensemble.ensemble import Ensemble
from commune_coverage.ensemble.intervals import interval, probability_under, rank_intervals

Floats = npt.NDArray[np.float64]
NATION = -1


def summary(ensemble: Ensemble, targets: Mapping[Figure, float] | None = None) -> pd.DataFrame:
    """Tabulate every figure of every commune and of the nation.

    Parameters
    ----------
    ensemble : Ensemble
        Weighted draws.
    targets : mapping of Figure to float, optional
        Shares that are aimed at.

    Returns
    -------
    DataFrame
        A row by figure and area: ``kind``, ``operator`` and ``technology``; ``commune``, its row, or NATION;
        ``share``, the median, with ``share_low`` and ``share_high``, 90 %; ``missed_probability``, that a covered share
        is under its target or a gap above it, NaN without a target; ``rank`` of the commune with ``rank_low`` and
        ``rank_high``, 1 for the greatest share, NaN for the nation. NaN for communes without people.
    """
    parts = [
        _of_figure(ensemble, row, figure, (targets or {}).get(figure)) for row, figure in enumerate(ensemble.figures)
    ]
    return pd.concat(parts, ignore_index=True)


def _of_figure(ensemble: Ensemble, row: int, figure: Figure, target: float | None) -> pd.DataFrame:
    weight, shares = ensemble.weights.weight, ensemble.shares[:, row]
    known = np.isfinite(shares).all(axis=0)
    draws = np.column_stack([shares[:, known], ensemble.national[:, row]])
    low, median, high = interval(draws, weight)
    ranks = rank_intervals(draws[:, :-1], weight) if known.any() else (np.zeros(0),) * 3
    table = pd.DataFrame(
        {"commune": np.append(np.flatnonzero(known), NATION), "share": median, "share_low": low, "share_high": high}
        | {"missed_probability": _missed(figure, draws, weight, target)}
        | {name: np.append(rank, np.nan) for name, rank in zip(("rank_low", "rank", "rank_high"), ranks, strict=True)}
    )
    everywhere = np.append(np.arange(shares.shape[1]), NATION)
    table = table.set_index("commune").reindex(everywhere).rename_axis("commune").reset_index()
    return table.assign(kind=figure.kind, operator=figure.operator, technology=figure.technology)


def _missed(figure: Figure, draws: Floats, weight: Floats, target: float | None) -> Floats:
    """Probability that a share is on the wrong side of its target."""
    if target is None:
        return np.full(draws.shape[1], np.nan)
    return probability_under(-draws, weight, -target) if figure == GAP else probability_under(draws, weight, target)
