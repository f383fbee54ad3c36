"""The best possible plan by HiGHS (through scipy), or its proven bound when the time is over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_matrix, hstack, identity, kron, vstack

from coverage.plan.bound import Bound, is_fixed_out
from coverage.plan.choose import Plan, over_budget, promised_by
from coverage.plan.problem import FORBIDDEN, Problem, floors_met, value_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

EXACT_SHARE = 1e-9


class Programme:
    """The plan as a mixed-integer programme: x (candidates x years) built in, z (groups x years) served at the end.

    z may be less than one and is at most the number of choices that serve the group by then; floors are promises.
    """

    def __init__(self, problem: Problem, candidates: Integers) -> None:
        self.problem, self.candidates = problem, candidates
        years, groups = problem.years, problem.covers.shape[1]
        rows = problem.covers[candidates]
        served = np.flatnonzero(np.diff(rows.tocsc().indptr))
        self.groups = served
        self.covers = csr_matrix(rows[:, served])
        self.built = len(candidates) * years
        self.size = self.built + len(served) * years
        worth = problem.from_year[:years]
        self.gain = np.concatenate([
            (-problem.loss[candidates][:, None] * worth).ravel(),
            (problem.weight[served][:, None] * problem.year_value).ravel(),
        ])  # fmt: skip
        self.position = np.full(groups, -1)
        self.position[served] = np.arange(len(served))

    def rules(self) -> list[LinearConstraint]:
        return [self._served(), self._paid(), self._once(), *self._promised()]

    def _served(self) -> LinearConstraint:
        """z of a year is at most the choices that serve the group and are built by then."""
        until = csr_matrix(np.tril(np.ones((self.problem.years, self.problem.years))))
        built = _kron(self.covers.T.tocsr(), until)
        return LinearConstraint(hstack([-built, identity(self.size - self.built)], format="csr"), -np.inf, 0.0)

    def _paid(self) -> LinearConstraint:
        problem, years = self.problem, self.problem.years
        rows = []
        for year in range(years):
            due = np.zeros((len(self.candidates), years))
            due[:, year] = problem.capital[self.candidates]
            due[:, : year + 1] += problem.yearly[self.candidates][:, None]
            rows.append(due.ravel())
        money = np.cumsum(rows, axis=0) if problem.carry_over else np.array(rows)
        budget = np.cumsum(problem.budget) if problem.carry_over else problem.budget
        whole = hstack([csr_matrix(money), csr_matrix((years, self.size - self.built))], format="csr")
        return LinearConstraint(whole, -np.inf, budget)

    def _once(self) -> LinearConstraint:
        """Of alternatives one, in one year."""
        group = np.unique(self.problem.alternatives[self.candidates], return_inverse=True)[1]
        each = csr_matrix((np.ones(len(group)), (group, np.arange(len(group)))))
        rows = _kron(each, csr_matrix(np.ones((1, self.problem.years))))
        empty = csr_matrix((rows.shape[0], self.size - self.built))
        return LinearConstraint(hstack([rows, empty], format="csr"), -np.inf, 1.0)

    def _promised(self) -> list[LinearConstraint]:
        floors = self.problem.floors
        if not len(floors):
            return []
        rows = []
        for row, year in enumerate(floors.year):
            people = np.zeros((len(self.groups), self.problem.years))
            people[:, year] = floors.people[row].toarray().ravel()[self.groups]
            rows.append(csr_matrix(people.ravel()))
        whole = hstack([csr_matrix((len(rows), self.built)), vstack(rows)], format="csr")
        return [LinearConstraint(whole, floors.needed, np.inf)]

    def bounds(self) -> Bounds:
        low, high = (
            np.zeros((len(self.candidates), self.problem.years)),
            np.ones((len(self.candidates), self.problem.years)),
        )
        pinned = self.problem.pinned[self.candidates]
        high[np.arange(self.problem.years) < self.problem.first_year[self.candidates][:, None]] = 0.0
        high[pinned == FORBIDDEN] = 0.0
        for row in np.flatnonzero(pinned >= 0):
            high[row] = 0.0
            low[row, pinned[row]] = high[row, pinned[row]] = 1.0
        rest = self.size - self.built
        return Bounds(np.concatenate([low.ravel(), np.zeros(rest)]), np.concatenate([high.ravel(), np.ones(rest)]))

    def years_of(self, solution: Floats) -> Integers:
        """The year of each candidate of the whole problem."""
        built = solution[: self.built].reshape(len(self.candidates), self.problem.years) > 0.5
        year = np.full(self.problem.candidates, self.problem.never)
        year[self.candidates] = np.where(built.any(axis=1), built.argmax(axis=1), self.problem.never)
        return year


def _kron(left: csr_matrix, right: csr_matrix) -> csr_matrix:
    return csr_matrix(kron(left, right, format="csr"))


def linear_bound(problem: Problem) -> float:
    """The bound of the linear programme, by HiGHS: for problems of some thousand groups."""
    programme = Programme(problem, np.flatnonzero(problem.pinned != FORBIDDEN))
    limits = programme.bounds()
    rules = programme.rules()
    upper = [(rule.A, np.broadcast_to(rule.ub, rule.A.shape[0])) for rule in rules if np.isfinite(rule.ub).all()]
    upper += [(-rule.A, -np.broadcast_to(rule.lb, rule.A.shape[0])) for rule in rules if not np.isfinite(rule.ub).all()]
    found = linprog(
        -programme.gain, A_ub=vstack([a for a, _ in upper], format="csr"), b_ub=np.concatenate([b for _, b in upper]),
        bounds=np.column_stack([limits.lb, limits.ub]), method="highs",
    )  # fmt: skip
    return float(-found.fun) if found.status == 0 else float("nan")


def prove(problem: Problem, plan: Plan, bound: Bound, time_limit_s: float = 600.0) -> Plan:
    """The plan proven best, or a better one, or the same with the bound that HiGHS has proven within the time.

    Candidates that the prices rule out of every better plan are left out first. Only floors that the plan keeps are
    promised: the proof is that no plan which keeps these is worth more.
    """
    asked = promised_by(problem, plan.year)
    out = is_fixed_out(bound, asked, plan.value) & (plan.year == problem.never)
    programme = Programme(asked, np.flatnonzero(~out))
    found = milp(
        -programme.gain, constraints=programme.rules(), bounds=programme.bounds(),
        integrality=np.concatenate([np.ones(programme.built), np.zeros(programme.size - programme.built)]),
        options={"time_limit": time_limit_s, "mip_rel_gap": EXACT_SHARE},
    )  # fmt: skip
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
