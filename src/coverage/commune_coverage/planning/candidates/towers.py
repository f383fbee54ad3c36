"""Candidates for high-speed internet: sites to upgrade, to share and to build, where most people in need are near."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from commune_coverage.planning.scenario.model import Scenario
from commune_coverage.population.urbanisation import cell_keys

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

ONE_MAST_M = 150.0
"""Sites of several operators within it stand on one mast."""
_SQUARE_M = 1000.0


class Needy(NamedTuple):
    """Squares of 1 km with people in need.

    Parameters
    ----------
    position : ndarray of float64, shape (squares, 2)
        In metres, of the place where most of them live.
    people : ndarray of float64, shape (squares,)
        People in need.
    place : ndarray of int64, shape (squares,)
        Row of that place.
    """

    position: Floats
    people: Floats
    place: Integers


def needy_squares(position: Floats, people: Floats, place: Integers) -> Needy:
    """Sum people in need by squares of 1 km.

    Parameters
    ----------
    position : ndarray of float64, shape (places, 2)
        In metres, of all places.
    people : ndarray of float64, shape (items,)
        People in need.
    place : ndarray of int64, shape (items,)
        Row of the place of each item.

    Returns
    -------
    Needy
        Each square at its place with most of them.
    """
    if not len(people):
        return Needy(np.zeros((0, 2)), np.zeros(0), np.zeros(0, dtype=np.int64))
    held = np.bincount(place, people, len(position)).astype(np.float64)
    used = np.flatnonzero(held > 0)
    square = np.unique(cell_keys(position[used, 0], position[used, 1]), return_inverse=True)[1]
    order = np.lexsort((used, -held[used], square))
    first = order[np.flatnonzero(np.diff(square[order], prepend=-1))]
    total = np.bincount(square, held[used]).astype(np.float64)
    return Needy(position[used[first]], total, used[first])


def need_near(needy: Needy, position: Floats, within_m: float) -> Floats:
    """Sum the people in need within a distance of each position.

    Parameters
    ----------
    needy : Needy
        Squares with people in need.
    position : ndarray of float64, shape (n, 2)
        In metres.
    within_m : float
        The distance in metres.

    Returns
    -------
    ndarray of float64, shape (n,)
        People.
    """
    if not len(needy.people) or not len(position):
        return np.zeros(len(position))
    near = cKDTree(needy.position).query_ball_point(position, within_m)
    return np.array([needy.people[rows].sum() for rows in near])


def site_candidates(
    sites: pd.DataFrame, needy: Needy, high_m: Floats, places: pd.DataFrame, scenario: Scenario
) -> pd.DataFrame:
    """List sites to upgrade, share and build.

    Parameters
    ----------
    sites : DataFrame
        The run's table of sites.
    needy : Needy
        Squares with people in need.
    high_m : ndarray of float64, shape (places,)
        How far the ground of each place stands above the land around it, in metres; NaN where no relief is known.
    places : DataFrame
        With lon, lat, x_m and y_m of all places.
    scenario : Scenario
        Has the kinds, limits and the sharing rule.

    Returns
    -------
    DataFrame
        With kind, operator, x_m, y_m, lon, lat and need_people; of each kind those with most people in need first.
    """
    kinds, within_m = scenario.candidates.kinds, scenario.candidates.near_km * 1000
    home = sites[sites["is_home"]].reset_index(drop=True)
    parts = []
    if len(home):
        need = need_near(needy, home[["x_m", "y_m"]].to_numpy(), within_m)
        if "upgrade" in kinds:
            parts.append(_of(home, "upgrade", home["operator"].to_numpy(dtype=object), need))
        if "share" in kinds:
            parts.append(_shared(home, need, scenario))
    if "build" in kinds:
        parts.append(_built(home, needy, high_m, places, scenario))
    if not parts:
        return pd.DataFrame()
    return pd.concat(
        [_with_most_need(each, scenario) for each in parts if len(each)] or [pd.DataFrame()], ignore_index=True
    )


def _of(table: pd.DataFrame, kind: str, operator: npt.NDArray[np.object_], need: Floats) -> pd.DataFrame:
    rows = table[["lon", "lat", "x_m", "y_m"]].copy()
    return rows.assign(kind=kind, operator=operator, need_people=need)


def _with_most_need(listed: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Those with most people in need near, ties by position."""
    enough = listed[listed["need_people"] >= max(scenario.candidates.min_people, 1.0)]
    order = ["need_people", "x_m", "y_m", "operator"]
    return enough.sort_values(order, ascending=[False, True, True, True], kind="stable").head(
        scenario.candidates.max_count
    )


