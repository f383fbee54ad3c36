"""How many stations a file lacks: from how often the others were seen, from a stated number, or not known at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, gammaln, logsumexp

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_SHARES = np.concatenate([[1e-4, 1e-3, 3e-3], np.arange(0.01, 0.9, 0.03)])
_POWERS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
_SPREADS = np.array([0.25, 0.5, 0.75, 1.0, 1.25, 1.5])
_MEANS, _NODES = np.geomspace(1e-3, 1e6, 2_000), 80
_MAX_UNSEEN = 0.95
_AT_A_TIME = 128


class Missing(NamedTuple):
    """Stations of one operator that the file lacks, in one draw.

    Attributes
    ----------
    stations : mapping of str to (strata,) int64
        By technology: how many; a single number where nothing is known of the stratum.
    unseen_share : mapping of str to (strata,) float64
        By technology: probability that a station is not in the file. 0 where the file lacks whole sites only, so that
        no listed site lacks a station.
    """

    stations: Mapping[str, Integers]
    unseen_share: Mapping[str, Floats]


class Sightings(NamedTuple):
    """How often the stations of one technology were seen.

    Attributes
    ----------
    samples : (n,) float64
        1 or more.
    log_people : (n,) float64
        Logarithm of the people about each, who see it.
    stratum : (n,) int64
        Stratum of each.
    other_sites, both_sites : int
        Sites that are known by another technology, and those of them that are known by this one too.
    """

    samples: Floats
    log_people: Floats
    stratum: Integers
    other_sites: int = 0
    both_sites: int = 0


@dataclass(frozen=True, eq=False)
class Listed:
    """Stations of one operator in the file.

    Attributes
    ----------
    sites : (strata,) int64
        Sites.
    stations : mapping of str to (strata,) int64
        By technology.
    seen : mapping of str to Sightings
        By technology, how often each station was seen; empty for a register.
    """

    sites: Integers
    stations: Mapping[str, Integers]
    seen: Mapping[str, Sightings]

    @cached_property
    def unseen(self) -> dict[str, UnseenPosterior]:
        """By technology, what follows of those that were never seen; see ``unseen_posterior``."""
        return {name: unseen_posterior(seen) for name, seen in self.seen.items()}


class MissingModel(Protocol):
    """What is known of the number of missing stations of one operator."""

    def draw(self, listed: Listed, rng: np.random.Generator) -> Missing:
        """Draw how many are missing."""


@dataclass(frozen=True)
class Complete:
    """Nothing is missing."""

    def draw(self, listed: Listed, rng: np.random.Generator) -> Missing:
        """Draw no station.

        Parameters
        ----------
        listed : Listed
            Stations in the file.
        rng : Generator
            Source of chance.

        Returns
        -------
        Missing
            None.
        """
        return whole_sites(0, listed, rng)


@dataclass(frozen=True)
class StatedMasts:
    """The number of sites is known.

    Attributes
    ----------
    masts : float
        Sites of the operator.
    sigma : float
        Its standard error.
    """

    masts: float
    sigma: float = 0.0

    def draw(self, listed: Listed, rng: np.random.Generator) -> Missing:
        """Draw what the number leaves over the listed sites, in any stratum.

        Parameters
        ----------
        listed : Listed
            Stations in the file.
        rng : Generator
            Source of chance.

        Returns
        -------
        Missing
            In any stratum; see ``whole_sites``.
        """
        sites = round(max(rng.normal(self.masts, self.sigma) - listed.sites.sum(), 0.0))
        return whole_sites(sites, listed, rng)


@dataclass(frozen=True)
class UnknownShare:
    """Nothing is known of the number: with some probability no site is missing, else any share is as likely.

    Attributes
    ----------
    complete_probability : float
        Probability that the file has all.
    max_share : float
        Greatest share of all sites that may be missing.
    """

    complete_probability: float = 0.25
    max_share: float = 0.7

    def draw(self, listed: Listed, rng: np.random.Generator) -> Missing:
        """Draw a share of missing sites.

        Parameters
        ----------
        listed : Listed
            Stations in the file.
        rng : Generator
            Source of chance.

        Returns
        -------
        Missing
            In any stratum; see ``whole_sites``.
        """
        share = self.max_share * rng.random() * (rng.random() >= self.complete_probability)
        return whole_sites(round(listed.sites.sum() * share / (1 - share)), listed, rng)


@dataclass(frozen=True)
class SampleCounts:
    """Stations were seen by chance, some never: how often the others were seen says how many."""

    def draw(self, listed: Listed, rng: np.random.Generator) -> Missing:
        """Draw the stations that were never seen, technology by technology and stratum by stratum.

        Parameters
        ----------
        listed : Listed
            Stations in the file, with their samples.
        rng : Generator
            Source of chance.

        Returns
        -------
        Missing
            By stratum.

        Notes
        -----
        For each station that was seen, with probability ``1 - p``, so many like it were not: a geometric number, whose
        sum is negative binomial where every number of all is as likely in its logarithm. ``p`` follows from the people
        about the station by a law that is drawn from ``unseen_posterior``.
        """
        stations, shares, strata = {}, {}, len(listed.sites)
        for name, seen in listed.seen.items():
            posterior = listed.unseen[name]
            law = rng.choice(len(posterior.probability), p=posterior.probability)
            unseen = np.minimum(posterior.unseen[law], _MAX_UNSEEN)
            like_it = rng.geometric(1 - unseen) - 1
            stations[name] = np.bincount(seen.stratum, like_it, strata).astype(np.int64)
            all_like = np.bincount(seen.stratum, 1 / (1 - unseen), strata)
            shares[name] = 1 - np.bincount(seen.stratum, minlength=strata) / np.maximum(all_like, 1e-9)
            shares[name][all_like == 0] = 1 - len(unseen) / all_like.sum()
        return Missing(stations, shares)


def whole_sites(sites: int, listed: Listed, rng: np.random.Generator) -> Missing:
    """Draw the stations of sites of which the file has none.

    Parameters
    ----------
    sites : int
        Missing sites.
    listed : Listed
        Stations in the file: each technology is as frequent among the missing sites.
    rng : Generator
        Source of chance.

    Returns
    -------
    Missing
        In any stratum; the most frequent technology at every site.
    """
    whole, number = int(listed.sites.sum()), {name: int(counts.sum()) for name, counts in listed.stations.items()}
    stations = {}
    for name, count in number.items():
        share = 1.0 if count == max(number.values()) else rng.beta(count + 0.5, max(whole - count, 0) + 0.5)
        stations[name] = np.array([rng.binomial(sites, share)])
    return Missing(stations, {name: np.zeros(1) for name in number})


def chao_missing(samples: Floats) -> float:
    """Lower bound of the number never seen, from how many were seen once and twice.

    Parameters
    ----------
    samples : (n,) float64
        How often each was seen, 1 or more.

    Returns
    -------
    float
        Expected number at least.

    Notes
    -----
    A. Chao, Scandinavian Journal of Statistics 11 (1984): f1^2 / (2 f2), in the form that holds without any seen twice.
    """
    once, twice = float((samples == 1).sum()), float((samples == 2).sum())
    return once**2 / (2 * twice) if twice > 0 else once * (once - 1) / 2


class UnseenPosterior(NamedTuple):
    """Laws of sightings on a grid.

    Attributes
    ----------
    probability : (laws,) float64
        Of each law, 1 in all.
    unseen : (laws, stations) float64
        By law, probability that a station like each of those seen is never seen.
    """

    probability: Floats
    unseen: Floats


def unseen_posterior(seen: Sightings) -> UnseenPosterior:
    """Weigh laws of how often stations are seen by how often those that were seen are.

    Parameters
    ----------
    seen : Sightings
        Stations that were seen at least once.

    Returns
    -------
    UnseenPosterior
        Laws over shares that are never seen, powers of the people about a station, and how unlike stations are.

    Notes
    -----
    Zero-truncated regression of two kinds, equally likely before: Poisson numbers about rates that are gamma (Cruyff
    and van der Heijden, Biometrical Journal 50, 2008) or log-normal (M. G. Bulmer, Biometrics 30, 1974), with a spread
    of the rate's logarithm of 0.25 to 1.5, and the gamma law of the same variance over mean squared. Before,
    every share never seen is as likely, up to 0.9, at the median of the people, and every power from 0 to 1: with a
    prior that is even in the logarithm of the mean the share would be drawn to 1. Sites that are known by another
    technology say how many of them are known by this one: at least as many as have it are seen, whatever share has it
    (capture and recapture; every share is as likely before).
    """
    samples, people = np.maximum(np.rint(seen.samples), 1.0), seen.log_people - np.median(seen.log_people)
    log_p, unseen = zip(
        *(law(samples, people, spread) for law in (_gamma, _log_normal) for spread in _SPREADS), strict=True
    )
    by_law = np.concatenate(unseen)
    log_weight = np.concatenate(log_p) + _log_recaptured(seen, by_law.mean(axis=1))
    weight = np.exp(log_weight - log_weight.max())
    return UnseenPosterior(weight / weight.sum(), by_law)


def _log_recaptured(seen: Sightings, unseen: Floats) -> Floats:
    """Logarithm of the likelihood of the sites known by both, where any share of all sites has the technology.

    The binomial likelihood of ``(1 - unseen) share``, integrated over the share from 0 to 1.
    """
    both, others = seen.both_sites, seen.other_sites - seen.both_sites
    whole = np.maximum(betainc(both + 1, others + 1, 1 - unseen), 1e-300)
    return np.asarray(np.log(whole) - np.log1p(-unseen)) if seen.other_sites else np.zeros(len(unseen))


def _gamma(samples: Floats, people: Floats, spread: float) -> tuple[Floats, Floats]:
    """Logarithm of the likelihood by law, and by law and station the probability of never being seen."""
    shape = 1 / np.expm1(spread**2)
    mean = _means(shape * (_SHARES ** (-1 / shape) - 1), people)
    log_zero = shape * np.log(shape / (shape + mean))
    log_pmf = gammaln(samples + shape) - gammaln(shape) - gammaln(samples + 1) + log_zero
    log_pmf = log_pmf + samples * np.log(mean / (shape + mean))
    return (log_pmf - np.log(-np.expm1(log_zero))).sum(axis=1), np.exp(log_zero)


def _log_normal(samples: Floats, people: Floats, spread: float) -> tuple[Floats, Floats]:
    """The same for log-normal rates, by Gauss-Hermite quadrature."""
    nodes, weight = np.polynomial.hermite_e.hermegauss(_NODES)
    factor, weight = np.exp(spread * nodes - spread**2 / 2), weight / weight.sum()
    of_mean = np.exp(-_MEANS[:, np.newaxis] * factor) @ weight
    mean = _means(np.exp(np.interp(-_SHARES, -of_mean, np.log(_MEANS))), people)
    log_p, zero = np.zeros(len(mean)), np.empty(mean.shape)
    for first in range(0, len(samples), _AT_A_TIME):
        part = slice(first, first + _AT_A_TIME)
        rate = mean[:, part, np.newaxis] * factor
        zero[:, part] = np.exp(-rate) @ weight
        log_each = samples[part, np.newaxis] * np.log(rate) - rate - gammaln(samples[part] + 1)[:, np.newaxis]
        log_p += (logsumexp(log_each, axis=2, b=weight) - np.log1p(-zero[:, part])).sum(axis=1)
    return log_p, zero


def _means(at_median: Floats, people: Floats) -> Floats:
    """(laws, stations) mean sightings, by share at the median of the people and by power."""
    mean = at_median[:, np.newaxis, np.newaxis] * np.exp(_POWERS[:, np.newaxis] * people)
    return np.asarray(mean.reshape(-1, len(people)))
