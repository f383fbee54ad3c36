"""How an operator numbers its cells: which belong to one base station, and which of those face one sector.

LTE and NR state the base station in the cell's identity (3GPP TS 36.413, TS 38.413). GSM and UMTS leave the numbering
to the operator; most count sectors, and sectors times carriers, in the last digit. Which rule an operator keeps is told
from positions: cells of one base station stand together, cells of two that follow each other in number do not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_BITS = {"2g": 16, "3g": 28, "4g": 28, "5g": 36}
_CONTROLLER_BITS = 16
_LTE_CELLS = 256
_NR_STATION_BITS = (24, *range(22, 24), *range(25, 33))
_QUOTIENTS = (10, 3, 4, 5, 6, 8, 9, 16, 20, 32, 64, 100)
_REMAINDERS = (100, 1000, 10_000)
_SECTOR_PERIODS = (10, 3, 2, 4, 5, 6, 8, 16, 32, 64, 100)
_SECTOR_BLOCKS = (10, 2, 3, 4, 5, 8, 16, 32, 64)
_CLASSES = 8
_MAX_CHANCE = 0.01
_MAX_CELLS = 24
UNKNOWN = -1


class Numbering(NamedTuple):
    """A rule that parts a number in two.

    Parameters
    ----------
    rule : {"quotient", "remainder"}
        Which part of the division names the group; the other one tells its members apart.
    by : int
        The divisor.
    """

    rule: Literal["quotient", "remainder"]
    by: int

    def group(self, number: Ints) -> Ints:
        """Part that the members of a group share.

        Parameters
        ----------
        number : ndarray of int64, shape (n,)
            Numbers from 0.

        Returns
        -------
        ndarray of int64, shape (n,)
            The group of each.
        """
        return np.asarray(number // self.by if self.rule == "quotient" else number % self.by)

    def member(self, number: Ints) -> Ints:
        """Part that tells the members of a group apart.

        Parameters
        ----------
        number : ndarray of int64, shape (n,)
            Numbers from 0.

        Returns
        -------
        ndarray of int64, shape (n,)
            The member of each.
        """
        return np.asarray(number % self.by if self.rule == "quotient" else number // self.by)

    def __str__(self) -> str:
        """Say the rule in words."""
        return f"cell number divided by {self.by:,}" if self.rule == "quotient" else f"last digits, modulo {self.by:,}"


class StationNumbers(NamedTuple):
    """Base stations of one operator and technology by its numbering.

    Parameters
    ----------
    station : ndarray of int64, shape (cells,)
        From 0; -1 where the cell names none.
    member : ndarray of int64, shape (cells,)
        Number of the cell within its station.
    number : ndarray of int64, shape (cells,)
        What other numbers of the operator may refer to: base station of LTE and NR, cell of GSM and, without the
        controller, UMTS; -1 where there is none.
    numbering : Numbering or None
        The rule; None where the positions show none.
    evidence : float
        G statistic of the rule: twice the logarithm of the likelihood ratio against chance.
    """

    station: Ints
    member: Ints
    number: Ints
    numbering: Numbering | None
    evidence: float


def station_numbers(technology: str, number: Floats, x_m: Floats, y_m: Floats) -> StationNumbers:
    """Number the base stations of one operator and technology.

    Parameters
    ----------
    technology : str
        2g, 3g, 4g or 5g.
    number : ndarray of float64, shape (cells,)
        Cell identity (CI, UTRAN CI, ECI, NCI); NaN where there is none.
    x_m : ndarray of float64, shape (cells,)
        Metres.
    y_m : ndarray of float64, shape (cells,)
        Metres.

    Returns
    -------
    StationNumbers
        The stations, and by which rule.

    Notes
    -----
    Identities of all ones mean that none is known; LTE's and NR's below one station's size name no station. UMTS has
    the controller in all bits but the last 16. LTE's rule is the standard's, refused where the positions contradict
    it; of the lengths that NR allows (22 to 32 bits) that with the most evidence is taken, 24 bits where none has
    any.
    """
    limit = 2.0 ** _BITS[technology] - 1
    names = np.isfinite(number) & (number >= 0) & (number < limit) & (number == np.floor(number))
    whole = np.where(names, number, 0).astype(np.int64)
    rules = _rules(technology)
    if technology in ("4g", "5g"):
        names &= whole >= rules[0].by
    found = [_evidence(technology, rule, whole[names], x_m[names], y_m[names]) for rule in rules]
    best = int(np.argmax(found))
    numbering = _accepted(technology, rules, found, best)
    none = np.full(len(number), UNKNOWN, dtype=np.int64)
    if numbering is None:
        return StationNumbers(none, none, none, None, found[best])
    group, member = _parted(technology, numbering, whole)
    station = none.copy()
    station[names] = np.unique(group[names], return_inverse=True)[1]
    shown = group if technology in ("4g", "5g") else whole & (2**_CONTROLLER_BITS - 1)
    member, shown = (np.where(names, each, UNKNOWN) for each in (member, shown))
    return StationNumbers(station, member, shown, numbering, found[rules.index(numbering)])


def _rules(technology: str) -> list[Numbering]:
    if technology == "4g":
        return [Numbering("quotient", _LTE_CELLS)]
    if technology == "5g":
        return [Numbering("quotient", 2 ** (_BITS["5g"] - bits)) for bits in _NR_STATION_BITS]
    of_quotients = [Numbering("quotient", by) for by in _QUOTIENTS]
    return of_quotients + [Numbering("remainder", by) for by in _REMAINDERS]


def _accepted(technology: str, rules: list[Numbering], found: list[float], best: int) -> Numbering | None:
    """The rule that holds: the standard's unless the positions contradict it, else one that chance does not explain."""
    enough = _min_evidence(len(rules))
    if technology not in ("4g", "5g"):
        return rules[best] if found[best] > enough else None
    if found[best] > enough:
        return rules[best]
    return None if found[0] < -enough else rules[0]


