"""What running the engines on a plan teaches of its candidates, place by place and year by year.

Together, sites share users and disturb each other. A place that the engines serve from some year on counts for a
choice of that year: one that reaches it if there is one, else the nearest. What a place loses or wins back later counts
for the nearest choice of the year in which that happens. Sites that were not chosen are worth less by the part by which
the chosen fell short of what each would do alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix, csr_matrix
from scipy.spatial import cKDTree

from commune_coverage.planning.benefits.demand import Places
from commune_coverage.planning.benefits.matrix import BenefitMatrix
from commune_coverage.planning.candidates.table import INTERNET, POINTS, TOWERS
from commune_coverage.planning.scenario.model import Theme
from commune_coverage.planning.simulation.networks import BuiltNetworks

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_SHARED = "internet"
"""Sites disturb each other and share users; hubs do not."""


class SimulationFeedback(NamedTuple):
    """Years x places: who is served with the plan, and without it."""

    has: Flags
    had: Flags


class Choices(NamedTuple):
    """The chosen candidates of a theme: their rows, the year (index) and the position of each."""

    rows: Integers
    year: Integers
    position: Floats


def corrected(
    benefits: BenefitMatrix, listed: pd.DataFrame, places: Places, year: Integers, built: list[BuiltNetworks]
) -> BenefitMatrix:
    """The offer as the engines' answer to a plan corrects it; ``year`` (index) is that of each candidate."""
    gains, losses, shortfall = dict(benefits.gains), dict(benefits.losses), benefits.shortfall.copy()
    kind, chosen = listed["kind"].to_numpy(dtype=str), year < len(built)
    position = listed[["x_m", "y_m"]].to_numpy(np.float64)
    for theme in built[-1].planned.served:
        of_theme = np.isin(kind, INTERNET if theme == _SHARED else POINTS)
        rows = np.flatnonzero(chosen & of_theme)
        if not len(rows):
            continue
        choices, feedback = Choices(rows, year[rows], position[rows]), feedback_of(built, theme)
        gains[theme] = _served(gains[theme], choices, feedback, places)
        losses[theme] = _lost(losses[theme], choices, feedback, places)
        if theme == _SHARED:
            shortfall[np.isin(kind, TOWERS) & ~chosen] = _shortfall(benefits.alone[theme], choices, feedback, places)
            shortfall[chosen] = 0.0
    return replace(benefits, gains=gains, shortfall=shortfall, losses=losses)


def feedback_of(built: list[BuiltNetworks], theme: Theme) -> SimulationFeedback:
    """What the engines say of one theme; a place that the last year would serve anyhow is no one's gain."""
    return SimulationFeedback(
        *(
            np.stack([of_year.served[theme] for of_year in years])
            for years in ([one.planned for one in built], [one.unplanned for one in built])
        )
    )


def _with_the_plan(feedback: SimulationFeedback) -> Flags:
    """(years, places) in need at the end: served thanks to the plan. Where it is served anyhow, as in the next year."""
    thanks = feedback.has.copy()
    for year in range(len(thanks) - 2, -1, -1):
        thanks[year] = np.where(feedback.had[year], thanks[year + 1], thanks[year])
    return thanks & ~feedback.had[-1]


def _first(thanks: Flags) -> Integers:
    """The first year in which each place is served, the number of years for never."""
    return np.where(thanks.any(axis=0), thanks.argmax(axis=0), len(thanks))


def _served(gains: csr_matrix, choices: Choices, feedback: SimulationFeedback, places: Places) -> csr_matrix:
    """The gains of the chosen so that each place is served by them from the year on that the engines say."""
    never, first = len(feedback.has), _first(_with_the_plan(feedback))
    found, when = gains.tocoo(), np.full(gains.shape[0], -1)
    when[choices.rows] = choices.year
    at = when[found.row]
    stays = (at < 0) | ((first[found.col] < never) & (at >= first[found.col]))
    in_time = np.zeros(gains.shape[1], dtype=bool)
    in_time[found.col[(at >= 0) & (at == first[found.col])]] = True
    added = np.flatnonzero((first < never) & ~in_time)
    by = _nearest(choices, first[added], places.position[added])
    row = np.concatenate([found.row[stays], by[by >= 0]])
    column = np.concatenate([found.col[stays], added[by >= 0]])
    matrix = coo_matrix((np.ones(len(row)), (row, column)), gains.shape).tocsr()
    return csr_matrix(matrix > 0).astype(np.float64)


def _lost(losses: csr_matrix, choices: Choices, feedback: SimulationFeedback, places: Places) -> csr_matrix:
    """Of the chosen what the engines found to be lost (1) or won back (-1); of the others what was known of them."""
    found, is_chosen = losses.tocoo(), np.zeros(losses.shape[0], dtype=bool)
    is_chosen[choices.rows] = True
    stays, thanks = ~is_chosen[found.row], _with_the_plan(feedback)
    gone = feedback.had[-1] & feedback.had & ~feedback.has
    gone |= ~thanks & (np.arange(len(thanks))[:, None] > _first(thanks)) & ~feedback.had[-1]
    change = np.diff(gone.astype(np.int8), axis=0, prepend=np.zeros((1, gone.shape[1]), dtype=np.int8))
    year, place = np.nonzero(change)
    by = _nearest(choices, year, places.position[place])
    year, place, by = year[by >= 0], place[by >= 0], by[by >= 0]
    row, column = np.concatenate([found.row[stays], by]), np.concatenate([found.col[stays], place])
    data = np.concatenate([found.data[stays], change[year, place]])
    return coo_matrix((data, (row, column)), losses.shape, dtype=np.float64).tocsr()


def _nearest(choices: Choices, year: Integers, position: Floats) -> Integers:
    """The nearest choice of each year, or until it where there is none in it; -1 where there is none at all."""
    found = np.full(len(year), -1)
    for each in np.unique(year):
        here = np.flatnonzero(choices.year == each)
        here = here if len(here) else np.flatnonzero(choices.year < each)
        if len(here):
            asked = year == each
            found[asked] = choices.rows[here[cKDTree(choices.position[here]).query(position[asked])[1]]]
    return found


def _shortfall(alone: csr_matrix, choices: Choices, feedback: SimulationFeedback, places: Places) -> float:
    """The part of what the chosen would serve alone, people times years, that they do not serve together."""
    years = len(feedback.has)
    wanted = np.zeros(alone.shape[1])
    for row, year in zip(choices.rows, choices.year, strict=True):
        own = alone.indices[alone.indptr[row] : alone.indptr[row + 1]]
        wanted[own] = np.maximum(wanted[own], years - year)
    served = _with_the_plan(feedback).sum(axis=0)
    expected = float(places.people @ wanted)
    return max(1 - float(places.people @ np.minimum(served, wanted)) / expected, 0.0) if expected > 0 else 0.0
