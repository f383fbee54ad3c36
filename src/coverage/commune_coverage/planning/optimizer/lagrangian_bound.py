"""An upper bound on every plan by Lagrangian relaxation, lowered by subgradient steps.

Serving a group in a year has a price, and so has money in a year. At given prices each candidate can be judged by
itself: what the best of each is worth, with the budgets at their price and the groups that are worth more than theirs,
is never less than the best plan, whatever the prices.

In all functions J is the number of candidates, G of demand groups, T of years, F of service constraints.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, compiled_allocating
from commune_coverage.planning.optimizer.problem import FREE, Problem, ProblemArrays, allowed_years, arrays_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_ROUNDING_SHARE = 1e-9
_MAX_STALE_ROUNDS = 20
_MOMENTUM = 0.3
_STEP_DECAY = 0.7
_MIN_STEP_SCALE = 1e-4


class Bound(NamedTuple):
    """An upper bound on every plan that meets the service constraints of a problem.

    Parameters
    ----------
    value : float
        No such plan counts for more, in weighted people times years.
    money_price : ndarray of float64, shape (T,)
        What a unit of money of each year is worth at the bound.
    surplus : ndarray of float64, shape (J, T)
        What a candidate built in a year is worth beyond its price.
    rounds : int
        Subgradient steps that were made.
    """

    value: float
    money_price: Floats
    surplus: Floats
    rounds: int


class Multipliers(NamedTuple):
    """Lagrange multipliers, or a direction to move them in.

    Parameters
    ----------
    service : ndarray of float64, shape (G, T)
        Price of serving each group in each year.
    money : ndarray of float64, shape (T,)
        Price of each year's budget.
    constraint : ndarray of float64, shape (F,)
        Price of each service constraint.
    """

    service: Floats
    money: Floats
    constraint: Floats


def lagrangian_bound(
    problem: Problem, build_year: Integers, max_rounds: int = 1500, enough_share: float = 0.0
) -> Bound:
    """Bound every plan that meets all service constraints of a problem.

    Parameters
    ----------
    problem : Problem
        The problem; leave out constraints that no plan is known to meet.
    build_year : ndarray of int64, shape (J,)
        A good plan, from which the first prices are taken.
    max_rounds : int
        Subgradient steps at most.
    enough_share : float
        The steps end when the bound is within this share of the plan.

    Returns
    -------
    Bound
        Valid by weak duality from any plan and after any number of rounds.

    Notes
    -----
    Lagrangian relaxation (A. Geoffrion 1974; M. Fisher 1981) with the subgradient method of M. Held, P. Wolfe and
    H. Crowder (1974) and B. Polyak's step. The least bound over all prices is that of the linear programme.
    """
    value, money_price, surplus, rounds = _lagrangian_pricing(
        arrays_of(problem), problem.year_value, build_year, max_rounds, enough_share
    )
    return Bound(value * (1 + _ROUNDING_SHARE) + _ROUNDING_SHARE, money_price, surplus, int(rounds))


def _lagrangian_pricing(
    arrays: ProblemArrays, year_value: Floats, build_year: Integers, max_rounds: int, enough_share: float
) -> tuple[float, Floats, Floats, int]:
    """Lower the bound by moving the prices; (bound, price of money by year, surplus, rounds)."""
    service_count = count_services(arrays, build_year)
    group_value = np.outer(arrays.weight, year_value)
    prices = _first_prices(arrays, build_year, service_count, group_value)
    target = value_at(arrays, year_value, service_count, build_year)
    unit = _step_units(arrays, prices, group_value, target)
    direction = Multipliers(*(np.zeros(price.shape) for price in prices))
    best, scale, stale = np.inf, 1.0, 0
    best_money, best_surplus = prices.money.copy(), np.zeros((len(arrays.capital), len(arrays.budget_limit)))
    for rounds in range(max_rounds):
        money_price = price_by_spending_year(arrays, prices.money)
        surplus = candidate_surplus(arrays, prices.service, year_value, money_price)
        bound = _update_direction(arrays, prices, direction, group_value, surplus)
        stale = 0 if bound < best * (1 - 1e-6) else stale + 1
        if bound < best:
            best, best_money, best_surplus = bound, money_price, surplus
        if stale > _MAX_STALE_ROUNDS:
            scale, stale = scale * _STEP_DECAY, 0
        length = sum(float((each * along**2).sum()) for each, along in zip(unit, direction, strict=True))
        if best <= target * (1 + enough_share) or scale < _MIN_STEP_SCALE or length <= 0:
            return best, best_money, best_surplus, rounds + 1
        _take_step(prices, direction, unit, scale * max(bound - target, 1e-6 * abs(bound)) / length)
    return best, best_money, best_surplus, max_rounds


def _first_prices(
    arrays: ProblemArrays, build_year: Integers, service_count: Floats, group_value: Floats
) -> Multipliers:
    """Take prices from a plan: a group's value shared by the choices that serve it."""
    service = group_value / np.maximum(service_count, 1.0)
    return Multipliers(service, first_money_price(arrays, build_year, service), np.zeros(len(arrays.constraint_needed)))


