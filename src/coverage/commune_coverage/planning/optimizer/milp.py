"""The best possible plan by HiGHS (through scipy), or its proven bound when the time is over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_matrix, csr_matrix, hstack, identity, vstack

from commune_coverage.planning.optimizer.lagrangian_bound import Bound, is_ruled_out
from commune_coverage.planning.optimizer.problem import Problem, floors_met, possible, value_of
from commune_coverage.planning.optimizer.solve import Plan, over_budget, promised_by

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

EXACT_SHARE = 1e-9


class Programme:
    """The plan as a mixed-integer programme: y (candidates, years) stands at the end of, z (groups, years) served then.

    Only years in which ``can`` (J x T) holds have a y of their own; in another a candidate stands if it stood the year
    before. z may be less than one and is at most the number of choices that serve the group; floors are promises.
    """

    def __init__(self, problem: Problem, can: Flags) -> None:
        self.problem = problem
        self.candidate, self.year = np.nonzero(can)
        self.built = len(self.candidate)
        self.stands = _columns(can)
        covers = problem.covers.tocoo()
        is_live = self.stands[covers.row, -1] >= 0
        self.served, place = np.unique(covers.col[is_live], return_inverse=True)
        self.pairs = covers.row[is_live], place
        self.size = self.built + len(self.served) * problem.years
        worth = (problem.weight[self.served][:, None] * problem.year_value).ravel()
        self.gain = self._sum(-problem.loss[:, None] * problem.year_value)
        self.gain[self.built :] = worth

    def _sum(self, value: Floats) -> Floats:
        """The row that sums ``value`` (J x T) of all that stands."""
        is_there = self.stands >= 0
        return np.bincount(self.stands[is_there], value[is_there], self.size).astype(np.float64)

    def rules(self) -> list[LinearConstraint]:
        return [self._serves(), self._stays(), self._paid(), self._once(), *self._promised()]

    def _serves(self) -> LinearConstraint:
        """z of a year is at most the choices that serve the group and stand by then."""
        candidate, place = self.pairs
        column = self.stands[candidate]
        row = place[:, None] * self.problem.years + np.arange(self.problem.years)
        at = column >= 0
        choices = coo_matrix((-np.ones(at.sum()), (row[at], column[at])), (self.size - self.built, self.built))
        return LinearConstraint(hstack([choices, identity(self.size - self.built)], format="csr"), -np.inf, 0.0)

    def _stays(self) -> LinearConstraint:
        """What stands at the end of a year stands at the end of the next."""
        before = np.where(self.year > 0, self.stands[self.candidate, self.year - 1], -1)
        later = np.flatnonzero(before >= 0)
        row = np.arange(len(later))
        entries = np.concatenate([np.ones(len(later)), -np.ones(len(later))])
        places = np.concatenate([row, row]), np.concatenate([before[later], later])
        return LinearConstraint(csr_matrix((entries, places), (len(later), self.size)), -np.inf, 0.0)

    def _paid(self) -> LinearConstraint:
        """Capital for what stands in a year and did not before, running costs for all that stands."""
        problem, rows = self.problem, []
        for year in range(problem.years):
            due = np.zeros((problem.candidates, problem.years))
            due[:, year] = problem.capital + problem.yearly
            due[:, :year][:, -1:] = -problem.capital[:, None]
            rows.append(self._sum(due))
        money = np.cumsum(rows, axis=0) if problem.carry_over else np.array(rows)
        budget = np.cumsum(problem.budget) if problem.carry_over else problem.budget
        return LinearConstraint(csr_matrix(money), -np.inf, budget)

    def _once(self) -> LinearConstraint:
        """Of alternatives one."""
        last = self.stands[:, -1]
        live = np.flatnonzero(last >= 0)
        group = np.unique(self.problem.alternatives[live], return_inverse=True)[1]
        rows = csr_matrix((np.ones(len(live)), (group, last[live])), (len(np.unique(group)), self.size))
        return LinearConstraint(rows, -np.inf, 1.0)

    def _promised(self) -> list[LinearConstraint]:
        floors = self.problem.floors
        if not len(floors):
            return []
        rows = []
        for row, year in enumerate(floors.year):
            people = np.zeros((len(self.served), self.problem.years))
            people[:, year] = floors.people[row].toarray().ravel()[self.served]
            rows.append(csr_matrix(people.ravel()))
        whole = hstack([csr_matrix((len(rows), self.built)), vstack(rows)], format="csr")
        return [LinearConstraint(whole, floors.needed, np.inf)]

    def bounds(self) -> Bounds:
        """What is pinned stands from its year on."""
        low = np.zeros(self.size)
        low[: self.built][self.problem.pinned[self.candidate] >= 0] = 1.0
        return Bounds(low, np.ones(self.size))

    def years_of(self, solution: Floats) -> Integers:
        """The year of each candidate of the whole problem."""
        stands = np.append(solution[: self.built] > 0.5, False)[self.stands]
        return np.where(stands.any(axis=1), stands.argmax(axis=1), self.problem.never)


def _columns(can: Flags) -> Integers:
    """(J, T): the column of what stands at the end of each year, -1 where it cannot stand yet."""
    column = np.where(can, np.cumsum(can).reshape(can.shape) - 1, -1)
    return np.asarray(np.maximum.accumulate(column, axis=1))


def linear_bound(problem: Problem) -> float:
    """The bound of the linear programme, by HiGHS: for problems of some thousand groups."""
    programme = Programme(problem, possible(problem))
    limits = programme.bounds()
    rules = programme.rules()
    upper = [(rule.A, np.broadcast_to(rule.ub, rule.A.shape[0])) for rule in rules if np.isfinite(rule.ub).all()]
    upper += [(-rule.A, -np.broadcast_to(rule.lb, rule.A.shape[0])) for rule in rules if not np.isfinite(rule.ub).all()]
    found = linprog(
        -programme.gain,
        A_ub=vstack([a for a, _ in upper], format="csr"),
        b_ub=np.concatenate([b for _, b in upper]),
        bounds=np.column_stack([limits.lb, limits.ub]),
        method="highs",
    )
    return float(-found.fun) if found.status == 0 else float("nan")


def solve_milp(problem: Problem, plan: Plan, bound: Bound, time_limit_s: float = 600.0) -> Plan:
    """The plan proven best, or a better one, or the same with the bound that HiGHS has proven within the time.

    Choices (candidates in years) that the prices rule out of every better plan are left out first. Only floors that the
    plan keeps are promised: the proof is that no plan which keeps these is worth more.
    """
    asked = promised_by(problem, plan.year)
    known = plan.year[:, None] == np.arange(problem.years)
    programme = Programme(asked, possible(asked) & (~is_ruled_out(bound, asked, plan.value) | known))
    found = milp(
        -programme.gain,
        constraints=programme.rules(),
        bounds=programme.bounds(),
        integrality=np.concatenate([np.ones(programme.built), np.zeros(programme.size - programme.built)]),
        options={"time_limit": time_limit_s, "mip_rel_gap": EXACT_SHARE, "presolve": False},
    )
    proven = -float(found.mip_dual_bound) if found.mip_dual_bound is not None else plan.bound
    proven = max(min(proven, plan.bound), plan.value)
    best = plan
    if found.x is not None:
        year = programme.years_of(found.x)
        value = value_of(problem, year)
        if value > plan.value and not over_budget(problem, year):
            best = replace(plan, year=year, value=value, met=floors_met(problem, year))
    limit = max(proven, best.value)
    is_proven = limit <= best.value * (1 + 1e-6) + 1e-6
    return replace(best, bound=limit, solver="HiGHS", is_proven=is_proven)
