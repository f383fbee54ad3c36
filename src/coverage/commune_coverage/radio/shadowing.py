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
    """Margins taken off the median power of the server, by the difference of the two strongest cells.

    Attributes
    ----------
    noise_db : (steps,) float64, dB
        Against noise, by DIFFERENCES_DB.
    interference_db : (steps,) float64, dB
        Against interference, by DIFFERENCES_DB.
    """

    noise_db: Floats
    interference_db: Floats

    @property
    def ratios(self) -> Floats:
        """Margins as ratios.

        Returns
        -------
        (steps, 2) float64
            Against noise and against interference.
        """
        return np.asarray(10 ** (np.stack([self.noise_db, self.interference_db], axis=1) / 10))


@inlined
def margin_index(server_mw: float, other_mw: float) -> float:
    """Position of the lead of the server over the strongest other cell along DIFFERENCES_DB.

    Parameters
    ----------
    server_mw, other_mw : float, mW
        Median powers; 0 without another cell.

    Returns
    -------
    float
        Steps from the first; the last one without another cell.
    """
    if other_mw <= 0.0:
        return MAX_DB / STEP_DB
    return min(max(in_db(server_mw / other_mw), 0.0), MAX_DB) * (1 / STEP_DB)


@inlined
def ratios_at(tables: Floats, row: int, step: float) -> tuple[float, float]:
    """Both margins of a table at a position, linear between two steps.

    Parameters
    ----------
    tables : (rows, steps, 2) float64
        Margins as ratios.
    row : int
        Row of the table.
    step : float
        Position, see ``margin_index``.

    Returns
    -------
    noise, interference : float
        Margins as ratios.
    """
    below = min(int(step), tables.shape[1] - 2)
    part = step - below
    noise, others = tables[row, below, 0], tables[row, below, 1]
    return noise + (tables[row, below + 1, 0] - noise) * part, others + (tables[row, below + 1, 1] - others) * part


@lru_cache(maxsize=256)
def margins(sigma_db: float, entry_sigma_db: float, rho: float, probability: float) -> Margins:
    """Margins that leave the signal to be exceeded with a probability.

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
        By the median difference of the two strongest cells.

    Notes
    -----
    Log-normal shadowing, correlated between sites as in 3GPP TR 36.942 section 4.5. Against noise the quantile of the
    maximum of two correlated normals, by quadrature; against interference that of a folded normal; by bisection.
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
    """Find the level, for each difference, under which ``below`` gives ``share``; by bisection."""
    low, high = np.full(len(DIFFERENCES_DB), lowest), np.full(len(DIFFERENCES_DB), 200.0)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        under = below(middle) < share
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return (low + high) / 2


def _difference_below(level: Floats, apart_db: float) -> Floats:
    """Probability that the better of two exceeds the other by less than ``level``."""
    if apart_db <= 0:
        return np.where(level < DIFFERENCES_DB, 0.0, 1.0)
    return np.asarray(ndtr((level - DIFFERENCES_DB) / apart_db) - ndtr((-level - DIFFERENCES_DB) / apart_db))


_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(64)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def _either_below(level: Floats, sigma_db: float, rho: float) -> Floats:
    """Probability that both of two correlated normals, means 0 and -difference, are below ``level``; by quadrature."""
    if sigma_db <= 0:
        return np.where(level < 0, 0.0, 1.0)
    common, own = np.sqrt(rho), max(np.sqrt(1 - rho), 1e-6)
    first = ndtr((level[:, None] / sigma_db - common * _NODES) / own)
    second = ndtr(((level + DIFFERENCES_DB)[:, None] / sigma_db - common * _NODES) / own)
    return np.asarray((first * second) @ _WEIGHTS)
