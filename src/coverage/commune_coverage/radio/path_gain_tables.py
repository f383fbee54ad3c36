"""Path gain by distance, tabulated once for each pathloss class and each environment of the receiver.

A table has 64 steps to each doubling of the squared distance, from 1 m to 65 km, so that a gain is read by the bits
of the squared distance alone, without root or logarithm, and between two steps by a straight line.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled

Floats = npt.NDArray[np.float64]

_STEPS_PER_OCTAVE = 64
_OCTAVES = 32
_SHIFT = 52 - 6
_FIRST = 1023 * _STEPS_PER_OCTAVE
_REST = (1 << _SHIFT) - 1
NEAREST_M, FARTHEST_M = 1.0, 65_000.0


class Gains(NamedTuple):
    """Gain tables of all pathloss classes.

    Attributes
    ----------
    table : (pathloss classes x environments, steps) float64
        Received over radiated power; 0 from the reach on. Environments of one class lie next to each other.
    reach_m : (pathloss classes x environments,) float64, m
        Distance from which the gain is 0.
    round_earth : (pathloss classes, steps) float64
        Least gain that diffraction over a smooth earth leaves, where there is terrain.
    """

    table: Floats
    reach_m: Floats
    round_earth: Floats


def table_distances_m() -> Floats:
    """Distances of the steps of a gain table.

    Returns
    -------
    (steps,) float64, m
        From 1 m, 64 steps to each doubling of the square.
    """
    steps = np.arange(_OCTAVES * _STEPS_PER_OCTAVE + 1)
    octave, part = np.divmod(steps, _STEPS_PER_OCTAVE)
    return np.asarray(np.sqrt(2.0**octave * (1 + part / _STEPS_PER_OCTAVE)))


def make_table(loss_db: Floats, reach_m: float) -> tuple[Floats, float]:
    """Gain table from the loss at its distances.

    Parameters
    ----------
    loss_db : (steps,) float64, dB
        Path loss at ``table_distances_m()``.
    reach_m : float, m
        Distance beyond which nothing is received.

    Returns
    -------
    table : (steps,) float64
        Received over radiated power.
    end_m : float, m
        First distance at which the gain is 0.
    """
    distances = table_distances_m()
    within = distances <= min(reach_m, FARTHEST_M)
    return np.where(within, 10 ** (-loss_db / 10), 0.0), float(distances[np.argmin(within)])


@compiled
def gain_at(table: Floats, square_m2: float) -> float:
    """Gain at a distance, linear between two steps of the table.

    Parameters
    ----------
    table : (steps,) float64
        One gain table.
    square_m2 : float, m2
        Squared distance; less than 1 m2 counts as 1 m2.

    Returns
    -------
    float
        Received over radiated power.
    """
    bits = np.float64(max(square_m2, 1.0)).view(np.int64)
    step = (bits >> _SHIFT) - _FIRST
    part = (bits & _REST) / (_REST + 1.0)
    return table[step] + (table[step + 1] - table[step]) * part
