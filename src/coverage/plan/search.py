"""Greedy with swaps: the best candidate for its money first, then what was chosen is taken out and filled up anew.

Gains only fall while more is chosen, so that a candidate whose gain was known is looked at again only when it comes
first (lazy greedy, M. Minoux 1978). Ties go to the lower row. Nothing is random: equal problems have equal plans.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import csr_matrix

from coverage.plan.problem import CENT, FREE, Problem

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Arrays(NamedTuple):
    """A problem as compiled code walks it. ``price`` (T) is what a unit of money of each year is worth."""

    start: Integers
    group: Integers
    weight: Floats
    worth: Floats
    loss: Floats
    capital: Floats
    yearly: Floats
    limit: Floats
    alternative: Integers
    pinned: Integers
    first_year: Integers
    carry_over: bool
    price: Floats
    floor_start: Integers
    floor_of: Integers
    floor_people: Floats
    floor_year: Integers
    floor_needed: Floats


def arrays_of(problem: Problem, price: Floats | None = None) -> Arrays:
    """``floor_start``, ``floor_of`` and ``floor_people`` list the floors of each group."""
    by_group = problem.floors.people.T.tocsr() if len(problem.floors) else csr_matrix((len(problem.weight), 0))
    limit = np.cumsum(problem.budget) if problem.carry_over else problem.budget
    return Arrays(
        problem.covers.indptr.astype(np.int64), problem.covers.indices.astype(np.int64), problem.weight,
        problem.from_year, problem.loss, problem.capital, problem.yearly, np.asarray(limit, dtype=np.float64),
        problem.alternatives, problem.pinned, problem.first_year, problem.carry_over,
        np.ones(problem.years) if price is None else price,
        by_group.indptr.astype(np.int64), by_group.indices.astype(np.int64), by_group.data.astype(np.float64),
        problem.floors.year, problem.floors.needed,
    )  # fmt: skip


@njit(cache=True, error_model="numpy")
def _left(a: Arrays, year: Integers) -> Floats:
    """What each year's budget leaves, or with carry-over all years up to it."""
    years = len(a.limit)
    spend = np.zeros(years)
    for j in range(len(year)):
        if year[j] < years:
            spend[year[j]] += a.capital[j]
            for y in range(year[j], years):
                spend[y] += a.yearly[j]
    if a.carry_over:
        spend = np.cumsum(spend)
    return a.limit - spend


@njit(cache=True, error_model="numpy")
def _fits(a: Arrays, left: Floats, j: int, t: int) -> bool:
    for y in range(t, len(left)):
        if a.carry_over:
            due = a.capital[j] + (y - t + 1) * a.yearly[j]
        else:
            due = a.yearly[j] + (a.capital[j] if y == t else 0.0)
        if due > left[y] + CENT:
            return False
    return True


@njit(cache=True, error_model="numpy")
def _pay(a: Arrays, left: Floats, j: int, t: int, sign: float) -> None:
    for y in range(t, len(left)):
        if a.carry_over:
            left[y] -= sign * (a.capital[j] + (y - t + 1) * a.yearly[j])
        else:
            left[y] -= sign * (a.yearly[j] + (a.capital[j] if y == t else 0.0))


@njit(cache=True, error_model="numpy")
def _cost(a: Arrays, j: int, t: int) -> float:
    """Its money by what money is worth in the years in which it falls due."""
    cost = a.capital[j] * a.price[t]
    for y in range(t, len(a.price)):
        cost += a.yearly[j] * a.price[y]
    return max(cost, 1e-9)


@njit(cache=True, error_model="numpy")
def _serve(a: Arrays, year: Integers, first: Integers, second: Integers) -> None:
    """Of each group the years of the two candidates that serve it first."""
    never = len(a.limit)
    first[:] = never
    second[:] = never
    for j in range(len(year)):
        if year[j] < never:
            _add(a, j, year[j], first, second)


@njit(cache=True, error_model="numpy")
def _add(a: Arrays, j: int, t: int, first: Integers, second: Integers) -> None:
    for k in range(a.start[j], a.start[j + 1]):
        g = a.group[k]
        if t < first[g]:
            second[g] = first[g]
            first[g] = t
        elif t < second[g]:
            second[g] = t


@njit(cache=True, error_model="numpy")
def _gain(a: Arrays, j: int, t: int, first: Integers) -> float:
    gain = -a.loss[j] * a.worth[t]
    for k in range(a.start[j], a.start[j + 1]):
        g = a.group[k]
        if first[g] > t:
            gain += a.weight[g] * (a.worth[t] - a.worth[first[g]])
    return gain


