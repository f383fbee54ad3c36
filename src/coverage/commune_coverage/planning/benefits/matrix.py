"""Whom each candidate alone would serve, place by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix, csr_matrix

from commune_coverage.config.country import Country
from commune_coverage.planning.benefits.radio import Served, served_by_sites
from commune_coverage.planning.benefits.travel import served_by_points
from commune_coverage.planning.candidates import points as fibre
from commune_coverage.planning.candidates.table import POINTS, TOWERS
from commune_coverage.planning.demand import Demand, Places
from commune_coverage.planning.sandbox import SimulationSandbox
from commune_coverage.planning.scenario.model import THEMES, Scenario, Theme

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
ByTheme = Mapping[Theme, csr_matrix]


@dataclass(frozen=True, eq=False)
class BenefitMatrix:
    """Places that each candidate would serve, by theme.

    Parameters
    ----------
    alone : mapping of theme to csr_matrix of float64, shape (J, places)
        Ones where a candidate alone would newly serve a place.
    gains : mapping of theme to csr_matrix of float64, shape (J, places)
        The same as the simulation of plans has corrected it.
    lower_bound, upper_bound : mapping of theme to csr_matrix of float64, shape (J, places)
        ``alone`` at the lower and at the upper bound of the models.
    losses : mapping of theme to csr_matrix of float64, shape (J, places)
        Places that a candidate takes service away from (1) or gives it back to (-1).
    shortfall : ndarray of float64, shape (J,)
        Share of its benefit that a candidate is taken not to bring next to others.
    """

    alone: ByTheme
    gains: ByTheme
    lower_bound: ByTheme
    upper_bound: ByTheme
    losses: ByTheme
    shortfall: Floats

    def people_lost(self, people: Sequence[Floats]) -> Floats:
        """Count the people who lose service by each candidate.

        Parameters
        ----------
        people : sequence of ndarray of float64, shape (places,)
            People of each place, by theme.

        Returns
        -------
        ndarray of float64, shape (J, themes)
            People served before it is built and not after.
        """
        return np.column_stack(
            [np.asarray(self.losses[theme] @ of_theme) for theme, of_theme in zip(THEMES, people, strict=True)]
        )

    def items(self, demand: Demand, gains: ByTheme) -> csr_matrix:
        """Spread benefits from places to items of the demand.

        Parameters
        ----------
        demand : Demand
            Items of people in need.
        gains : mapping of theme to csr_matrix of float64, shape (J, places)
            Places that each candidate would serve.

        Returns
        -------
        csr_matrix of float64, shape (J, items)
            Ones where a candidate would serve an item.
        """
        parts = [gains[theme].tocsc()[:, demand.place[demand.theme == row]] for row, theme in enumerate(THEMES)]
        order = np.concatenate([np.flatnonzero(demand.theme == row) for row in range(len(THEMES))])
        columns = [part.tocoo() for part in parts]
        ends = np.cumsum([0, *(part.shape[1] for part in parts)])
        rows = np.concatenate([part.row for part in columns])
        items = order[np.concatenate([part.col + end for part, end in zip(columns, ends, strict=False)])]
        return coo_matrix((np.ones(len(rows)), (rows, items)), (parts[0].shape[0], len(demand))).tocsr()


def benefit_matrix(
    sandbox: SimulationSandbox,
    country: Country,
    listed: pd.DataFrame,
    places: Places,
    demand: Demand,
    scenario: Scenario,
) -> BenefitMatrix:
    """Simulate whom each candidate alone would newly serve.

    Parameters
    ----------
    sandbox : SimulationSandbox
        Where the pipeline runs.
    country : Country
        The country at the horizon.
    listed : DataFrame, J rows
        Candidates.
    places : Places
        All places with people.
    demand : Demand
        Items of people in need.
    scenario : Scenario
        The scenario.

    Returns
    -------
    BenefitMatrix
        Without shortfall: nothing has been simulated together.
    """
    empty = csr_matrix((len(listed), len(places.people)))
    kind = listed["kind"].to_numpy(dtype=str)
    benefits = {name: dict.fromkeys(THEMES, empty) for name in ("gains", "lower_bound", "upper_bound", "losses")}
    towers = np.flatnonzero(np.isin(kind, TOWERS))
    if len(towers):
        served = _of_towers(sandbox, country, listed, towers, scenario)
        for name, by_theme in benefits.items():
            by_theme["internet"] = _spread_rows(getattr(served, name), towers, len(listed))
    nodes = np.flatnonzero(kind == fibre.KIND)
    if len(nodes):
        position = listed[["x_m", "y_m"]].to_numpy(np.float64)[nodes]
        lines = fibre.reached(position, places, _flags(demand, 0, len(places.people)), fibre.reach_m(country))
        for name in ("gains", "lower_bound", "upper_bound"):
            benefits[name]["internet"] = benefits[name]["internet"] + _spread_rows(lines, nodes, len(listed))
    _add_points(benefits, sandbox, country, listed, places, demand, scenario)
    alone, lower_bound, upper_bound, losses = benefits.values()
    return BenefitMatrix(alone, alone, lower_bound, upper_bound, losses, np.zeros(len(listed)))


def _add_points(
    benefits: dict[str, dict[Theme, csr_matrix]],
    sandbox: SimulationSandbox,
    country: Country,
    listed: pd.DataFrame,
    places: Places,
    demand: Demand,
    scenario: Scenario,
) -> None:
    """Add what hubs and payment points would serve."""
    kind = listed["kind"].to_numpy(dtype=str)
    points = np.flatnonzero(np.isin(kind, POINTS))
    in_need = {theme: _flags(demand, row, len(places.people)) for row, theme in enumerate(THEMES) if row}
    in_need = {theme: flags for theme, flags in in_need.items() if flags.any()}
    if not len(points) or not in_need:
        return
    reached = served_by_points(sandbox, country, listed.iloc[points].reset_index(drop=True), places, in_need, scenario)
    for name, bound in (("gains", ""), ("lower_bound", "_low"), ("upper_bound", "_high")):
        whole = _spread_rows(reached[bound], points, len(listed))
        for theme in in_need:
            own = (kind == "agent") == (theme == "payment")
            benefits[name][theme] = _only(whole, own, in_need[theme])


def _of_towers(
    sandbox: SimulationSandbox, country: Country, listed: pd.DataFrame, towers: Integers, scenario: Scenario
) -> Served:
    """Simulate sites; one with a locker serves the internet as the site alone, and is simulated once."""
    names = listed["candidate_id"].str.replace("build_locker", "build", n=1).to_numpy(dtype=str)[towers]
    _, index, number = np.unique(names, return_index=True, return_inverse=True)
    first = towers[index]
    served = served_by_sites(sandbox, country, listed.iloc[first].reset_index(drop=True), scenario)
    return Served(*(getattr(served, name)[number] for name in ("gains", "lower_bound", "upper_bound", "losses")))


def _spread_rows(matrix: csr_matrix, rows: Integers, count: int) -> csr_matrix:
    """Put the matrix's rows at ``rows`` of one with ``count`` rows."""
    entries = matrix.tocoo()
    return coo_matrix((entries.data, (rows[entries.row], entries.col)), (count, matrix.shape[1])).tocsr()


def _only(matrix: csr_matrix, rows: Flags, columns: Flags) -> csr_matrix:
    """Clear all but the flagged rows and columns."""
    entries = matrix.tocoo()
    stays = rows[entries.row] & columns[entries.col]
    return coo_matrix((entries.data[stays], (entries.row[stays], entries.col[stays])), matrix.shape).tocsr()


def _flags(demand: Demand, theme: int, places: int) -> Flags:
    flags = np.zeros(places, dtype=bool)
    flags[demand.place[demand.theme == theme]] = True
    return flags
