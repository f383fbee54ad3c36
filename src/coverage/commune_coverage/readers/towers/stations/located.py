"""Cells at their sites and masts: a register's where it states them, a crowd's where numbers and positions say."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from commune_coverage.core.metric_system import MetricSystem
from commune_coverage.radio.position_config import StatedPositionErrors
from commune_coverage.readers.towers.stations.base_stations import NONE, find_base_stations
from commune_coverage.readers.towers.stations.masts import find_masts
from commune_coverage.readers.towers.stations.position_errors import prior_errors
from commune_coverage.readers.towers.stations.sites import sites_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ORDER = ["technology", "operator", "lon", "lat", "area", "cell_id", "samples"]
_MOVED_M = 0.01


class Located(NamedTuple):
    """Cells, and what they stand at.

    Parameters
    ----------
    cells : DataFrame
        (cells,) with ``x_m``, ``y_m``, ``lon`` and ``lat`` of their mast, ``station``, ``site``, ``mast`` and
        ``position_sigma_m``.
    sites : DataFrame
        (sites,) as ``Masts.sites``.
    stations : DataFrame
        (base stations,) as ``BaseStations.table``, with ``site``.
    notes : list of str
        What the numbers of each operator's cells tell.
    """

    cells: pd.DataFrame
    sites: pd.DataFrame
    stations: pd.DataFrame
    notes: list[str]


def locate_cells(cells: pd.DataFrame, system: MetricSystem, errors: StatedPositionErrors, radius_m: float) -> Located:
    """Gather cells of all files to sites and masts, and place a crowd's there.

    Parameters
    ----------
    cells : DataFrame
        (cells,) ``technology``, ``operator``, ``lon``, ``lat`` (degrees, WGS 84), ``is_register``, ``is_planned``,
        ``samples`` and, where the files have them, ``area``, ``cell_id`` and ``range_m``.
    system : MetricSystem
        The plane in which distances are taken.
    errors : StatedPositionErrors
        What the link budgets state of positions: the prior of a crowd's.
    radius_m : float
        A register's cells of one operator within so many metres are one site.

    Returns
    -------
    Located
        In an order of the cells that does not depend on that of the files' rows.
    """
    by = [name for name in _ORDER if name in cells]
    cells = cells.sort_values(by, kind="stable", ignore_index=True, key=_as_text)
    x_m, y_m = system.to_metric(cells["lon"].to_numpy(), cells["lat"].to_numpy())
    cells = cells.assign(x_m=x_m, y_m=y_m)
    planned = cells["is_planned"].to_numpy(dtype=bool)
    found = _standing(cells[~planned], errors, radius_m)
    table = found.sites
    site, station = np.empty(len(cells), dtype=np.int64), np.full(len(cells), NONE, dtype=np.int64)
    site[~planned], station[~planned] = found.cells["site"], found.cells["station"]
    if planned.any():
        site[planned], table = _planned(cells[planned], table, radius_m)
    placed = _placed(cells.assign(station=station, site=site), table, system)
    return found._replace(cells=placed, sites=table)


def _standing(cells: pd.DataFrame, errors: StatedPositionErrors, radius_m: float) -> Located:
    """Sites and masts of cells that stand; of the cells themselves ``site`` and ``station`` alone."""
    in_register = cells["is_register"].to_numpy(dtype=bool)
    own, heard = cells[in_register], _with_range(cells[~in_register])
    stated = _stated_sites(own, radius_m)
    found = find_base_stations(heard, prior_errors(errors.one_sample_m, errors.min_m), radius_m)
    masts = find_masts(found.table, _middles(own, stated), errors.register_m)
    station, site = np.full(len(cells), NONE, dtype=np.int64), np.empty(len(cells), dtype=np.int64)
    station[~in_register] = found.station
    site[in_register], site[~in_register] = stated, masts.site[found.station]
    of_cells = pd.DataFrame({"site": site, "station": station})
    return Located(of_cells, masts.sites, found.table.assign(site=masts.site), found.notes + masts.notes)


def _planned(cells: pd.DataFrame, sites: pd.DataFrame, radius_m: float) -> tuple[Ints, pd.DataFrame]:
    """Site of each planned cell, and the sites with theirs: what is planned moves nothing that stands.

    A planned cell is of the site of its operator within ``radius_m``, else of a new one, on the mast within that.
    """
    site, at = np.full(len(cells), NONE, dtype=np.int64), cells[["x_m", "y_m"]].to_numpy()
    for operator, rows in cells.groupby("operator").indices.items():
        own = np.flatnonzero((sites["operator"] == operator).to_numpy())
        near = _nearest(at[rows], sites.iloc[own], radius_m)
        site[rows[near >= 0]] = own[near[near >= 0]]
    new = site == NONE
    if not new.any():
        return site, sites
    number = _stated_sites(cells[new], radius_m)
    site[new] = number + len(sites)
    added = _middles(cells[new], number).assign(cells=np.bincount(number))
    host = _nearest(added[["x_m", "y_m"]].to_numpy(), sites, radius_m)
    return site, pd.concat([sites, _as_sites(added, host, sites["mast"].to_numpy())], ignore_index=True)


def _as_sites(rows: pd.DataFrame, host: Ints, masts: Ints) -> pd.DataFrame:
    """Planned sites as rows of the table of sites: on the mast of the site ``host``, or on a new one."""
    mast = int(masts.max(initial=-1)) + 1 + np.arange(len(rows))
    mast[host >= 0] = masts[host[host >= 0]]
    shares = dict.fromkeys(("hosted", "hosted_low", "hosted_high"), (host >= 0).astype(np.float64))
    rows = rows.assign(mast=mast, is_fixed=True, samples=0.0, chance=1.0, fewer=0.0, more=0.0, position_sigma_m=np.nan)
    return rows.assign(**shares)


def _nearest(at: Floats, sites: pd.DataFrame, radius_m: float) -> Ints:
    """Row of the nearest site within the radius, -1 for none."""
    if not len(sites):
        return np.full(len(at), NONE, dtype=np.int64)
    distance_m, row = cKDTree(sites[["x_m", "y_m"]].to_numpy()).query(at)
    return np.where(distance_m <= radius_m, row, NONE).astype(np.int64)


def _as_text(column: pd.Series) -> pd.Series:
    """Identifiers of several files, which may be numbers in some and text in others, in one order."""
    return column.astype(str) if column.dtype == object else column


def _with_range(cells: pd.DataFrame) -> pd.DataFrame:
    return cells if "range_m" in cells else cells.assign(range_m=np.nan)


def _stated_sites(own: pd.DataFrame, radius_m: float) -> Ints:
    """Sites of a register's cells, from 0."""
    operator, _ = pd.factorize(own["operator"], sort=True)
    x_m, y_m, samples = (own[name].to_numpy(np.float64) for name in ("x_m", "y_m", "samples"))
    return sites_of(x_m, y_m, operator, samples, radius_m)


