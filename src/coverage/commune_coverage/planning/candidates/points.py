"""Candidates for delivery, payment and fibre: hubs and agents at existing places, fibre nodes in commune centres."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix, csr_matrix
from scipy.spatial import cKDTree

from commune_coverage.config.country import Country
from commune_coverage.planning.candidates.towers import Needy, need_near
from commune_coverage.planning.demand import Demand, Places
from commune_coverage.planning.scenario.model import THEMES, Scenario, Theme

Floats = npt.NDArray[np.float64]
_SAME_SPOT_M = 250.0
_OPENED: tuple[tuple[Theme, str, tuple[str, ...]], ...] = (
    ("delivery", "hubs", ("branch", "pickup", "locker")),
    ("payment", "payments", ("agent",)),
)


def meeting_points(run_communes: pd.DataFrame, centre: pd.DataFrame, points: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """List the spots where something can be opened.

    Parameters
    ----------
    run_communes : DataFrame
        Communes with ``commune_name``.
    centre : DataFrame
        The most populous place of each commune, where its hall is taken to stand.
    points : dict of str to DataFrame
        Existing hubs and payment points, whose shops and offices can take on more.

    Returns
    -------
    DataFrame
        With place_name, why, lon, lat, x_m and y_m; each spot of 250 m once, halls first.
    """
    halls = centre.assign(why="commune hall", place_name=run_communes["commune_name"].to_numpy()[centre["commune"]])
    parts = [halls]
    for name, table in points.items():
        if len(table):
            where = table["class"].astype(str) + (" (hub)" if name == "hubs" else " (payment point)")
            parts.append(table.assign(why=where, place_name=table["point_name"].astype(str)))
    listed = pd.concat(parts, ignore_index=True)[["place_name", "why", "lon", "lat", "x_m", "y_m"]]
    square = np.floor(listed[["x_m", "y_m"]].to_numpy() / _SAME_SPOT_M)
    return listed[~pd.DataFrame(square).duplicated().to_numpy()].reset_index(drop=True)


def point_candidates(
    spots: pd.DataFrame, needy: Mapping[Theme, Needy], points: dict[str, pd.DataFrame], scenario: Scenario
) -> pd.DataFrame:
    """List what may be opened at the spots.

    Parameters
    ----------
    spots : DataFrame
        Of ``meeting_points``.
    needy : mapping of theme to Needy
        Squares with people in need.
    points : dict of str to DataFrame
        Existing hubs and payment points; nothing is opened within 250 m of one that serves the same need.
    scenario : Scenario
        Has the kinds and limits of candidates.

    Returns
    -------
    DataFrame
        One row a spot and kind, most people in need first; a branch at commune halls only.
    """
    parts = []
    position, near_km = spots[["x_m", "y_m"]].to_numpy(), max(scenario.candidates.near_km, 10.0)
    for theme, name, kinds in _OPENED:
        wanted = [kind for kind in kinds if kind in scenario.candidates.kinds]
        if theme not in needy or not wanted:
            continue
        need = need_near(needy[theme], position, near_km * 1000)
        free = _away(position, points[name])
        listed = spots[free].assign(need_people=need[free], operator="")
        listed = listed[listed["need_people"] >= max(scenario.candidates.min_people, 1.0)]
        listed = listed.sort_values(["need_people", "x_m", "y_m"], ascending=[False, True, True], kind="stable")
        listed = listed.head(scenario.candidates.max_count)
        for kind in wanted:
            rows = listed if kind != "branch" else listed[listed["why"] == "commune hall"]
            parts.append(rows.assign(kind=kind))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _away(position: Floats, points: pd.DataFrame) -> npt.NDArray[np.bool_]:
    if not len(points):
        return np.ones(len(position), dtype=bool)
    return np.asarray(cKDTree(points[["x_m", "y_m"]].to_numpy()).query(position)[0] > _SAME_SPOT_M)


Flags = npt.NDArray[np.bool_]
KIND = "fibre"


def reach_m(country: Country) -> float:
    """Find how far from working fibre a line of the headline speed is sold.

    Parameters
    ----------
    country : Country
        Has the fixed lines and the headline speed.

    Returns
    -------
    float
        In metres; 0 where none is sold.
    """
    headline = country.thresholds.high_speed_mbps[0]
    return max((band.within_km * 1000 for band in country.radio.fixed if band.speed_mbps >= headline), default=0.0)


def fibre_candidates(
    centres: pd.DataFrame, communes: pd.DataFrame, places: Places, demand: Demand, country: Country, scenario: Scenario
) -> pd.DataFrame:
    """List fibre nodes in the centres of communes.

    Parameters
    ----------
    centres : DataFrame
        With lon, lat, x_m, y_m and commune, the row of ``communes``.
    communes : DataFrame
        With ``commune_name``.
    places : Places
        All places with people.
    demand : Demand
        Items of people in need.
    country : Country
        Has the fixed lines.
    scenario : Scenario
        Has the kinds and limits of candidates.

    Returns
    -------
    DataFrame
        Nodes with enough people in need within reach, most of them first.
    """
    within_m = reach_m(country)
    if KIND not in scenario.candidates.kinds or within_m <= 0 or not len(centres):
        return pd.DataFrame()
    of_theme = demand.theme == THEMES.index("internet")
    in_need = np.bincount(demand.place[of_theme], demand.people[of_theme], len(places.people))
    need = reached(centres[["x_m", "y_m"]].to_numpy(), places, in_need > 0, within_m) @ in_need
    names = communes["commune_name"].to_numpy()[centres["commune"]]
    listed = centres.assign(kind=KIND, operator="", place_name=names, why="commune centre", need_people=need)
    enough = listed[listed["need_people"] >= max(scenario.candidates.min_people, 1.0)]
    order = enough.sort_values(["need_people", "x_m", "y_m"], ascending=[False, True, True], kind="stable")
    return order.head(scenario.candidates.max_count).drop(columns="commune")


def reached(position: Floats, places: Places, needy: Flags, within_m: float) -> csr_matrix:
    """Find the places within a distance of each node, as the radio stage counts fixed lines.

    Parameters
    ----------
    position : ndarray of float64, shape (nodes, 2)
        In metres.
    places : Places
        All places with people.
    needy : ndarray of bool, shape (places,)
        Places that count.
    within_m : float
        The distance in metres.

    Returns
    -------
    csr_matrix of float64, shape (nodes, places)
        Ones where a node reaches a place.
    """
    rows = np.flatnonzero(needy)
    shape = (len(position), len(places.people))
    if not len(rows) or not len(position) or within_m <= 0:
        return csr_matrix(shape)
    near = cKDTree(places.position[rows]).query_ball_point(position, within_m)
    node = np.repeat(np.arange(len(position)), [len(rows_near) for rows_near in near])
    return coo_matrix((np.ones(len(node)), (node, rows[np.concatenate(near).astype(np.int64)])), shape).tocsr()
