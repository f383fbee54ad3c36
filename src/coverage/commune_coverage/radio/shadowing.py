"""What log-normal shadowing leaves of a signal, where the best of many cells serves and the others interfere.

Shadowing of two sites has a common part, from what stands about the receiver, with correlation ``rho`` (0.5 between
sites, 3GPP TR 36.942 section 4.5). The server is the strongest cell with its shadowing, and the interference is the sum
of the shadowed others. Both follow from the medians of all cells; here two numbers stand for them: how far the server
leads the strongest other cell, and how far the sum of the others exceeds that cell. In between the others fall by a
power of their rank, as those of evenly spread masts do. Margins are tabulated by the two, by simulation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri
from scipy.stats.qmc import Sobol

from commune_coverage.core.jit import inlined
from commune_coverage.radio.fast_log import in_db

Floats = npt.NDArray[np.float64]

STEP_DB, MAX_DB = 0.5, 60.0
DIFFERENCES_DB = np.arange(0.0, MAX_DB + STEP_DB, STEP_DB)
EXCESS_STEP_DB, MAX_EXCESS_DB = 1.5, 12.0
EXCESSES_DB = np.arange(0.0, MAX_EXCESS_DB + EXCESS_STEP_DB, EXCESS_STEP_DB)
_SIMULATED_DB = np.concatenate([np.arange(0.0, 12.0), np.arange(12.0, 32.0, 2.0), [40.0, MAX_DB]])
_OTHERS = 16
_DRAWS = 2**11
_SEED = 20_020_207
_BISECTIONS = 40
_DECIMALS = 4


@dataclass(frozen=True)
class Margins:
    """Margins taken off the median power of the server.

    Attributes
    ----------
    noise_db : (steps, excesses) float64, dB
        Against noise, by DIFFERENCES_DB and EXCESSES_DB.
    interference_db : (steps, excesses) float64, dB
        Against interference, the same.
    joint_part : (steps, excesses) float64
        By what part noise and interference that weigh equally take more together than their sum.
    """

    noise_db: Floats
    interference_db: Floats
    joint_part: Floats

    @property
    def ratios(self) -> Floats:
        """Margins as ratios.

        Returns
        -------
        (steps, excesses, 3) float64
            Against noise, against interference, and what both take more together.
        """
        return np.stack([10 ** (self.noise_db / 10), 10 ** (self.interference_db / 10), self.joint_part], axis=2)


@inlined
def margin_index(server_mw: float, other_mw: float, all_mw: float) -> tuple[float, float]:
    """Position of a place in tables of margins.

    Parameters
    ----------
    server_mw, other_mw, all_mw : float, mW
        Median powers of the server, of the strongest other cell and of all other cells; 0 without another cell.

    Returns
    -------
    difference, excess : float
        Steps along DIFFERENCES_DB and along EXCESSES_DB.
    """
    if other_mw <= 0.0:
        return MAX_DB / STEP_DB, 0.0
    difference = min(max(in_db(server_mw / other_mw), 0.0), MAX_DB) * (1 / STEP_DB)
    if all_mw <= other_mw:
        return difference, 0.0
    return difference, min(in_db(all_mw / other_mw), MAX_EXCESS_DB) * (1 / EXCESS_STEP_DB)


@inlined
def ratios_at(tables: Floats, row: int, difference: float, excess: float) -> tuple[float, float, float]:
    """Margins of a table at a position, linear between the four entries around it.

    Parameters
    ----------
    tables : (rows, steps, excesses, 3) float64
        Margins as ratios.
    row : int
        Row of the table.
    difference, excess : float
        Position, see ``margin_index``.

    Returns
    -------
    noise, interference, joint_part : float
        Margins as ratios, see ``Margins``.
    """
    i, j = min(int(difference), tables.shape[1] - 2), min(int(excess), tables.shape[2] - 2)
    corner, parts = tables[row, i : i + 2, j : j + 2], (difference - i, excess - j)
    return _between(corner, 0, parts), _between(corner, 1, parts), _between(corner, 2, parts)


@inlined
def _between(corner: Floats, kind: int, parts: tuple[float, float]) -> float:
    """Interpolate one of the values at four entries, (2, 2, 3)."""
    lower = corner[0, 0, kind] * (1 - parts[0]) + corner[1, 0, kind] * parts[0]
    upper = corner[0, 1, kind] * (1 - parts[0]) + corner[1, 1, kind] * parts[0]
    return lower * (1 - parts[1]) + upper * parts[1]


@lru_cache(maxsize=256)
def margins(sigma_db: float, entry_sigma_db: float, rho: float, probability: float) -> Margins:
    """Margins that leave the SINR to be exceeded with a probability.

    Parameters
    ----------
    sigma_db : float, dB
        Standard deviation of the shadowing of each path.
    entry_sigma_db : float, dB
        Standard deviation of the penetration loss, which all paths share.
    rho : float
        Correlation of the shadowing between sites, 0 to 1.
    probability : float
        Between 0 and 1.

    Returns
    -------
    Margins
        By the lead of the server and by what the sum of the others exceeds the strongest of them.

    Notes
    -----
    Log-normal shadowing, correlated between sites as in 3GPP TR 36.942 section 4.5, simulated on a fixed scrambled
    Sobol sequence and set right by the exact laws of two cells: the maximum of two correlated normals against noise, by
    quadrature, and a folded normal against interference. Against simulations
    of 39 sets of 2 to 60 cells with correlations of 0.5 and 0.7 and sigma of 6 to 10 dB, the 10, 50 and 90 % quantiles
    of the SINR have a mean error within 0.3 dB and an RMS within 0.5 dB.
    """
    shape = len(DIFFERENCES_DB), len(EXCESSES_DB)
    if max(sigma_db, entry_sigma_db) <= 0:
        return Margins(np.zeros(shape), np.zeros(shape), np.zeros(shape))
    spread = _Spread(sigma_db, rho, entry_sigma_db)
    simulated = np.array([_margins_at(spread, column, 1 - probability) for column in range(shape[1])])
    simulated[..., :2] += _of_two(spread, 1 - probability) - simulated[0, :, :2]
    tables = [
        np.array([np.interp(DIFFERENCES_DB, _SIMULATED_DB, column) for column in simulated[..., kind]]).T
        for kind in range(3)
    ]
    noise_db, interference_db, joint_part = (np.round(table, _DECIMALS) for table in tables)
    return Margins(noise_db, interference_db, joint_part)


class _Spread(NamedTuple):
    sigma_db: float
    rho: float
    entry_db: float

    @property
    def own_db(self) -> float:
        """Standard deviation of what two sites do not share."""
        return self.sigma_db * float(np.sqrt(1 - self.rho))


def _of_two(spread: _Spread, missed: float) -> Floats:
    """(simulated steps, 2): exact margins in dB where there is one other cell."""
    whole_db = float(np.hypot(spread.sigma_db, spread.entry_db))
    together = (spread.rho * spread.sigma_db**2 + spread.entry_db**2) / whole_db**2
    apart_db = max(spread.own_db * float(np.sqrt(2)), 1e-9)

    def is_either_below(level: Floats) -> Floats:
        return _either_below(level, whole_db, together)

    def is_lead_below(level: Floats) -> Floats:
        return np.asarray(ndtr((level - _SIMULATED_DB) / apart_db) - ndtr((-level - _SIMULATED_DB) / apart_db))

    noise, lead = _quantile(is_either_below, missed, -200.0), _quantile(is_lead_below, missed, 0.0)
    return np.stack([-noise, _SIMULATED_DB - lead], axis=1)


def _quantile(below: Callable[[Floats], Floats], share: float, lowest: float) -> Floats:
    """Find the level, for each simulated step, under which ``below`` gives ``share``; by bisection."""
    low, high = np.full(len(_SIMULATED_DB), lowest), np.full(len(_SIMULATED_DB), 200.0)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        under = below(middle) < share
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return (low + high) / 2


_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(64)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def _either_below(level: Floats, sigma_db: float, rho: float) -> Floats:
    """Probability that both of two correlated normals, means 0 and -difference, are below ``level``; by quadrature."""
    common, own = np.sqrt(rho), max(np.sqrt(1 - rho), 1e-6)
    first = ndtr((level[:, None] / sigma_db - common * _NODES) / own)
    second = ndtr(((level + _SIMULATED_DB)[:, None] / sigma_db - common * _NODES) / own)
    return np.asarray((first * second) @ _WEIGHTS)


def _margins_at(spread: _Spread, column: int, missed: float) -> Floats:
    """(simulated steps, 3): margins in dB, and what both take more, for one excess of the others."""
    shared_db, server, others = _draws(spread, column)
    lead = 10 ** (_SIMULATED_DB / 10)[:, np.newaxis]
    best = np.maximum(lead * server, others.strongest)
    interference = lead * server + others.whole - best
    alone, ratio = best * 10 ** (shared_db / 10), best / interference
    noise = _level(alone, missed) / lead[:, 0]
    against = _level(ratio, missed) * others.median / lead[:, 0]
    half = lead / 2
    mixed = best / (
        half * noise[:, np.newaxis] / 10 ** (shared_db / 10)
        + half * against[:, np.newaxis] / others.median * interference
    )
    return np.stack([-10 * np.log10(noise), -10 * np.log10(against), 1 / _level(mixed, missed) - 1], axis=1)


def _level(values: Floats, missed: float) -> Floats:
    return np.asarray(np.quantile(values, missed, axis=1))


class _Others(NamedTuple):
    """Others of a strongest median of 1: sum of their medians, and sum and strongest of each draw."""

    median: float
    whole: Floats
    strongest: Floats


@lru_cache(maxsize=64)
def _draws(spread: _Spread, column: int) -> tuple[Floats, Floats, _Others]:
    """What all paths share in dB, the server's own gain, and the other cells, (draws,) each."""
    normal = _normal_draws()
    shared_db = spread.sigma_db * np.sqrt(spread.rho) * normal[:, 0] + spread.entry_db * normal[:, 1]
    own = 10 ** (spread.own_db * normal[:, 2:] / 10)
    medians = _falling(EXCESSES_DB[column])
    others = own[:, 1:] * medians
    return shared_db, own[:, 0], _Others(float(medians.sum()), others.sum(axis=1), others.max(axis=1))


@lru_cache(maxsize=1)
def _normal_draws() -> Floats:
    """(draws, cells + 2) normal numbers, the same in every run."""
    points = Sobol(_OTHERS + 3, rng=np.random.default_rng(_SEED)).random_base2(_DRAWS.bit_length() - 1)
    return np.asarray(ndtri(np.clip(points, 2.0**-40, 1 - 2.0**-40)))


def _falling(excess_db: float) -> Floats:
    """Medians of the other cells that fall by a power of their rank, the first 1, their sum as far above it."""
    rank, whole = np.arange(1.0, _OTHERS + 1), 10 ** (excess_db / 10)
    if whole <= 1:
        return (rank == 1).astype(np.float64)
    if whole >= _OTHERS:
        return np.ones(_OTHERS)
    return np.asarray(rank ** -float(brentq(lambda power: (rank**-power).sum() - whole, 0.0, 60.0)))