@njit(cache=True, error_model="numpy")
def _given_up(a: Arrays, j: int, t: int, first: Integers, second: Integers) -> float:
    """What a plan loses without a candidate that it has."""
    lost = -a.loss[j] * a.worth[t]
    for k in range(a.start[j], a.start[j + 1]):
        g = a.group[k]
        if first[g] == t:
            lost += a.weight[g] * (a.worth[t] - a.worth[second[g]])
    return lost


@njit(cache=True, error_model="numpy")
def _total(a: Arrays, year: Integers, first: Integers) -> float:
    total = 0.0
    for g in range(len(first)):
        total += a.weight[g] * a.worth[first[g]]
    for j in range(len(year)):
        total -= a.loss[j] * a.worth[year[j]]
    return total


@njit(cache=True, error_model="numpy")
def _held(a: Arrays, first: Integers) -> Floats:
    """People of each floor served in time."""
    held = np.zeros(len(a.floor_year))
    for g in range(len(first)):
        for k in range(a.floor_start[g], a.floor_start[g + 1]):
            if first[g] <= a.floor_year[a.floor_of[k]]:
                held[a.floor_of[k]] += a.floor_people[k]
    return held


@njit(cache=True, error_model="numpy")
def _kept(a: Arrays, first: Integers) -> int:
    return int(np.sum(_held(a, first) >= a.floor_needed - CENT))


@njit(cache=True, error_model="numpy")
def _is_open(a: Arrays, j: int, t: int, year: Integers, taken: npt.NDArray[np.bool_]) -> bool:
    return year[j] == len(a.limit) and a.pinned[j] == FREE and not taken[a.alternative[j]] and t >= a.first_year[j]


@njit(cache=True, error_model="numpy")
def _taken(a: Arrays, year: Integers) -> npt.NDArray[np.bool_]:
    taken = np.zeros(a.alternative.max() + 1 if len(year) else 1, dtype=np.bool_)
    for j in range(len(year)):
        if year[j] < len(a.limit):
            taken[a.alternative[j]] = True
    return taken


@njit(cache=True, error_model="numpy")
def _fill(
    a: Arrays,
    year: Integers,
    left: Floats,
    taken: npt.NDArray[np.bool_],
    first: Integers,
    second: Integers,
    barred: int,
) -> None:
    """Choose more, year by year, the most gain for its money first; ``barred`` is not to be chosen, -1 for none."""
    for t in range(len(a.limit)):
        queue = [(0.0, 0)]
        queue.pop()
        for j in range(len(year)):
            if j != barred and _is_open(a, j, t, year, taken) and _fits(a, left, j, t):
                gain = _gain(a, j, t, first)
                if gain > 0:
                    queue.append((-gain / _cost(a, j, t), j))
        heapq.heapify(queue)
        while queue:
            _, j = heapq.heappop(queue)
            if not (_is_open(a, j, t, year, taken) and _fits(a, left, j, t)):
                continue
            gain = _gain(a, j, t, first)
            if gain <= 0:
                continue
            now = (-gain / _cost(a, j, t), j)
            if queue and now > queue[0]:
                heapq.heappush(queue, now)
                continue
            _choose(a, j, t, year, left, taken, first, second)


@njit(cache=True, error_model="numpy")
def _choose(
    a: Arrays, j: int, t: int, year: Integers, left: Floats, taken: npt.NDArray[np.bool_], first: Integers,
    second: Integers,
) -> None:  # fmt: skip
    year[j] = t
    taken[a.alternative[j]] = True
    _pay(a, left, j, t, 1.0)
    _add(a, j, t, first, second)


@njit(cache=True, error_model="numpy")
def _keep_promises(
    a: Arrays, year: Integers, left: Floats, taken: npt.NDArray[np.bool_], first: Integers, second: Integers
) -> None:
    """Floor by floor, by date: the most of its missing people for their money, in the first year that can pay."""
    for f in np.argsort(a.floor_year, kind="mergesort"):
        before = year.copy()
        while True:
            missing = a.floor_needed[f] - _held(a, first)[f]
            if missing <= CENT:
                break
            best, chosen, when = 0.0, -1, -1
            for j in range(len(year)):
                found = _missing(a, j, f, first)
                if found <= 0:
                    continue
                for t in range(a.first_year[j], a.floor_year[f] + 1):
                    if _is_open(a, j, t, year, taken) and _fits(a, left, j, t):
                        ratio = min(found, missing) / _cost(a, j, t)
                        if ratio > best:
                            best, chosen, when = ratio, j, t
                        break
            if chosen < 0:
                year[:] = before
                left[:] = _left(a, year)
                taken[:] = _taken(a, year)
                _serve(a, year, first, second)
                break
            _choose(a, chosen, when, year, left, taken, first, second)


