"""The ensemble: draws of a country, corrected by the full figures, weighed by what is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from commune_coverage.ensemble.compact import CompactModel, Figure, Served, as_listed, holds, serve, shares_of
from commune_coverage.ensemble.draws import CommonDraw, OperatorDraw, Sampler, assemble, draw_common, draw_operator
from commune_coverage.ensemble.weighing import KnownShare, Weights, conflicts, weigh

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_CHOICE = 1_000
_MIN_EFFECTIVE, _MIN_EFFECTIVE_SHARE = 40.0, 0.5
"""Fewer effective draws, or less than half of few draws, have no tails to take an interval from."""
_FLAT = 1e-9


@dataclass(frozen=True, eq=False)
class Asked:
    """What is asked of an ensemble.

    Attributes
    ----------
    figures : list of Figure
        Figures.
    people : (communes,) float64, people
        People of the communes.
    full : (figures, communes) float64, optional
        The figures by all places; None where the sample has all of them.
    known : list of KnownShare
        What is known.
    seed, draws, proposals : int
        Seed, draws of the country, and proposals for each operator of which something is known.
    """

    figures: list[Figure]
    people: Floats
    full: Floats | None
    known: list[KnownShare]
    seed: int
    draws: int
    proposals: int = 12

    def known_of(self, operator: str) -> list[KnownShare]:
        """List what is known of an operator; of all together where it is empty."""
        return [one for one in self.known if one.figure.operator == operator]


class CountryDraw(NamedTuple):
    """One draw of the country.

    Attributes
    ----------
    shares : (figures, communes) float64
        Figures.
    log_likelihood : float
        Of what is known.
    missing : (operators,) int64
        Sites that the file lacks.
    proposed : mapping of str to (proposals, known) float64
        By operator, what each of the networks proposed for it says of what is known of it.
    """

    shares: Floats
    log_likelihood: float
    missing: Integers
    proposed: Mapping[str, Floats]


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Weighted draws of a country.

    Attributes
    ----------
    figures : list of Figure
        Figures.
    people : (communes,) float64, people
        People of the communes.
    shares : (draws, figures, communes) float64
        By draw.
    missing : (draws, operators) int64
        Sites that the file lacks.
    weights : Weights
        Of the draws.
    conflicts : list of KnownShare
        What is known and no draw agrees with.
    """

    figures: list[Figure]
    people: Floats
    shares: Floats
    missing: Integers
    weights: Weights
    conflicts: list[KnownShare]

    @property
    def national(self) -> Floats:
        """(draws, figures) float64: shares of all people whose commune's figure is known."""
        known = np.isfinite(self.shares)
        whole = np.where(known, self.people, 0.0).sum(axis=2)
        return np.asarray(np.where(known, self.shares * self.people, 0.0).sum(axis=2) / np.maximum(whole, 1e-300))


class Control(NamedTuple):
    """The figures where nothing is drawn: a control variate.

    Attributes
    ----------
    full : (figures, communes) float64
        By all places.
    is_so : (figures, places) bool
        At the places of the sample.
    """

    full: Floats
    is_so: Flags


def control_of(sampler: Sampler, asked: Asked) -> Control | None:
    """Work out the figures of the sample where nothing is drawn.

    Parameters
    ----------
    sampler : Sampler
        What draws are made of.
    asked : Asked
        Figures, by all places.

    Returns
    -------
    Control or None
        None where the sample has all places.
    """
    if asked.full is None:
        return None
    served = serve(sampler.model, as_listed(sampler.model, sampler.possible.is_listed))
    return Control(asked.full, np.array([holds(sampler.model, served, figure) for figure in asked.figures]))


def corrected(model: CompactModel, control: Control, is_so: Flags, people: Floats, chance: Floats) -> Floats:
    """Correct the shares of a draw by what the full figures have more than those of the sample.

    Parameters
    ----------
    model : CompactModel
        The compact model.
    control : Control
        The figures where nothing is drawn.
    is_so : (figures, places) bool
        The figures of the draw at the places of the sample.
    people : (places,) float64, people
        People that each place stands for.
    chance : (communes,) float64
        Numbers from 0 to 1.

    Returns
    -------
    (figures, communes) float64
        Within 0 and 1; the full figures where the draw is as what is listed.

    Notes
    -----
    Regression estimator (Cochran, Sampling Techniques, 1977, chapter 7), commune by commune: the control variate's
    coefficient is the slope of the draw over the control at the places of the sample. It is 1 for a draw that differs
    from the control nowhere, and 0 for one that all or none of the places meet. Where the control does not vary over
    the places its coefficient is not known, and any from 0 to 1 is taken by chance.
    """
    draw, usual, both = (shares_of(model, part, people) for part in (is_so, control.is_so, is_so & control.is_so))
    variance = usual * (1 - usual)
    is_flat = variance < _FLAT
    slope = np.where(is_flat, chance * (draw == usual), (both - draw * usual) / np.where(is_flat, 1.0, variance))
    return np.asarray(np.clip(draw + slope * (control.full - usual), 0.0, 1.0))


def _shares(
    sampler: Sampler, control: Control | None, common: CommonDraw, served: Served, rows: Sequence[int], asked: Asked
) -> Floats:
    """Shares of some of the figures in a draw, corrected where the sample has not all places."""
    model = sampler.model
    is_so = np.array([holds(model, served, asked.figures[row]) for row in rows])
    if control is None:
        return shares_of(model, is_so, served.people)
    own = Control(control.full[list(rows)], control.is_so[list(rows)])
    return corrected(model, own, is_so, served.people, common.chance)