def _step_units(arrays: ProblemArrays, prices: Multipliers, group_value: Floats, target: float) -> Multipliers:
    """Scale the steps of the prices so that all of them weigh alike."""
    reference = max(prices.money.max(), 1e-12)
    constraint = target / max(len(arrays.constraint_needed), 1) / np.maximum(arrays.constraint_needed, 1e-9) ** 2
    return Multipliers(group_value, reference / np.maximum(arrays.budget_limit, 1e-9), constraint)


def _update_direction(
    arrays: ProblemArrays, prices: Multipliers, direction: Multipliers, group_value: Floats, surplus: Floats
) -> float:
    """Compute the bound at these prices; turn the direction to where it grows (more bought than served, money left)."""
    bound, bought = solve_subproblem(arrays, surplus)
    bound += float((prices.money * arrays.budget_limit).sum() - (prices.constraint * arrays.constraint_needed).sum())
    slack, excess_people = arrays.budget_limit.copy(), -arrays.constraint_needed
    subtract_costs(arrays, bought, slack)
    bought_count = count_services(arrays, bought)
    bound += group_surplus(arrays, prices, group_value, bought_count, direction.service, excess_people)
    direction.money[:] = _MOMENTUM * direction.money + (1 - _MOMENTUM) * slack
    direction.constraint[:] = excess_people
    return bound


def _take_step(prices: Multipliers, direction: Multipliers, unit: Multipliers, step: float) -> None:
    for price, along, each in zip(prices, direction, unit, strict=True):
        price[:] = np.maximum(price - step * each * along, 0.0)


@compiled_allocating
def count_services(arrays: ProblemArrays, build_year: Integers) -> Floats:
    """Count the choices that serve each group in each year.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    build_year : ndarray of int64, shape (J,)
        The plan.

    Returns
    -------
    ndarray of float64, shape (G, T)
        Number of choices.
    """
    years = len(arrays.budget_limit)
    count = np.zeros((len(arrays.weight), years))
    for candidate in range(len(build_year)):
        for year_index in range(build_year[candidate], years):
            for entry in range(arrays.start[candidate], arrays.start[candidate + 1]):
                count[arrays.group[entry], year_index] += 1.0
    return count


@compiled
def value_at(arrays: ProblemArrays, year_value: Floats, service_count: Floats, build_year: Integers) -> float:
    """Sum what a plan counts for over all years.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    year_value : ndarray of float64, shape (T,)
        What each year counts for.
    service_count : ndarray of float64, shape (G, T)
        Choices that serve each group in each year.
    build_year : ndarray of int64, shape (J,)
        The plan.

    Returns
    -------
    float
        The objective, in weighted people times years.
    """
    total = 0.0
    for group in range(len(arrays.weight)):
        for year_index in range(len(year_value)):
            if service_count[group, year_index] > 0:
                total += arrays.weight[group] * year_value[year_index]
    for candidate in range(len(build_year)):
        total -= arrays.loss[candidate] * arrays.value_from_year[build_year[candidate]]
    return total


