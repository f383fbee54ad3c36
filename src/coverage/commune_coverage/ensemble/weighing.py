"""What is known besides cells, and how much each draw of a country agrees with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import numpy.typing as npt

from commune_coverage.ensemble.compact import Figure

Floats = npt.NDArray[np.float64]

_STEPS = 60
_FAR = 3.0


@dataclass(frozen=True, eq=False)
class KnownShare:
    """A published share of people.

    Attributes
    ----------
    figure : Figure
        What it is of.
    share : float
        The share.
    sigma : float
        Its standard error.
    communes : (n,) int64, optional
        Rows of the communes whose people it is of; all of them where None.
    published_by : str
        Who says so.
    weighs : bool
        Whether draws are weighed by it; otherwise it is predicted alone.
    """

    figure: Figure
    share: float
    sigma: float
    communes: npt.NDArray[np.int64] | None = None
    published_by: str = ""
    weighs: bool = True

    def of(self, commune_shares: Floats, people: Floats) -> Floats:
        """Share of the people of its area.

        Parameters
        ----------
        commune_shares : (..., communes) float64
            Shares of the people of each commune.
        people : (communes,) float64, people
            People.

        Returns
        -------
        (...) float64
            Mean by people.
        """
        rows = slice(None) if self.communes is None else self.communes
        lived_in = np.where(people[rows] > 0, commune_shares[..., rows], 0.0)
        return np.asarray(lived_in @ people[rows] / people[rows].sum())

    def log_likelihood(self, shares: Floats) -> Floats:
        """Logarithm of the normal likelihood, but for a constant.

        Parameters
        ----------
        shares : (...) float64
            Shares by the draws.

        Returns
        -------
        (...) float64
            At most 0; 0 where draws are not weighed by it.
        """
        if not self.weighs:
            return np.zeros_like(shares)
        return np.asarray(-(((shares - self.share) / self.sigma) ** 2) / 2)


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights of the draws.

    Attributes
    ----------
    weight : (draws,) float64
        1 in all.
    effective_draws : float
        Draws of equal weight that tell as much (Kish).
    tempering : float
        Power to which the likelihood was taken: 1 where it was used as it is.
    """

    weight: Floats
    effective_draws: float
    tempering: float


def weigh(log_likelihood: Floats, min_effective: float) -> Weights:
    """Weigh draws by their likelihood, as much of it as leaves enough of them.

    Parameters
    ----------
    log_likelihood : (draws,) float64
        By draw.
    min_effective : float
        Effective draws at least.

    Returns
    -------
    Weights
        Where the likelihood leaves fewer, it is taken to the greatest power that leaves so many.

    Notes
    -----
    Importance sampling; effective sample size of Kish 1965; one step of tempering (Neal, Statistics and Computing 11,
    2001). A likelihood that is tempered understates what is known: the intervals are then too wide, never too narrow.
    """
    low, high = 0.0, 1.0
    if effective_draws(_normalised(log_likelihood)) < min_effective:
        for _ in range(_STEPS):
            middle = (low + high) / 2
            enough = effective_draws(_normalised(middle * log_likelihood)) >= min_effective
            low, high = (middle, high) if enough else (low, middle)
    else:
        low = 1.0
    weight = _normalised(low * log_likelihood)
    return Weights(weight, effective_draws(weight), low)


def effective_draws(weight: Floats) -> float:
    """Count the draws of equal weight that tell as much.

    Parameters
    ----------
    weight : (draws,) float64
        Weights, 1 in all.

    Returns
    -------
    float
        1 to the number of draws.
    """
    return float(1 / (weight**2).sum())


def _normalised(log_weight: Floats) -> Floats:
    weight = np.exp(log_weight - log_weight.max(initial=-np.inf))
    return np.asarray(weight / weight.sum())


def conflicts(known: Sequence[KnownShare], shares: Sequence[Floats]) -> list[KnownShare]:
    """Find what the draws do not agree with, whatever their weights.

    Parameters
    ----------
    known : sequence of KnownShare
        What is known.
    shares : sequence of (draws,) float64
        The same shares by the draws, not weighed.

    Returns
    -------
    list of KnownShare
        Those that lie three standard errors, of the draws and their own together, or more from the mean of the draws,
        and beyond all of the draws.
    """
    found = []
    for one, drawn in zip(known, shares, strict=True):
        is_far = abs(one.share - drawn.mean()) > _FAR * np.hypot(drawn.std(), one.sigma)
        if is_far and not drawn.min() - one.sigma <= one.share <= drawn.max() + one.sigma:
            found.append(one)
    return found


def contradictions(known: Sequence[KnownShare]) -> list[tuple[KnownShare, KnownShare]]:
    """Find sources that say different things of the same people.

    Parameters
    ----------
    known : sequence of KnownShare
        What is known.

    Returns
    -------
    list of (KnownShare, KnownShare)
        Pairs of the same figure and area whose shares differ by three of their standard errors together or more; and
        pairs of which the first, of one operator, is so much greater than the second, of all operators.
    """
    return [(one, other) for one, other in permutations(known, 2) if _contradicts(one, other)]


def _contradicts(one: KnownShare, other: KnownShare) -> bool:
    if not _same_area(one, other) or one.figure.kind != other.figure.kind:
        return False
    above = one.share - other.share > _FAR * np.hypot(one.sigma, other.sigma)
    is_part = one.figure._replace(operator="") == other.figure
    return bool(above and (one.figure == other.figure or is_part))


def _same_area(one: KnownShare, other: KnownShare) -> bool:
    if one.communes is None or other.communes is None:
        return one.communes is other.communes
    return np.array_equal(one.communes, other.communes)
