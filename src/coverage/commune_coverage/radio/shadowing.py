"""What log-normal shadowing leaves of a signal, with the choice of the better of two cells.

Shadowing of two sites has a common part, from what stands about the receiver, with correlation ``rho`` (0.5 between
sites, 3GPP TR 36.942 section 4.5). Against noise the receiver has the better of its server and the strongest other
cell; against interference only their difference counts, whichever of the two is the server. Both are quantiles of
known laws (the maximum of two correlated normals, a folded normal) and depend on the median difference of the two
alone, so they are tabulated by it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from commune_coverage.core.jit import inlined
from commune_coverage.radio.fast_log import in_db

Floats = npt.NDArray[np.float64]

STEP_DB, MAX_DB = 0.5, 60.0
DIFFERENCES_DB = np.arange(0.0, MAX_DB + STEP_DB, STEP_DB)
_BISECTIONS = 40


@dataclass(frozen=True)
class Margins:
    """dB taken off the server's median power, by DIFFERENCES_DB: against noise, and against interference."""

    noise_db: Floats
    interference_db: Floats

    @property
    def ratios(self) -> Floats:
        """(steps, 2): as ratios, against noise and against interference."""
        return np.asarray(10 ** (np.stack([self.noise_db, self.interference_db], axis=1) / 10))


@inlined
def margin_index(server_mw: float, other_mw: float) -> float:
    """How far along DIFFERENCES_DB the lead of the server over the strongest other cell lies; the end without any."""
    if other_mw <= 0.0:
        return MAX_DB / STEP_DB
    return min(max(in_db(server_mw / other_mw), 0.0), MAX_DB) * (1 / STEP_DB)


@inlined
def ratios_at(tables: Floats, row: int, step: float) -> tuple[float, float]:
    """Both margins as ratios, by straight lines between the steps of one of the tables (rows, steps, 2)."""
    below = min(int(step), tables.shape[1] - 2)
    part = step - below
    noise, others = tables[row, below, 0], tables[row, below, 1]
    return noise + (tables[row, below + 1, 0] - noise) * part, others + (tables[row, below + 1, 1] - others) * part


@lru_cache(maxsize=256)
def margins(sigma_db: float, entry_sigma_db: float, rho: float, probability: float) -> Margins:
    """Margins that leave the signal to be exceeded with ``probability``.

    ``sigma_db`` is the shadowing of each path; ``entry_sigma_db`` the scatter of what all paths share on entering.
    """
    whole = float(np.hypot(sigma_db, entry_sigma_db))
    together = (rho * sigma_db**2 + entry_sigma_db**2) / whole**2 if whole > 0 else 0.0
    apart = sigma_db * np.sqrt(2 * (1 - rho))
    missed = 1 - probability
    noise = _quantile(lambda level: _either_below(level, whole, together), missed)
    return Margins(
        -noise, DIFFERENCES_DB - _quantile(lambda level: _difference_below(level, apart), missed, lowest=0.0)
    )


def _quantile(below: Callable[[Floats], Floats], share: float, lowest: float = -200.0) -> Floats:
    """The level, for each difference, under which ``below`` finds ``share``; by bisection."""
    low, high = np.full(len(DIFFERENCES_DB), lowest), np.full(len(DIFFERENCES_DB), 200.0)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        under = below(middle) < share
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return (low + high) / 2


def _difference_below(level: Floats, apart_db: float) -> Floats:
    """Chance that the better of two exceeds the other by less than ``level``."""
    if apart_db <= 0:
        return np.where(level < DIFFERENCES_DB, 0.0, 1.0)
    return np.asarray(ndtr((level - DIFFERENCES_DB) / apart_db) - ndtr((-level - DIFFERENCES_DB) / apart_db))


_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(64)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def _either_below(level: Floats, sigma_db: float, rho: float) -> Floats:
    """Chance that both of two correlated normals, means 0 and -difference, are below ``level``; by quadrature."""
    if sigma_db <= 0:
        return np.where(level < 0, 0.0, 1.0)
    common, own = np.sqrt(rho), max(np.sqrt(1 - rho), 1e-6)
    first = ndtr((level[:, None] / sigma_db - common * _NODES) / own)
    second = ndtr(((level + DIFFERENCES_DB)[:, None] / sigma_db - common * _NODES) / own)
    return np.asarray((first * second) @ _WEIGHTS)
