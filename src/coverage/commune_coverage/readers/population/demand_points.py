"""What every people reader returns, and how places become it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.readers.boundaries.study_area import OUTSIDE, StudyArea
from commune_coverage.readers.population.tiles import Chunk, PopulatedPoints
from commune_coverage.schema.inputs import PEOPLE, Column, Table

PEOPLE_REQUIRED = Column("people", "number", "Number of people.", "people", 0, 1e9, required=True)


@dataclass
class People:
    """Populated places as arrays or in files, and the people read, quarantined and outside the communes."""

    points: PopulatedPoints | None
    read: float
    quarantined: float
    outside: float
    chunks: list[Chunk] = field(default_factory=list)


def people_table(*changed: Column) -> Table:
    """Declare a people table with some columns redeclared or added.

    Parameters
    ----------
    *changed : Column
        The columns.

    Returns
    -------
    Table
        The declaration.
    """
    by_name = {column.name: column for column in changed}
    columns = [by_name.pop(column.name, column) for column in PEOPLE.columns]
    return Table(PEOPLE.name, PEOPLE.sentence, (*columns, *by_name.values()))


def places_at(cells: pd.DataFrame, commune: npt.NDArray[np.int64], area: StudyArea) -> PopulatedPoints:
    """Make populated points of places that lie in one commune each, or in none.

    Parameters
    ----------
    cells : DataFrame
        (places,) ``lon`` and ``lat`` (degrees, WGS 84) and ``people``.
    commune : ndarray of int64
        (places,) position of the commune, or OUTSIDE.
    area : StudyArea
        The communes as an area.

    Returns
    -------
    PopulatedPoints
        The points, with metres of the area's metric reference system.
    """
    lon, lat = cells["lon"].to_numpy(np.float64), cells["lat"].to_numpy(np.float64)
    x_m, y_m = area.to_metric(lon, lat)
    return _in_one_each(lon, lat, x_m, y_m, cells["people"].to_numpy(np.float64), commune)


def places_in_communes(places: pd.DataFrame, area: StudyArea) -> PopulatedPoints:
    """Make populated points of places that lie in one commune each.

    Parameters
    ----------
    places : DataFrame
        (places,) ``x_m`` and ``y_m`` (metres), ``people`` and ``commune``.
    area : StudyArea
        The communes as an area.

    Returns
    -------
    PopulatedPoints
        The points, with degrees of WGS 84.
    """
    x_m, y_m = places["x_m"].to_numpy(np.float64), places["y_m"].to_numpy(np.float64)
    lon, lat = area.system.to_degrees(x_m, y_m)
    people = places["people"].to_numpy(np.float64)
    return _in_one_each(lon, lat, x_m, y_m, people, places["commune"].to_numpy(np.int64))


def _in_one_each(
    lon: npt.NDArray[np.float64],
    lat: npt.NDArray[np.float64],
    x_m: npt.NDArray[np.float64],
    y_m: npt.NDArray[np.float64],
    people: npt.NDArray[np.float64],
    commune: npt.NDArray[np.int64],
) -> PopulatedPoints:
    inside = np.flatnonzero(commune != OUTSIDE)
    return PopulatedPoints(lon, lat, x_m, y_m, people, inside, commune[inside], np.ones(len(inside)))