def tenants(home: pd.DataFrame, position: Floats) -> list[set[str]]:
    """Find the operators at each position.

    Parameters
    ----------
    home : DataFrame
        Sites with x_m, y_m and operator.
    position : ndarray of float64, shape (n, 2)
        In metres.

    Returns
    -------
    list of set of str, length n
        Operators within ONE_MAST_M.
    """
    near = cKDTree(home[["x_m", "y_m"]].to_numpy()).query_ball_point(position, ONE_MAST_M)
    operator = home["operator"].to_numpy(dtype=object)
    return [set(operator[rows]) for rows in near]


def _shared(home: pd.DataFrame, need: Floats, scenario: Scenario) -> pd.DataFrame:
    """Each site once, with the operator that has none near and whose own sites are nearest otherwise."""
    position, operators = home[["x_m", "y_m"]].to_numpy(), sorted(home["operator"].unique())
    away = np.column_stack([cKDTree(position[home["operator"] == name]).query(position)[0] for name in operators])
    away[away < scenario.sharing.within_km * 1000] = np.inf
    guest = away.argmin(axis=1)
    full = np.array([len(who) >= scenario.sharing.max_operators for who in tenants(home, position)])
    usable = np.isfinite(away.min(axis=1)) & ~full
    listed = _of(home, "share", np.array(operators, dtype=object)[guest], need)[usable]
    mast = np.round(listed[["x_m", "y_m"]].to_numpy() / ONE_MAST_M)
    return listed[~pd.DataFrame(mast).duplicated().to_numpy()]


def _built(home: pd.DataFrame, needy: Needy, high_m: Floats, places: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """High ground among people in need, where no site can be shared, each as far from the next as the rule says."""
    if not len(needy.people):
        return pd.DataFrame()
    apart_m = scenario.sharing.within_km * 1000
    need = need_near(needy, needy.position, scenario.candidates.near_km * 1000)
    spot = _high_ground(needy, high_m, places[["x_m", "y_m"]].to_numpy())
    rows = places.iloc[spot].reset_index(drop=True)
    listed = _of(rows, "build", _nearest_operator(home, rows), need)
    if scenario.sharing.required and len(home):
        listed = listed[~_can_share(home, listed, scenario)]
    listed = listed[listed["need_people"] >= max(scenario.candidates.min_people, 1.0)]
    listed = listed.sort_values(["need_people", "x_m", "y_m"], ascending=[False, True, True], kind="stable")
    return listed.iloc[_thinned(listed[["x_m", "y_m"]].to_numpy(), apart_m)]


def _high_ground(needy: Needy, high_m: Floats, position: Floats) -> Integers:
    """Find the highest place within 1 km of where most people of a square live; itself where no relief is known."""
    near = cKDTree(position).query_ball_point(needy.position, _SQUARE_M)
    highest = needy.place.copy()
    for row, rows in enumerate(near):
        listed = np.array(sorted(rows))
        heights = high_m[listed]
        if np.isfinite(heights).any():
            highest[row] = listed[np.nanargmax(heights)]
    return highest


def _nearest_operator(home: pd.DataFrame, rows: pd.DataFrame) -> npt.NDArray[np.object_]:
    if not len(home):
        return np.full(len(rows), "planned", dtype=object)
    nearest = cKDTree(home[["x_m", "y_m"]].to_numpy()).query(rows[["x_m", "y_m"]].to_numpy())[1]
    return home["operator"].to_numpy(dtype=object)[nearest]


def _can_share(home: pd.DataFrame, listed: pd.DataFrame, scenario: Scenario) -> npt.NDArray[np.bool_]:
    """Whether a site with room for one more stands within the rule's distance."""
    position = home[["x_m", "y_m"]].to_numpy()
    room = np.array([len(who) < scenario.sharing.max_operators for who in tenants(home, position)])
    if not room.any():
        return np.zeros(len(listed), dtype=bool)
    away = cKDTree(position[room]).query(listed[["x_m", "y_m"]].to_numpy())[0]
    return np.asarray(away < scenario.sharing.within_km * 1000)


def _thinned(position: Floats, apart_m: float) -> list[int]:
    """In their order, those that are no nearer than ``apart_m`` to one that is taken."""
    if not len(position):
        return []
    near, taken, barred = cKDTree(position).query_ball_point(position, apart_m), [], np.zeros(len(position), dtype=bool)
    for row in range(len(position)):
        if not barred[row]:
            taken.append(row)
            barred[near[row]] = True
    return taken
