"""All that turns received powers into service, laid out as the arrays that compiled code walks.

Terms of a transmitter are rows by transmitter of the whole network, terms of a channel rows by channel.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from coverage.signal.fading import ratios_at
from coverage.signal.link_budget import sinr

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Powers = npt.NDArray[np.floating[Any]]
Servers = npt.NDArray[np.signedinteger[Any]]

SHARED_CELL, OWN_CELL = 0, 1
EDGE, TYPICAL = 0, 1
NEEDED, PERHAPS, VARIANCE = 0, 1, 2


class Emitted(NamedTuple):
    """Of n transmitters. ``needed`` (n, thresholds, 2, 3): what a speed takes of a cell that is shared or one's own.

    Its last axis is the SINR in dB, the SINR where only the best of doubts would do, and the variance in dB squared.
    """

    noise_mw: Floats
    bandwidth_mhz: Floats
    share_left: Floats
    power_db2: Floats
    position_m: Floats
    sigma: Integers
    doubt: Integers
    key: Integers
    is_stated: npt.NDArray[np.bool_]
    x_m: Floats
    y_m: Floats
    needed: Floats


class Asked(NamedTuple):
    """Of c channels: what their receivers make of a signal. ``entry`` (c, where, environments) is a loss as a ratio.

    ``margin`` (c, sigmas, where, environments, 2) is the row of the margins, at the edge and in the median.
    """

    operator: Integers
    technology: Integers
    least_sinr_db: Floats
    least_sinr: Floats
    attenuation: Floats
    most_efficiency: Floats
    entry: Floats
    margin: Integers


class Rules(NamedTuple):
    """The same for all. ``against`` (rows, steps, 2) are the margins as ratios, against noise and against others."""

    against: Floats
    thresholds_mbps: Floats
    edge_z: float
    median_sigma_db: float
    height_db: Floats
    band_db: Floats
    slope_db: Floats


class Terms(NamedTuple):
    emitted: Emitted
    asked: Asked
    rules: Rules


class Received(NamedTuple):
    """Of a tile (channels, places): powers in mW, the row of the serving transmitter in ``near`` or NO_SERVER.

    ``near`` are rows of the whole network's transmitters, ``channels`` of its channels.
    """

    power_mw: Powers
    strongest_other_mw: Powers
    edge_interference_mw: Powers
    busy_interference_mw: Powers
    server: Servers
    near: Integers
    channels: Integers


@njit(cache=True, error_model="numpy", inline="always")
def sinr_at(
    terms: Terms, transmitter: int, channel: int, where: int, environment: int, share: int, power_mw: float,
    interference_mw: float, step: float,
) -> tuple[float, float]:  # fmt: skip
    """SINR as a ratio and the noise's part of one channel at one place; ``step`` is its server's lead (see ``fading``).

    ``where`` is a row of WHERE, ``share`` EDGE or TYPICAL.
    """
    asked, rules = terms.asked, terms.rules
    row = asked.margin[channel, terms.emitted.sigma[transmitter, environment], where, environment, share]
    entry, noise_mw = asked.entry[channel, where, environment], terms.emitted.noise_mw[transmitter]
    return sinr(power_mw, noise_mw, interference_mw, entry, ratios_at(rules.against, row, step))
