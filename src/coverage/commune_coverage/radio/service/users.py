"""Who uses which cell in the busy hour, and the traffic that they offer it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled
from commune_coverage.radio.link_budget import speed_mbps
from commune_coverage.radio.service.bit_flags import OUTDOOR
from commune_coverage.radio.service.carrier import ServiceInputs
from commune_coverage.radio.service.parameters import EDGE, TYPICAL, reception_at, sinr_at
from commune_coverage.radio.tile import NO_SERVER
from commune_coverage.schema.inputs import FIXED_POINT_SCALE

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Users(NamedTuple):
    """Users of each block by the transmitter that they use, one row for both, by block.

    Attributes
    ----------
    block : (n,) int64
        Row of the block.
    near : (n,) int64
        Row of the transmitter.
    people : (n,) float64, people
        Its users.
    traffic : (n,) float64, people s/Mbit
        Seconds that one megabit to each of its users takes. Both are multiples of 1 / FIXED_POINT_SCALE, so that
        their sums are the same in any order.
    """

    block: Integers
    near: Integers
    people: Floats
    traffic: Floats


class Population(NamedTuple):
    """People of a tile and how they choose operators.

    Attributes
    ----------
    people : (places,) float64, people
        People at each place.
    market_share : (operators,) float64
        Market share of each operator.
    """

    people: Floats
    market_share: Floats


class Workspace(NamedTuple):
    """Buffers for one place.

    Attributes
    ----------
    edge, typical : (operators,) float64, Mbps
        Edge speed, 0 where not covered, and median speed of each operator's best carrier.
    server : (operators,) int64
        Its transmitter.
    row_of : (transmitters,) int64
        Row of the transmitter in the result, -1 before the first.
    """

    edge: Floats
    typical: Floats
    server: Integers
    row_of: Integers


def offered_traffic(inputs: ServiceInputs, population: Population, mask: Flags) -> Users:
    """Share the people of a tile among the transmitters that serve them.

    Parameters
    ----------
    inputs : ServiceInputs
        Powers, servers and parameters of the tile.
    population : Population
        People and market shares.
    mask : (blocks,) bool
        Blocks to compute.

    Returns
    -------
    Users
        By block and transmitter of the tile.

    Notes
    -----
    People use the operators that cover them, by market share, each on its carrier of the greatest edge speed; where
    some do not cover a place, the others share their part of its people.
    """
    operators = len(population.market_share)
    largest = int(np.diff(inputs.places.block_start)[mask].sum()) * operators
    result = Users(
        np.empty(largest, dtype=np.int64), np.empty(largest, dtype=np.int64), np.empty(largest), np.empty(largest)
    )
    workspace = Workspace(
        np.zeros(operators),
        np.zeros(operators),
        np.zeros(operators, dtype=np.int64),
        np.full(len(inputs.received.near), -1, dtype=np.int64),
    )
    count = _share(inputs, population, mask, workspace, result)
    return Users(result.block[:count], result.near[:count], result.people[:count], result.traffic[:count])


@compiled
def _share(inputs: ServiceInputs, population: Population, mask: Flags, workspace: Workspace, result: Users) -> int:
    """Share the people of all blocks. Writes ``result`` and ``workspace``; how many rows."""
    edge, typical, server, row_of = workspace
    places, people, market = inputs.places, population.people, population.market_share
    count = 0
    for block in range(len(places.environment)):
        first = count
        if not mask[block]:
            continue
        for place in range(places.block_start[block], places.block_start[block + 1]):
            _choose(place, places.environment[block], inputs, workspace)
            whole = 0.0
            for operator in range(len(market)):
                whole += market[operator] if edge[operator] > 0 else 0.0
            for operator in range(len(market)):
                if edge[operator] > 0 and market[operator] > 0:
                    users, own = people[place] * market[operator] / whole, server[operator]
                    if row_of[own] < first:
                        row_of[own] = count
                        result.block[count], result.near[count] = block, own
                        result.people[count], result.traffic[count] = 0.0, 0.0
                        count += 1
                    result.people[row_of[own]] += np.rint(users * FIXED_POINT_SCALE) / FIXED_POINT_SCALE
                    result.traffic[row_of[own]] += (
                        np.rint(users / typical[operator] * FIXED_POINT_SCALE) / FIXED_POINT_SCALE
                    )
    return count


@compiled
def _choose(place: int, environment: int, inputs: ServiceInputs, workspace: Workspace) -> None:
    """Each operator's best carrier at a place. Writes ``edge``, ``typical`` and ``server`` of ``workspace``."""
    received, parameters = inputs.received, inputs.parameters
    edge, typical, server, _ = workspace
    transmitters, receivers = parameters.transmitters, parameters.receivers
    for operator in range(len(edge)):
        edge[operator] = 0.0
    for row in range(len(received.carriers)):
        own = received.server[row, place]
        if own == NO_SERVER:
            continue
        reception = reception_at(parameters, received, row, place, environment)
        transmitter, carrier = reception.transmitter, reception.carrier
        others = np.float64(received.edge_interference_mw[row, place])
        budget = receivers.min_sinr[carrier], receivers.shannon_alpha[carrier], receivers.max_efficiency[carrier]
        width, operator = transmitters.bandwidth_mhz[transmitter], receivers.operator[carrier]
        level, _ = sinr_at(parameters, reception, OUTDOOR, EDGE, others)
        speed = speed_mbps(level, budget[0], budget[1], budget[2], width)
        if speed > edge[operator]:
            median, _ = sinr_at(parameters, reception, OUTDOOR, TYPICAL, others)
            edge[operator], server[operator] = speed, own
            typical[operator] = speed_mbps(median, budget[0], budget[1], budget[2], width)
