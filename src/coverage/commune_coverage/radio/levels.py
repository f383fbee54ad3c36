"""What a phone of an operator and technology reports at places: received level, SINR, and speed in the busy hour."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.radio.fast_log import in_db
from commune_coverage.radio.link_budget import speed_mbps
from commune_coverage.radio.scoring.validation import reference_db
from commune_coverage.radio.service.bit_flags import OUTDOOR
from commune_coverage.radio.service.carrier import ServiceInputs
from commune_coverage.radio.service.parameters import EDGE, TYPICAL, Reception, reception_at, sinr_at
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
    power, and before what the user's body takes off. The speed is the fastest carrier's, as in ``Figures.busy_mbps``.
    """
    result = Levels(*(np.full(len(rows), np.nan, np.float32) for _ in Levels._fields))
    if len(carriers):
        _fill(inputs, carriers, rows, _references_db(inputs, carriers), result)
    return result


def _references_db(inputs: ServiceInputs, carriers: Integers) -> Floats:
    """``reference_db`` of every transmitter of the network, as one of the technology of the carriers."""
    technology = TECHNOLOGIES[inputs.parameters.receivers.technology[inputs.received.carriers[carriers[0]]]]
    widths_mhz, index = np.unique(inputs.parameters.transmitters.bandwidth_mhz, return_inverse=True)
    return np.array([reference_db(technology, float(width)) for width in widths_mhz])[index]


@compiled
def _fill(inputs: ServiceInputs, carriers: Integers, rows: Integers, less_db: Floats, result: Levels) -> None:
    """Levels of all places. Writes ``result``."""
    block, places, server = 0, inputs.places, inputs.received.server
    for row in range(len(rows)):
        place = rows[row]
        while places.block_start[block + 1] <= place:
            block += 1
        for k in range(len(carriers)):
            if server[carriers[k], place] != NO_SERVER:
                _add_carrier(row, place, carriers[k], places.environment[block], inputs, less_db, result)


@inlined
def _add_carrier(
    row: int, place: int, carrier: int, environment: int, inputs: ServiceInputs, less_db: Floats, result: Levels
) -> None:
    """What one carrier adds to a place. Writes its row of ``result``."""
    parameters, received = inputs.parameters, inputs.received
    reception = reception_at(parameters, received, carrier, place, environment)
    at_edge = np.float64(received.edge_interference_mw[carrier, place])
    level_dbm = in_db(reception.power_mw) - less_db[reception.transmitter]
    if not level_dbm <= result.received_dbm[row]:
        typical, _ = sinr_at(parameters, reception, OUTDOOR, TYPICAL, at_edge)
        result.received_dbm[row], result.sinr_db[row] = level_dbm, in_db(typical)
    edge, _ = sinr_at(parameters, reception, OUTDOOR, EDGE, at_edge)
    speed = 0.0
    if in_db(edge) >= parameters.receivers.min_sinr_db[reception.carrier]:
        busy, _ = sinr_at(
            parameters, reception, OUTDOOR, TYPICAL, np.float64(received.busy_interference_mw[carrier, place])
        )
        speed = _busy_speed_mbps(inputs, reception, busy)
    if not speed <= result.speed_mbps[row]:
        result.speed_mbps[row] = speed


@inlined
def _busy_speed_mbps(inputs: ServiceInputs, reception: Reception, sinr: float) -> float:
    """Speed to a user of a shared cell at this SINR."""
    transmitters, receivers = inputs.parameters.transmitters, inputs.parameters.receivers
    sender, carrier = reception.transmitter, reception.carrier
    alone = speed_mbps(
        sinr,
        receivers.min_sinr[carrier],
        receivers.shannon_alpha[carrier],
        receivers.max_efficiency[carrier],
        transmitters.bandwidth_mhz[sender],
    )
    return alone * float(transmitters.residual_capacity[sender])
