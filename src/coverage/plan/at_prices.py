"""What the choices of a plan are worth when serving, money and promises have prices."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coverage.compiled import compiled, compiled_allocating
from coverage.plan.arrays import Arrays
from coverage.plan.problem import FREE

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@compiled_allocating
def times_served(a: Arrays, plan: Integers) -> Floats:
    """(G, T): how many choices serve each group in each year."""
    years = len(a.limit)
    served = np.zeros((len(a.weight), years))
    for j in range(len(plan)):
        for y in range(plan[j], years):
            for k in range(a.start[j], a.start[j + 1]):
                served[a.group[k], y] += 1.0
    return served


@compiled
def value_at(a: Arrays, year_value: Floats, served: Floats, plan: Integers) -> float:
    total = 0.0
    for g in range(len(a.weight)):
        for y in range(len(year_value)):
            if served[g, y] > 0:
                total += a.weight[g] * year_value[y]
    for j in range(len(plan)):
        total -= a.loss[j] * a.worth[plan[j]]
    return total


@compiled_allocating
def first_money(a: Arrays, plan: Integers, price: Floats) -> Floats:
    """What money is worth at first: the least that a choice of the plan brings for a unit of it, in every year."""
    years = len(a.limit)
    least = np.inf
    for j in range(len(plan)):
        if plan[j] < years and a.capital[j] + a.yearly[j] > 0:
            worth, cost = 0.0, a.capital[j] + (years - plan[j]) * a.yearly[j]
            for k in range(a.start[j], a.start[j + 1]):
                for y in range(plan[j], years):
                    worth += price[a.group[k], y]
            least = min(least, worth / cost)
    each = least if np.isfinite(least) else 1e-6
    money = np.full(years, each)
    if a.carry_over:
        money[:-1] = 0.0
    return money


def money_by_year(a: Arrays, money: Floats) -> Floats:
    """What a unit spent in each year costs: with carry-over it weighs on that year's sum and on all later ones."""
    return np.cumsum(money[::-1])[::-1].copy() if a.carry_over else money.copy()


@compiled_allocating
def surplus_at(a: Arrays, price: Floats, year_value: Floats, by_year: Floats) -> Floats:
    count, years = len(a.capital), len(by_year)
    surplus = np.empty((count, years))
    each = np.empty(years)
    for j in range(count):
        for t in range(years):
            each[t] = -a.loss[j] * year_value[t] - a.yearly[j] * by_year[t]
        for k in range(a.start[j], a.start[j + 1]):
            for t in range(years):
                each[t] += price[a.group[k], t]
        total = 0.0
        for t in range(years - 1, -1, -1):
            total += each[t]
            surplus[j, t] = total - a.capital[j] * by_year[t]
    return surplus


@compiled_allocating
def judge(a: Arrays, surplus: Floats) -> tuple[float, Integers]:
    """What the best year of the best of each alternatives is worth, and those that are worth their price."""
    count, years = surplus.shape
    best = np.zeros(a.alternative.max() + 1 if count else 1)
    owner = np.full(len(best), -1)
    when = np.full(count, years)
    bound = 0.0
    for j in range(count):
        if a.pinned[j] >= 0:
            bound += surplus[j, a.pinned[j]]
            when[j] = a.pinned[j]
            best[a.alternative[j]] = np.inf
    for j in range(count):
        if a.pinned[j] != FREE:
            continue
        for t in range(a.first_year[j], years):
            if surplus[j, t] > best[a.alternative[j]]:
                best[a.alternative[j]], owner[a.alternative[j]], when[j] = surplus[j, t], j, t
    bought = np.full(count, years)
    for j in range(count):
        if a.pinned[j] >= 0:
            bought[j] = when[j]
        elif a.pinned[j] == FREE and owner[a.alternative[j]] == j:
            bought[j] = when[j]
            bound += best[a.alternative[j]]
    return bound, bought


@compiled
def spend(a: Arrays, bought: Integers, slack: Floats) -> None:
    years = len(slack)
    for j in range(len(bought)):
        t = bought[j]
        if t >= years:
            continue
        for y in range(t, years):
            if a.carry_over:
                slack[y] -= a.capital[j] + (y - t + 1) * a.yearly[j]
            else:
                slack[y] -= a.yearly[j] + (a.capital[j] if y == t else 0.0)


@compiled
def count_promise(a: Arrays, promised: Floats, g: int, y: int) -> None:
    """The people of a group count for the promises of a year."""
    for k in range(a.floor_start[g], a.floor_start[g + 1]):
        if a.floor_year[a.floor_of[k]] == y:
            promised[a.floor_of[k]] += a.floor_people[k]


@compiled
def promise_of(a: Arrays, promise: Floats, g: int, y: int) -> float:
    total = 0.0
    for k in range(a.floor_start[g], a.floor_start[g + 1]):
        if a.floor_year[a.floor_of[k]] == y:
            total += promise[a.floor_of[k]] * a.floor_people[k]
    return total
