"""Cells to sites by their positions alone, as registers state them, and the table of all sites."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.radio.antenna.sectors import is_directional

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def sites_of(x_m: Floats, y_m: Floats, group: Ints, weight: Floats, radius_m: float) -> Ints:
    """Gather cells into sites; time and memory grow with the number of cells only.

    Cells of one group in one square of side ``radius_m`` are together; a square joins the best known of the eight
    around it when their centres of gravity are at most ``radius_m`` apart and that one leads a site itself. So sites do
    not grow in chains: a site is three squares wide at most. The numbers do not depend on the order of the cells.

    Parameters
    ----------
    x_m : ndarray of float64
        (cells,) metres.
    y_m : ndarray of float64
        (cells,) metres.
    group : ndarray of int64
        (cells,) operator as a number.
    weight : ndarray of float64
        (cells,) how well a position is known (measurements).
    radius_m : float
        Side of a square, metres.

    Returns
    -------
    ndarray of int64
        (cells,) number of the site, from 0.
    """
    if not len(x_m):
        return np.zeros(0, dtype=np.int64)
    column, row = (np.floor(axis / radius_m).astype(np.int64) for axis in (x_m, y_m))
    column, row = column - column.min() + 1, row - row.min() + 1
    rows = int(row.max()) + 2
    key = (group * (int(column.max()) + 2) + column) * rows + row
    squares, square = np.unique(key, return_inverse=True)
    weighed = np.maximum(np.nan_to_num(weight), 1.0)
    total = np.bincount(square, weighed).astype(np.float64)
    centre = [np.bincount(square, weighed * axis) / total for axis in (x_m, y_m)]
    leader = _leaders(squares, rows, total, centre[0], centre[1], radius_m)
    return np.unique(leader, return_inverse=True)[1][square].astype(np.int64)


def _leaders(squares: Ints, rows: int, total: Floats, x_m: Floats, y_m: Floats, radius_m: float) -> Ints:
    """For each square the square that leads its site: itself, or the best known neighbour that leads."""
    own = np.arange(len(squares))
    by_rank = np.lexsort((-own, total))
    rank = np.empty_like(own)
    rank[by_rank] = own
    first, second = _neighbours(squares, rows)
    near = np.hypot(x_m[second] - x_m[first], y_m[second] - y_m[first]) <= radius_m
    follower = np.concatenate([first[near], second[near]])
    other = np.concatenate([second[near], first[near]])
    best = rank.copy()
    np.maximum.at(best, follower, rank[other])
    leads = best == rank
    joins = ~leads[follower] & leads[other]
    led = np.full(len(squares), -1)
    np.maximum.at(led, follower[joins], rank[other[joins]])
    return np.where(led >= 0, by_rank[led], own)


def _neighbours(squares: Ints, rows: int) -> tuple[Ints, Ints]:
    """Every pair of squares that touch, once, as two arrays of positions in the sorted ``squares``."""
    own = np.arange(len(squares))
    above = np.flatnonzero(np.diff(squares) == 1)
    first, second = [above], [above + 1]
    position = np.searchsorted(squares, squares + rows - 1)
    for step in (rows - 1, rows, rows + 1):
        there = squares[np.minimum(position, len(squares) - 1)] == squares + step
        first.append(own[there])
        second.append(position[there])
        position = position + there
    return np.concatenate(first), np.concatenate(second)


def site_table(cells: pd.DataFrame) -> pd.DataFrame:
    """Summarise sites.

    Parameters
    ----------
    cells : DataFrame
        (cells,) ``site``, ``mast``, ``station``, ``operator``, ``technology``, ``lon``, ``lat`` (degrees, WGS 84),
        ``x_m``, ``y_m``, ``position_sigma_m`` (metres), ``samples``, ``is_home`` and, where azimuths are known,
        ``azimuth_deg``.

    Returns
    -------
    DataFrame
        (sites,) ``site``, ``mast``, ``operator``, weighted position with ``position_sigma_m`` (NaN in a register),
        ``cells``, ``stations`` (base stations, 0 in a register), ``samples``, ``technologies``, ``azimuths_deg`` and
        ``is_home``.
    """
    weight = np.maximum(cells["samples"].fillna(0).to_numpy(dtype=np.float64), 1.0)
    site = cells["site"].to_numpy()
    total = np.bincount(site, weight)
    means = {name: np.bincount(site, weight * cells[name].to_numpy()) / total for name in ("lon", "lat", "x_m", "y_m")}
    first = cells.drop_duplicates("site").sort_values("site")
    stations = cells.loc[cells["station"] >= 0, ["site", "station"]].drop_duplicates()["site"]
    return pd.DataFrame(
        {
            "site": np.arange(len(total)),
            "mast": first["mast"].to_numpy(),
            "operator": first["operator"].to_numpy(),
            **means,
            "position_sigma_m": first["position_sigma_m"].to_numpy(np.float64),
            "cells": np.bincount(site),
            "stations": np.bincount(stations, minlength=len(total)),
            "samples": np.bincount(site, cells["samples"].fillna(0)),
            "technologies": _technologies(site, cells["technology"]),
            "azimuths_deg": _azimuths(site, len(total), cells),
            "is_home": first["is_home"].to_numpy(),
        }
    )


def _technologies(site: npt.NDArray[np.int64], technology: pd.Series) -> npt.NDArray[np.object_]:
    """Return the technologies of each site in their order, parted by spaces."""
    code, names = pd.factorize(technology, sort=True)
    held = np.zeros((int(site.max(initial=-1)) + 1, len(names)), dtype=bool)
    held[site, code] = True
    sets, of = np.unique(held, axis=0, return_inverse=True)
    words = np.array([" ".join(np.asarray(names)[one]) for one in sets], dtype=object)
    return words[of.ravel()]


def _azimuths(site: npt.NDArray[np.int64], sites: int, cells: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return the azimuths of each site in their order, parted by spaces; '' where none is known."""
    words = np.full(sites, "", dtype=object)
    known = is_directional(cells)
    if known.any():
        pairs = pd.DataFrame({"site": site[known], "azimuth": cells["azimuth_deg"].to_numpy(np.float64)[known]})
        distinct = pairs.drop_duplicates().sort_values(["site", "azimuth"])
        texts = distinct["azimuth"].map("{:g}".format).groupby(distinct["site"]).agg(" ".join)
        words[texts.index.to_numpy()] = texts.to_numpy(dtype=object)
    return words
