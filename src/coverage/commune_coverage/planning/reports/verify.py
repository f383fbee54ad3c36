"""A plan checked from its tables alone, without the solver: budget, alternatives, fixed decisions and sharing rule."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

ONE_MAST_M = 150.0
_BUILT = ("build", "build_locker")


def money_faults(sites: pd.DataFrame, budget: Mapping[int, float], carry_over: bool) -> list[str]:
    """List the years in which more is spent than there is.

    Parameters
    ----------
    sites : DataFrame
        What is built, with year, fund_capital and fund_yearly.
    budget : mapping of int to float
        Money by calendar year.
    carry_over : bool
        Whether what a year leaves can be spent in the next.

    Returns
    -------
    list of str
        One line a year; empty for none.
    """
    faults, left = [], 0.0
    for year, given in sorted(budget.items()):
        due = float(sites.loc[sites["year"] == year, "fund_capital"].sum())
        due += float(sites.loc[sites["year"] <= year, "fund_yearly"].sum())
        left = (left if carry_over else 0.0) + given - due
        if left < -0.01:
            faults.append(f"{year}: {due:,.2f} is spent, {-left:,.2f} more than there is")
    return faults


def sharing_faults(sites: pd.DataFrame, standing: pd.DataFrame, within_m: float, max_operators: int) -> list[str]:
    """List breaches of the sharing rule.

    Parameters
    ----------
    sites : DataFrame
        What is built, with candidate_id, kind, operator, x_m and y_m.
    standing : DataFrame
        Today's sites, with x_m, y_m and operator.
    within_m : float
        Distance of the rule in metres.
    max_operators : int
        With so many operators a site is full.

    Returns
    -------
    list of str
        New sites near one that can be shared or near another new one; shared sites that do not stand or are full.
    """
    masts, owners = _position(standing), standing["operator"].to_numpy(dtype=object)
    room = np.array([len(_operators(masts, owners, at)) < max_operators for at in masts], dtype=bool)
    built = sites[sites["kind"].isin(_BUILT)]
    names, places = built["candidate_id"].tolist(), _position(built)
    faults = []
    for row, name in enumerate(names):
        if (room & (_away(masts, places[row]) < within_m)).any():
            faults.append(f"{name}: built within {within_m:g} m of a site that can be shared")
        if (_away(np.delete(places, row, axis=0), places[row]) < within_m).any():
            faults.append(f"{name}: built within {within_m:g} m of another that is built")
    return faults + _guest_faults(sites[sites["kind"] == "share"], masts, owners, max_operators)


def _guest_faults(
    shared: pd.DataFrame, masts: Floats, owners: npt.NDArray[np.object_], max_operators: int
) -> list[str]:
    places, guests, faults = _position(shared), shared["operator"].to_numpy(dtype=object), []
    for name, at in zip(shared["candidate_id"].tolist(), places, strict=True):
        there = _operators(masts, owners, at)
        if not there:
            faults.append(f"{name}: shares a site that does not stand")
        elif len(there | _operators(places, guests, at)) > max_operators:
            faults.append(f"{name}: more than {max_operators} operators on one site")
    return faults


def _position(table: pd.DataFrame) -> Floats:
    return table[["x_m", "y_m"]].to_numpy(np.float64)


def _away(position: Floats, at: Floats) -> Floats:
    return np.asarray(np.hypot(position[:, 0] - at[0], position[:, 1] - at[1]))


def _operators(position: Floats, operators: npt.NDArray[np.object_], at: Floats) -> set[str]:
    return set(operators[_away(position, at) <= ONE_MAST_M])


def alternative_faults(sites: pd.DataFrame) -> list[str]:
    """List the places at which two alternatives are chosen.

    Parameters
    ----------
    sites : DataFrame
        What is built, with candidate_id and alternative.

    Returns
    -------
    list of str
        One line a place.
    """
    twice = sites[sites.duplicated("alternative", keep=False)]
    return [f"{place}: {', '.join(group['candidate_id'])}" for place, group in twice.groupby("alternative")]


def fixed_decision_faults(sites: pd.DataFrame, pinned: Mapping[str, int | None], forbidden: set[str]) -> list[str]:
    """List breaches of the fixed decisions.

    Parameters
    ----------
    sites : DataFrame
        What is built, with candidate_id and year.
    pinned : mapping of str to int or None
        Candidates that must be built, with their calendar year if any.
    forbidden : set of str
        Candidates that must not be built.

    Returns
    -------
    list of str
        Pinned candidates that are not built, or in another year, and forbidden ones that are.
    """
    years = dict(zip(sites["candidate_id"], sites["year"], strict=True))
    faults = [f"{name} is pinned and not in the plan" for name in pinned if name not in years]
    faults += [
        f"{name} is pinned to {year} and built in {years[name]}"
        for name, year in pinned.items()
        if year is not None and name in years and years[name] != year
    ]
    return faults + [f"{name} is forbidden and in the plan" for name in sorted(forbidden & years.keys())]