def draw_country(sampler: Sampler, asked: Asked, control: Control | None, number: int) -> CountryDraw:
    """Make one draw; the same whoever makes it.

    Parameters
    ----------
    sampler : Sampler
        What draws are made of.
    asked : Asked
        What is asked.
    control : Control, optional
        Of ``control_of``.
    number : int
        Number of the draw.

    Returns
    -------
    CountryDraw
        With its likelihood.

    Notes
    -----
    Given what all share, operators are independent of each other. Of each of which shares are known, several networks
    are proposed and one is taken in proportion to its likelihood; their mean likelihood is the operator's factor in the
    weight. So weighted draws have the right law however many are proposed (nested importance sampling; Naesseth,
    Lindsten and Schon, ICML 2015).
    """
    common, chosen, log_likelihood = draw_common(sampler, asked.seed, number), [], 0.0
    proposed = {}
    for row, operator in enumerate(sampler.model.network.operators):
        network, factor, said = _operator(sampler, asked, common, (control, asked.known_of(operator)), (number, row))
        chosen.append(network)
        proposed[operator] = said
        log_likelihood += factor
    served = serve(sampler.model, assemble(sampler, common, chosen))
    shares = _shares(sampler, control, common, served, range(len(asked.figures)), asked)
    for one in asked.known_of(""):
        log_likelihood += float(one.log_likelihood(one.of(shares[asked.figures.index(one.figure)], asked.people)))
    return CountryDraw(shares, log_likelihood, np.array([one.missing for one in chosen]), proposed)


def _operator(
    sampler: Sampler,
    asked: Asked,
    common: CommonDraw,
    known: tuple[Control | None, list[KnownShare]],
    at: tuple[int, int],
) -> tuple[OperatorDraw, float, Floats]:
    """Take one of the networks proposed for an operator, the mean likelihood of them all, and what each says."""
    (control, own), (number, row) = known, at
    operator = sampler.model.network.operators[row]
    if not own:
        return draw_operator(sampler, operator, asked.seed, number), 0.0, np.zeros((1, 0))
    proposals = asked.proposals if any(one.weighs for one in own) else 1
    proposed = [draw_operator(sampler, operator, asked.seed, number, proposal) for proposal in range(proposals)]
    said = np.array([_said(sampler, asked, common, (control, own), network) for network in proposed])
    log_likelihood = sum(one.log_likelihood(said[:, k]) for k, one in enumerate(own))
    whole = float(logsumexp(log_likelihood))
    rng = np.random.default_rng([asked.seed, number, _CHOICE + row])
    taken = rng.choice(len(proposed), p=np.exp(log_likelihood - whole))
    return proposed[taken], whole - float(np.log(len(proposed))), said


def _said(
    sampler: Sampler,
    asked: Asked,
    common: CommonDraw,
    known: tuple[Control | None, list[KnownShare]],
    network: OperatorDraw,
) -> list[float]:
    """What a network says of what is known of its operator."""
    control, own = known
    rows = [asked.figures.index(one.figure) for one in own]
    served = serve(sampler.model, assemble(sampler, common, [network]), has_loads=False)
    shares = _shares(sampler, control, common, served, rows, asked)
    return [float(one.of(shares[k], asked.people)) for k, one in enumerate(own)]


def enough_draws(draws: int) -> float:
    """Number of effective draws that an interval needs.

    Parameters
    ----------
    draws : int
        All draws.

    Returns
    -------
    float
        40, or half of few draws.
    """
    return min(_MIN_EFFECTIVE, _MIN_EFFECTIVE_SHARE * draws)


def gather(asked: Asked, drawn: Sequence[CountryDraw]) -> Ensemble:
    """Weigh draws that were made anywhere, in the order of their numbers.

    Parameters
    ----------
    asked : Asked
        What was asked.
    drawn : sequence of CountryDraw
        The draws.

    Returns
    -------
    Ensemble
        With what is known and no draw agrees with.
    """
    shares = np.array([one.shares for one in drawn])
    weights = weigh(np.array([one.log_likelihood for one in drawn]), enough_draws(len(drawn)))
    against = conflicts(asked.known, [values.ravel() for values in said_of_known(asked, drawn)])
    missing = np.array([one.missing for one in drawn])
    return Ensemble(asked.figures, asked.people, shares, missing, weights, against)


def said_of_known(asked: Asked, drawn: Sequence[CountryDraw]) -> list[Floats]:
    """List what the draws say of each of the shares that are known, whatever their weights.

    Parameters
    ----------
    asked : Asked
        What was asked.
    drawn : sequence of CountryDraw
        The draws.

    Returns
    -------
    list of (draws, proposals) float64
        Of an operator by all networks proposed for it, of all together by the draws alone.
    """
    said = []
    for one in asked.known:
        if operator := one.figure.operator:
            column = asked.known_of(operator).index(one)
            said.append(np.array([draw.proposed[operator][:, column] for draw in drawn]))
        else:
            row = asked.figures.index(one.figure)
            said.append(np.array([[one.of(draw.shares[row], asked.people)] for draw in drawn]))
    return said


def run_ensemble(sampler: Sampler, asked: Asked) -> Ensemble:
    """Draw and weigh an ensemble, one draw after the other.

    Parameters
    ----------
    sampler : Sampler
        What draws are made of.
    asked : Asked
        What is asked.

    Returns
    -------
    Ensemble
        Weighted draws.
    """
    control = control_of(sampler, asked)
    return gather(asked, [draw_country(sampler, asked, control, number) for number in range(asked.draws)])