@njit(cache=True, error_model="numpy")
def _missing(a: Arrays, j: int, f: int, first: Integers) -> float:
    """People whom a floor still lacks and a candidate would serve."""
    found = 0.0
    for k in range(a.start[j], a.start[j + 1]):
        g = a.group[k]
        if first[g] > a.floor_year[f]:
            for n in range(a.floor_start[g], a.floor_start[g + 1]):
                if a.floor_of[n] == f:
                    found += a.floor_people[n]
    return found


@njit(cache=True, error_model="numpy")
def greedy(a: Arrays, start: Integers) -> Integers:
    """A plan that holds all of ``start``, whose budget must suffice, and what more there is money for."""
    year = start.copy()
    groups = len(a.weight)
    first, second = np.empty(groups, dtype=np.int64), np.empty(groups, dtype=np.int64)
    _serve(a, year, first, second)
    left, taken = _left(a, year), _taken(a, year)
    _keep_promises(a, year, left, taken, first, second)
    _fill(a, year, left, taken, first, second, -1)
    return year


@njit(cache=True, error_model="numpy")
def improve(a: Arrays, start: Integers, tries: int) -> Integers:
    """Swaps: a choice is taken out, or one is forced in, or into another year; then it is filled up anew.

    What is least worth its money goes first, what is most worth it comes first. What is better, or keeps more promises,
    is kept. It ends when nothing helps any more, or after so many tries of either kind.
    """
    year, groups, never = start.copy(), len(a.weight), len(a.limit)
    first, second = np.empty(groups, dtype=np.int64), np.empty(groups, dtype=np.int64)
    _serve(a, year, first, second)
    best, kept = _total(a, year, first), _kept(a, first)
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


@njit(cache=True, error_model="numpy")
def _is_better(total: float, promises: int, best: float, kept: int) -> bool:
    return promises > kept or (promises == kept and total > best * (1 + 1e-12) + 1e-9)


@njit(cache=True, error_model="numpy")
def _filled(a: Arrays, trial: Integers, first: Integers, second: Integers, barred: int) -> tuple[float, int]:
    """Fill up a trial, without ``barred`` first; what it is then worth and how many promises it keeps."""
    _serve(a, trial, first, second)
    left, taken = _left(a, trial), _taken(a, trial)
    _fill(a, trial, left, taken, first, second, barred)
    if barred >= 0:
        _fill(a, trial, left, taken, first, second, -1)
    return _total(a, trial, first), _kept(a, first)


@njit(cache=True, error_model="numpy")
def _forced(a: Arrays, trial: Integers, j: int, t: int, first: Integers, second: Integers) -> bool:
    """Put a candidate into a year of a trial, where others that are least worth their money make way; if they can."""
    never = len(a.limit)
    trial[j] = never
    for other in range(len(trial)):
        if trial[other] < never and a.alternative[other] == a.alternative[j]:
            if a.pinned[other] != FREE:
                return False
            trial[other] = never
    left = _left(a, trial)
    if not _fits(a, left, j, t):
        for other in _worst_first(a, trial, first, second):
            if a.carry_over or trial[other] == t or a.yearly[other] > 0:
                _pay(a, left, other, trial[other], -1.0)
                trial[other] = never
                if _fits(a, left, j, t):
                    break
    if not _fits(a, left, j, t):
        return False
    trial[j] = t
    return True


@njit(cache=True, error_model="numpy")
def _best_first(a: Arrays, year: Integers, first: Integers, second: Integers) -> Integers:
    """Candidates with a year (as one number) that would gain something, by gain for their money."""
    _serve(a, year, first, second)
    never = len(a.limit)
    ratio, move = [0.0], [0]
    ratio.pop()
    move.pop()
    for j in range(len(year)):
        if a.pinned[j] != FREE:
            continue
        for t in range(a.first_year[j], never):
            if t < year[j]:
                gain = _gain(a, j, t, first)
                if gain > 0:
                    ratio.append(-gain / _cost(a, j, t))
                    move.append(j * never + t)
    order = np.argsort(np.array(ratio), kind="mergesort")
    return np.array(move)[order]


@njit(cache=True, error_model="numpy")
def _worst_first(a: Arrays, year: Integers, first: Integers, second: Integers) -> Integers:
    """What may be taken out, by what is given up for its money."""
    _serve(a, year, first, second)
    chosen = np.flatnonzero((year < len(a.limit)) & (a.pinned == FREE))
    ratio = np.empty(len(chosen))
    for k in range(len(chosen)):
        j = chosen[k]
        ratio[k] = _given_up(a, j, year[j], first, second) / _cost(a, j, year[j])
    return chosen[np.argsort(ratio, kind="mergesort")]
