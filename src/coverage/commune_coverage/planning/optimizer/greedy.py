"""The best candidate for its money first.

Gains only fall while more is chosen, so that a candidate whose gain was known is looked at again only when it comes
first (lazy greedy, M. Minoux 1978). Ties go to the lower row. Nothing is random: equal problems have equal plans.
"""

from __future__ import annotations

import heapq

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, compiled_allocating
from commune_coverage.planning.optimizer.objective import (
    add_assignment,
    alternatives_taken,
    assign,
    fits,
    gain_of,
    is_open,
    money_left,
    money_of,
    pay,
    people_held,
)
from commune_coverage.planning.optimizer.problem import CENT, Arrays

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def greedy(a: Arrays, start: Integers) -> Integers:
    """A plan that holds all of ``start``, whose budget must suffice, and what more there is money for."""
    year = start.copy()
    groups = len(a.weight)
    first, second = np.empty(groups, dtype=np.int64), np.empty(groups, dtype=np.int64)
    assign(a, year, first, second)
    left, taken = money_left(a, year), alternatives_taken(a, year)
    _keep_promises(a, year, left, taken, first, second)
    fill(a, year, left, taken, first, second, -1)
    return year


def _keep_promises(a: Arrays, year: Integers, left: Floats, taken: Flags, first: Integers, second: Integers) -> None:
    """Floor by floor, by date: the most of its missing people for their money, in the first year that can pay."""
    for f in np.argsort(a.floor_year, kind="stable"):
        before = year.copy()
        while (missing := a.floor_needed[f] - people_held(a, first)[f]) > CENT:
            chosen, when = _most_of_floor(a, f, missing, year, left, taken, first)
            if chosen < 0:
                year[:] = before
                left[:] = money_left(a, year)
                taken[:] = alternatives_taken(a, year)
                assign(a, year, first, second)
                break
            _choose(a, chosen, when, year, left, taken, first, second)


@compiled
def _most_of_floor(
    a: Arrays, f: int, missing: float, year: Integers, left: Floats, taken: Flags, first: Integers
) -> tuple[int, int]:
    """The candidate, and its year, with the most of a floor's missing people for its money; -1 where none is left."""
    best, chosen, when = 0.0, -1, -1
    for j in range(len(year)):
        found = _missing(a, j, f, first)
        if found <= 0:
            continue
        for t in range(a.first_year[j], a.floor_year[f] + 1):
            if is_open(a, j, t, year, taken) and fits(a, left, j, t):
                ratio = min(found, missing) / money_of(a, j, t)
                if ratio > best:
                    best, chosen, when = ratio, j, t
                break
    return chosen, when


@compiled
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


@compiled_allocating
def fill(a: Arrays, year: Integers, left: Floats, taken: Flags, first: Integers, second: Integers, barred: int) -> None:
    """Choose more, year by year, the most gain for its money first; ``barred`` is not to be chosen, -1 for none."""
    for t in range(len(a.limit)):
        queue = [(0.0, 0)]
        queue.pop()
        for j in range(len(year)):
            if j != barred and is_open(a, j, t, year, taken) and fits(a, left, j, t):
                gain = gain_of(a, j, t, first)
                if gain > 0:
                    queue.append((-gain / money_of(a, j, t), j))
        heapq.heapify(queue)
        while queue:
            _, j = heapq.heappop(queue)
            if not (is_open(a, j, t, year, taken) and fits(a, left, j, t)):
                continue
            gain = gain_of(a, j, t, first)
            if gain <= 0:
                continue
            now = (-gain / money_of(a, j, t), j)
            if queue and now > queue[0]:
                heapq.heappush(queue, now)
                continue
            _choose(a, j, t, year, left, taken, first, second)


@compiled
def _choose(
    a: Arrays, j: int, t: int, year: Integers, left: Floats, taken: Flags, first: Integers, second: Integers
) -> None:
    year[j] = t
    taken[a.alternative[j]] = True
    pay(a, left, j, t, 1.0)
    add_assignment(a, j, t, first, second)
