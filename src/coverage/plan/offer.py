"""What candidates would serve, place by place, and what running the engines on chosen ones has taught of it.

A candidate is first asked alone. Together, sites share users and disturb each other: after the engines have run on a
plan, who is served there and was not expected counts for the nearest choice, and who was expected and is not counts for
none of them. Sites that were not chosen are then worth less by the part by which the chosen fell short.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix, csr_matrix
from scipy.spatial import cKDTree

from coverage.country import Country
from coverage.plan.candidates import TOWERS
from coverage.plan.demand import Demand, Places
from coverage.plan.scenario import THEMES, Scenario, Theme
from coverage.plan.served_internet import Served, served_by_sites
from coverage.plan.served_points import served_by_points
from coverage.plan.workshop import Workshop

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
ByTheme = Mapping[Theme, csr_matrix]

_SHARED = "internet"
"""Sites disturb each other and share users; hubs do not."""


@dataclass(frozen=True, eq=False)
class Offer:
    """Candidates x places by theme: who is served, and by ``losses`` no longer; ``shortfall`` (J) is a share."""

    gains: ByTheme
    surely: ByTheme
    perhaps: ByTheme
    losses: ByTheme
    shortfall: Floats

    def people_lost(self, people: Floats) -> Floats:
        """(J, themes): people who are served today and would not be."""
        return np.column_stack([np.asarray(self.losses[theme] @ people) for theme in THEMES])

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


def offer_of(
    workshop: Workshop, country: Country, listed: pd.DataFrame, places: Places, demand: Demand, scenario: Scenario
) -> Offer:
    """Ask the engines what each candidate would newly serve."""
    empty = csr_matrix((len(listed), len(places.people)))
    kind = listed["kind"].to_numpy(dtype=str)
    by_bound = {name: dict.fromkeys(THEMES, empty) for name in ("gains", "surely", "perhaps", "losses")}
    towers = np.flatnonzero(np.isin(kind, TOWERS))
    if len(towers):
        found = _of_towers(workshop, country, listed, towers, scenario)
        for name, by_theme in by_bound.items():
            by_theme["internet"] = _spread(getattr(found, name), towers, len(listed))
    points = np.flatnonzero(np.isin(kind, ["branch", "pickup", "locker", "agent", "build_locker"]))
    in_need = {theme: _flags(demand, row, len(places.people)) for row, theme in enumerate(THEMES) if row}
    in_need = {theme: flags for theme, flags in in_need.items() if flags.any()}
    if len(points) and in_need:
        reached = served_by_points(
            workshop, country, listed.iloc[points].reset_index(drop=True), places, in_need, scenario
        )
        for name, bound in (("gains", ""), ("surely", "_low"), ("perhaps", "_high")):
            whole = _spread(reached[bound], points, len(listed))
            for theme in in_need:
                own = (kind == "agent") == (theme == "payment")
                by_bound[name][theme] = _only(whole, own, in_need[theme])
    return Offer(by_bound["gains"], by_bound["surely"], by_bound["perhaps"], by_bound["losses"], np.zeros(len(listed)))


def _of_towers(
    workshop: Workshop, country: Country, listed: pd.DataFrame, towers: Integers, scenario: Scenario
) -> Served:
    """A site with a locker serves the internet as the site alone: it is asked once."""
    names = listed["candidate_id"].str.replace("build_locker", "build", n=1).to_numpy(dtype=str)[towers]
    _, index, number = np.unique(names, return_index=True, return_inverse=True)
    first = towers[index]
    found = served_by_sites(workshop, country, listed.iloc[first].reset_index(drop=True), scenario)
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


def corrected(
    offer: Offer, listed: pd.DataFrame, places: Places, chosen: Flags, before: Mapping[Theme, Flags],
    after: Mapping[Theme, Flags],
) -> Offer:  # fmt: skip
    """The offer as the engines' answer to a plan corrects it; ``before`` and ``after`` are who is served by theme."""
    gains, losses, shortfall = dict(offer.gains), dict(offer.losses), offer.shortfall.copy()
    kind = listed["kind"].to_numpy(dtype=str)
    for theme, had in before.items():
        of_theme = np.isin(kind, TOWERS) if theme == "internet" else ~np.isin(kind, TOWERS) | (kind == "build_locker")
        rows = np.flatnonzero(chosen & of_theme)
        if not len(rows):
            continue
        has, matrix = after[theme], gains[theme]
        expected = np.asarray(matrix[rows].sum(axis=0)).ravel() > 0
        newly = ~had & has
        gains[theme] = _put(matrix, rows, expected & ~newly, newly & ~expected, listed, places)
        losses[theme] = _lost(losses[theme], rows, had & ~has, listed, places)
        if theme == _SHARED:
            wanted = float(places.people[expected].sum())
            lacking = float(places.people[expected & ~newly].sum())
            shortfall[of_theme & ~chosen] = lacking / wanted if wanted > 0 else 0.0
            shortfall[chosen] = 0.0
    return replace(offer, gains=gains, shortfall=shortfall, losses=losses)


def _nearest(rows: Integers, where: Integers, listed: pd.DataFrame, places: Places) -> Integers:
    position = listed[["x_m", "y_m"]].to_numpy(np.float64)[rows]
    return rows[cKDTree(position).query(places.position[where])[1]] if len(where) else np.zeros(0, dtype=np.int64)


def _put(
    matrix: csr_matrix, rows: Integers, gone: Flags, come: Flags, listed: pd.DataFrame, places: Places
) -> csr_matrix:  # fmt: skip
    """The matrix without the chosen ``rows`` at places ``gone``, and with the nearest of them at places ``come``."""
    found = matrix.tocoo()
    is_chosen = np.zeros(matrix.shape[0], dtype=bool)
    is_chosen[rows] = True
    stays = ~(is_chosen[found.row] & gone[found.col])
    added = np.flatnonzero(come)
    row = np.concatenate([found.row[stays], _nearest(rows, added, listed, places)])
    column = np.concatenate([found.col[stays], added])
    return coo_matrix((np.ones(len(row)), (row, column)), matrix.shape).tocsr()


def _lost(losses: csr_matrix, rows: Integers, lost: Flags, listed: pd.DataFrame, places: Places) -> csr_matrix:
    """Of the chosen ``rows`` the losses that the engines found, each at the nearest; of the others those of before."""
    found = losses.tocoo()
    is_chosen = np.zeros(losses.shape[0], dtype=bool)
    is_chosen[rows] = True
    stays, where = ~is_chosen[found.row], np.flatnonzero(lost)
    row = np.concatenate([found.row[stays], _nearest(rows, where, listed, places)])
    column = np.concatenate([found.col[stays], where])
    return coo_matrix((np.ones(len(row)), (row, column)), losses.shape).tocsr()
