"""Fibre to the centres of communes: where it would help, and whom it would reach."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix, csr_matrix
from scipy.spatial import cKDTree

from commune_coverage.config.country import Country
from commune_coverage.planning.benefits.demand import Demand, Places
from commune_coverage.planning.scenario.model import THEMES, Scenario

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

KIND = "fibre"


def reach_m(country: Country) -> float:
    """How far from working fibre a line of the headline speed is sold; 0 where none is."""
    headline = country.thresholds.high_speed_mbps[0]
    return max((band.within_km * 1000 for band in country.signal.fixed if band.speed_mbps >= headline), default=0.0)


def fibre_candidates(
    centres: pd.DataFrame, communes: pd.DataFrame, places: Places, demand: Demand, country: Country, scenario: Scenario
) -> pd.DataFrame:
    """A node in the centre of each commune with enough people in need in reach of it, most of them first.

    ``centres`` has lon, lat, x_m, y_m and commune, the row of ``communes``.
    """
    within_m = reach_m(country)
    if KIND not in scenario.candidates.kinds or within_m <= 0 or not len(centres):
        return pd.DataFrame()
    of_theme = demand.theme == THEMES.index("internet")
    in_need = np.bincount(demand.place[of_theme], demand.people[of_theme], len(places.people))
    need = reached(centres[["x_m", "y_m"]].to_numpy(), places, in_need > 0, within_m) @ in_need
    names = communes["commune_name"].to_numpy()[centres["commune"]]
    listed = centres.assign(kind=KIND, operator="", place_name=names, why="commune centre", need_people=need)
    enough = listed[listed["need_people"] >= max(scenario.candidates.least_people, 1.0)]
    order = enough.sort_values(["need_people", "x_m", "y_m"], ascending=[False, True, True], kind="stable")
    return order.head(scenario.candidates.most).drop(columns="commune")


def reached(position: Floats, places: Places, asked: Flags, within_m: float) -> csr_matrix:
    """Nodes x places: which of the ``asked`` places are within a distance of each node, as the signal stage counts."""
    rows = np.flatnonzero(asked)
    shape = (len(position), len(places.people))
    if not len(rows) or not len(position) or within_m <= 0:
        return csr_matrix(shape)
    near = cKDTree(places.position[rows]).query_ball_point(position, within_m)
    node = np.repeat(np.arange(len(position)), [len(found) for found in near])
    return coo_matrix((np.ones(len(node)), (node, rows[np.concatenate(near).astype(np.int64)])), shape).tocsr()
