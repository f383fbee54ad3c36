"""How often intervals hold over many truths, how wide they are, and against the first-order ranges of the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import kstest

from commune_coverage.ensemble.compact import GAP, Figure
from commune_coverage.ensemble.intervals import INTERVAL, interval, interval_score, pit
from commune_coverage.ensemble.simulation.cases import (
    FIGURES,
    Case,
    Truth,
    all_figures,
    estimate,
    first_order_ranges,
    listed_cells,
    make_truth,
)
from commune_coverage.radio.link_budget_config import LOW_HIGH_SHARE, Radios

Floats = npt.NDArray[np.float64]

CASES = (
    Case(0.0, "random", "masts"),
    *(Case(share, "random", "masts") for share in (0.1, 0.3, 0.5)),
    *(Case(share, "rural", "masts") for share in (0.1, 0.3, 0.5)),
    *(Case(share, "operator", "masts") for share in (0.1, 0.3, 0.5)),
    *(Case(share, "rural", "shares") for share in (0.1, 0.3, 0.5)),
    *(Case(share, "crowd", "samples") for share in (0.1, 0.3, 0.5)),
    Case(0.3, "clustered", "masts", "other"),
    Case(0.3, "crowd", "samples", "other"),
)
"""What ``commune-coverage validate --simulate`` goes through."""


@dataclass(frozen=True)
class FigureScore:
    """How the intervals of one figure hold over the truths of a case.

    Attributes
    ----------
    figure : Figure
        Which.
    commune_hits, national_hits : float
        Share of the 90 % intervals that hold the truth. Where several draws equal it, a part of them counts, by chance.
    commune_error : float
        Standard error of ``commune_hits`` over truths, whose communes are not independent.
    national_pit : float
        Probability that national transforms are as uneven by chance (Kolmogorov and Smirnov).
    commune_width, national_width : float
        Mean width.
    score, first_order_score : float
        Mean score of the 80 % intervals of communes, and of the engine's ranges; NaN where it has none.
    """

    figure: Figure
    commune_hits: float
    commune_error: float
    national_hits: float
    national_pit: float
    commune_width: float
    national_width: float
    score: float
    first_order_score: float


@dataclass(frozen=True)
class CaseScore:
    """Scores of a case.

    Attributes
    ----------
    case : Case
        What was hidden and what was known.
    truths, draws : int
        How many.
    figures : tuple of FigureScore
        By figure.
    effective_draws : float
        Mean of the effective draws.
    mast_hits : float
        Share of the 90 % intervals of the number of missing sites that hold the truth.
    mast_bias : float
        Mean of estimated less true number of all sites, over the true number.
    """

    case: Case
    truths: int
    draws: int
    figures: tuple[FigureScore, ...]
    effective_draws: float
    mast_hits: float
    mast_bias: float


@dataclass(frozen=True, eq=False)
class _Of:
    """What one truth gives: (figures, communes) and (figures,) arrays."""

    transform: Floats
    national_transform: Floats
    width: Floats
    national_width: Floats
    score: Floats
    first_order_score: Floats
    effective_draws: float
    masts: tuple[float, ...]
    sites: int


def score_case(
    case: Case, radios: Radios, truths: Sequence[int], draws: int, advance: Callable[[], None] = lambda: None
) -> CaseScore:
    """Score the intervals of a case over truths.

    Parameters
    ----------
    case : Case
        What is hidden and what is known.
    radios : Radios
        Link budgets.
    truths : sequence of int
        Seeds of the truths.
    draws : int
        Draws of each ensemble.
    advance : callable, optional
        Called after each truth.

    Returns
    -------
    CaseScore
        The same for the same seeds.
    """
    scored = list(_each(case, radios, truths, draws, advance))
    masts, sites = np.array([one.masts for one in scored]), np.array([one.sites for one in scored])
    figures = tuple(_figure_score(row, figure, scored) for row, figure in enumerate(all_figures()) if figure in FIGURES)
    return CaseScore(
        case,
        len(scored),
        draws,
        figures,
        float(np.mean([one.effective_draws for one in scored])),
        float(((masts[:, 1] <= masts[:, 0]) & (masts[:, 0] <= masts[:, 3])).mean()),
        float(((masts[:, 2] - masts[:, 0]) / sites).mean()),
    )


def _each(case: Case, radios: Radios, truths: Sequence[int], draws: int, advance: Callable[[], None]) -> Iterator[_Of]:
    for seed in truths:
        truth = make_truth(case, radios, seed)
        yield _score(case, truth, radios, seed, draws)
        advance()


def _score(case: Case, truth: Truth, radios: Radios, seed: int, draws: int) -> _Of:
    ensemble = estimate(case, truth, radios, seed, draws)
    rng, weight = np.random.default_rng([seed, 90]), ensemble.weights.weight
    national = truth.shares @ truth.people / truth.people.sum()
    low, _, high = interval(ensemble.shares, weight)
    national_low, _, national_high = interval(ensemble.national, weight)
    inner_low, _, inner_high = interval(ensemble.shares, weight, LOW_HIGH_SHARE)
    listed = listed_cells(case, truth.country, seed)
    ranges = first_order_ranges(listed, truth.country, radios)
    all_sites = truth.country.cells["site"].nunique()
    missing = interval(ensemble.missing.sum(axis=1).astype(np.float64), weight)
    return _Of(
        pit(ensemble.shares, weight, truth.shares, rng.random(truth.shares.shape)),
        pit(ensemble.national, weight, national, rng.random(len(national))),
        high - low,
        national_high - national_low,
        interval_score(inner_low, inner_high, truth.shares, LOW_HIGH_SHARE),
        interval_score(*ranges, truth.shares, LOW_HIGH_SHARE),
        ensemble.weights.effective_draws,
        (all_sites - listed["site"].nunique(), *(float(end) for end in missing)),
        all_sites,
    )


def _figure_score(row: int, figure: Figure, scored: list[_Of]) -> FigureScore:
    communes = np.array([_is_within(one.transform[row]).mean() for one in scored])
    transforms = np.array([one.national_transform[row] for one in scored])
    first_order = np.nan if figure == GAP else np.mean([one.first_order_score[row] for one in scored])
    return FigureScore(
        figure,
        float(communes.mean()),
        float(communes.std(ddof=1) / np.sqrt(len(communes))) if len(communes) > 1 else np.nan,
        float(_is_within(transforms).mean()),
        float(kstest(transforms, "uniform").pvalue),
        float(np.mean([one.width[row] for one in scored])),
        float(np.mean([one.national_width[row] for one in scored])),
        float(np.mean([one.score[row] for one in scored])),
        float(first_order),
    )


def _is_within(transform: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(transform - 0.5) <= INTERVAL / 2)


def lines_of(score: CaseScore) -> list[str]:
    """List the scores of a case as text.

    Parameters
    ----------
    score : CaseScore
        The scores.

    Returns
    -------
    list of str
        A heading and a line a figure.
    """
    binomial = np.sqrt(INTERVAL * (1 - INTERVAL) / score.truths)
    much = f"{score.truths} truths, {score.draws} draws, {score.effective_draws:.0f} effective"
    lines = [f"{score.case.name}: {much}; sites {score.mast_bias:+.0%}, interval holds {score.mast_hits:.0%}"]
    for one in score.figures:
        name = " ".join(filter(None, (one.figure.operator or "any", one.figure.technology.upper())))
        what = "below 10 Mbps" if one.figure == GAP else f"covered, {name}"
        of_communes = f"{one.commune_hits:.1%} (error {one.commune_error:.1%}), width {one.commune_width:.2f}"
        of_nation = f"{one.national_hits:.1%} (error {binomial:.1%}), width {one.national_width:.2f}"
        scores = f"score {one.score:.2f}, first order {one.first_order_score:.2f}"
        lines.append(f"  {what:<22} communes {of_communes}; nation {of_nation}, KS p {one.national_pit:.3f}; {scores}")
    return lines
