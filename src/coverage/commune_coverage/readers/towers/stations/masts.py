"""Masts of a crowd's base stations: first the sites of each operator, then the structures that operators share.

Within an operator its numbers tell more than positions: stations of one technology stand apart unless the data show
that they are listed twice, and those of another technology stand where the operator is already, unless their position
contradicts it. Between operators only positions tell, and how many masts are shared is estimated for all of them
together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.readers.towers.stations.co_location import (
    Neighbours,
    Positions,
    Share,
    combined_share,
    earlier_neighbours,
    neighbours_of,
    one_to_one,
    probabilities,
    share_by_excess,
    share_by_likelihood,
)
from commune_coverage.readers.towers.stations.position_errors import MAX_DEVIATIONS, robust_centres
from commune_coverage.readers.towers.stations.site_numbers import site_numbers

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_ANCHORS_FIRST = ("4g", "5g", "3g", "2g")
_NUMBERED_BY_STANDARD = ("4g", "5g")
_MIN_EVIDENCE = 4.0
_SAME_M = 1.0
_THRESHOLDS = np.arange(1, 20) / 20
_COLUMNS = (
    "operator",
    "mast",
    "x_m",
    "y_m",
    "position_sigma_m",
    "is_fixed",
    "cells",
    "samples",
    "chance",
    "fewer",
    "more",
    "hosted",
    "hosted_low",
    "hosted_high",
)
NONE = -1


class Placing(NamedTuple):
    """Stations of one technology placed at sites of their operator.

    Parameters
    ----------
    site : ndarray of int64, shape (stations,)
        Site of each; new ones follow the known.
    founder : ndarray of int64, shape (new sites,)
        Row of the station that each new site is known by.
    chance : ndarray of float64, shape (new sites,)
        Probability that there is such a site, and not only a wrong position.
    repeats : ndarray of float64, shape (stations, 3)
        Probability that the station is listed before, at the estimate, low and high of their share.
    """

    site: Ints
    founder: Ints
    chance: Floats
    repeats: Floats


class OperatorSites(NamedTuple):
    """Where one operator's base stations stand.

    Parameters
    ----------
    site : ndarray of int64, shape (stations,)
        From 0, the fixed ones first.
    positions : Positions
        (sites,) of the sites.
    note : str
        By which numbers the operator's sites are known.
    facts : DataFrame
        (sites,) ``is_fixed``, ``cells``, ``samples``, ``chance``, ``fewer`` and ``more``: by how many sites the
        number of those that stations of it are may be less or more.
    """

    site: Ints
    positions: Positions
    note: str
    facts: pd.DataFrame


@dataclass(frozen=True)
class Masts:
    """Sites and masts.

    Attributes
    ----------
    site : ndarray of int64, shape (stations,)
        Row of ``sites`` of each station.
    sites : DataFrame
        (sites,) ``operator``, ``mast``, ``x_m``, ``y_m``, ``position_sigma_m``, the ``facts`` of ``OperatorSites``, and
        ``hosted``, ``hosted_low`` and ``hosted_high``: probability that it stands at a mast of an operator before.
    notes : list of str
        By which numbers each operator's sites are known.
    """

    site: Ints
    sites: pd.DataFrame
    notes: list[str]


def find_masts(stations: pd.DataFrame, fixed: pd.DataFrame, fixed_sigma_m: float) -> Masts:
    """Gather base stations to sites and masts.

    Parameters
    ----------
    stations : DataFrame
        As ``BaseStations.table``.
    fixed : DataFrame
        (fixed,) ``operator``, ``x_m`` and ``y_m`` of sites that registers state; they stay as they are.
    fixed_sigma_m : float
        Standard error of those, metres.

    Returns
    -------
    Masts
        The fixed sites first, in their order; each site's position is its mast's, a fixed one's its own.
    """
    names = sorted({*stations["operator"], *fixed["operator"]})
    site, tables, notes, count = np.full(len(stations), NONE, dtype=np.int64), [], [], 0
    for name in names:
        mine = (stations["operator"] == name).to_numpy()
        of_operator = np.flatnonzero((fixed["operator"] == name).to_numpy())
        own = _sites_of(stations[mine], _fixed(fixed.iloc[of_operator], fixed_sigma_m))
        site[mine] = own.site + count
        count += len(own.facts)
        tables.append(_site_rows(name, own, of_operator))
        notes += [f"{name}: sites numbered by {own.note}"] if own.note else []
    if not tables:
        return Masts(site, pd.DataFrame({name: np.zeros(0) for name in _COLUMNS}).astype({"mast": np.int64}), notes)
    table = _shared_masts(pd.concat(tables, ignore_index=True))
    order = np.argsort(table["fixed_row"].to_numpy(), kind="stable")
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    return Masts(place[site], table.iloc[order].drop(columns="fixed_row").reset_index(drop=True), notes)


def _fixed(own: pd.DataFrame, sigma_m: float) -> Positions:
    return Positions(own["x_m"].to_numpy(np.float64), own["y_m"].to_numpy(np.float64), np.full(len(own), sigma_m))


def _site_rows(operator: str, sites: OperatorSites, fixed_row: Ints) -> pd.DataFrame:
    """Rows of the table of sites; ``fixed_row`` sorts the fixed ones first, as they were given."""
    x_m, y_m, sigma_m = sites.positions
    row = np.full(len(x_m), np.iinfo(np.int64).max)
    row[: len(fixed_row)] = fixed_row
    return sites.facts.assign(operator=operator, x_m=x_m, y_m=y_m, position_sigma_m=sigma_m, fixed_row=row)


def _sites_of(stations: pd.DataFrame, fixed: Positions) -> OperatorSites:
    """One operator's sites: what its numbers put together, then technology by technology, the surest first."""
    numbers = site_numbers(stations)
    units = _units(stations, numbers.group)
    site = np.full(len(units), NONE, dtype=np.int64)
    positions, chance, repeats = fixed, np.ones(len(fixed.x_m)), np.zeros((len(units), 3))
    for technology in _ANCHORS_FIRST:
        rows = np.flatnonzero(units["technology"] == technology)
        if not len(rows):
            continue
        placing = _placed(units.iloc[rows], positions)
        site[rows], repeats[rows] = placing.site, placing.repeats
        chance = np.concatenate([chance, placing.chance])
        positions = positions.join(_positions_of(units.iloc[rows[placing.founder]]))
    facts = _facts_of(units.assign(site=site), len(fixed.x_m), chance, repeats)
    return OperatorSites(site[numbers.group], positions, numbers.rule, facts)


