"""Which of two sets of uncertain positions are of one structure.

A station of one operator stands at a mast of another, or by itself. Both leave it near some mast where masts are
dense, so that no radius parts them. What parts them is how much oftener the two are found within their errors of each
other than masts that are not the same are. Astronomers identify sources of two catalogues in this way.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_NEIGHBOURS = 12
_DENSITY_NEIGHBOURS = 10
_SPARSE_SIGMAS = 10.0
_DEVIATIONS = (1.5, 2.0, 2.5)
_Z_90 = 1.645
_SHARES = np.linspace(0.0, 1.0, 101)[:-1]
_LOG_LIKELIHOOD_90 = 1.353
_SIGMA_FACTORS = (0.5, 2**-0.5, 1.0, 2**0.5, 2.0)
_SIGMA_FACTOR_SPREAD = 0.25
_MIN_ERROR, _SPACING_ERROR = 0.01, 0.15
_ROUNDS = 50


class Positions(NamedTuple):
    """Positions with their errors.

    Parameters
    ----------
    x_m : ndarray of float64, shape (n,)
        Metres.
    y_m : ndarray of float64, shape (n,)
        Metres.
    sigma_m : ndarray of float64, shape (n,)
        Standard error along each axis, metres.
    """

    x_m: Floats
    y_m: Floats
    sigma_m: Floats

    @property
    def at(self) -> Floats:
        """(n, 2) x and y."""
        return np.column_stack([self.x_m, self.y_m])

    def take(self, rows: Ints | Flags) -> Positions:
        """Some of them.

        Parameters
        ----------
        rows : ndarray of int64 or bool
            Which.

        Returns
        -------
        Positions
            Those, in that order.
        """
        return Positions(self.x_m[rows], self.y_m[rows], self.sigma_m[rows])

    def join(self, others: Positions) -> Positions:
        """Add others behind these.

        Parameters
        ----------
        others : Positions
            The others.

        Returns
        -------
        Positions
            All.
        """
        return Positions(*(np.concatenate(both) for both in zip(self, others, strict=True)))


class Neighbours(NamedTuple):
    """The nearest hosts of each guest.

    Parameters
    ----------
    host : ndarray of int64, shape (guests, neighbours)
        Row of the host.
    distance_m : ndarray of float64, shape (guests, neighbours)
        To it; infinite where there is none.
    sigma_m : ndarray of float64, shape (guests, neighbours)
        Standard error of the difference of positions along each axis.
    density : ndarray of float64, shape (guests,)
        Hosts per m2 around the guest.
    """

    host: Ints
    distance_m: Floats
    sigma_m: Floats
    density: Floats

    @property
    def deviations(self) -> Floats:
        """(guests, neighbours) distances over their standard errors."""
        return self.distance_m / self.sigma_m

    @property
    def ratios(self) -> Floats:
        """(guests, neighbours) density of each distance under the errors, over that of hosts."""
        variance = np.square(self.sigma_m)
        density = np.exp(-np.square(self.distance_m) / (2 * variance)) / (2 * np.pi * variance)
        return np.asarray(density / self.density[:, None])


class Share(NamedTuple):
    """Share of guests at hosts.

    Parameters
    ----------
    estimate : float
        The likeliest.
    low, high : float
        90 % interval.
    evidence : float
        Logarithm of the likelihood ratio of the estimate against none; NaN where it is not made.
    """

    estimate: float
    low: float
    high: float
    evidence: float = float("nan")


def neighbours_of(guests: Positions, hosts: Positions) -> Neighbours:
    """Find the nearest hosts of each guest.

    Parameters
    ----------
    guests : Positions
        Of which the hosts are sought.
    hosts : Positions
        At least one.

    Returns
    -------
    Neighbours
        Twelve or, where there are fewer hosts, all.
    """
    tree = cKDTree(hosts.at)
    host, distance_m = _nearest(tree, guests.at, min(_NEIGHBOURS, len(hosts.x_m)))
    sigma_m = np.hypot(hosts.sigma_m[host], guests.sigma_m[:, None])
    return Neighbours(host, distance_m, sigma_m, _density(tree, guests, float(np.median(hosts.sigma_m))))


def earlier_neighbours(positions: Positions) -> Neighbours:
    """Find the nearest ones of each position among those before it, to tell what is listed twice.

    Parameters
    ----------
    positions : Positions
        The best known first.

    Returns
    -------
    Neighbours
        Distances are infinite, and the density that of those before, where a neighbour is not before.
    """
    tree, count = cKDTree(positions.at), len(positions.x_m)
    host, distance_m = _nearest(tree, positions.at, min(_NEIGHBOURS + 1, count))
    is_earlier = host < np.arange(count)[:, None]
    sigma_m = np.hypot(positions.sigma_m[host], positions.sigma_m[:, None])
    density = _density(tree, positions, float(np.median(positions.sigma_m)), is_itself=True)
    part = np.maximum(np.arange(count), 1) / max(count, 1)
    return Neighbours(host, np.where(is_earlier, distance_m, np.inf), sigma_m, density * part)


def _nearest(tree: cKDTree, at: Floats, count: int) -> tuple[Ints, Floats]:
    distance_m, host = tree.query(at, k=np.arange(1, count + 1))
    return host.astype(np.int64), distance_m


def _density(tree: cKDTree, around: Positions, sigma_m: float, is_itself: bool = False) -> Floats:
    """Others per m2 around each position, by the distance of the tenth; of few, on no less ground than their errors."""
    others, floor_m = tree.n - is_itself, _SPARSE_SIGMAS * max(sigma_m, 1.0)
    if others < 1:
        return np.full(len(around.x_m), 1 / (np.pi * floor_m**2))
    count = min(_DENSITY_NEIGHBOURS, others)
    radius_m = tree.query(around.at, k=[count + is_itself])[0][:, 0]
    if others <= _DENSITY_NEIGHBOURS:
        return np.asarray(count / (np.pi * np.square(np.maximum(radius_m, floor_m))))
    return np.asarray((count - 1) / (np.pi * np.square(np.maximum(radius_m, 1.0))))


def share_by_excess(guests: Positions, hosts: Positions) -> Share:
    """Estimate the share of guests at hosts by how many have one near, beyond those that hosts have near themselves.

    Parameters
    ----------
    guests : Positions
        Stations of one operator.
    hosts : Positions
        Masts, each once.

    Returns
    -------
    Share
        The estimate with the least standard error of three limits: 1.5, 2 and 2.5 deviations.

    Notes
    -----
    Of guests at hosts the share 1 - exp(-z^2 / 2) has its host within z standard errors of the difference along an
    axis (Rayleigh). Of the others as many have some host there as hosts have another host, for these are different
    masts in the same towns and at the same spacing: F = p (h + (1 - h) q) + (1 - p) q. The errors of F and q are
    binomial.
    """
    if not len(guests.x_m) or len(hosts.x_m) < 2:
        return Share(0.0, 0.0, 1.0) if len(hosts.x_m) else Share(0.0, 0.0, 0.0)
    off = neighbours_of(guests, hosts).deviations.min(axis=1)
    apart = _deviations_among(hosts, guests)
    found = [_excess(off, apart, limit) for limit in _DEVIATIONS]
    share, error = min(found, key=lambda each: each[1])
    low, high = np.clip([share - _Z_90 * error, share + _Z_90 * error], 0.0, 1.0)
    return Share(float(np.clip(share, 0.0, 1.0)), float(low), float(high))


def _deviations_among(hosts: Positions, guests: Positions) -> Floats:
    """Deviations of each host from the nearest other one, if it were as badly known as the guest next to it."""
    tree = cKDTree(hosts.at)
    like_m = guests.sigma_m[cKDTree(guests.at).query(hosts.at)[1]]
    host, distance_m = _nearest(tree, hosts.at, min(_NEIGHBOURS, len(hosts.x_m)))
    is_other = host != np.arange(len(host))[:, None]
    deviations = distance_m / np.hypot(hosts.sigma_m[host], like_m[:, None])
    return np.asarray(np.where(is_other, deviations, np.inf).min(axis=1))


def _excess(off: Floats, apart: Floats, limit: float) -> tuple[float, float]:
    """Share of guests at hosts and its standard error, from those within ``limit`` deviations."""
    guests, hosts = len(off), len(apart)
    near, chance = float((off <= limit).mean()), float((apart <= limit).mean())
    if chance == 1.0:
        return 0.0, np.inf
    part = (1 - np.exp(-(limit**2) / 2)) * (1 - chance)
    # Add-one shares, so that none and all are not free of error.
    spread = [(share * count + 1) / (count + 2) for share, count in ((near, guests), (chance, hosts))]
    variance = spread[0] * (1 - spread[0]) / guests + spread[1] * (1 - spread[1]) / hosts
    return (near - chance) / part, float(np.sqrt(variance)) / part


def share_by_likelihood(near: Neighbours) -> Share:
    """Estimate the share of guests at hosts where independent positions are what else they could be.

    Parameters
    ----------
    near : Neighbours
        The hosts near each guest.

    Returns
    -------
    Share
        Of the greatest likelihood, with the profile interval.

    Notes
    -----
    Likelihood of p sum(L) + 1 - p for each guest, with the likelihood ratios L of W. Sutherland and W. Saunders (1992),
    over p and one factor between a half and two of all errors, which has a log-normal prior.
    """
    likelihood = np.max([_log_likelihood(near, factor) for factor in _SIGMA_FACTORS], axis=0)
    inside = _SHARES[likelihood >= likelihood.max() - _LOG_LIKELIHOOD_90]
    best = int(likelihood.argmax())
    return Share(float(_SHARES[best]), float(inside[0]), float(inside[-1]), float(likelihood[best] - likelihood[0]))


def _log_likelihood(near: Neighbours, factor: float) -> Floats:
    """By share of guests at hosts, with all errors ``factor`` times as large."""
    ratio = near._replace(sigma_m=near.sigma_m * factor).ratios.sum(axis=1)
    prior = 0.5 * (np.log(factor) / _SIGMA_FACTOR_SPREAD) ** 2
    return np.array([np.log(share * ratio + 1 - share).sum() - prior for share in _SHARES])


def combined_share(by_likelihood: Share, by_excess: Share) -> Share:
    """Combine both estimates of one share.

    Parameters
    ----------
    by_likelihood : Share
        From ``share_by_likelihood``.
    by_excess : Share
        From ``share_by_excess``.

    Returns
    -------
    Share
        Their mean by precision.

    Notes
    -----
    The likelihood is the sharper one, and takes what chance brings together for that of independent positions. Masts
    keep a distance from each other; in invented towns it is too low by some 0.2 for that. So it has a further
    error of 0.15: it decides where positions are so uncertain that the excess says little.
    """
    shares = np.array([by_likelihood.estimate, by_excess.estimate])
    errors = [(each.high - each.low) / (2 * _Z_90) for each in (by_likelihood, by_excess)]
    weight = 1 / np.array([errors[0] ** 2 + _SPACING_ERROR**2, max(errors[1], _MIN_ERROR) ** 2])
    mean, error = float(shares @ weight / weight.sum()), _Z_90 / float(np.sqrt(weight.sum()))
    return Share(mean, max(mean - error, 0.0), min(mean + error, 1.0))


def probabilities(near: Neighbours, share: float) -> Floats:
    """Probability of each pair of guest and host, so that the stated share of guests is expected at hosts.

    Parameters
    ----------
    near : Neighbours
        The hosts near each guest.
    share : float
        Share of the guests at hosts.

    Returns
    -------
    ndarray of float64, shape (guests, neighbours)
        Probabilities; their sum over a guest's hosts is that of its standing at any.

    Notes
    -----
    A guest stands at host j with the probability p L_j / (p sum(L) + 1 - p), where L_j is the density of its distance
    from j under their errors over the density of hosts around it (Sutherland and Saunders 1992); p is solved for.
    """
    ratios = near.ratios
    total, low, high = ratios.sum(axis=1), 0.0, 1.0
    if share <= 0 or not len(total):
        return np.zeros_like(ratios)
    for _ in range(_ROUNDS):
        prior = (low + high) / 2
        expected = float(np.mean(prior * total / (prior * total + 1 - prior)))
        low, high = (prior, high) if expected < share else (low, prior)
    prior = (low + high) / 2
    return np.asarray(prior * ratios / (prior * total + 1 - prior)[:, None])


def one_to_one(guest: Ints, host: Ints, score: Floats) -> Flags:
    """Choose pairs, the best first, so that each guest and each host has one at most.

    Parameters
    ----------
    guest : ndarray of int64, shape (pairs,)
        Row of the guest.
    host : ndarray of int64, shape (pairs,)
        Row of the host.
    score : ndarray of float64, shape (pairs,)
        The larger, the better; of equals that of the lower rows is chosen.

    Returns
    -------
    ndarray of bool, shape (pairs,)
        Whether the pair is chosen.
    """
    chosen = np.zeros(len(guest), dtype=bool)
    taken_guests: set[int] = set()
    taken_hosts: set[int] = set()
    for row in np.lexsort((host, guest, -score)).tolist():
        who, where = int(guest[row]), int(host[row])
        if who not in taken_guests and where not in taken_hosts:
            chosen[row] = True
            taken_guests.add(who)
            taken_hosts.add(where)
    return chosen
