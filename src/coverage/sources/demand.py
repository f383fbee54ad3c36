"""What every people reader returns, and the two ways from places to a demand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import Transformer
from scipy.sparse import csr_matrix

from coverage.people import Demand, make_demand
from coverage.sources.area import OUTSIDE, Area
from coverage.tables import PEOPLE, Column, Table

PEOPLE_REQUIRED = Column("people", "number", "Number of people.", "people", 0, 1e9, required=True)


@dataclass
class People:
    """The demand and the balance of people: read = counted + outside + quarantined."""

    demand: Demand
    read: float
    quarantined: float
    outside: float

    @property
    def counted(self) -> float:
        return float(self.demand.by_commune().sum())


def people_table(*changed: Column) -> Table:
    """The declaration of a people table with some columns redeclared or added."""
    by_name = {column.name: column for column in changed}
    kept = [by_name.pop(column.name, column) for column in PEOPLE.columns]
    return Table(PEOPLE.name, PEOPLE.sentence, (*kept, *by_name.values()))


def demand_at(cells: pd.DataFrame, fractions: csr_matrix, area: Area) -> Demand:
    """Demand from places (lon, lat, people) with their commune fractions."""
    lon, lat = cells["lon"].to_numpy(), cells["lat"].to_numpy()
    x_m, y_m = area.to_metric(lon, lat)
    return make_demand(lon, lat, x_m, y_m, cells["people"].to_numpy(), fractions)


def demand_in_communes(places: pd.DataFrame, area: Area) -> Demand:
    """Demand from places (x_m, y_m, people, commune) that lie in one commune each."""
    x_m, y_m = places["x_m"].to_numpy(), places["y_m"].to_numpy()
    lon, lat = Transformer.from_crs(area.metric_crs, "EPSG:4326", always_xy=True).transform(x_m, y_m)
    fractions = one_commune_each(places["commune"].to_numpy(), area)
    return make_demand(np.asarray(lon), np.asarray(lat), x_m, y_m, places["people"].to_numpy(), fractions)


def one_commune_each(commune: npt.NDArray[np.int64], area: Area) -> csr_matrix:
    """The fractions of places that lie in one commune, or in none (OUTSIDE)."""
    inside = np.flatnonzero(commune != OUTSIDE)
    shape = (len(commune), len(area.communes))
    return csr_matrix((np.ones(len(inside)), (inside, commune[inside])), shape=shape)
