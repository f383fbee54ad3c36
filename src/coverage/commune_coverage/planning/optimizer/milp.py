"""The best possible plan as a mixed-integer programme, solved by HiGHS through scipy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_matrix, csr_matrix, hstack, identity, vstack

from commune_coverage.planning.optimizer.lagrangian_bound import Bound, is_ruled_out
from commune_coverage.planning.optimizer.problem import (
    Problem,
    allowed_years,
    constraints_met,
    plan_value,
    with_met_constraints,
)
from commune_coverage.planning.optimizer.solve import Plan, over_budget

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_RELATIVE_GAP = 1e-9


class MixedIntegerProgramme:
    """The problem as a mixed-integer programme of y (candidates, years) and z (groups, years).

    Parameters
    ----------
    problem : Problem
        The problem; its service constraints must hold.
    is_allowed : ndarray of bool, shape (J, T)
        Years in which candidates may be built. Only these have a y of their own.

    Attributes
    ----------
    size, built : int
        Number of unknowns, and of those among them that are y.
    gain : ndarray of float64, shape (size,)
        Coefficients of the objective, which is to be maximised.

    Notes
    -----
    y says that a candidate stands at the end of a year, not that it is built in it: a fifth of the entries. z says that
    a group is served in a year; it is continuous within 0 and 1, and at most the number of choices that serve it.
    """

    def __init__(self, problem: Problem, is_allowed: Flags) -> None:
        """Set up the unknowns and the objective."""
        self.problem = problem
        self.candidate, self.year_index = np.nonzero(is_allowed)
        self.built = len(self.candidate)
        self.stands = _columns(is_allowed)
        covers = problem.covers.tocoo()
        is_live = self.stands[covers.row, -1] >= 0
        self.served, place = np.unique(covers.col[is_live], return_inverse=True)
        self.pairs = covers.row[is_live], place
        self.size = self.built + len(self.served) * problem.years
        group_value = (problem.weight[self.served][:, None] * problem.year_value).ravel()
        self.gain = self._sum(-problem.loss[:, None] * problem.year_value)
        self.gain[self.built :] = group_value

    def _sum(self, value: Floats) -> Floats:
        """Build the row that sums ``value`` (J x T) of all that stands."""
        is_there = self.stands >= 0
        return np.bincount(self.stands[is_there], value[is_there], self.size).astype(np.float64)

    def rules(self) -> list[LinearConstraint]:
        """Return the rules of service, permanence, budget, alternatives and service constraints.

        Returns
        -------
        list of scipy.optimize.LinearConstraint
            Sparse, over all unknowns.
        """
        return [self._serves(), self._stays(), self._within_budget(), self._once(), *self._service_constraints()]

    def _serves(self) -> LinearConstraint:
        """Limit z of a year to the choices that serve the group and stand by then."""
        candidate, place = self.pairs
        column = self.stands[candidate]
        row = place[:, None] * self.problem.years + np.arange(self.problem.years)
        at = column >= 0
        choices = coo_matrix((-np.ones(at.sum()), (row[at], column[at])), (self.size - self.built, self.built))
        return LinearConstraint(hstack([choices, identity(self.size - self.built)], format="csr"), -np.inf, 0.0)

    def _stays(self) -> LinearConstraint:
        """Keep what stands at the end of a year until the end of the next."""
        previous = np.where(self.year_index > 0, self.stands[self.candidate, self.year_index - 1], -1)
        later = np.flatnonzero(previous >= 0)
        row = np.arange(len(later))
        entries = np.concatenate([np.ones(len(later)), -np.ones(len(later))])
        places = np.concatenate([row, row]), np.concatenate([previous[later], later])
        return LinearConstraint(csr_matrix((entries, places), (len(later), self.size)), -np.inf, 0.0)

    def _within_budget(self) -> LinearConstraint:
        """Pay capital for what stands in a year and did not before, running costs for all that stands."""
        problem, rows = self.problem, []
        for year_index in range(problem.years):
            due = np.zeros((problem.candidates, problem.years))
            due[:, year_index] = problem.capital + problem.yearly
            due[:, :year_index][:, -1:] = -problem.capital[:, None]
            rows.append(self._sum(due))
        money = np.cumsum(rows, axis=0) if problem.carry_over else np.array(rows)
        budget = np.cumsum(problem.budget) if problem.carry_over else problem.budget
        return LinearConstraint(csr_matrix(money), -np.inf, budget)

    def _once(self) -> LinearConstraint:
        """Choose at most one of alternatives."""
        last = self.stands[:, -1]
        live = np.flatnonzero(last >= 0)
        group = np.unique(self.problem.alternatives[live], return_inverse=True)[1]
        rows = csr_matrix((np.ones(len(live)), (group, last[live])), (len(np.unique(group)), self.size))
        return LinearConstraint(rows, -np.inf, 1.0)

    def _service_constraints(self) -> list[LinearConstraint]:
        constraints = self.problem.constraints
        if not len(constraints):
            return []
        rows = []
        for row, year_index in enumerate(constraints.year_index):
            people = np.zeros((len(self.served), self.problem.years))
            people[:, year_index] = constraints.people[row].toarray().ravel()[self.served]
            rows.append(csr_matrix(people.ravel()))
        whole = hstack([csr_matrix((len(rows), self.built)), vstack(rows)], format="csr")
        return [LinearConstraint(whole, constraints.needed_people, np.inf)]

    def bounds(self) -> Bounds:
        """Return the bounds of the unknowns.

        Returns
        -------
        scipy.optimize.Bounds
            0 to 1; what has a fixed year stands from it on.
        """
        low = np.zeros(self.size)
        low[: self.built][self.problem.fixed_year[self.candidate] >= 0] = 1.0
        return Bounds(low, np.ones(self.size))

    def build_years(self, solution: Floats) -> Integers:
        """Read the plan of a solution.

        Parameters
        ----------
        solution : ndarray of float64, shape (size,)
            Values of the unknowns.

        Returns
        -------
        ndarray of int64, shape (J,)
            Year index of each candidate, T for not at all.
        """
        stands = np.append(solution[: self.built] > 0.5, False)[self.stands]
        return np.where(stands.any(axis=1), stands.argmax(axis=1), self.problem.never)


def _columns(is_allowed: Flags) -> Integers:
    """(J, T): the column of what stands at the end of each year, -1 where it cannot stand yet."""
    column = np.where(is_allowed, np.cumsum(is_allowed).reshape(is_allowed.shape) - 1, -1)
    return np.asarray(np.maximum.accumulate(column, axis=1))


def linear_bound(problem: Problem) -> float:
    """Bound every plan by the linear relaxation.

    Parameters
    ----------
    problem : Problem
        The problem; some thousand groups at most.

    Returns
    -------
    float
        The optimum of the linear programme, NaN where HiGHS finds none.

    Notes
    -----
    HiGHS (Q. Huangfu and J. Hall 2018) through ``scipy.optimize.linprog``.
    """
    programme = MixedIntegerProgramme(problem, allowed_years(problem))
    limits = programme.bounds()
    rules = programme.rules()
    upper = [(rule.A, np.broadcast_to(rule.ub, rule.A.shape[0])) for rule in rules if np.isfinite(rule.ub).all()]
    upper += [(-rule.A, -np.broadcast_to(rule.lb, rule.A.shape[0])) for rule in rules if not np.isfinite(rule.ub).all()]
    result = linprog(
        -programme.gain,
        A_ub=vstack([matrix for matrix, _ in upper], format="csr"),
        b_ub=np.concatenate([limit for _, limit in upper]),
        bounds=np.column_stack([limits.lb, limits.ub]),
        method="highs",
    )
    return float(-result.fun) if result.status == 0 else float("nan")


def solve_milp(problem: Problem, plan: Plan, bound: Bound, time_limit_s: float = 600.0) -> Plan:
    """Prove a plan optimal, or find a better one, or tighten its bound.

    Parameters
    ----------
    problem : Problem
        The problem.
    plan : Plan
        A known plan. Only the service constraints that it meets must hold: the proof is that no plan which meets these
        counts for more.
    bound : Bound
        A bound, whose prices rule out choices that no better plan holds.
    time_limit_s : float
        Seconds that HiGHS may take.

    Returns
    -------
    Plan
        The best plan known, with the bound that is proven within the time.

    Notes
    -----
    Branch and bound by HiGHS (Q. Huangfu and J. Hall 2018) through ``scipy.optimize.milp``; choices are fixed at 0 by
    their reduced cost first. HiGHS' own presolve takes a minute at national size and saves little; it is left out.
    """
    constrained = with_met_constraints(problem, plan.build_year)
    is_known = plan.build_year[:, None] == np.arange(problem.years)
    is_allowed = allowed_years(constrained) & (~is_ruled_out(bound, constrained, plan.value) | is_known)
    programme = MixedIntegerProgramme(constrained, is_allowed)
    result = milp(
        -programme.gain,
        constraints=programme.rules(),
        bounds=programme.bounds(),
        integrality=np.concatenate([np.ones(programme.built), np.zeros(programme.size - programme.built)]),
        options={"time_limit": time_limit_s, "mip_rel_gap": _RELATIVE_GAP, "presolve": False},
    )
    proven = -float(result.mip_dual_bound) if result.mip_dual_bound is not None else plan.bound
    proven = max(min(proven, plan.bound), plan.value)
    best = plan if result.x is None else _better(problem, plan, programme.build_years(result.x))
    limit = max(proven, best.value)
    is_proven = limit <= best.value * (1 + 1e-6) + 1e-6
    return replace(best, bound=limit, solver="HiGHS", is_proven=is_proven)


def _better(problem: Problem, plan: Plan, build_year: Integers) -> Plan:
    """Take the other plan if it counts for more within the budget, else the known one."""
    value = plan_value(problem, build_year)
    if value <= plan.value or over_budget(problem, build_year):
        return plan
    return replace(plan, build_year=build_year, value=value, met=constraints_met(problem, build_year))