def _units(stations: pd.DataFrame, group: Ints) -> pd.DataFrame:
    """Stations of one site by its number as one, under the technology that best tells where it is."""
    x_m, y_m, sigma_m = (stations[name].to_numpy(np.float64) for name in ("x_m", "y_m", "position_sigma_m"))
    centres = robust_centres(x_m, y_m, sigma_m, group)
    rank = stations["technology"].map({name: row for row, name in enumerate(_ANCHORS_FIRST)}).to_numpy(np.int64)
    first = np.lexsort((np.arange(len(group)), rank, group))
    first = first[np.flatnonzero(np.diff(group[first], prepend=-1))]
    named = {"x_m": centres.x_m, "y_m": centres.y_m, "position_sigma_m": centres.sigma_m}
    sums = {name: np.bincount(group, stations[name]) for name in ("cells", "samples")}
    return stations.iloc[first][["technology", "wrong_share"]].reset_index(drop=True).assign(**named, **sums)


def _facts_of(units: pd.DataFrame, fixed: int, chance: Floats, repeats: Floats) -> pd.DataFrame:
    site, sites = units["site"].to_numpy(), len(chance)
    founds = site >= fixed
    fewer = np.bincount(site[founds], (repeats[:, 2] - repeats[:, 0])[founds], sites)
    more = np.bincount(site[founds], (repeats[:, 0] - repeats[:, 1])[founds], sites)
    sums = {name: np.bincount(site, units[name], sites) for name in ("cells", "samples")}
    return pd.DataFrame({"is_fixed": np.arange(sites) < fixed, **sums, "chance": chance, "fewer": fewer, "more": more})


