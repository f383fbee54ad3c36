"""Uncertainty of the received power: each unknown carried through to decibels at the place.

First-order propagation. The error of a model's median and of an assumed band, power or height, and of a position, is
turned into a standard deviation of the received power by the slope of the path loss; independent errors add in squares.
What the model, the band and the users are is the same for all cells of a commune; the rest is each cell's own and
averages out over cells. An error that all cells share counts by the share of noise in noise and interference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.jit import compiled
from commune_coverage.population.urbanisation import NAMES
from commune_coverage.radio.link_budget_config import Z_LOW_HIGH, Radios
from commune_coverage.radio.propagation.base import Link
from commune_coverage.radio.propagation.fallback_chain import chain_loss_db
from commune_coverage.radio.transmitters import link_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

UNCERTAINTY_COMPONENTS = ("model", "power", "height", "band", "position", "users")
_PER_OCTAVE = 4
_LAST_NODE = 32 * _PER_OCTAVE
_SHIFT = 52 - 2
_HALF = 1 << (_SHIFT - 1)
_FIRST = 1023 * _PER_OCTAVE
NODES_M = np.sqrt(
    2.0 ** (np.arange(_LAST_NODE + 1) // _PER_OCTAVE) * (1 + np.arange(_LAST_NODE + 1) % _PER_OCTAVE / _PER_OCTAVE)
)
"""Distances of the tables, four to each doubling of the squared distance."""
_MAX_DB = 40.0
_UNCERTAIN_COLUMNS = [
    "pathloss_class",
    "frequency_mhz_low",
    "frequency_mhz_high",
    "antenna_height_m_low",
    "antenna_height_m_high",
]


@dataclass(frozen=True)
class VarianceTables:
    """Uncertainty of the path loss by distance.

    Attributes
    ----------
    of : (transmitters,) int64
        Row of each transmitter.
    height_db, band_db : (rows, environments, nodes) float64, dB
        Standard error by unknown antenna height, and by unknown band.
    slope_db : (rows, environments, nodes) float64, dB
        Loss per decade of distance.
    """

    of: Integers
    height_db: Floats
    band_db: Floats
    slope_db: Floats


@compiled
def node_at(square_m2: float) -> int:
    """Nearest node of the tables, by the bits of the squared distance.

    Parameters
    ----------
    square_m2 : float, m2
        Squared distance.

    Returns
    -------
    int
        Column of the tables, four to each doubling of the squared distance.
    """
    bits = np.float64(max(square_m2, 1.0)).view(np.int64) + _HALF
    return min((bits >> _SHIFT) - _FIRST, _LAST_NODE)  # type: ignore[no-any-return,return-value,unused-ignore]


def make_variance_tables(transmitters: pd.DataFrame, radios: Radios) -> VarianceTables:
    """Make the tables of every combination of pathloss class, band and height that occurs.

    Parameters
    ----------
    transmitters : DataFrame
        One row a transmitter, see ``transmitters.make_network``.
    radios : Radios
        Link budgets, with the propagation models of each environment.

    Returns
    -------
    VarianceTables
        By transmitter.

    Notes
    -----
    First-order propagation of independent errors: the standard deviation whose 10th and 90th percentile are the losses
    at the low and the high value, at most 40 dB.
    """
    of = transmitters.groupby(_UNCERTAIN_COLUMNS, sort=True).ngroup().to_numpy().astype(np.int64)
    first = transmitters.assign(of=of).drop_duplicates("of").sort_values("of")
    tables = np.zeros((len(first), 3, len(NAMES), len(NODES_M)))
    for number, (_, row) in enumerate(first.iterrows()):
        tables[number] = _tables_of(row, radios)
    return VarianceTables(of, tables[:, 0], tables[:, 1], tables[:, 2])


def _tables_of(row: pd.Series, radios: Radios) -> tuple[Floats, Floats, Floats]:
    height, band, slope = [], [], []
    frequency, effective, low, high = (
        float(row[name])
        for name in ("frequency_mhz", "effective_height_m", "antenna_height_m_low", "antenna_height_m_high")
    )
    raised = effective - float(row["antenna_height_m"])
    own = link_of(frequency, effective, radios)
    ends = [replace(own, antenna_height_m=max(metres + raised, 1.0)) for metres in (low, high)]
    bands = [replace(own, frequency_mhz=float(row[f"frequency_mhz_{end}"])) for end in ("low", "high")]
    for name in NAMES:
        models = tuple(radios.environments[name].models)
        height.append(_span_db(models, own, *ends))
        band.append(_span_db(models, own, *bands))
        slope.append(np.gradient(node_losses_db(models, own, own), np.log10(NODES_M)))
    return np.array(height), np.array(band), np.array(slope)


@lru_cache(maxsize=4096)
def node_losses_db(models: tuple[str, ...], own: Link, link: Link) -> Floats:
    """Loss of a link at the nodes by the models that take the cell's own; beyond their reach as at its end.

    Parameters
    ----------
    models : tuple of str
        Chain of propagation models.
    own, link : Link
        The link by which the models are chosen, and that whose loss is asked for.

    Returns
    -------
    (nodes,) float64, dB
        At NODES_M.
    """
    loss = chain_loss_db(models, NODES_M, link, chosen_for=own)
    return np.where(np.isfinite(loss), loss, np.max(loss[np.isfinite(loss)], initial=0.0))


def _span_db(models: tuple[str, ...], own: Link, one: Link, other: Link) -> Floats:
    """Compute the standard deviation whose 10th and 90th percentile are the losses of two links."""
    losses = (node_losses_db(models, own, link) for link in (one, other))
    return np.asarray(np.minimum(np.abs(np.subtract(*losses)) / (2 * Z_LOW_HIGH), _MAX_DB))
