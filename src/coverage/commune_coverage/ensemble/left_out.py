"""Each figure that is known, predicted by all the others: what the draws would say if nobody had published it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp, ndtr

from commune_coverage.ensemble.ensemble import Asked, CountryDraw, enough_draws, said_of_known
from commune_coverage.ensemble.intervals import INTERVAL, interval
from commune_coverage.ensemble.weighing import KnownShare, weigh

Floats = npt.NDArray[np.float64]


class Prediction(NamedTuple):
    """What is predicted of a figure that is known, without itself.

    Attributes
    ----------
    known : KnownShare
        The figure.
    low, median, high : float
        90 % interval of the share, without the figure's own error.
    below : float
        Probability that what would be published, with its own error, is below what was.
    effective_draws : float
        Draws of equal weight that tell as much.
    """

    known: KnownShare
    low: float
    median: float
    high: float
    below: float
    effective_draws: float

    @property
    def is_within(self) -> bool:
        """Whether what was published is within the middle 90 % of what would be."""
        return abs(self.below - 0.5) <= INTERVAL / 2


def predictions(asked: Asked, drawn: Sequence[CountryDraw]) -> list[Prediction]:
    """Predict each known share by the others.

    Parameters
    ----------
    asked : Asked
        What was asked.
    drawn : sequence of CountryDraw
        The draws.

    Returns
    -------
    list of Prediction
        In the order of ``asked.known``.

    Notes
    -----
    No draw is made anew. A share of an operator is what each of the networks says that were proposed for it; network
    ``p`` of draw ``d`` weighs as the operator's other shares have it, times what the other operators' shares make of
    ``d``. Shares of all operators together are left out with it, for they were weighed with the network that was taken.
    A share of all together is predicted by the weights of the draws without its own factor.
    """
    said = said_of_known(asked, drawn)
    own = [one.log_likelihood(values) for one, values in zip(asked.known, said, strict=True)]
    factor = {name: _of_operator(asked, own, name) for name in sorted({one.figure.operator for one in asked.known})}
    return [_predicted(asked, row, (said, own), factor) for row in range(len(asked.known))]


def _of_operator(asked: Asked, own: Sequence[Floats], operator: str) -> Floats:
    """(draws, proposals) logarithm of the likelihood of all that is known of an operator."""
    return np.asarray(sum(part for one, part in zip(asked.known, own, strict=True) if one.figure.operator == operator))


def _predicted(
    asked: Asked, row: int, shares: tuple[Sequence[Floats], Sequence[Floats]], factor: dict[str, Floats]
) -> Prediction:
    (said, own), one = shares, asked.known[row]
    operator = one.figure.operator
    others = [_mean(values) for name, values in factor.items() if name not in ("", operator)]
    log_weight = factor[operator] - own[row] + np.sum(others, axis=0)
    weights = weigh(log_weight.ravel(), enough_draws(asked.draws))
    low, median, high = (float(end) for end in interval(said[row].ravel(), weights.weight))
    below = probability_published_below(said[row].ravel(), weights.weight, (one.share, one.sigma))
    return Prediction(one, low, median, high, below, weights.effective_draws)


def probability_published_below(draws: Floats, weight: Floats, published: tuple[float, float]) -> float:
    """Probability that a figure would be published below what it was.

    Parameters
    ----------
    draws, weight : (draws,) float64
        The true figure by the draws, and their weights, 1 in all.
    published : tuple of float
        What was published, and its standard error.

    Returns
    -------
    float
        Uniform where the figure is as the draws are: the probability integral transform of the published figure.
    """
    value, sigma = published
    return float(weight @ ndtr((value - draws) / sigma))


def _mean(log_likelihood: Floats) -> Floats:
    """(draws, 1) logarithm of the mean likelihood over the proposals."""
    return np.asarray(logsumexp(log_likelihood, axis=1, keepdims=True) - np.log(log_likelihood.shape[1]))