def _positions_of(rows: pd.DataFrame) -> Positions:
    return Positions(*(rows[name].to_numpy(np.float64) for name in ("x_m", "y_m", "position_sigma_m")))


def _placed(stations: pd.DataFrame, sites: Positions) -> Placing:
    """Place the stations of one technology at the sites known so far, or at new ones.

    A site stands where the station that it is known by does: what is placed by its position says nothing more of it.
    """
    own = _positions_of(stations)
    rows = np.arange(len(stations))
    first, repeats = _first_of_repeats(own, str(stations["technology"].iloc[0]) in _NUMBERED_BY_STANDARD)
    site, chance = np.full(len(stations), NONE, dtype=np.int64), 1.0
    if len(sites.x_m):
        site = _at_known(own, sites, bool((first == rows).all()))
        chance = _chance_of_new(stations, site == NONE)
    single = stations["cells"].to_numpy() == 1
    if chance < 0.5:
        misplaced = (site == NONE) & single
        site[misplaced] = neighbours_of(own.take(misplaced), sites).host[:, 0]
    new = site == NONE
    leader = np.where(new[first], first, rows)
    same = _same_place(own)[leader]
    leader = np.where(new[same], same, leader)
    leaders, number = np.unique(leader[new], return_inverse=True)
    site[new] = number + len(sites.x_m)
    repeats[~new] = 0.0
    return Placing(site, leaders, np.where(single[leaders], chance, 1.0), repeats)


def _at_known(stations: Positions, sites: Positions, is_single: bool) -> Ints:
    """The likeliest known site of each station whose position it does not contradict; each site once where single."""
    near = neighbours_of(stations, sites)
    likelihood = -np.square(near.deviations) / 2 - 2 * np.log(near.sigma_m)
    fits = near.deviations <= MAX_DEVIATIONS
    guest, column = np.nonzero(fits)
    host, score = near.host[guest, column], likelihood[guest, column]
    site = np.full(len(stations.x_m), NONE, dtype=np.int64)
    if is_single:
        chosen = one_to_one(guest.astype(np.int64), host, score)
        site[guest[chosen]] = host[chosen]
        return np.where((site == NONE) & (near.distance_m[:, 0] < _SAME_M), near.host[:, 0], site)
    best = np.where(fits, likelihood, -np.inf).argmax(axis=1)
    some = fits.any(axis=1)
    site[some] = near.host[some, best[some]]
    return site


def _first_of_repeats(stations: Positions, is_standard: bool) -> tuple[Ints, Floats]:
    """For each station the row of the first that it repeats, itself for most, and the probability that it repeats one.

    Operators of GSM and UMTS number a mast again when they add equipment or areas. That counts only where more stations
    stand together than chance brings there.
    """
    rows, none = np.arange(len(stations.x_m)), np.zeros((len(stations.x_m), 3))
    if len(rows) < 2 or is_standard:
        return rows, none
    order = np.lexsort((stations.y_m, stations.x_m, stations.sigma_m))
    near = earlier_neighbours(stations.take(order))
    share = share_by_likelihood(near)
    if share.evidence < _MIN_EVIDENCE:
        return rows, none
    each = probabilities(near, share.estimate)
    best = each.argmax(axis=1)
    probability = each[rows, best]
    repeats = probability >= _threshold(probability, float(each.sum()))
    first = np.where(repeats, near.host[rows, best], rows)
    for row in np.flatnonzero(repeats).tolist():
        first[row] = first[first[row]]
    leader, hosted = np.empty_like(rows), np.empty((len(rows), 3))
    leader[order], hosted[order] = order[first], _hosted(near, share)
    return leader, hosted


def _same_place(stations: Positions) -> Ints:
    """For each station the row of the first within the same metre, itself for most: no operator has two sites there."""
    place = np.floor(stations.at / _SAME_M)
    _, first, same = np.unique(place, axis=0, return_index=True, return_inverse=True)
    return np.asarray(first[same.ravel()], dtype=np.int64)


