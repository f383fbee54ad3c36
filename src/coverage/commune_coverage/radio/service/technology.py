"""What the carriers of one operator and technology give a place together: speeds, and their bounds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import inlined
from commune_coverage.radio.service.aggregation import needs_with_others, use_carriers
from commune_coverage.radio.service.bit_flags import BUSY_INDOOR, BUSY_OUTDOOR, EDGE_OUTDOOR, SERVED, served_bit
from commune_coverage.radio.service.carrier import USERS, PlaceAccumulator, ServiceInputs, bits_between
from commune_coverage.radio.service.parameters import (
    HIGH,
    LOW,
    NEEDED,
    OF_NARROW,
    OF_WIDE,
    OWN_CELL,
    SHARED_CELL,
    UPPER,
    VALUE,
    VARIANCE,
)
from commune_coverage.radio.tile import NO_SERVER

Flags = npt.NDArray[np.uint8]
Gain = tuple[float, float, float]
ALONE = (1.0, 1.0, 1.0)


@inlined
def technology_figures(
    first: int,
    last: int,
    place: int,
    covered: tuple[int, int],
    inputs: ServiceInputs,
    best: PlaceAccumulator,
    flags: Flags,
) -> tuple[float, float, float, int]:
    """Speeds of the carriers of one operator and technology at one place.

    Sets the bits of ``flags`` and updates ``best`` in place.

    Parameters
    ----------
    first, last : int
        First carrier of the tile, and the one after the last.
    place : int
        Row of the place.
    covered : tuple of int
        Bits of the coverage outdoors and indoors by any of them.
    inputs : ServiceInputs
        Powers, servers and parameters.
    best : PlaceAccumulator
        Levels of the carriers, and the best of all technologies so far.
    flags : (bytes,) uint8
        Coverage bitmask of the place.

    Returns
    -------
    edge_mbps, busy_mbps : float, Mbps
        Speed at the cell edge to oneself, and in the busy hour.
    margin_db : float, dB
        SINR over what the headline speed needs at best.
    closest : int
        Carrier that comes closest to it.

    Notes
    -----
    The speed is the sum over the carriers that a device takes up. Its bounds are those of the carrier that gives most,
    to which the others add in proportion, and those of each carrier alone.
    """
    edge_mbps, busy_mbps, margin_db, closest = 0.0, 0.0, -np.inf, -1
    for name in range(len(SERVED)):
        mbps, leader, gain = _together(first, last, name, inputs, best)
        bits = covered[1] if name == BUSY_INDOOR else covered[0]
        if name == EDGE_OUTDOOR and bits & 1:
            edge_mbps = mbps
        elif name == BUSY_OUTDOOR and bits & 1:
            busy_mbps = mbps
        for row in range(first, last):
            if inputs.received.server[row, place] != NO_SERVER:
                own = gain if row == leader else _alone(row, inputs, best)
                over_db = _thresholds(row, place, name, bits, own, inputs, best, flags)
                if name == BUSY_OUTDOOR and (over_db > margin_db or closest < 0):
                    margin_db, closest = over_db, row
    return edge_mbps, busy_mbps, margin_db, closest


@inlined
def _together(
    first: int, last: int, name: int, inputs: ServiceInputs, best: PlaceAccumulator
) -> tuple[float, int, Gain]:
    """Speed of the carriers together, the one that gives most of it, and the sum over that one by class of device."""
    levels, receivers = best.levels, inputs.parameters.receivers
    speed, device_mhz = levels.speed[name], receivers.device_mhz[inputs.received.carriers[first]]
    low = use_carriers(first, last, speed, levels.width, device_mhz[LOW], levels.used)
    high = use_carriers(first, last, speed, levels.width, device_mhz[HIGH], levels.used)
    mbps = use_carriers(first, last, speed, levels.width, device_mhz[VALUE], levels.used)
    leader, most = -1, 0.0
    for row in range(first, last):
        if levels.used[row] * speed[row] > most:
            leader, most = row, levels.used[row] * speed[row]
    if leader < 0:
        return 0.0, leader, ALONE
    return mbps, leader, (mbps / speed[leader], low / speed[leader], high / speed[leader])


@inlined
def _alone(row: int, inputs: ServiceInputs, best: PlaceAccumulator) -> Gain:
    """Part of a carrier that a device takes up, by its class."""
    device_mhz = inputs.parameters.receivers.device_mhz[inputs.received.carriers[row]]
    if device_mhz[VALUE] == 0.0:
        return ALONE
    width = best.levels.width[row]
    return min(device_mhz[VALUE] / width, 1.0), min(device_mhz[LOW] / width, 1.0), min(device_mhz[HIGH] / width, 1.0)


@inlined
def _thresholds(
    row: int,
    place: int,
    name: int,
    covered: int,
    gain: Gain,
    inputs: ServiceInputs,
    best: PlaceAccumulator,
    flags: Flags,
) -> float:
    """Which speeds a carrier reaches; by how many dB the headline, at best. Writes ``flags`` and ``best``."""
    parameters, levels = inputs.parameters, best.levels
    carrier, sender = inputs.received.carriers[row], inputs.received.near[inputs.received.server[row, place]]
    cell, sinr_db = OWN_CELL if name == EDGE_OUTDOOR else SHARED_CELL, levels.sinr_db[name, row]
    thresholds, operator = len(parameters.common.thresholds_mbps), parameters.receivers.operator[carrier]
    is_alone, headline_db = gain[VALUE] == 1.0 and gain[LOW] == 1.0 and gain[HIGH] == 1.0, 0.0
    for k in range(thresholds):
        table = parameters.transmitters.needed[sender, k, cell]
        needed, upper, variance = table[NEEDED], table[UPPER], table[VARIANCE]
        narrow, wide = table[OF_NARROW], table[OF_WIDE]
        if not is_alone:
            mbps = parameters.common.thresholds_mbps[k]
            needed, upper, variance, narrow, wide = needs_with_others(parameters, sender, carrier, mbps, cell, gain)
        shared_db2 = levels.shared_db2[name, row] + variance
        bits = bits_between(sinr_db - needed, sinr_db - upper, shared_db2, levels.own_db2[row]) & covered
        flags[served_bit(name, k, inputs.operators, thresholds)] |= bits
        if k == 0:
            headline_db = sinr_db - upper
            if name == BUSY_OUTDOOR:
                best.choice[operator] |= bits
                levels.component[row, USERS] = variance
                best.by_width[0] |= ((sinr_db >= narrow) | (sinr_db >= wide) << 1) & (3 * (covered & 1))
    return headline_db
