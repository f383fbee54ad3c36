"""Money that a year leaves, and why: nothing left to choose, nothing that it would pay for, or kept for later."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coverage.maps.words import FALLBACK_LANGUAGE, Saying, load_words
from coverage.plan.problem import CENT, FORBIDDEN, Problem, first_served, spent

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def money_left(problem: Problem, year: Integers) -> Floats:
    """(T) what is left at the end of each year, with what is carried over."""
    rest = problem.budget - spent(problem, year)
    return np.asarray(np.cumsum(rest) if problem.carry_over else rest)


def reasons_left(problem: Problem, year: Integers, currency: str, most: int) -> list[Saying | None]:
    """Why each year's money is not spent, None where none is left; ``most`` candidates of a kind were looked at."""
    left, first = money_left(problem, year), first_served(problem, year)
    return [
        _reason(problem, _useful(problem, year, first, index), left, index, currency, most)
        if left[index] > CENT
        else None
        for index in range(problem.years)
    ]


def _useful(problem: Problem, year: Integers, first: Integers, index: int) -> Integers:
    """Candidates that are not chosen, could be, and would serve somebody more from a year on."""
    taken = np.isin(problem.alternatives, problem.alternatives[year < problem.never])
    is_open = (year == problem.never) & ~taken & (problem.pinned != FORBIDDEN) & (problem.first_year <= index)
    more = problem.covers @ np.where(first > index, problem.weight, 0.0) - problem.loss
    return np.flatnonzero(is_open & (np.asarray(more) > CENT))


def texts_of(reasons: list[Saying | None]) -> list[str]:
    """The reasons in English, as tables have them; '' for none."""
    words = load_words([FALLBACK_LANGUAGE])
    return [words.text(reason) if reason else "" for reason in reasons]


def _reason(problem: Problem, useful: Integers, left: Floats, index: int, currency: str, most: int) -> Saying:
    if not len(useful):
        return Saying("plan_idle_none", {"most": f"{most:,}"})
    running = problem.years - index if problem.carry_over else 1
    cheapest = float((problem.capital + problem.yearly * running)[useful].min())
    rest = float(left[index:].min()) if problem.carry_over else float(left[index])
    if cheapest <= rest + CENT:
        return Saying("plan_idle_later", {"count": f"{len(useful):,}"})
    if problem.carry_over and rest < left[index] - CENT:
        return Saying("plan_idle_carried")
    return Saying("plan_idle_cheapest", {"count": f"{len(useful):,}", "cost": f"{cheapest:,.0f}", "currency": currency})
