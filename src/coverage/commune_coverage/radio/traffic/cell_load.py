"""How people share cells in the busy hour: who chooses which cell, how busy that makes it, what is left for each.

People use the operators that cover them, by market share, each on the channel of the greatest edge speed. Each user
asks for the same mean of Mbps; a cell that serves some of them at a low speed is busy for longer. A cell that is busy
for a share of the time gives each of its users what is left of it (processor sharing).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MIN_LEFT = 2**-5.5
_STEPS_PER_HALVING = 4


def residual_capacity(cell_load: Floats) -> Floats:
    """Part of a cell's speed that a user gets while the cell is busy for ``cell_load`` of the time.

    Rounded to four steps a halving, within 9 %, so that a handful of users more changes nothing. A cell that is
    asked for more than it can give still gives MIN_LEFT.
    """
    left = np.maximum(1 - cell_load, MIN_LEFT)
    return np.asarray(2 ** (np.rint(np.log2(left) * _STEPS_PER_HALVING) / _STEPS_PER_HALVING))


def activity_factor(cell_load: Floats, min_activity_factor: float) -> Floats:
    """Part of the time that a cell sends: ``min_activity_factor`` for its signalling, always while it is busy."""
    return 1 - (1 - min_activity_factor) * residual_capacity(cell_load)
