"""What candidates would serve, place by place, each asked alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix, csr_matrix

from commune_coverage.config.country import Country
from commune_coverage.planning.benefits.demand import Demand, Places
from commune_coverage.planning.benefits.radio import Served, served_by_sites
from commune_coverage.planning.benefits.travel import served_by_points
from commune_coverage.planning.candidates import points as fibre
from commune_coverage.planning.candidates.table import POINTS, TOWERS
from commune_coverage.planning.scenario.model import THEMES, Scenario, Theme
from commune_coverage.planning.simulation.sandbox import SimulationSandbox

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
ByTheme = Mapping[Theme, csr_matrix]


@dataclass(frozen=True, eq=False)
class BenefitMatrix:
    """Candidates x places by theme: who is served, and by ``losses`` no longer; ``shortfall`` (J) is a share.

    ``alone`` is what each would serve if it were built alone, ``gains`` that as the engines' answers have corrected it.
    """

    alone: ByTheme
    gains: ByTheme
    surely: ByTheme
    perhaps: ByTheme
    losses: ByTheme
    shortfall: Floats

    def people_lost(self, people: Sequence[Floats]) -> Floats:
        """(J, themes): people served before it is built and not after; ``people`` has by theme those of places."""
        return np.column_stack(
            [np.asarray(self.losses[theme] @ of_theme) for theme, of_theme in zip(THEMES, people, strict=True)]
        )

    def items(self, demand: Demand, gains: ByTheme) -> csr_matrix:
        """Candidates x items of the demand."""
        parts = [gains[theme].tocsc()[:, demand.place[demand.theme == row]] for row, theme in enumerate(THEMES)]
        order = np.concatenate([np.flatnonzero(demand.theme == row) for row in range(len(THEMES))])
        columns = [part.tocoo() for part in parts]
        ends = np.cumsum([0, *(part.shape[1] for part in parts)])
        rows = np.concatenate([part.row for part in columns])
        items = order[np.concatenate([part.col + end for part, end in zip(columns, ends, strict=False)])]
        found = coo_matrix((np.ones(len(rows)), (rows, items)), (parts[0].shape[0], len(demand)))
        return found.tocsr()


def benefit_matrix(
    sandbox: SimulationSandbox,
    country: Country,
    listed: pd.DataFrame,
    places: Places,
    demand: Demand,
    scenario: Scenario,
) -> BenefitMatrix:
    """Ask the engines what each candidate would newly serve."""
    empty = csr_matrix((len(listed), len(places.people)))
    kind = listed["kind"].to_numpy(dtype=str)
    by_bound = {name: dict.fromkeys(THEMES, empty) for name in ("gains", "surely", "perhaps", "losses")}
    towers = np.flatnonzero(np.isin(kind, TOWERS))
    if len(towers):
        found = _of_towers(sandbox, country, listed, towers, scenario)
        for name, by_theme in by_bound.items():
            by_theme["internet"] = _spread(getattr(found, name), towers, len(listed))
    nodes = np.flatnonzero(kind == fibre.KIND)
    if len(nodes):
        position = listed[["x_m", "y_m"]].to_numpy(np.float64)[nodes]
        lines = fibre.reached(position, places, _flags(demand, 0, len(places.people)), fibre.reach_m(country))
        for name in ("gains", "surely", "perhaps"):
            by_bound[name]["internet"] = by_bound[name]["internet"] + _spread(lines, nodes, len(listed))
    points = np.flatnonzero(np.isin(kind, POINTS))
    in_need = {theme: _flags(demand, row, len(places.people)) for row, theme in enumerate(THEMES) if row}
    in_need = {theme: flags for theme, flags in in_need.items() if flags.any()}
    if len(points) and in_need:
        reached = served_by_points(
            sandbox, country, listed.iloc[points].reset_index(drop=True), places, in_need, scenario
        )
        for name, bound in (("gains", ""), ("surely", "_low"), ("perhaps", "_high")):
            whole = _spread(reached[bound], points, len(listed))
            for theme in in_need:
                own = (kind == "agent") == (theme == "payment")
                by_bound[name][theme] = _only(whole, own, in_need[theme])
    alone, surely, perhaps, losses = by_bound.values()
    return BenefitMatrix(alone, alone, surely, perhaps, losses, np.zeros(len(listed)))


def _of_towers(
    sandbox: SimulationSandbox, country: Country, listed: pd.DataFrame, towers: Integers, scenario: Scenario
) -> Served:
    """A site with a locker serves the internet as the site alone: it is asked once."""
    names = listed["candidate_id"].str.replace("build_locker", "build", n=1).to_numpy(dtype=str)[towers]
    _, index, number = np.unique(names, return_index=True, return_inverse=True)
    first = towers[index]
    found = served_by_sites(sandbox, country, listed.iloc[first].reset_index(drop=True), scenario)
    return Served(*(getattr(found, name)[number] for name in ("gains", "surely", "perhaps", "losses")))


def _spread(matrix: csr_matrix, rows: Integers, count: int) -> csr_matrix:
    """The matrix's rows put at ``rows`` of one with ``count`` rows."""
    found = matrix.tocoo()
    return coo_matrix((found.data, (rows[found.row], found.col)), (count, matrix.shape[1])).tocsr()


def _only(matrix: csr_matrix, rows: Flags, columns: Flags) -> csr_matrix:
    """The matrix with nothing but the flagged rows and columns."""
    found = matrix.tocoo()
    kept = rows[found.row] & columns[found.col]
    return coo_matrix((found.data[kept], (found.row[kept], found.col[kept])), matrix.shape).tocsr()


def _flags(demand: Demand, theme: int, places: int) -> Flags:
    flags = np.zeros(places, dtype=bool)
    flags[demand.place[demand.theme == theme]] = True
    return flags
