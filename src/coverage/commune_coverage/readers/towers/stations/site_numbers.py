"""Numbers of an operator's sites within those of its base stations, told from positions.

Many operators number a site once and derive the numbers of its base stations from it: the same digits in GSM, UMTS and
LTE, a thousand or four thousand more for the next band. Where such a rule holds, stations of one number stand together.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import chi2

from commune_coverage.readers.towers.stations.cell_numbering import grouping_evidence
from commune_coverage.readers.towers.stations.position_errors import MAX_DEVIATIONS, part_contradictions

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Rule = tuple[int, ...]

_DIVISORS = {"2g": (10, 100, 0), "3g": (10, 100, 0), "4g": (1, 10, 0), "5g": (1, 10, 0)}
_WHOLE = 10**10
_MODULI = (_WHOLE, 10_000, 5000, 4000, 3000, 2000, 1000, 500)
_MAX_CHANCE = 0.01
_CLASSES = 8
_MIN_PAIRS = 20


class SiteNumbers(NamedTuple):
    """Stations of one operator by the number of their site.

    Parameters
    ----------
    group : ndarray of int64, shape (stations,)
        From 0; a station without a site's number is alone.
    rule : str
        The rule in words, '' for none.
    evidence : float
        G statistic of the rule.
    """

    group: Ints
    rule: str
    evidence: float


def site_numbers(stations: pd.DataFrame) -> SiteNumbers:
    """Gather the stations of one operator by the number of their site.

    Parameters
    ----------
    stations : DataFrame
        (stations,) ``technology``, ``number``, ``x_m``, ``y_m`` and ``position_sigma_m``, as ``BaseStations.table``.

    Returns
    -------
    SiteNumbers
        Groups whose positions agree.

    Notes
    -----
    A rule is a modulus and, for each technology, a divisor or that its numbers are of another kind. That with the
    most evidence is taken, where chance does not explain it and most stations of one number stand where their errors
    allow one mast: numbers that only follow each other through a region are no site's. What a rule puts together and
    positions contradict is parted again.
    """
    alone = np.arange(len(stations))
    technologies = sorted(set(stations["technology"][stations["number"] >= 0]))
    rules = [each for each in product(_MODULI, *(_DIVISORS[name] for name in technologies)) if any(each[1:])]
    listed = _Listed.of(stations, technologies)
    tried = [(_evidence(listed, rule), rule) for rule in rules]
    evidence, rule = max(tried, key=lambda each: each[0], default=(0.0, ()))
    if evidence <= chi2.isf(_MAX_CHANCE / max(len(rules), 1), _CLASSES - 1):
        return SiteNumbers(alone, "", evidence)
    number = listed.numbers(rule)
    group = np.where(number >= 0, number, int(number.max()) + 1 + alone)
    group = np.unique(group, return_inverse=True)[1].astype(np.int64)
    part, _ = part_contradictions(*listed.positions, group)
    return SiteNumbers(part, _said(technologies, rule), evidence)


class _Listed(NamedTuple):
    """The stations' columns as arrays; ``technology`` is the place of each one's rule, 0 without a number."""

    technology: Ints
    number: Ints
    positions: tuple[Floats, Floats, Floats]

    @classmethod
    def of(cls, stations: pd.DataFrame, technologies: list[str]) -> _Listed:
        number = stations["number"].to_numpy(np.int64)
        place = {name: row + 1 for row, name in enumerate(technologies)}
        technology = np.where(number >= 0, stations["technology"].map(place).fillna(0).to_numpy(), 0)
        x_m, y_m, sigma_m = (stations[name].to_numpy(np.float64) for name in ("x_m", "y_m", "position_sigma_m"))
        return cls(technology.astype(np.int64), number, (x_m, y_m, sigma_m))

    def numbers(self, rule: Rule) -> Ints:
        """The site's number of each station, -1 for none."""
        divisor = np.array([0, *rule[1:]])[self.technology]
        return np.where(divisor > 0, self.number // np.maximum(divisor, 1) % rule[0], -1)


def _evidence(stations: _Listed, rule: Rule) -> float:
    """Evidence that stations of one number stand together; none where most of them cannot."""
    number = stations.numbers(rule)
    order = np.lexsort((stations.number, stations.technology, number))
    order = order[number[order] >= 0]
    x_m, y_m, sigma_m = (each[order] for each in stations.positions)
    deviations = np.hypot(np.diff(x_m), np.diff(y_m)) / np.hypot(sigma_m[1:], sigma_m[:-1])
    together = np.diff(number[order]) == 0
    if together.sum() < _MIN_PAIRS or np.median(deviations[together]) > MAX_DEVIATIONS:
        return 0.0
    return grouping_evidence(deviations, together)


def _said(technologies: list[str], rule: Rule) -> str:
    divided = ", ".join(f"{name} / {by}" for name, by in zip(technologies, rule[1:], strict=True) if by)
    return divided if rule[0] == _WHOLE else f"{divided}, modulo {rule[0]:,}"
