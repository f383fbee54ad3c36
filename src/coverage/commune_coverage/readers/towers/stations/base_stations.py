"""Base stations of a crowd's cells: by how they are numbered, as far as their positions agree.

A number is evidence, a position too. Cells that their number gives to one base station and that stand apart from it are
a station of their own where several agree, for a number was then used twice; one alone is a position that is wrong, and
the cell belongs to its station without weighing in it.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.readers.towers.stations.cell_numbering import StationNumbers, count_sectors, station_numbers
from commune_coverage.readers.towers.stations.position_errors import (
    PositionErrors,
    fit_position_errors,
    part_contradictions,
    robust_centres,
)
from commune_coverage.readers.towers.stations.sites import sites_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NONE = -1


class BaseStations(NamedTuple):
    """Base stations, and which cell is of which.

    Parameters
    ----------
    station : ndarray of int64, shape (cells,)
        Row of ``table`` of each cell.
    weight : ndarray of float64, shape (cells,)
        Weight of the cell's position in that of its station, 1 / m2; 0 where it contradicts the others.
    table : DataFrame
        One row a station: ``operator``, ``technology``, ``x_m``, ``y_m``, ``position_sigma_m`` (along each axis),
        ``number`` (base station of LTE and NR, first cell of GSM and UMTS without its controller; -1 for none),
        ``cells``, ``samples``, ``sectors`` and ``carriers`` (NaN where the numbers do not tell), and ``wrong_share``:
        of the cells of its operator and technology, the share whose position contradicts their station.
    notes : list of str
        For each operator and technology the rule of its numbers, and the error of one measurement.
    """

    station: Ints
    weight: Floats
    table: pd.DataFrame
    notes: list[str]


def find_base_stations(cells: pd.DataFrame, prior: PositionErrors, radius_m: float) -> BaseStations:
    """Gather a crowd's cells by base station.

    Parameters
    ----------
    cells : DataFrame
        (cells,) ``technology``, ``operator``, ``cell_id``, ``samples``, ``range_m``, ``x_m`` and ``y_m`` (metres), in
        an order that does not depend on the file's.
    prior : PositionErrors
        The error of positions where the data say nothing.
    radius_m : float
        Cells whose numbers tell nothing are of one station within a square of this side, metres.

    Returns
    -------
    BaseStations
        Stations of all operators and technologies.
    """
    station, weight = np.full(len(cells), NONE, dtype=np.int64), np.zeros(len(cells))
    tables, notes, first = [], [], 0
    for key, rows in cells.groupby(["operator", "technology"], sort=True).indices.items():
        operator, technology = cast(tuple[str, str], key)
        own = _stations_of(cells.iloc[rows], technology, prior, radius_m)
        station[rows], weight[rows] = own.station + first, own.weight
        tables.append(own.table.assign(operator=operator, technology=technology))
        notes += [f"{operator}, {technology}: {note}" for note in own.notes]
        first += len(own.table)
    return BaseStations(station, weight, pd.concat(tables, ignore_index=True) if tables else _nothing(), notes)


def _nothing() -> pd.DataFrame:
    names = ("x_m", "y_m", "position_sigma_m", "cells", "samples", "sectors", "carriers", "wrong_share")
    table = pd.DataFrame({name: np.zeros(0) for name in names})
    return table.assign(number=np.zeros(0, dtype=np.int64), operator="", technology="")


def _stations_of(cells: pd.DataFrame, technology: str, prior: PositionErrors, radius_m: float) -> BaseStations:
    """The stations of one operator's cells of one technology."""
    x_m, y_m, samples, range_m = (cells[name].to_numpy(np.float64) for name in ("x_m", "y_m", "samples", "range_m"))
    numbers = station_numbers(technology, _numbers_of(cells), x_m, y_m)
    order = np.lexsort((numbers.member, numbers.station))
    errors = fit_position_errors(x_m[order], y_m[order], samples[order], range_m[order], numbers.station[order], prior)
    sigma_m = errors.sigma_m(samples, range_m)
    group = _with_unnumbered(numbers.station, x_m, y_m, samples, radius_m)
    station, is_wrong = _agreeing(x_m, y_m, sigma_m, group)
    centres = robust_centres(x_m[~is_wrong], y_m[~is_wrong], sigma_m[~is_wrong], station[~is_wrong])
    weight = np.zeros(len(cells))
    weight[~is_wrong] = centres.weight
    member = np.where(is_wrong, NONE, numbers.member)
    sectors = count_sectors(station, member, x_m, y_m)
    table = pd.DataFrame(
        {
            "x_m": centres.x_m,
            "y_m": centres.y_m,
            "position_sigma_m": centres.sigma_m,
            "cells": np.bincount(station),
            "samples": np.bincount(station, np.nan_to_num(samples)),
            "sectors": sectors.sectors,
            "carriers": sectors.carriers,
            "wrong_share": _wrong_share(group, is_wrong),
            "number": _first_numbers(station, numbers.number),
        }
    )
    return BaseStations(station, weight, table, [_note(numbers, errors, len(table))])


def _numbers_of(cells: pd.DataFrame) -> Floats:
    if "cell_id" not in cells:
        return np.full(len(cells), np.nan)
    return pd.to_numeric(cells["cell_id"], errors="coerce").to_numpy(np.float64)


def _with_unnumbered(station: Ints, x_m: Floats, y_m: Floats, samples: Floats, radius_m: float) -> Ints:
    """Groups from 0: the numbered stations, then the squares of all cells without one."""
    group, loose = station.copy(), station < 0
    if loose.any():
        none = np.zeros(int(loose.sum()), dtype=np.int64)
        group[loose] = sites_of(x_m[loose], y_m[loose], none, samples[loose], radius_m) + station.max(initial=-1) + 1
    return np.unique(group, return_inverse=True)[1].astype(np.int64)


def _agreeing(x_m: Floats, y_m: Floats, sigma_m: Floats, group: Ints) -> tuple[Ints, Flags]:
    """Station of each cell, and whether its position contradicts it: single ones stay, several that agree part."""
    part, is_alone = part_contradictions(x_m, y_m, sigma_m, group)
    first = np.full(int(group.max(initial=-1)) + 1, NONE, dtype=np.int64)
    first[group[~is_alone][::-1]] = part[~is_alone][::-1]
    station = np.where(is_alone, first[group], part)
    return np.unique(station, return_inverse=True)[1].astype(np.int64), is_alone


def _first_numbers(station: Ints, number: Ints) -> Ints:
    """The lowest number of each station, -1 where it has none."""
    known = number >= 0
    first = np.full(int(station.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, station[known], number[known])
    return np.where(first == np.iinfo(np.int64).max, NONE, first)


def _wrong_share(group: Ints, is_wrong: Flags) -> float:
    """Share of the cells that contradict their station, of those whose station has others to contradict."""
    has_others = np.bincount(group)[group] > 2
    return float(is_wrong[has_others].mean()) if has_others.any() else 0.0


def _note(numbers: StationNumbers, errors: PositionErrors, stations: int) -> str:
    rule = "numbers tell no base station" if numbers.numbering is None else str(numbers.numbering)
    return (
        f"{stations:,} base stations, {rule} (G {numbers.evidence:,.0f}); positions off by {errors.one_sample_m:,.0f} m"
        f" / sqrt(measurements) and {errors.range_share:.0%} of the range"
    )