@compiled_allocating
def first_money_price(arrays: ProblemArrays, build_year: Integers, service_price: Floats) -> Floats:
    """Price money at the least that a choice of a plan brings for a unit of it.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    build_year : ndarray of int64, shape (J,)
        The plan.
    service_price : ndarray of float64, shape (G, T)
        Price of serving each group in each year.

    Returns
    -------
    ndarray of float64, shape (T,)
        The same for every year's budget; with carry-over only the sum of all years has a price.
    """
    years = len(arrays.budget_limit)
    least = np.inf
    for candidate in range(len(build_year)):
        if build_year[candidate] < years and arrays.capital[candidate] + arrays.yearly[candidate] > 0:
            value = 0.0
            cost = arrays.capital[candidate] + (years - build_year[candidate]) * arrays.yearly[candidate]
            for entry in range(arrays.start[candidate], arrays.start[candidate + 1]):
                for year_index in range(build_year[candidate], years):
                    value += service_price[arrays.group[entry], year_index]
            least = min(least, value / cost)
    each = least if np.isfinite(least) else 1e-6
    money = np.full(years, each)
    if arrays.carry_over:
        money[:-1] = 0.0
    return money


def price_by_spending_year(arrays: ProblemArrays, money: Floats) -> Floats:
    """Price a unit that is spent in each year.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    money : ndarray of float64, shape (T,)
        Price of each year's budget; with carry-over of the sum of all years up to it.

    Returns
    -------
    ndarray of float64, shape (T,)
        With carry-over a unit weighs on that year's sum and on all later ones.
    """
    return np.cumsum(money[::-1])[::-1].copy() if arrays.carry_over else money.copy()


@compiled_allocating
def candidate_surplus(arrays: ProblemArrays, service_price: Floats, year_value: Floats, money_price: Floats) -> Floats:
    """Compute what each candidate is worth beyond its price in each year.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    service_price : ndarray of float64, shape (G, T)
        Price of serving each group in each year.
    year_value : ndarray of float64, shape (T,)
        What each year counts for.
    money_price : ndarray of float64, shape (T,)
        Price of a unit spent in each year.

    Returns
    -------
    ndarray of float64, shape (J, T)
        Service from that year on at its price, less losses and costs at theirs.
    """
    candidates, years = len(arrays.capital), len(money_price)
    surplus = np.empty((candidates, years))
    each = np.empty(years)
    for candidate in range(candidates):
        for year_index in range(years):
            each[year_index] = (
                -arrays.loss[candidate] * year_value[year_index] - arrays.yearly[candidate] * money_price[year_index]
            )
        for entry in range(arrays.start[candidate], arrays.start[candidate + 1]):
            for year_index in range(years):
                each[year_index] += service_price[arrays.group[entry], year_index]
        total = 0.0
        for year_index in range(years - 1, -1, -1):
            total += each[year_index]
            surplus[candidate, year_index] = total - arrays.capital[candidate] * money_price[year_index]
    return surplus


@compiled_allocating
def solve_subproblem(arrays: ProblemArrays, surplus: Floats) -> tuple[float, Integers]:
    """Choose each candidate by itself, at its price.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    surplus : ndarray of float64, shape (J, T)
        What each candidate is worth beyond its price in each year.

    Returns
    -------
    bound : float
        Sum of the best surplus of each set of alternatives, and of what is fixed.
    bought : ndarray of int64, shape (J,)
        Year index of what is fixed or worth its price, T for the others.
    """
    candidates, years = surplus.shape
    best = np.zeros(arrays.alternatives.max() + 1 if candidates else 1)
    owner = np.full(len(best), -1)
    best_year = np.full(candidates, years)
    bound = 0.0
    for candidate in range(candidates):
        if arrays.fixed_year[candidate] >= 0:
            bound += surplus[candidate, arrays.fixed_year[candidate]]
            best_year[candidate] = arrays.fixed_year[candidate]
            best[arrays.alternatives[candidate]] = np.inf
    for candidate in range(candidates):
        if arrays.fixed_year[candidate] != FREE:
            continue
        spot = arrays.alternatives[candidate]
        for year_index in range(arrays.first_year[candidate], years):
            if surplus[candidate, year_index] > best[spot]:
                best[spot], owner[spot], best_year[candidate] = surplus[candidate, year_index], candidate, year_index
    bought = np.full(candidates, years)
    for candidate in range(candidates):
        spot = arrays.alternatives[candidate]
        if arrays.fixed_year[candidate] >= 0:
            bought[candidate] = best_year[candidate]
        elif arrays.fixed_year[candidate] == FREE and owner[spot] == candidate:
            bought[candidate] = best_year[candidate]
            bound += best[spot]
    return bound, bought


