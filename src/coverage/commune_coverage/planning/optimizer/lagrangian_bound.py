"""How good any plan can be: a bound that holds by weak duality, whatever the numbers in it, made small by ascent.

Serving a group in a year is sold at a price, money at another. Then each candidate can be judged by itself, and what
the best of each is worth, together with the budgets at their price and the groups that are worth more than their price,
is never less than the best plan (A. M. Geoffrion 1974; M. Fisher 1981). The prices are moved along the subgradient with
B. Polyak's step; the least bound over all prices is that of the linear programme.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, compiled_allocating
from commune_coverage.planning.optimizer.problem import FREE, Arrays, Problem, arrays_of, possible


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
def group_surplus(a: Arrays, price: Floats, year_value: Floats, by_year: Floats) -> Floats:
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
def solve_subproblem(a: Arrays, surplus: Floats) -> tuple[float, Integers]:
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


Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_SAFE = 1e-9
_PATIENCE = 20
_KEPT = 0.3


class Bound(NamedTuple):
    """``value`` no plan exceeds that keeps the promises asked for; ``price`` (T) is what money is worth in each year.

    ``surplus`` (J x T) is what a candidate of that year is worth beyond its price: where a plan that has it, all else
    at its best, falls below a known plan, it is in no better plan.
    """

    value: float
    price: Floats
    surplus: Floats
    rounds: int


def bound_of(problem: Problem, plan: Integers, rounds: int = 1500, enough_share: float = 0.0) -> Bound:
    """A bound from the prices that a good ``plan`` suggests; it ends when it is within ``enough_share`` of the plan.

    All floors of the problem are taken as promises that hold; leave out those that a plan does not keep.
    """
    value, price, surplus, done = _ascent(arrays_of(problem), problem.year_value, plan, rounds, enough_share)
    return Bound(value * (1 + _SAFE) + _SAFE, price, surplus, int(done))


class Prices(NamedTuple):
    """Of serving each group in each year (G x T), of money (T), and of each promise; also used for directions."""

    served: Floats
    money: Floats
    promise: Floats


def _ascent(
    a: Arrays, year_value: Floats, plan: Integers, rounds: int, enough_share: float
) -> tuple[float, Floats, Floats, int]:
    served = times_served(a, plan)
    worth = np.outer(a.weight, year_value)
    price = worth / np.maximum(served, 1.0)
    prices = Prices(price, first_money(a, plan, price), np.zeros(len(a.floor_needed)))
    target = value_at(a, year_value, served, plan)
    unit = _units(a, prices, worth, target)
    towards = Prices(np.zeros(worth.shape), np.zeros(len(a.limit)), np.zeros(len(a.floor_needed)))
    best, scale, stale = np.inf, 1.0, 0
    best_money, best_surplus = prices.money.copy(), np.zeros((len(a.capital), len(a.limit)))
    for done in range(rounds):
        by_year = money_by_year(a, prices.money)
        surplus = group_surplus(a, prices.served, year_value, by_year)
        bound = _update_direction(a, prices, towards, worth, surplus)
        stale = 0 if bound < best * (1 - 1e-6) else stale + 1
        if bound < best:
            best, best_money = bound, by_year
            best_surplus = surplus
        if stale > _PATIENCE:
            scale, stale = scale * 0.7, 0
        length = sum(float((one * other**2).sum()) for one, other in zip(unit, towards, strict=True))
        if best <= target * (1 + enough_share) or scale < 1e-4 or length <= 0:
            return best, best_money, best_surplus, done + 1
        _take_step(prices, towards, unit, scale * max(bound - target, 1e-6 * abs(bound)) / length)
    return best, best_money, best_surplus, rounds


def _units(a: Arrays, prices: Prices, worth: Floats, target: float) -> Prices:
    """By how much each price moves, so that all of them weigh alike."""
    reference = max(prices.money.max(), 1e-12)
    promise = target / max(len(a.floor_needed), 1) / np.maximum(a.floor_needed, 1e-9) ** 2
    return Prices(worth, reference / np.maximum(a.limit, 1e-9), promise)


def _update_direction(a: Arrays, prices: Prices, towards: Prices, worth: Floats, surplus: Floats) -> float:
    """The bound at these prices; the direction is turned to where it grows (bought more than served, money left)."""
    bound, bought = solve_subproblem(a, surplus)
    bound += float((prices.money * a.limit).sum() - (prices.promise * a.floor_needed).sum())
    slack, promised = a.limit.copy(), -a.floor_needed
    spend(a, bought, slack)
    bound += _sell(a, prices.served, prices.promise, worth, times_served(a, bought), towards.served, promised)
    towards.money[:] = _KEPT * towards.money + (1 - _KEPT) * slack
    towards.promise[:] = promised
    return bound


@compiled
def _sell(
    a: Arrays, price: Floats, promise: Floats, worth: Floats, counted: Floats, towards: Floats, promised: Floats
) -> float:
    """What the groups are worth beyond their price; ``towards`` is turned, and who is ``promised`` is counted."""
    surplus = 0.0
    for g in range(len(a.weight)):
        for y in range(len(a.limit)):
            over = worth[g, y] + promise_of(a, promise, g, y) - price[g, y]
            if over > 0:
                surplus += over
                count_promise(a, promised, g, y)
            step = counted[g, y] - (1.0 if over > 0 else 0.0)
            if price[g, y] <= 0 and step > 0:
                step = 0.0
            towards[g, y] = _KEPT * towards[g, y] + (1 - _KEPT) * step
    return surplus


def _take_step(prices: Prices, towards: Prices, unit: Prices, step: float) -> None:
    for price, direction, each in zip(prices, towards, unit, strict=True):
        price[:] = np.maximum(price - step * each * direction, 0.0)


def is_ruled_out(bound: Bound, problem: Problem, known: float) -> npt.NDArray[np.bool_]:
    """(J, T) choices that no plan better than ``known`` holds: with them the bound falls below it."""
    best = np.zeros(problem.alternatives.max(initial=0) + 1)
    own = np.where(possible(problem), bound.surplus, 0.0)
    np.maximum.at(best, problem.alternatives, own.max(axis=1, initial=0.0))
    return np.asarray(bound.value + np.minimum(bound.surplus - best[problem.alternatives][:, None], 0.0) < known)
