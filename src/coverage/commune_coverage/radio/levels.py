"""What a phone of an operator and technology reports at places: received level, SINR, and speed in the busy hour."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.radio.fast_log import in_db
from commune_coverage.radio.link_budget import speed_mbps
from commune_coverage.radio.scoring.validation import reference_db
from commune_coverage.radio.service.aggregation import use_carriers
from commune_coverage.radio.service.bit_flags import OUTDOOR
from commune_coverage.radio.service.carrier import ServiceInputs
from commune_coverage.radio.service.parameters import (
    EDGE,
    TYPICAL,
    VALUE,
    Reception,
    reception_at,
    sinr_at,
    uplink_margin_at,
)
from commune_coverage.radio.tile import NO_SERVER
from commune_coverage.schema.inputs import TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Singles = npt.NDArray[np.float32]


class Levels(NamedTuple):
    """Levels of one operator and technology at n places, NaN where none of its cells reaches.

    Attributes
    ----------
    received_dbm : (n,) float32, dBm
        Median level outdoors that a phone reports: RXLEV, RSCP or RSRP.
    sinr_db : (n,) float32, dB
        Median SINR outdoors at the stated load, of the same cell.
    speed_mbps : (n,) float32, Mbps
        Busy-hour speed to a user, 0 where the technology does not cover the place.
    """

    received_dbm: Singles
    sinr_db: Singles
    speed_mbps: Singles


class Together(NamedTuple):
    """Buffers for the carriers of one place.

    Attributes
    ----------
    speed : (c,) float64, Mbps
        Busy-hour speed of each, 0 where it is not there.
    width : (c,) float64, MHz
        Bandwidth of each.
    used : (c,) float64
        Part of it that a device takes up.
    """

    speed: Floats
    width: Floats
    used: Floats


def levels_of(inputs: ServiceInputs, carriers: Integers, rows: Integers) -> Levels:
    """Levels of one operator and technology.

    Parameters
    ----------
    inputs : ServiceInputs
        Powers, servers and parameters of a tile.
    carriers : (c,) int64
        Rows in the tile of the carriers of the operator and technology.
    rows : (n,) int64
        Places to compute, rising.

    Returns
    -------
    Levels
        Of the n places.

    Notes
    -----
    Level and SINR are those of the carrier whose level is the greatest: ``validation.reference_db`` below its received
    power, and before what the user's body takes off. The speed is that of all carriers that a device takes up, as in
    ``Figures.busy_mbps``.
    """
    result = Levels(*(np.full(len(rows), np.nan, np.float32) for _ in Levels._fields))
    if len(carriers):
        together = Together(np.zeros(len(carriers)), np.zeros(len(carriers)), np.zeros(len(carriers)))
        _fill(inputs, carriers, rows, _references_db(inputs, carriers), together, result)
    return result


def _references_db(inputs: ServiceInputs, carriers: Integers) -> Floats:
    """``reference_db`` of every transmitter of the network, as one of the technology of the carriers."""
    technology = TECHNOLOGIES[inputs.parameters.receivers.technology[inputs.received.carriers[carriers[0]]]]
    widths_mhz, index = np.unique(inputs.parameters.transmitters.bandwidth_mhz, return_inverse=True)
    return np.array([reference_db(technology, float(width)) for width in widths_mhz])[index]


@compiled
def _fill(
    inputs: ServiceInputs, carriers: Integers, rows: Integers, less_db: Floats, together: Together, result: Levels
) -> None:
    """Levels of all places. Writes ``result``, and ``together``."""
    block, places, server = 0, inputs.places, inputs.received.server
    device_mhz = inputs.parameters.receivers.device_mhz[inputs.received.carriers[carriers[0]], VALUE]
    for row in range(len(rows)):
        place = rows[row]
        while places.block_start[block + 1] <= place:
            block += 1
        is_heard, is_covered = False, False
        for k in range(len(carriers)):
            together.speed[k] = 0.0
            if server[carriers[k], place] != NO_SERVER:
                environment = places.environment[block]
                reception = reception_at(inputs.parameters, inputs.received, carriers[k], place, environment)
                is_heard = True
                is_covered |= _add_carrier(row, place, carriers[k], reception, inputs, less_db, result)
                together.speed[k] = _busy_speed_mbps(place, carriers[k], reception, inputs)
                together.width[k] = inputs.parameters.transmitters.bandwidth_mhz[reception.transmitter]
        if is_heard:
            speed = use_carriers(0, len(carriers), together.speed, together.width, device_mhz, together.used)
            result.speed_mbps[row] = speed if is_covered else 0.0


@inlined
def _add_carrier(
    row: int, place: int, carrier: int, reception: Reception, inputs: ServiceInputs, less_db: Floats, result: Levels
) -> bool:
    """Level and SINR of a carrier, where it is the strongest; whether it covers. Writes the row of ``result``."""
    parameters = inputs.parameters
    at_edge = np.float64(inputs.received.edge_interference_mw[carrier, place])
    level_dbm = in_db(reception.power_mw) - less_db[reception.transmitter]
    if not level_dbm <= result.received_dbm[row]:
        typical, _ = sinr_at(parameters, reception, OUTDOOR, TYPICAL, at_edge)
        result.received_dbm[row], result.sinr_db[row] = level_dbm, in_db(typical)
    edge, _ = sinr_at(parameters, reception, OUTDOOR, EDGE, at_edge)
    is_heard = uplink_margin_at(parameters, reception, OUTDOOR, EDGE) >= 1.0
    return in_db(edge) >= parameters.receivers.min_sinr_db[reception.carrier] and is_heard


@inlined
def _busy_speed_mbps(place: int, row: int, reception: Reception, inputs: ServiceInputs) -> float:
    """Speed to a user of a shared cell."""
    transmitters, receivers = inputs.parameters.transmitters, inputs.parameters.receivers
    sender, carrier = reception.transmitter, reception.carrier
    busy_mw = np.float64(inputs.received.busy_interference_mw[row, place])
    sinr, _ = sinr_at(inputs.parameters, reception, OUTDOOR, TYPICAL, busy_mw)
    alpha, most = receivers.shannon_alpha[carrier], receivers.max_efficiency[carrier]
    layers = receivers.layers[carrier, VALUE]
    alone = speed_mbps(sinr, receivers.min_sinr[carrier], alpha, most, transmitters.bandwidth_mhz[sender], layers)
    return alone * float(transmitters.residual_capacity[sender])