def _min_evidence(rules: int) -> float:
    """The G statistic that the best of so many rules exceeds by chance once in a hundred times."""
    return float(chi2.isf(_MAX_CHANCE / rules, _CLASSES - 1))


def _parted(technology: str, rule: Numbering, number: Ints) -> tuple[Ints, Ints]:
    """Group and member of each number; UMTS by controller."""
    if technology != "3g":
        return rule.group(number), rule.member(number)
    controller, cell = number >> _CONTROLLER_BITS, number & (2**_CONTROLLER_BITS - 1)
    return (controller << _CONTROLLER_BITS) + rule.group(cell), rule.member(cell)


def _evidence(technology: str, rule: Numbering, number: Ints, x_m: Floats, y_m: Floats) -> float:
    """How clearly cells of one group stand nearer to the next in number than the last of a group to the next group."""
    group, _ = _parted(technology, rule, number)
    order = np.lexsort((number, group))
    distance_m = np.hypot(np.diff(x_m[order]), np.diff(y_m[order]))
    return grouping_evidence(distance_m, np.diff(group[order]) == 0)


def grouping_evidence(distance_m: Floats, is_together: Flags) -> float:
    """Test whether pairs of one group are nearer to each other than other pairs.

    Parameters
    ----------
    distance_m : ndarray of float64, shape (pairs,)
        Distances.
    is_together : ndarray of bool, shape (pairs,)
        Whether the pair is of one group.

    Returns
    -------
    float
        G statistic (likelihood ratio; R. Sokal, F. Rohlf 1981) of the table of the two kinds of pairs by eight
        classes of distance; negative where the pairs of one group are the farther ones.
    """
    if is_together.all() or not is_together.any():
        return 0.0
    bounds = np.unique(np.quantile(distance_m, np.arange(1, _CLASSES) / _CLASSES))
    table = np.zeros((2, len(bounds) + 1))
    np.add.at(table, (is_together.astype(np.int64), np.searchsorted(bounds, distance_m, side="right")), 1)
    expected = table.sum(axis=1)[:, None] * table.sum(axis=0) / table.sum()
    used = table > 0
    statistic = 2 * float(np.sum(table[used] * np.log(table[used] / expected[used])))
    nearer = np.median(distance_m[is_together]) < np.median(distance_m[~is_together])
    return statistic if nearer else -statistic