def _middles(own: pd.DataFrame, site: Ints) -> pd.DataFrame:
    """Operator and mean position of a register's sites."""
    sites = own.assign(site=site).groupby("site", sort=True)
    return sites.agg(operator=("operator", "first"), x_m=("x_m", "mean"), y_m=("y_m", "mean")).reset_index(drop=True)


def _placed(cells: pd.DataFrame, sites: pd.DataFrame, system: MetricSystem) -> pd.DataFrame:
    """A crowd's cells at their masts; a register's where it states them."""
    at = sites.iloc[cells["site"].to_numpy()]
    in_register = cells["is_register"].to_numpy(dtype=bool)
    x_m, y_m = (np.where(in_register, cells[name], at[name]) for name in ("x_m", "y_m"))
    moved = np.hypot(x_m - cells["x_m"], y_m - cells["y_m"]).to_numpy() > _MOVED_M
    lon, lat = cells["lon"].to_numpy(np.float64).copy(), cells["lat"].to_numpy(np.float64).copy()
    lon[moved], lat[moved] = system.to_degrees(x_m[moved], y_m[moved])
    sigma_m = np.where(in_register, np.nan, at["position_sigma_m"])
    mast = np.unique(sites["mast"], return_inverse=True)[1][cells["site"].to_numpy()]
    return cells.assign(x_m=x_m, y_m=y_m, lon=lon, lat=lat, mast=mast, position_sigma_m=sigma_m)
