"""Costs of each candidate where it stands: its kind, its ground, and its connections."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from commune_coverage.core.files import read_geo, read_table
from commune_coverage.planning.scenario.costs import Costs, Links
from commune_coverage.planning.scenario.model import Budget
from commune_coverage.readers.ground.elevation import over_ground_m
from commune_coverage.runs.run import Run

Floats = npt.NDArray[np.float64]


def add_costs(listed: pd.DataFrame, run: Run, costs: Costs, budget: Budget) -> pd.DataFrame:
    """Add the costs of candidates.

    Parameters
    ----------
    listed : DataFrame, J rows
        Candidates.
    run : Run
        Has roads, sites and fibre.
    costs : Costs
        Unit costs.
    budget : Budget
        Has the shares that the fund pays.

    Returns
    -------
    DataFrame
        With ``road_km``, ``site_km`` and ``fibre_km`` to the nearest of each (NaN where none is known), ``capital`` and
        ``yearly``, and ``fund_capital`` and ``fund_yearly``, what of both the fund pays.
    """
    position = listed[["x_m", "y_m"]].to_numpy(np.float64)
    road_km, site_km, fibre_km = _road_km(run, position), _site_km(run, position), _fibre_km(run, position)
    distances = _Distances(road_km, site_km, fibre_km)
    steep = 1 + _steep_share(run, listed, costs)
    capital, yearly = np.zeros(len(listed)), np.zeros(len(listed))
    for kind in listed["kind"].unique():
        rows = (listed["kind"] == kind).to_numpy()
        for part in ["build", "locker"] if kind == "build_locker" else [kind]:
            own = _capital(part, costs, distances, steep, rows)
            capital[rows] += own
            yearly[rows] += own * costs.of(part).yearly_share.value
    capital, yearly = np.round(capital, 2), np.round(yearly, 2)
    running_share = budget.fund_share if budget.fund_runs else 0.0
    return listed.assign(
        road_km=road_km,
        site_km=site_km,
        fibre_km=fibre_km,
        capital=capital,
        yearly=yearly,
        fund_capital=np.round(capital * budget.fund_share, 2),
        fund_yearly=np.round(yearly * running_share, 2),
    )


class _Distances(NamedTuple):
    """Km from each candidate to the nearest road, site and fibre; NaN where none is known."""

    road_km: Floats
    site_km: Floats
    fibre_km: Floats


def _capital(part: str, costs: Costs, distances: _Distances, steep: Floats, rows: npt.NDArray[np.bool_]) -> Floats:
    """Capital of one kind at each of the rows."""
    road_km, site_km, fibre_km = (each[rows] for each in distances)
    factor = steep[rows] if part in ("build", "share", "upgrade") else np.ones(int(rows.sum()))
    capital = np.asarray(costs.of(part).capital.value * factor)
    if part == "build":
        return capital + _connections(costs.links, road_km, np.fmin(site_km, fibre_km))
    if part == "fibre":
        each_km = costs.links.fibre_km.value * costs.links.fibre_route_factor.value
        return capital + each_km * np.nan_to_num(np.where(np.isfinite(fibre_km), fibre_km, site_km))
    return capital


def _connections(links: Links, road_km: Floats, backhaul_km: Floats) -> Floats:
    """Backhaul, a road and power; where no road is known, power is solar and no road is built."""
    away = np.nan_to_num(backhaul_km, nan=0.0, posinf=0.0)
    by_air = np.where(away <= links.microwave_km.value, links.microwave.value, np.inf)
    backhaul = np.minimum(by_air, away * links.fibre_km.value)
    known = np.isfinite(road_km)
    road = np.where(known, np.nan_to_num(road_km) * links.road_km.value, 0.0)
    power = np.where(
        known, np.minimum(np.nan_to_num(road_km) * links.power_km.value, links.solar.value), links.solar.value
    )
    return np.asarray(backhaul + road + power)


def _road_km(run: Run, position: Floats) -> Floats:
    """Km to the nearest road; NaN where no roads are known."""
    source = run.stages_folder / "roads.parquet"
    return (
        _to_lines(read_geo(source).geometry.to_numpy(), position)
        if source.is_file()
        else np.full(len(position), np.nan)
    )


def _fibre_km(run: Run, position: Floats) -> Floats:
    source = run.stages_folder / "fibre.parquet"
    if not source.is_file():
        return np.full(len(position), np.nan)
    fibre = read_geo(source)
    return _to_lines(fibre.geometry[fibre["is_operational"]].to_numpy(), position)


def _to_lines(shapes: npt.NDArray[np.object_], position: Floats) -> Floats:
    if not len(shapes) or not len(position):
        return np.full(len(position), np.nan)
    points = np.atleast_1d(np.asarray(shapely.points(position)))
    nearest = shapely.STRtree(shapes).nearest(points)
    return np.asarray(shapely.distance(points, shapes[nearest]) / 1000)


def _site_km(run: Run, position: Floats) -> Floats:
    """Km to the nearest site that stands, from which a link can go."""
    source = run.stages_folder / "sites.parquet"
    if not source.is_file():
        return np.full(len(position), np.nan)
    sites = read_table(source)
    home = sites.loc[sites["is_home"], ["x_m", "y_m"]].to_numpy()
    return cKDTree(home).query(position)[0] / 1000 if len(home) and len(position) else np.full(len(position), np.nan)


def _steep_share(run: Run, listed: pd.DataFrame, costs: Costs) -> Floats:
    layer = run.country.layers.elevation
    if layer is None or not len(listed):
        return np.zeros(len(listed))
    above = over_ground_m(layer, listed["lon"].to_numpy(np.float64), listed["lat"].to_numpy(np.float64))
    share = np.nan_to_num(np.maximum(above, 0.0)) / 100 * costs.terrain.per_100_m_share.value
    return np.asarray(np.minimum(share, costs.terrain.max_share.value))