class Sectors(NamedTuple):
    """What a base station's cells show of its sectors and carriers; only what was seen is counted.

    Parameters
    ----------
    sectors : ndarray of float64, shape (stations,)
        Different directions; NaN where the numbers do not tell.
    carriers : ndarray of float64, shape (stations,)
        Most cells in one direction; NaN where the numbers do not tell.
    evidence : float
        G statistic of the rule that parts sectors from carriers.
    """

    sectors: Floats
    carriers: Floats
    evidence: float


def count_sectors(station: Ints, member: Ints, x_m: Floats, y_m: Floats) -> Sectors:
    """Count sectors and carriers of each base station.

    Parameters
    ----------
    station : ndarray of int64, shape (cells,)
        From 0, none left out.
    member : ndarray of int64, shape (cells,)
        Number of each cell within its station.
    x_m : ndarray of float64, shape (cells,)
        Metres.
    y_m : ndarray of float64, shape (cells,)
        Metres.

    Returns
    -------
    Sectors
        Of each station.

    Notes
    -----
    Cells of two carriers that face the same way are measured by the same users, so that their reported positions lie
    nearer to each other than those of two sectors. The rule is one for all stations of an operator's technology. A cell
    that stands in several areas, as its operator renumbered them, is one.
    """
    first, second = _pairs(station, member)
    distance_m = np.hypot(x_m[first] - x_m[second], y_m[first] - y_m[second])
    rules = list(_sector_rules())
    kept = member >= 0
    known = np.where(kept, member, 0)
    found = [grouping_evidence(distance_m, rule.group(known[first]) == rule.group(known[second])) for rule in rules]
    best = int(np.argmax(found))
    stations = int(station.max(initial=-1)) + 1
    if found[best] <= _min_evidence(len(rules)):
        return Sectors(np.full(stations, np.nan), np.full(stations, np.nan), found[best])
    cells = np.unique(np.column_stack([station[kept], known[kept]]), axis=0)
    return Sectors(*_counts(cells[:, 0], rules[best].group(cells[:, 1]), stations), found[best])


def _sector_rules() -> Iterable[Numbering]:
    yield from (Numbering("remainder", by) for by in _SECTOR_PERIODS)
    yield from (Numbering("quotient", by) for by in _SECTOR_BLOCKS)


def _pairs(station: Ints, member: Ints) -> tuple[Ints, Ints]:
    """Every pair of cells of one station, up to 23 apart in the order of their numbers."""
    order = np.lexsort((member, station))
    order = order[member[order] >= 0]
    pairs = []
    for step in range(1, _MAX_CELLS):
        same = np.flatnonzero(station[order[step:]] == station[order[:-step]])
        if not len(same):
            break
        same = same[member[order[same]] != member[order[same + step]]]
        pairs.append((order[same], order[same + step]))
    if not pairs:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate([first for first, _ in pairs]), np.concatenate([second for _, second in pairs])


def _counts(station: Ints, sector: Ints, stations: int) -> tuple[Floats, Floats]:
    faces, cells = np.unique(np.column_stack([station, sector]), axis=0, return_counts=True)
    sectors = np.bincount(faces[:, 0], minlength=stations).astype(np.float64)
    carriers = np.zeros(stations)
    np.maximum.at(carriers, faces[:, 0], cells)
    sectors[sectors == 0], carriers[carriers == 0] = np.nan, np.nan
    return sectors, carriers
