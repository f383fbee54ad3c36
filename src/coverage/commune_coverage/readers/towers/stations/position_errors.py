"""How far crowdsourced positions are off, told from how cells of one base station scatter.

A crowd places a cell at the mean of where its users measured it. Cells of one base station stand on one mast, so that
the distances between their reported positions show the error: the more, the fewer measurements there are, and the more,
the farther the cell reaches, for its users stand all on one side of the mast.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_DEGREES_OF_FREEDOM = 3.0
_NORMAL_SHARE = 0.6794
"""What the Student t takes a normal variance for: c = E[5 z / (3 + 2 z / c)] with z exponential."""
_MIN_RANGE_M, _MAX_RANGE_M = 1000.0, 35_000.0
_ROUNDS = 30
_PRIOR_SAMPLES = np.array([1.0, 4.0, 16.0, 64.0])
_PRIOR_PAIRS = 10.0
_STEPS_PER_DOUBLING = 4.0
_MIN_SIGMA_M = 1.0
_PARTS = 3

MAX_DEVIATIONS = 3.7
"""A position contradicts another beyond so many standard errors: once in a thousand times by chance."""


class PositionErrors(NamedTuple):
    """Law of the standard error of a reported position, along each axis.

    Parameters
    ----------
    one_sample_m : float
        Of one measurement, metres; falls with the root of their number.
    range_share : float
        Part of the cell's range that stays, however many measurements there are.

    Notes
    -----
    sigma^2 = one_sample_m^2 / samples + (range_share * range)^2. A range that is not stated, or below 1,000 m, which
    OpenCelliD writes where it knows none, counts as 1,000 m; beyond 35 km, the longest timing advance of GSM (3GPP
    TS 45.010), as 35 km.
    """

    one_sample_m: float
    range_share: float

    def sigma_m(self, samples: Floats, range_m: Floats) -> Floats:
        """Standard error of positions.

        Parameters
        ----------
        samples : ndarray of float64, shape (cells,)
            Measurements; NaN or less than one count as one.
        range_m : ndarray of float64, shape (cells,)
            Estimated reach of each cell, metres; NaN where it is not stated.

        Returns
        -------
        ndarray of float64, shape (cells,)
            Metres along each axis, at least 1.
        """
        variance = _terms(samples, range_m) @ np.square(self)
        return np.maximum(np.sqrt(variance), _MIN_SIGMA_M)


def prior_errors(one_sample_m: float, min_m: float) -> PositionErrors:
    """State what is assumed of positions before any data are seen.

    Parameters
    ----------
    one_sample_m : float
        Standard error of one measurement, metres.
    min_m : float
        What stays with many measurements and no known range, metres.

    Returns
    -------
    PositionErrors
        The law with these two.
    """
    return PositionErrors(one_sample_m, min_m / _MIN_RANGE_M)


def fit_position_errors(
    x_m: Floats, y_m: Floats, samples: Floats, range_m: Floats, station: Ints, prior: PositionErrors
) -> PositionErrors:
    """Fit the law of errors to the scatter of cells around each other within their base stations.

    Parameters
    ----------
    x_m : ndarray of float64, shape (cells,)
        Metres.
    y_m : ndarray of float64, shape (cells,)
        Metres.
    samples : ndarray of float64, shape (cells,)
        Measurements.
    range_m : ndarray of float64, shape (cells,)
        Estimated reach, metres.
    station : ndarray of int64, shape (cells,)
        Base station; cells of one stand side by side in the arrays, -1 for none.
    prior : PositionErrors
        Weighs as much as ten pairs of cells, less where it contradicts them.

    Returns
    -------
    PositionErrors
        To the nearest quarter of a doubling, so that single cells do not move every mast of a country.

    Notes
    -----
    Maximum likelihood of a bivariate Student t with three degrees of freedom (K. Lange, R. Little, J. Taylor 1989) by
    iteratively reweighted non-negative least squares, made good for normal errors: an identity that was reused
    elsewhere, or was misread, counts little. Pairs of neighbours in the arrays only, so that the work grows with the
    number of cells.
    """
    pair = np.flatnonzero((station[1:] == station[:-1]) & (station[1:] >= 0))
    terms = _terms(samples, range_m)
    half_square = (np.square(np.diff(x_m)) + np.square(np.diff(y_m)))[pair] / 2
    assumed = 2 * _terms(_PRIOR_SAMPLES, np.full(len(_PRIOR_SAMPLES), np.nan))
    known = np.concatenate([terms[pair] + terms[pair + 1], assumed])
    squares = np.concatenate([half_square, assumed @ np.square(prior) * _NORMAL_SHARE])
    weight = np.concatenate([np.ones(len(pair)), np.full(len(assumed), _PRIOR_PAIRS / len(assumed))])
    return PositionErrors(*_in_steps(np.sqrt(_scale_of(known, squares, weight) / _NORMAL_SHARE)))


def _terms(samples: Floats, range_m: Floats) -> Floats:
    """What the variance is linear in: 1 / samples and the square of the range."""
    reach_m = np.clip(np.nan_to_num(range_m, nan=_MIN_RANGE_M), _MIN_RANGE_M, _MAX_RANGE_M)
    return np.column_stack([1 / np.fmax(samples, 1.0), np.square(reach_m)])


def _scale_of(known: Floats, squares: Floats, weight: Floats) -> Floats:
    """Coefficients of the variance by reweighted least squares; ``squares`` are half squares of distances."""
    scale = np.sqrt(np.square(known).mean(axis=0))
    variance = np.full(len(squares), max(float(np.median(squares)), _MIN_SIGMA_M**2))
    coefficients = np.zeros(known.shape[1])
    for _ in range(_ROUNDS):
        trust = (_DEGREES_OF_FREEDOM + 2) / (_DEGREES_OF_FREEDOM + 2 * squares / variance)
        by = np.sqrt(weight) / variance
        coefficients = nnls(known / scale * by[:, None], trust * squares * by)[0] / scale
        variance = np.maximum(known @ coefficients, 2 * _MIN_SIGMA_M**2)
    return coefficients


def _in_steps(values: Floats) -> Floats:
    known = values > 0
    steps = np.round(np.log2(np.where(known, values, 1.0)) * _STEPS_PER_DOUBLING) / _STEPS_PER_DOUBLING
    return np.where(known, 2.0**steps, 0.0)


class Centres(NamedTuple):
    """Middles of groups of positions.

    Parameters
    ----------
    x_m : ndarray of float64, shape (groups,)
        Metres.
    y_m : ndarray of float64, shape (groups,)
        Metres.
    sigma_m : ndarray of float64, shape (groups,)
        Standard error along each axis, metres.
    weight : ndarray of float64, shape (positions,)
        Weight of each position in the middle of its group, 1 / m2.
    """

    x_m: Floats
    y_m: Floats
    sigma_m: Floats
    weight: Floats


def robust_centres(x_m: Floats, y_m: Floats, sigma_m: Floats, group: Ints) -> Centres:
    """Find the middle of each group, weighted by precision, in which what lies far off counts little.

    Parameters
    ----------
    x_m : ndarray of float64, shape (positions,)
        Metres.
    y_m : ndarray of float64, shape (positions,)
        Metres.
    sigma_m : ndarray of float64, shape (positions,)
        Standard error of each, metres.
    group : ndarray of int64, shape (positions,)
        Group of each, from 0, none left out.

    Returns
    -------
    Centres
        The middles, in the order of their groups.

    Notes
    -----
    Maximum likelihood of the location of a bivariate Student t with three degrees of freedom, from the median on.
    """
    if not len(group):
        return Centres(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0))
    precision = 1 / np.square(sigma_m)
    middle_x_m, middle_y_m = (_medians(axis, group) for axis in (x_m, y_m))
    weight = precision
    for _ in range(_ROUNDS):
        off = (np.square(x_m - middle_x_m[group]) + np.square(y_m - middle_y_m[group])) * precision
        weight = precision * np.minimum((_DEGREES_OF_FREEDOM + 2) / (_DEGREES_OF_FREEDOM + off), 1.0)
        total = np.bincount(group, weight)
        middle_x_m, middle_y_m = (np.bincount(group, weight * axis) / total for axis in (x_m, y_m))
    return Centres(middle_x_m, middle_y_m, 1 / np.sqrt(np.bincount(group, weight)), weight)


def _medians(values: Floats, group: Ints) -> Floats:
    order = np.lexsort((values, group))
    count = np.bincount(group)
    first = np.cumsum(count) - count
    ordered = values[order]
    return np.asarray((ordered[first + (count - 1) // 2] + ordered[first + count // 2]) / 2)


def part_contradictions(x_m: Floats, y_m: Floats, sigma_m: Floats, group: Ints) -> tuple[Ints, Flags]:
    """Part groups whose positions contradict each other.

    Parameters
    ----------
    x_m : ndarray of float64, shape (positions,)
        Metres.
    y_m : ndarray of float64, shape (positions,)
        Metres.
    sigma_m : ndarray of float64, shape (positions,)
        Standard error of each, metres.
    group : ndarray of int64, shape (positions,)
        Group of each, from 0, none left out.

    Returns
    -------
    tuple[ndarray of int64, ndarray of bool]
        (positions,) part of each, from 0: those that agree with the middle of their group, and up to three times those
        of the rest that agree with each other; and whether a position of several is alone in its part.
    """
    part, rest, parts = group.copy(), np.arange(len(group)), int(group.max(initial=-1)) + 1
    for round_ in range(_PARTS + 1):
        own, rows = np.unique(group[rest], return_inverse=True)
        far = _contradicts(x_m[rest], y_m[rest], sigma_m[rest], rows.astype(np.int64))
        if round_:
            together = np.bincount(rows[~far], minlength=len(own)) > 1
            far |= ~together[rows]
            part[rest[~far]] = parts + rows[~far]
            parts += len(own)
        rest = rest[far]
    part[rest] = parts + np.arange(len(rest))
    is_alone = np.zeros(len(group), dtype=bool)
    is_alone[rest] = True
    return np.unique(part, return_inverse=True)[1].astype(np.int64), is_alone


def _contradicts(x_m: Floats, y_m: Floats, sigma_m: Floats, group: Ints) -> Flags:
    """Whether a position is farther from the middle of its group than its error explains; the nearest never is."""
    centres = robust_centres(x_m, y_m, sigma_m, group)
    off = np.hypot(x_m - centres.x_m[group], y_m - centres.y_m[group]) / sigma_m
    nearest = np.full(len(centres.x_m), np.inf)
    np.minimum.at(nearest, group, off)
    return np.asarray((off > MAX_DEVIATIONS) & (off > nearest[group]))
