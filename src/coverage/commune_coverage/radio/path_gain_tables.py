"""Path gain by distance, tabulated once for each kind of transmitter and each environment of the receiver.

A table has 64 steps to each doubling of the squared distance, from 1 m to 65 km, so that a gain is found by the bits
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
    """``table`` (kinds x environments, steps): received over radiated power; 0 from ``reach_m`` on.

    ``round_earth`` (kinds, steps) is the most that a smooth earth takes where there is terrain (see ``terrain.gain``).
    """

    table: Floats
    reach_m: Floats
    round_earth: Floats


def table_distances_m() -> Floats:
    """Distance of each step of a table."""
    steps = np.arange(_OCTAVES * _STEPS_PER_OCTAVE + 1)
    octave, part = np.divmod(steps, _STEPS_PER_OCTAVE)
    return np.asarray(np.sqrt(2.0**octave * (1 + part / _STEPS_PER_OCTAVE)))


def make_table(loss_db: Floats, reach_m: float) -> tuple[Floats, float]:
    """A table from the loss at each of its distances, and the distance from which it is 0: the step after the reach."""
    distances = table_distances_m()
    within = distances <= min(reach_m, FARTHEST_M)
    return np.where(within, 10 ** (-loss_db / 10), 0.0), float(distances[np.argmin(within)])


@compiled
def gain_at(table: Floats, square_m2: float) -> float:
    """Gain at a squared distance; the nearest distance is 1 m."""
    bits = np.float64(max(square_m2, 1.0)).view(np.int64)
    step = (bits >> _SHIFT) - _FIRST
    part = (bits & _REST) / (_REST + 1.0)
    return table[step] + (table[step + 1] - table[step]) * part
