"""A plan checked from its tables alone, without the solver: money, floors, alternatives, pins and the sharing rule."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

ONE_MAST_M = 150.0
_BUILT = ("build", "build_locker")


def money_faults(sites: pd.DataFrame, budget: Mapping[int, float], carry_over: bool) -> list[str]:
    """Years in which more is spent than there is. ``sites`` has year, fund_capital and fund_yearly."""
    found, left = [], 0.0
    for year, given in sorted(budget.items()):
        due = float(sites.loc[sites["year"] == year, "fund_capital"].sum())
        due += float(sites.loc[sites["year"] <= year, "fund_yearly"].sum())
        left = (left if carry_over else 0.0) + given - due
        if left < -0.01:
            found.append(f"{year}: {due:,.2f} is spent, {-left:,.2f} more than there is")
    return found


def sharing_faults(sites: pd.DataFrame, standing: pd.DataFrame, within_m: float, max_operators: int) -> list[str]:
    """New sites near one that can be shared or near another new one, and shared sites that do not stand or are full.

    ``sites`` has candidate_id, kind, operator, x_m, y_m; ``standing`` has x_m, y_m, operator.
    """
    masts, owners = _position(standing), standing["operator"].to_numpy(dtype=object)
    room = np.array([len(_operators(masts, owners, at)) < max_operators for at in masts], dtype=bool)
    built = sites[sites["kind"].isin(_BUILT)]
    names, places = built["candidate_id"].tolist(), _position(built)
    found = []
    for row, name in enumerate(names):
        if (room & (_away(masts, places[row]) < within_m)).any():
            found.append(f"{name}: built within {within_m:g} m of a site that can be shared")
        if (_away(np.delete(places, row, axis=0), places[row]) < within_m).any():
            found.append(f"{name}: built within {within_m:g} m of another that is built")
    return found + _guest_faults(sites[sites["kind"] == "share"], masts, owners, max_operators)


def _guest_faults(
    shared: pd.DataFrame, masts: Floats, owners: npt.NDArray[np.object_], max_operators: int
) -> list[str]:
    places, guests, found = _position(shared), shared["operator"].to_numpy(dtype=object), []
    for name, at in zip(shared["candidate_id"].tolist(), places, strict=True):
        there = _operators(masts, owners, at)
        if not there:
            found.append(f"{name}: shares a site that does not stand")
        elif len(there | _operators(places, guests, at)) > max_operators:
            found.append(f"{name}: more than {max_operators} operators on one site")
    return found


def _position(table: pd.DataFrame) -> Floats:
    return table[["x_m", "y_m"]].to_numpy(np.float64)


def _away(position: Floats, at: Floats) -> Floats:
    return np.asarray(np.hypot(position[:, 0] - at[0], position[:, 1] - at[1]))


def _operators(position: Floats, operators: npt.NDArray[np.object_], at: Floats) -> set[str]:
    return set(operators[_away(position, at) <= ONE_MAST_M])


def alternative_faults(sites: pd.DataFrame) -> list[str]:
    """Places at which two alternatives are chosen. ``sites`` has candidate_id and alternative."""
    twice = sites[sites.duplicated("alternative", keep=False)]
    return [f"{place}: {', '.join(group['candidate_id'])}" for place, group in twice.groupby("alternative")]


def pin_faults(sites: pd.DataFrame, pinned: Mapping[str, int | None], forbidden: set[str]) -> list[str]:
    """Pinned candidates that are not in, or in another year, and forbidden ones that are."""
    years = dict(zip(sites["candidate_id"], sites["year"], strict=True))
    found = [f"{name} is pinned and not in the plan" for name in pinned if name not in years]
    found += [
        f"{name} is pinned to {year} and built in {years[name]}"
        for name, year in pinned.items()
        if year is not None and name in years and years[name] != year
    ]
    return found + [f"{name} is forbidden and in the plan" for name in sorted(forbidden & years.keys())]
