"""What a plan leaves of the money, whom it serves first, and what one candidate more or less would count for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, compiled_allocating
from commune_coverage.planning.optimizer.problem import CENT, FREE, Arrays

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def money_left(a: Arrays, year: Integers) -> Floats:
    """What each year's budget leaves, or with carry-over all years up to it."""
    due = np.zeros(len(a.limit))
    _add_up(a, year, due)
    return a.limit - (np.cumsum(due) if a.carry_over else due)


@compiled
def _add_up(a: Arrays, year: Integers, due: Floats) -> None:
    for j in range(len(year)):
        if year[j] < len(due):
            due[year[j]] += a.capital[j]
            for y in range(year[j], len(due)):
                due[y] += a.yearly[j]


@compiled
def fits(a: Arrays, left: Floats, j: int, t: int) -> bool:
    for y in range(t, len(left)):
        if a.carry_over:
            due = a.capital[j] + (y - t + 1) * a.yearly[j]
        else:
            due = a.yearly[j] + (a.capital[j] if y == t else 0.0)
        if due > left[y] + CENT:
            return False
    return True


@compiled
def pay(a: Arrays, left: Floats, j: int, t: int, sign: float) -> None:
    for y in range(t, len(left)):
        if a.carry_over:
            left[y] -= sign * (a.capital[j] + (y - t + 1) * a.yearly[j])
        else:
            left[y] -= sign * (a.yearly[j] + (a.capital[j] if y == t else 0.0))


@compiled
def money_of(a: Arrays, j: int, t: int) -> float:
    """Its money by what money is worth in the years in which it falls due."""
    cost = a.capital[j] * a.price[t]
    for y in range(t, len(a.price)):
        cost += a.yearly[j] * a.price[y]
    return max(cost, 1e-9)


@compiled
def assign(a: Arrays, year: Integers, first: Integers, second: Integers) -> None:
    """Of each group the years of the two candidates that serve it first."""
    never = len(a.limit)
    first[:] = never
    second[:] = never
    for j in range(len(year)):
        if year[j] < never:
            add_assignment(a, j, year[j], first, second)


@compiled
def add_assignment(a: Arrays, j: int, t: int, first: Integers, second: Integers) -> None:
    for k in range(a.start[j], a.start[j + 1]):
        g = a.group[k]
        if t < first[g]:
            second[g] = first[g]
            first[g] = t
        elif t < second[g]:
            second[g] = t


@compiled
def gain_of(a: Arrays, j: int, t: int, first: Integers) -> float:
    gain = -a.loss[j] * a.worth[t]
    for k in range(a.start[j], a.start[j + 1]):
        g = a.group[k]
        if first[g] > t:
            gain += a.weight[g] * (a.worth[t] - a.worth[first[g]])
    return gain


@compiled
def removal_loss(a: Arrays, j: int, t: int, first: Integers, second: Integers) -> float:
    """What a plan loses without a candidate that it has."""
    lost = -a.loss[j] * a.worth[t]
    for k in range(a.start[j], a.start[j + 1]):
        g = a.group[k]
        if first[g] == t:
            lost += a.weight[g] * (a.worth[t] - a.worth[second[g]])
    return lost


@compiled
def objective_value(a: Arrays, year: Integers, first: Integers) -> float:
    total = 0.0
    for g in range(len(first)):
        total += a.weight[g] * a.worth[first[g]]
    for j in range(len(year)):
        total -= a.loss[j] * a.worth[year[j]]
    return total


@compiled_allocating
def people_held(a: Arrays, first: Integers) -> Floats:
    """People of each floor served in time."""
    held = np.zeros(len(a.floor_year))
    for g in range(len(first)):
        for k in range(a.floor_start[g], a.floor_start[g + 1]):
            if first[g] <= a.floor_year[a.floor_of[k]]:
                held[a.floor_of[k]] += a.floor_people[k]
    return held


def floors_kept(a: Arrays, first: Integers) -> int:
    return int(np.sum(people_held(a, first) >= a.floor_needed - CENT))


@compiled
def is_open(a: Arrays, j: int, t: int, year: Integers, taken: Flags) -> bool:
    return year[j] == len(a.limit) and a.pinned[j] == FREE and not taken[a.alternative[j]] and t >= a.first_year[j]


def alternatives_taken(a: Arrays, year: Integers) -> Flags:
    taken = np.zeros(a.alternative.max(initial=0) + 1, dtype=np.bool_)
    taken[a.alternative[year < len(a.limit)]] = True
    return taken
