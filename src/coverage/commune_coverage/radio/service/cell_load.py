"""How people share cells in the busy hour: the load of a cell, and the capacity that it leaves to each user.

People use the operators that they hear, by market share, each on the carrier of the greatest median speed. Each user
needs the same mean of Mbps; a cell that serves some of them at a low speed is busy for longer. A cell that is busy
for a share of the time gives each of its users what is left of it (processor sharing).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MIN_LEFT = 2**-5.5
_STEPS_PER_HALVING = 4


def residual_capacity(cell_load: Floats) -> Floats:
    """Part of a cell's speed that each user gets.

    Parameters
    ----------
    cell_load : (n,) float64
        Share of the time that the cell is busy; more than 1 where it is overloaded.

    Returns
    -------
    (n,) float64
        At least MIN_LEFT.

    Notes
    -----
    Processor sharing: 1 - load. Rounded to four steps a halving, within 9 %, so that a handful of users more changes
    nothing.
    """
    left = np.maximum(1 - cell_load, MIN_LEFT)
    return np.asarray(2 ** (np.rint(np.log2(left) * _STEPS_PER_HALVING) / _STEPS_PER_HALVING))


def distant_shares(activity: Floats, sent_mw: Floats, carrier: Integers, stated_load: float) -> Floats:
    """How much the cells of each carrier send in the busy hour, over what they send at the stated load.

    Parameters
    ----------
    activity : (transmitters,) float64
        Share of the time that each sends.
    sent_mw : (transmitters,) float64, mW
        Mean power of each.
    carrier : (transmitters,) int64
        Its carrier, from 0; each has a transmitter.
    stated_load : float
        Share of the time.

    Returns
    -------
    (carriers,) float64
        Mean by power, to four steps a doubling, so that a few busier cells change nothing.
    """
    mean = np.bincount(carrier, activity * sent_mw) / np.bincount(carrier, sent_mw) / stated_load
    return np.asarray(2 ** (np.rint(np.log2(mean) * _STEPS_PER_HALVING) / _STEPS_PER_HALVING))


def activity_factor(cell_load: Floats, min_activity_factor: float) -> Floats:
    """Share of the time that a cell sends.

    Parameters
    ----------
    cell_load : (n,) float64
        Share of the time that the cell is busy.
    min_activity_factor : float
        Share of the time that an idle cell sends, for its signalling.

    Returns
    -------
    (n,) float64
        Between ``min_activity_factor`` and 1.
    """
    return 1 - (1 - min_activity_factor) * residual_capacity(cell_load)
