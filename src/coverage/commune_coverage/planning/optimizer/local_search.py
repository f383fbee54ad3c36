"""A plan made better: what was chosen is taken out, forced in or moved, and what is free is filled up anew."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled
from commune_coverage.planning.optimizer.greedy import fill
from commune_coverage.planning.optimizer.objective import (
    alternatives_taken,
    assign,
    fits,
    floors_kept,
    gain_of,
    money_left,
    money_of,
    objective_value,
    pay,
    removal_loss,
)
from commune_coverage.planning.optimizer.problem import FREE, Arrays

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def local_search(a: Arrays, start: Integers, tries: int) -> Integers:
    """Swaps: a choice is taken out, or one is forced in, or into another year; then it is filled up anew.

    What is least worth its money goes first, what is most worth it comes first. What is better, or keeps more promises,
    is kept. It ends when nothing helps any more, or after so many tries of either kind.
    """
    year, groups, never = start.copy(), len(a.weight), len(a.limit)
    first, second = np.empty(groups, dtype=np.int64), np.empty(groups, dtype=np.int64)
    assign(a, year, first, second)
    best, kept = objective_value(a, year, first), floors_kept(a, first)
    found, outs, ins = True, 0, 0
    while found:
        found = False
        for j in _worst_first(a, year, first, second):
            if year[j] == never or outs >= tries:
                continue
            outs += 1
            trial = year.copy()
            trial[j] = never
            total, promises = _filled(a, trial, first, second, j)
            if _is_better(total, promises, best, kept):
                year, best, kept, found = trial, total, promises, True
        for move in _best_first(a, year, first, second):
            j, t = move // never, move % never
            if year[j] == t or ins >= tries:
                continue
            ins += 1
            trial = year.copy()
            if not _forced(a, trial, j, t, first, second):
                continue
            total, promises = _filled(a, trial, first, second, -1)
            if _is_better(total, promises, best, kept):
                year, best, kept, found = trial, total, promises, True
    return year


def _is_better(total: float, promises: int, best: float, kept: int) -> bool:
    return promises > kept or (promises == kept and total > best * (1 + 1e-12) + 1e-9)


def _filled(a: Arrays, trial: Integers, first: Integers, second: Integers, barred: int) -> tuple[float, int]:
    """Fill up a trial, without ``barred`` first; what it is then worth and how many promises it keeps."""
    assign(a, trial, first, second)
    left, taken = money_left(a, trial), alternatives_taken(a, trial)
    fill(a, trial, left, taken, first, second, barred)
    if barred >= 0:
        fill(a, trial, left, taken, first, second, -1)
    return objective_value(a, trial, first), floors_kept(a, first)


def _forced(a: Arrays, trial: Integers, j: int, t: int, first: Integers, second: Integers) -> bool:
    """Put a candidate into a year of a trial, where others that are least worth their money make way; if they can."""
    never = len(a.limit)
    trial[j] = never
    others = np.flatnonzero((trial < never) & (a.alternative == a.alternative[j]))
    if (a.pinned[others] != FREE).any():
        return False
    trial[others] = never
    left = money_left(a, trial)
    if not fits(a, left, j, t):
        _evict_until_feasible(a, trial, j, t, left, _worst_first(a, trial, first, second))
    if not fits(a, left, j, t):
        return False
    trial[j] = t
    return True


@compiled
def _evict_until_feasible(a: Arrays, trial: Integers, j: int, t: int, left: Floats, order: Integers) -> None:
    """Take out by ``order``, until a candidate fits into a year, what was to be paid in it."""
    for other in order:
        if a.carry_over or trial[other] == t or a.yearly[other] > 0:
            pay(a, left, other, trial[other], -1.0)
            trial[other] = len(left)
            if fits(a, left, j, t):
                return


def _best_first(a: Arrays, year: Integers, first: Integers, second: Integers) -> Integers:
    """Candidates with a year (as one number) that would gain something, by gain for their money."""
    assign(a, year, first, second)
    ratio = np.zeros((len(year), len(a.limit)))
    _gain_for_money(a, year, first, ratio)
    move = np.flatnonzero(ratio)
    return move[np.argsort(-ratio.ravel()[move], kind="stable")]


@compiled
def _gain_for_money(a: Arrays, year: Integers, first: Integers, ratio: Floats) -> None:
    """By candidate and year; what would gain nothing stays 0."""
    for j in range(len(year)):
        if a.pinned[j] != FREE:
            continue
        for t in range(a.first_year[j], min(year[j], len(a.limit))):
            gain = gain_of(a, j, t, first)
            if gain > 0:
                ratio[j, t] = gain / money_of(a, j, t)


def _worst_first(a: Arrays, year: Integers, first: Integers, second: Integers) -> Integers:
    """What may be taken out, by what is given up for its money."""
    assign(a, year, first, second)
    chosen = np.flatnonzero((year < len(a.limit)) & (a.pinned == FREE))
    ratio = np.empty(len(chosen))
    _given_up_for_money(a, year, chosen, first, second, ratio)
    return chosen[np.argsort(ratio, kind="stable")]


@compiled
def _given_up_for_money(
    a: Arrays, year: Integers, chosen: Integers, first: Integers, second: Integers, ratio: Floats
) -> None:
    for k in range(len(chosen)):
        j = chosen[k]
        ratio[k] = removal_loss(a, j, year[j], first, second) / money_of(a, j, year[j])
