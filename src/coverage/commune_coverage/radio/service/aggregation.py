"""Carriers that one user receives together: which of them his device takes, and what a speed then needs of each.

A device takes up carriers of one technology to a width of its class (3GPP TS 36.306), those with the greatest speed
for their width first. A technology without such a width is used on one carrier at a time, whatever its width.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.radio.link_budget import UNREACHED_DB
from commune_coverage.radio.link_budget_config import Z_LOW_HIGH
from commune_coverage.radio.service.parameters import (
    FEW,
    HIGH,
    LOW,
    MANY,
    NARROW,
    SHARED_CELL,
    VALUE,
    WIDE,
    LinkParameters,
)
from commune_coverage.radio.spectral_efficiency import needed_sinr

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@inlined
def end_of_technology(first: int, carriers: Integers, operator: Integers, technology: Integers) -> int:
    """Find where the carriers of one operator and technology end.

    Parameters
    ----------
    first : int
        First of them in ``carriers``.
    carriers : (carriers,) int64
        Rows of the tile's carriers in the whole network, rising.
    operator, technology : (c,) int64
        Of each carrier of the network, sorted by both.

    Returns
    -------
    int
        The one after the last.
    """
    last, own = first + 1, carriers[first]
    while (
        last < len(carriers)
        and operator[carriers[last]] == operator[own]
        and technology[carriers[last]] == technology[own]
    ):
        last += 1
    return last


@compiled
def use_carriers(first: int, last: int, speed: Floats, width: Floats, device_mhz: float, used: Floats) -> float:
    """Choose the carriers of a technology that a device takes up.

    Writes ``used`` from ``first`` to ``last``.

    Parameters
    ----------
    first, last : int
        First carrier of the technology, and the one after its last.
    speed : (carriers,) float64, Mbps
        Speed of each on its whole width, 0 where it is of no use.
    width : (carriers,) float64, MHz
        Bandwidth of each.
    device_mhz : float, MHz
        Width that the device takes up; 0 for a single carrier of any width.
    used : (carriers,) float64
        Part of each carrier's width that it takes up.

    Returns
    -------
    float, Mbps
        Sum of their speeds.

    Notes
    -----
    By falling speed for the width, the last one in part: no other choice within the width is faster, so that a carrier
    more, or a faster one, never lowers the sum.
    """
    total, left = 0.0, device_mhz
    for row in range(first, last):
        used[row] = 0.0
    while left > 0.0 or device_mhz == 0.0:
        best, most = -1, 0.0
        for row in range(first, last):
            worth = speed[row] if device_mhz == 0.0 else speed[row] / width[row]
            if used[row] == 0.0 and worth > most:
                best, most = row, worth
        if best < 0:
            break
        used[best] = 1.0 if device_mhz == 0.0 else min(left / width[best], 1.0)
        total += used[best] * speed[best]
        left -= width[best]
        if device_mhz == 0.0:
            break
    return total


@inlined
def _needed_db(mbps: float, width_mhz: float, alpha: float, most: float, layers: int, min_sinr_db: float) -> float:
    """SINR that a speed needs on one carrier to oneself, see ``link_budget.needed_sinr_db``."""
    return max(10 * math.log10(needed_sinr(mbps / width_mhz, alpha, most, layers)), min_sinr_db)


@inlined
def _part_of(width_mhz: float, device_mhz: float) -> float:
    """Part of a carrier that a device takes up."""
    return 1.0 if device_mhz == 0.0 else min(device_mhz / width_mhz, 1.0)


@inlined
def _between(hard_db: float, easy_db: float) -> float:
    """Variance of what is between a 10th and a 90th percentile; 30 dB stand for what is never reached."""
    span = (min(hard_db, UNREACHED_DB) - min(easy_db, UNREACHED_DB)) / (2 * Z_LOW_HIGH)
    return span * span


@compiled
def needs_with_others(
    parameters: LinkParameters, sender: int, carrier: int, mbps: float, cell: int, gain: tuple[float, float, float]
) -> tuple[float, float, float, float, float]:
    """What a speed needs of the carrier that gives most of it, the others giving more in proportion.

    Parameters
    ----------
    parameters : LinkParameters
        Parameters of the network.
    sender, carrier : int
        Rows of the transmitter and its carrier in the whole network.
    mbps : float, Mbps
        The speed.
    cell : int
        SHARED_CELL or OWN_CELL.
    gain : tuple of float
        Speed of all carriers over that of this one, with a device of the usual, of a lower and of a higher class.

    Returns
    -------
    needed, upper, variance, of_narrow, of_wide : float
        As ``TransmitterParameters.needed``: dB, dB, dB2, dB and dB.
    """
    transmitters, receivers = parameters.transmitters, parameters.receivers
    width, alpha, layers = transmitters.width_mhz[sender], receivers.alpha[carrier], receivers.layers[carrier]
    left, most, min_db = transmitters.left[sender], receivers.max_efficiency[carrier], receivers.min_sinr_db[carrier]
    usual, few, many, if_narrow, if_wide = 1.0, 1.0, 1.0, 1.0, 1.0
    if cell == SHARED_CELL:
        usual, few, many, if_narrow, if_wide = left[VALUE], left[FEW], left[MANY], left[NARROW], left[WIDE]
    own, device_mhz = mbps / gain[VALUE], receivers.device_mhz[carrier, VALUE]
    taken = _part_of(width[VALUE], device_mhz)
    narrow_mhz = width[LOW] * _part_of(width[LOW], device_mhz) / taken
    wide_mhz = width[HIGH] * _part_of(width[HIGH], device_mhz) / taken
    needed = _needed_db(own / usual, width[VALUE], alpha[VALUE], most, layers[VALUE], min_db)
    best = _needed_db(mbps / gain[HIGH] / max(few, if_wide), wide_mhz, alpha[HIGH], most, layers[HIGH], min_db)
    of_narrow = _needed_db(own / if_narrow, narrow_mhz, alpha[VALUE], most, layers[VALUE], min_db)
    of_wide = _needed_db(own / if_wide, wide_mhz, alpha[VALUE], most, layers[VALUE], min_db)
    variance = _between(
        _needed_db(own / many, width[VALUE], alpha[VALUE], most, layers[VALUE], min_db),
        _needed_db(own / few, width[VALUE], alpha[VALUE], most, layers[VALUE], min_db),
    )
    variance += _between(
        _needed_db(own / usual, width[VALUE], alpha[LOW], most, layers[VALUE], min_db),
        _needed_db(own / usual, width[VALUE], alpha[HIGH], most, layers[VALUE], min_db),
    )
    variance += _between(
        _needed_db(own / usual, width[VALUE], alpha[VALUE], most, layers[LOW], min_db),
        _needed_db(own / usual, width[VALUE], alpha[VALUE], most, layers[HIGH], min_db),
    )
    variance += _between(of_narrow, of_wide)
    variance += _between(
        _needed_db(mbps / gain[LOW] / usual, width[VALUE], alpha[VALUE], most, layers[VALUE], min_db),
        _needed_db(mbps / gain[HIGH] / usual, width[VALUE], alpha[VALUE], most, layers[VALUE], min_db),
    )
    upper = min(needed, UNREACHED_DB) if best < np.inf else np.inf
    return needed, upper, variance, of_narrow, of_wide
