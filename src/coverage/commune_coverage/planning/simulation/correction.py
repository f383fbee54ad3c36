"""Benefits of candidates as the simulation of a plan corrects them, place by place and year by year.

Together, sites share users and interfere. A place that is served from some year on in the simulation counts for a
choice of that year: one that reaches it if there is one, else the nearest. A place that loses or regains service later
counts for the nearest choice of the year in which that happens. The benefits of sites that were not chosen are reduced
by the share by which the chosen fell short of what each would serve alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix, csr_matrix
from scipy.spatial import cKDTree

from commune_coverage.planning.benefits.matrix import BenefitMatrix
from commune_coverage.planning.candidates.table import INTERNET, POINTS, TOWERS
from commune_coverage.planning.demand import Places
from commune_coverage.planning.scenario.model import Theme
from commune_coverage.planning.simulation.networks import BuiltNetworks

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_SHARED = "internet"
"""Sites interfere and share users; hubs do not."""


class SimulationFeedback(NamedTuple):
    """Who is served in each year, by the simulation.

    Parameters
    ----------
    with_plan, without_plan : ndarray of bool, shape (T, places)
        On the networks with the plan and without it.
    """

    with_plan: Flags
    without_plan: Flags


class Choices(NamedTuple):
    """The chosen candidates of a theme.

    Parameters
    ----------
    rows : ndarray of int64, shape (chosen,)
        Their rows among all candidates.
    year : ndarray of int64, shape (chosen,)
        Year index of each.
    position : ndarray of float64, shape (chosen, 2)
        In metres.
    """

    rows: Integers
    year: Integers
    position: Floats


def corrected(
    benefits: BenefitMatrix, listed: pd.DataFrame, places: Places, build_year: Integers, built: list[BuiltNetworks]
) -> BenefitMatrix:
    """Correct benefits by the simulation of a plan.

    Parameters
    ----------
    benefits : BenefitMatrix
        From which the plan was chosen.
    listed : DataFrame, J rows
        Candidates with ``kind``, ``x_m`` and ``y_m``.
    places : Places
        All places with people.
    build_year : ndarray of int64, shape (J,)
        Year index of each candidate, T for not at all.
    built : list of BuiltNetworks, length T
        The plan's networks as simulated.

    Returns
    -------
    BenefitMatrix
        Such that the optimiser's estimate of this plan agrees with the simulation.
    """
    gains, losses, shortfall = dict(benefits.gains), dict(benefits.losses), benefits.shortfall.copy()
    kind, is_chosen = listed["kind"].to_numpy(dtype=str), build_year < len(built)
    position = listed[["x_m", "y_m"]].to_numpy(np.float64)
    for theme in built[-1].planned.served:
        of_theme = np.isin(kind, INTERNET if theme == _SHARED else POINTS)
        rows = np.flatnonzero(is_chosen & of_theme)
        if not len(rows):
            continue
        choices, feedback = Choices(rows, build_year[rows], position[rows]), feedback_of(built, theme)
        gains[theme] = _corrected_gains(gains[theme], choices, feedback, places)
        losses[theme] = _corrected_losses(losses[theme], choices, feedback, places)
        if theme == _SHARED:
            shortfall[np.isin(kind, TOWERS) & ~is_chosen] = _shortfall(benefits.alone[theme], choices, feedback, places)
            shortfall[is_chosen] = 0.0
    return replace(benefits, gains=gains, shortfall=shortfall, losses=losses)


def feedback_of(built: list[BuiltNetworks], theme: Theme) -> SimulationFeedback:
    """Collect who is served of one theme.

    Parameters
    ----------
    built : list of BuiltNetworks, length T
        The plan's networks.
    theme : {"internet", "delivery", "payment"}
        The theme.

    Returns
    -------
    SimulationFeedback
        For all years and places.
    """
    return SimulationFeedback(
        *(
            np.stack([of_year.served[theme] for of_year in years])
            for years in ([one.planned for one in built], [one.unplanned for one in built])
        )
    )


def _served_by_plan(feedback: SimulationFeedback) -> Flags:
    """(T, places) in need at the end: served only because of the plan; in years served anyway, as in the next year."""
    served = feedback.with_plan.copy()
    for year in range(len(served) - 2, -1, -1):
        served[year] = np.where(feedback.without_plan[year], served[year + 1], served[year])
    return served & ~feedback.without_plan[-1]


def _first(served: Flags) -> Integers:
    """Find the first year in which each place is served, the number of years for never."""
    return np.where(served.any(axis=0), served.argmax(axis=0), len(served))


def _corrected_gains(gains: csr_matrix, choices: Choices, feedback: SimulationFeedback, places: Places) -> csr_matrix:
    """Let the chosen serve each place from the year on that the simulation says."""
    never, first = len(feedback.with_plan), _first(_served_by_plan(feedback))
    old, year_of = gains.tocoo(), np.full(gains.shape[0], -1)
    year_of[choices.rows] = choices.year
    year = year_of[old.row]
    stays = (year < 0) | ((first[old.col] < never) & (year >= first[old.col]))
    in_time = np.zeros(gains.shape[1], dtype=bool)
    in_time[old.col[(year >= 0) & (year == first[old.col])]] = True
    added = np.flatnonzero((first < never) & ~in_time)
    by = _nearest(choices, first[added], places.position[added])
    row = np.concatenate([old.row[stays], by[by >= 0]])
    column = np.concatenate([old.col[stays], added[by >= 0]])
    matrix = coo_matrix((np.ones(len(row)), (row, column)), gains.shape).tocsr()
    return csr_matrix(matrix > 0).astype(np.float64)


def _corrected_losses(losses: csr_matrix, choices: Choices, feedback: SimulationFeedback, places: Places) -> csr_matrix:
    """Take of the chosen what the simulation lost (1) or regained (-1); of the others what was known of them."""
    old, is_chosen = losses.tocoo(), np.zeros(losses.shape[0], dtype=bool)
    is_chosen[choices.rows] = True
    stays, served = ~is_chosen[old.row], _served_by_plan(feedback)
    gone = feedback.without_plan[-1] & feedback.without_plan & ~feedback.with_plan
    gone |= ~served & (np.arange(len(served))[:, None] > _first(served)) & ~feedback.without_plan[-1]
    change = np.diff(gone.astype(np.int8), axis=0, prepend=np.zeros((1, gone.shape[1]), dtype=np.int8))
    year, place = np.nonzero(change)
    by = _nearest(choices, year, places.position[place])
    year, place, by = year[by >= 0], place[by >= 0], by[by >= 0]
    row, column = np.concatenate([old.row[stays], by]), np.concatenate([old.col[stays], place])
    data = np.concatenate([old.data[stays], change[year, place]])
    return coo_matrix((data, (row, column)), losses.shape, dtype=np.float64).tocsr()


def _nearest(choices: Choices, year: Integers, position: Floats) -> Integers:
    """Find the nearest choice of each year, or until it where there is none in it; -1 where there is none at all."""
    nearest = np.full(len(year), -1)
    for each in np.unique(year):
        here = np.flatnonzero(choices.year == each)
        here = here if len(here) else np.flatnonzero(choices.year < each)
        if len(here):
            of_year = year == each
            nearest[of_year] = choices.rows[here[cKDTree(choices.position[here]).query(position[of_year])[1]]]
    return nearest


def _shortfall(alone: csr_matrix, choices: Choices, feedback: SimulationFeedback, places: Places) -> float:
    """Compute the share of what the chosen would serve alone, people times years, that they do not serve together."""
    years = len(feedback.with_plan)
    wanted = np.zeros(alone.shape[1])
    for row, year in zip(choices.rows, choices.year, strict=True):
        own = alone.indices[alone.indptr[row] : alone.indptr[row + 1]]
        wanted[own] = np.maximum(wanted[own], years - year)
    served = _served_by_plan(feedback).sum(axis=0)
    expected = float(places.people @ wanted)
    return max(1 - float(places.people @ np.minimum(served, wanted)) / expected, 0.0) if expected > 0 else 0.0
