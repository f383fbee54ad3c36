"""Small random planning problems, and the best of all plans by trying every one."""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy.sparse import csr_matrix

from commune_coverage.planning.optimizer.problem import (
    FORBIDDEN,
    FREE,
    ConstraintMatrix,
    Problem,
    constraints_met,
    no_constraints,
    plan_value,
)
from commune_coverage.planning.optimizer.solve import over_budget


def problem(seed: int, candidates: int = 6, groups: int = 14, years: int = 3, **changes: object) -> Problem:
    """Candidates that overlap, some alternatives of each other, money for about half of them."""
    draw = np.random.default_rng(seed)
    covers = draw.random((candidates, groups)) < draw.uniform(0.15, 0.45)
    covers[np.arange(candidates), draw.integers(0, groups, candidates)] = True
    weight = np.round(draw.exponential(100, groups)) + 1
    capital = np.round(draw.uniform(20, 100, candidates))
    yearly = np.round(capital * draw.choice([0.0, 0.1, 0.3]), 1)
    budget = np.round(draw.uniform(0.3, 1.2, years) * capital.sum() / years)
    alternatives = np.arange(candidates)
    if seed % 3 == 0:
        alternatives[1] = alternatives[0]
    loss = np.where(draw.random(candidates) < 0.2, 5.0, 0.0)
    first_year = np.where(draw.random(candidates) < 0.2, 1, 0)
    result = {
        "covers": csr_matrix(covers.astype(float)),
        "weight": weight,
        "year_value": np.ones(years),
        "loss": loss,
        "capital": capital,
        "yearly": yearly,
        "budget": budget,
        "alternatives": alternatives,
        "fixed_year": np.full(candidates, FREE),
        "first_year": first_year,
        "carry_over": seed % 2 == 0,
        "constraints": no_constraints(groups),
    }
    return Problem(**(result | changes))


def with_constraints(result: Problem, seed: int, count: int = 2) -> Problem:
    """Some of the people of some groups must be served by a year."""
    draw = np.random.default_rng(seed)
    groups = result.covers.shape[1]
    inside = draw.random((count, groups)) < 0.4
    people = csr_matrix(inside * result.weight)
    needed = np.asarray(people.sum(axis=1)).ravel() * draw.uniform(0.3, 0.9, count)
    constraints = ConstraintMatrix(people, draw.integers(0, result.years, count), needed)
    return Problem(**{**result.__dict__, "constraints": constraints})


def allowed(result: Problem, year: np.ndarray) -> bool:
    """Money, alternatives, fixed decisions, first years: written out anew, without the planner."""
    chosen = year < result.never
    _, counts = np.unique(result.alternatives[chosen], return_counts=True)
    too_early = year < result.first_year
    if (counts > 1).any() or (chosen & (result.fixed_year == FORBIDDEN)).any() or too_early.any():
        return False
    fixed = result.fixed_year >= 0
    if (year[fixed] != result.fixed_year[fixed]).any():
        return False
    left = 0.0
    for when, given in enumerate(result.budget):
        left = (left if result.carry_over else 0.0) + given
        left -= result.capital[year == when].sum() + result.yearly[year <= when].sum()
        if left < -1e-6:
            return False
    return True


def value_by_hand(result: Problem, year: np.ndarray) -> float:
    """Year by year, group by group."""
    covers, total = result.covers.toarray() > 0, 0.0
    for when in range(result.years):
        standing = year <= when
        served = covers[standing].any(axis=0)
        total += result.year_value[when] * (result.weight[served].sum() - result.loss[standing].sum())
    return float(total)


def best_of_all(result: Problem) -> tuple[int, float]:
    """(service constraints met, value) of the best plan: most constraints first."""
    best = (-1, -np.inf)
    for years in product(range(result.years + 1), repeat=result.candidates):
        year = np.array(years)
        if allowed(result, year):
            best = max(best, (int(constraints_met(result, year).sum()), plan_value(result, year)))
    return best


def is_allowed(result: Problem, year: np.ndarray) -> bool:
    return allowed(result, year) and not over_budget(result, year)