def _chance_of_new(stations: pd.DataFrame, new: Flags) -> float:
    """Probability that a single cell that contradicts every known site is at one of its own, and not misplaced.

    Of the single cells as many are misplaced as of the cells of larger stations, which then contradict those.
    """
    single = stations["cells"].to_numpy() == 1
    odd = int((single & new).sum())
    mistaken = float(stations["wrong_share"].iloc[0]) * int(single.sum())
    return max(1 - mistaken / odd, 0.0) if odd else 1.0


def _shared_masts(sites: pd.DataFrame) -> pd.DataFrame:
    """Masts of the sites, operator by operator, the one with the most sites first."""
    count = sites["operator"].value_counts()
    operators = sorted(count.index, key=lambda name: (-int(count[name]), name))
    mast = np.full(len(sites), NONE, dtype=np.int64)
    hosted = np.zeros((len(sites), 3))
    at = _positions_of(sites)
    is_fixed = sites["is_fixed"].to_numpy(dtype=bool)
    masts = at.take(np.zeros(0, dtype=np.int64))
    for operator in operators:
        rows = np.flatnonzero(sites["operator"] == operator)
        mast[rows], hosted[rows] = _at_masts(at.take(rows), masts)
        placed = mast >= 0
        masts = _mast_positions(at.take(placed), mast[placed], is_fixed[placed])
    position = masts.take(mast)
    x_m, y_m, sigma_m = np.where(is_fixed[:, None], np.column_stack(at), np.column_stack(position)).T
    named = dict(zip(("hosted", "hosted_low", "hosted_high"), hosted.T, strict=True))
    return sites.assign(mast=mast, x_m=x_m, y_m=y_m, position_sigma_m=sigma_m, **named)


def _at_masts(sites: Positions, masts: Positions) -> tuple[Ints, Floats]:
    """Mast of each site, new ones after the known, and the probability with low and high that it is a known one."""
    count = len(sites.x_m)
    if not len(masts.x_m):
        return np.arange(count), np.zeros((count, 3))
    near = neighbours_of(sites, masts)
    share = combined_share(share_by_likelihood(near), share_by_excess(sites, masts))
    each = probabilities(near, share.estimate)
    guest, column = np.nonzero(each >= _THRESHOLDS[0])
    host, probability = near.host[guest, column], each[guest, column]
    chosen = one_to_one(guest.astype(np.int64), host, probability)
    guest, host, probability = guest[chosen], host[chosen], probability[chosen]
    kept = probability >= _threshold(probability, float(each.sum()))
    mast = np.full(count, NONE, dtype=np.int64)
    mast[guest[kept]] = host[kept]
    new = mast == NONE
    mast[new] = len(masts.x_m) + np.arange(int(new.sum()))
    return mast, _hosted(near, share)


def _threshold(probability: Floats, expected: float) -> float:
    """The probability from which on as many pairs are shared as are expected, in steps of a twentieth."""
    counts = (probability[:, None] >= _THRESHOLDS).sum(axis=0)
    return float(_THRESHOLDS[np.abs(counts - expected).argmin()])


def _hosted(near: Neighbours, share: Share) -> Floats:
    """Probability that each stands at a host, with the share of all at its estimate, low and high."""
    return np.column_stack([probabilities(near, each).sum(axis=1) for each in share[:3]])


def _mast_positions(sites: Positions, mast: Ints, is_fixed: Flags) -> Positions:
    """Position of each mast: the mean of its sites by precision, of its fixed ones alone where it has any."""
    masts = int(mast.max(initial=-1)) + 1
    has_fixed = np.bincount(mast, is_fixed, masts) > 0
    weight = np.where(is_fixed | ~has_fixed[mast], 1 / np.square(np.maximum(sites.sigma_m, 1.0)), 0.0)
    total = np.bincount(mast, weight, masts)
    x_m, y_m = (np.bincount(mast, weight * axis, masts) / total for axis in (sites.x_m, sites.y_m))
    return Positions(x_m, y_m, 1 / np.sqrt(total))