@compiled
def subtract_costs(arrays: ProblemArrays, build_year: Integers, slack: Floats) -> None:
    """Take the costs of a plan from the budgets.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    build_year : ndarray of int64, shape (J,)
        The plan.
    slack : ndarray of float64, shape (T,)
        Budgets, with carry-over their sums; changed in place.
    """
    years = len(slack)
    for candidate in range(len(build_year)):
        year_index = build_year[candidate]
        if year_index >= years:
            continue
        for later in range(year_index, years):
            if arrays.carry_over:
                slack[later] -= arrays.capital[candidate] + (later - year_index + 1) * arrays.yearly[candidate]
            else:
                slack[later] -= arrays.yearly[candidate] + (arrays.capital[candidate] if later == year_index else 0.0)


@compiled
def count_constrained_people(arrays: ProblemArrays, people: Floats, group: int, year_index: int) -> None:
    """Count the people of a group for the service constraints of a year.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    people : ndarray of float64, shape (F,)
        People of each constraint; changed in place.
    group, year_index : int
        Who is served, and when.
    """
    for entry in range(arrays.constraint_start[group], arrays.constraint_start[group + 1]):
        if arrays.constraint_year[arrays.constraint_of[entry]] == year_index:
            people[arrays.constraint_of[entry]] += arrays.constraint_people[entry]


@compiled
def constraint_value(arrays: ProblemArrays, constraint_price: Floats, group: int, year_index: int) -> float:
    """Price what a group is worth to the service constraints of a year.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    constraint_price : ndarray of float64, shape (F,)
        Price of a person of each constraint.
    group, year_index : int
        Who is served, and when.

    Returns
    -------
    float
        In weighted people.
    """
    total = 0.0
    for entry in range(arrays.constraint_start[group], arrays.constraint_start[group + 1]):
        if arrays.constraint_year[arrays.constraint_of[entry]] == year_index:
            total += constraint_price[arrays.constraint_of[entry]] * arrays.constraint_people[entry]
    return total


@compiled
def group_surplus(
    arrays: ProblemArrays,
    prices: Multipliers,
    group_value: Floats,
    bought_count: Floats,
    direction: Floats,
    excess_people: Floats,
) -> float:
    """Sum what the groups are worth beyond their price, and turn the direction of their prices.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    prices : Multipliers
        The prices.
    group_value : ndarray of float64, shape (G, T)
        What serving each group in each year counts for.
    bought_count : ndarray of float64, shape (G, T)
        How many bought candidates serve each group in each year.
    direction : ndarray of float64, shape (G, T)
        Direction of the prices of service; changed in place.
    excess_people : ndarray of float64, shape (F,)
        People served less those needed, by constraint; those of the groups that are served are added in place.

    Returns
    -------
    float
        In weighted people times years.
    """
    surplus = 0.0
    for group in range(len(arrays.weight)):
        for year_index in range(len(arrays.budget_limit)):
            price = prices.service[group, year_index]
            constrained = constraint_value(arrays, prices.constraint, group, year_index)
            over = group_value[group, year_index] + constrained - price
            if over > 0:
                surplus += over
                count_constrained_people(arrays, excess_people, group, year_index)
            step = bought_count[group, year_index] - (1.0 if over > 0 else 0.0)
            if price <= 0 and step > 0:
                step = 0.0
            direction[group, year_index] = _MOMENTUM * direction[group, year_index] + (1 - _MOMENTUM) * step
    return surplus


def is_ruled_out(bound: Bound, problem: Problem, known_value: float) -> Flags:
    """Find choices that no better plan holds, by their reduced cost.

    Parameters
    ----------
    bound : Bound
        A bound of the problem.
    problem : Problem
        The problem.
    known_value : float
        What a known plan counts for.

    Returns
    -------
    ndarray of bool, shape (J, T)
        True where the bound of all plans with that choice is below the known plan.
    """
    best = np.zeros(problem.alternatives.max(initial=0) + 1)
    own = np.where(allowed_years(problem), bound.surplus, 0.0)
    np.maximum.at(best, problem.alternatives, own.max(axis=1, initial=0.0))
    return np.asarray(bound.value + np.minimum(bound.surplus - best[problem.alternatives][:, None], 0.0) < known_value)
