"""A small invented country of some 60 communes with three complete networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.thresholds import Urbanisation
from commune_coverage.population.urbanisation import UrbanisationGrid, cell_keys, degree_of_urbanisation

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

COLUMNS, ROWS, COMMUNE_M = 10, 6, 16_000.0
PLACES = 30
OPERATORS = {"Northern": (44, 0.8), "Meridian": (32, 0.6), "Harbour": (20, 0.9)}
"""Sites of each operator, and how many of 100 have LTE beside GSM."""
SECTORS = 3
_CITY_PEOPLE, _CITIES = 18_000.0, 2
_APART_M = 2_500.0


@dataclass(frozen=True, eq=False)
class InventedCountry:
    """Places and complete networks.

    Attributes
    ----------
    places : DataFrame
        ``x_m``, ``y_m`` (m), ``lon``, ``lat`` (degrees, 0: the country is flat), ``people``, ``commune`` and
        ``environment``.
    urbanisation : UrbanisationGrid
        Environments of the land.
    cells : DataFrame
        All cells, as ``transmitters.make_network`` takes them.
    communes : int
        Number of communes.
    """

    places: pd.DataFrame
    urbanisation: UrbanisationGrid
    cells: pd.DataFrame
    communes: int


def invent(seed: int) -> InventedCountry:
    """Invent a country: villages and hamlets, two cities, and operators that build where people are.

    Parameters
    ----------
    seed : int
        Same seed, same country.

    Returns
    -------
    InventedCountry
        With every mast.
    """
    rng = np.random.default_rng([seed, 60])
    places = _places(rng)
    keys, cell = np.unique(cell_keys(places["x_m"].to_numpy(), places["y_m"].to_numpy()), return_inverse=True)
    people = np.bincount(cell, places["people"].to_numpy()).astype(np.float64)
    grid = degree_of_urbanisation(keys, people, Urbanisation())
    environment = grid.at(places["x_m"].to_numpy(), places["y_m"].to_numpy()).astype(np.int64)
    cells = pd.concat(
        [_cells(name, *OPERATORS[name], 1000 * row, places, rng) for row, name in enumerate(OPERATORS)],
        ignore_index=True,
    )
    return InventedCountry(places.assign(environment=environment), grid, cells, COLUMNS * ROWS)


def _places(rng: np.random.Generator) -> pd.DataFrame:
    """30 places a commune: some about a village, the rest anywhere; two communes hold a city."""
    tables, cities = [], rng.choice(COLUMNS * ROWS, _CITIES, replace=False)
    for commune in range(COLUMNS * ROWS):
        row, column = divmod(commune, COLUMNS)
        corner = np.array([column, row]) * COMMUNE_M
        villages = corner + rng.uniform(0.15, 0.85, (2, 2)) * COMMUNE_M
        near = villages[rng.integers(0, 2, PLACES)] + rng.normal(0, 700, (PLACES, 2))
        anywhere = corner + rng.uniform(0, 1, (PLACES, 2)) * COMMUNE_M
        at = np.where(rng.random((PLACES, 1)) < 0.55, near, anywhere)
        people = rng.lognormal(3.2, 0.9, PLACES) * rng.lognormal(0, 0.5)
        if commune in cities:
            at[:20] = villages[0] + rng.uniform(-2_000, 2_000, (20, 2))
            people[:20] = _CITY_PEOPLE / 20 * rng.uniform(0.6, 1.4, 20)
        at = np.clip(at, corner + 1, corner + COMMUNE_M - 1)
        tables.append(pd.DataFrame({"x_m": at[:, 0], "y_m": at[:, 1], "people": people, "commune": commune}))
    return pd.concat(tables, ignore_index=True).assign(lon=0.0, lat=0.0)


def _cells(
    operator: str, count: int, share: float, first: int, places: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Cells of an operator: sites where people are and no other is near; LTE rather at the larger ones."""
    at, around = _sites(count, places, rng)
    with_lte = np.zeros(count, dtype=bool)
    with_lte[np.argsort(-(around**0.3) * rng.uniform(0.2, 1, count))[: round(share * count)]] = True
    stations = [(site, "2g") for site in range(count)] + [(site, "4g") for site in np.flatnonzero(with_lte)]
    site = np.repeat([one for one, _ in stations], SECTORS)
    technology = np.repeat([name for _, name in stations], SECTORS)
    return pd.DataFrame(
        {"operator": operator, "technology": technology, "site": first + site, "samples": 100.0}
        | {"x_m": at[site, 0], "y_m": at[site, 1], "lon": 0.0, "lat": 0.0}
        | dict.fromkeys(("band_mhz", "bandwidth_mhz", "eirp_dbm", "antenna_height_m"), np.nan)
    )


def _sites(count: int, places: pd.DataFrame, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Sites one after the other, by the root of the people within 3 km who have none near; and those people."""
    at = places[["x_m", "y_m"]].to_numpy()
    people = people_within(at, places, 3_000.0)
    weight, chosen = np.sqrt(people), []
    for _ in range(count):
        own = rng.choice(len(at), p=weight / weight.sum())
        chosen.append(own)
        weight = np.where(np.hypot(*(at - at[own]).T) < _APART_M, weight * 0.1, weight)
        weight[own] = 0.0
    return at[chosen] + rng.normal(0, 300, (count, 2)), people[chosen]


def people_within(at: Floats, places: pd.DataFrame, radius_m: float) -> Floats:
    """Count the people about positions.

    Parameters
    ----------
    at : (n, 2) float64, m
        Positions.
    places : DataFrame
        Columns ``x_m``, ``y_m`` and ``people``.
    radius_m : float, m
        How far.

    Returns
    -------
    (n,) float64, people
        Of places within the radius.
    """
    from scipy.spatial import cKDTree

    tree, people = cKDTree(places[["x_m", "y_m"]].to_numpy()), places["people"].to_numpy(np.float64)
    return np.array([people[rows].sum() for rows in tree.query_ball_point(at, radius_m)])
