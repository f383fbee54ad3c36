"""Who uses which cell in the busy hour, and the traffic that they offer it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.radio.link_budget import speed_mbps
from commune_coverage.radio.service.aggregation import end_of_technology, use_carriers
from commune_coverage.radio.service.bit_flags import OUTDOOR
from commune_coverage.radio.service.carrier import ServiceInputs
from commune_coverage.radio.service.parameters import TYPICAL, VALUE, reception_at, sinr_at
from commune_coverage.radio.tile import NO_SERVER
from commune_coverage.schema.inputs import FIXED_POINT_SCALE, TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
MIN_USABLE_SINR = 0.1
"""No cell is used below it, and none is heard so far below the thermal noise."""
_THERMAL_MW_PER_MHZ = 10 ** (-174 / 10) * 1e6


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
        Seconds that one megabit to each of its users takes.
    interfered : (n,) float64, people s/Mbit
        The same, each times the part of interference in noise and interference. These three are multiples of
        1 / FIXED_POINT_SCALE, so that their sums are the same in any order.
    x_m, y_m : (n,) float64, m
        Middle of the places of the block.
    """

    block: Integers
    near: Integers
    people: Floats
    traffic: Floats
    interfered: Floats
    x_m: Floats
    y_m: Floats


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
    speed : (carriers,) float64, Mbps
        Median speed of each carrier, 0 where none is heard.
    width : (carriers,) float64, MHz
        Its bandwidth.
    used : (carriers,) float64
        Part of it that a device takes up.
    interference : (carriers,) float64
        Part of interference in noise and interference there.
    typical : (operators,) float64, Mbps
        Median speed of each operator's best technology, 0 where none is heard.
    first, last : (operators,) int64
        Its first carrier, and the one after its last.
    row_of : (transmitters,) int64
        Row of the transmitter in the result, -1 before the first.
    """

    speed: Floats
    width: Floats
    used: Floats
    interference: Floats
    typical: Floats
    first: Integers
    last: Integers
    row_of: Integers


def room_for_users(rows: int) -> Users:
    """Allocate rows of users.

    Parameters
    ----------
    rows : int
        How many.

    Returns
    -------
    Users
        With any values.
    """
    whole, real = np.empty((2, rows), dtype=np.int64), np.empty((5, rows))
    return Users(whole[0], whole[1], real[0], real[1], real[2], real[3], real[4])


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
    People use the operators that they hear, by market share, each on the technology of the greatest median speed at the
    stated load, and on all of its carriers that a device takes up: each has the part of the users that it has in
    their speed. Where some operators are not heard at a place, the others share their part of its people. Whoever
    hears a cell has demand, covered or not: a stricter rule of coverage takes no load off a cell. A cell is heard from
    10 dB below the thermal noise of its bandwidth on, and is used at no less than a SINR of -10 dB.
    """
    operators = len(population.market_share)
    carriers = len(inputs.received.carriers)
    result = room_for_users(int(np.diff(inputs.places.block_start)[mask].sum()) * _most_carriers(inputs, operators))
    workspace = Workspace(
        np.zeros(carriers),
        np.zeros(carriers),
        np.zeros(carriers),
        np.zeros(carriers),
        np.zeros(operators),
        np.zeros(operators, dtype=np.int64),
        np.zeros(operators, dtype=np.int64),
        np.full(len(inputs.received.near), -1, dtype=np.int64),
    )
    count = _share(inputs, population, mask, workspace, result)
    return Users._make(column[:count].copy() for column in result)


def _most_carriers(inputs: ServiceInputs, operators: int) -> int:
    """How many carriers users of one place are on at most: of each operator those of one technology."""
    receivers, carriers = inputs.parameters.receivers, inputs.received.carriers
    count = np.zeros((operators, len(TECHNOLOGIES)), dtype=np.int64)
    np.add.at(count, (receivers.operator[carriers], receivers.technology[carriers]), 1)
    return int(count.max(axis=1, initial=0).sum())


@compiled
def _share(inputs: ServiceInputs, population: Population, mask: Flags, workspace: Workspace, result: Users) -> int:
    """Share the people of all blocks. Writes ``result`` and ``workspace``; how many rows."""
    places, people, market, typical = inputs.places, population.people, population.market_share, workspace.typical
    count = 0
    for block in range(len(places.environment)):
        first = count
        if not mask[block]:
            continue
        start, stop = places.block_start[block], places.block_start[block + 1]
        middle = places.x_m[start:stop].mean(), places.y_m[start:stop].mean()
        for place in range(start, stop):
            _choose(place, places.environment[block], inputs, workspace)
            whole = 0.0
            for operator in range(len(market)):
                whole += market[operator] if typical[operator] > 0 else 0.0
            for operator in range(len(market)):
                if typical[operator] > 0 and market[operator] > 0:
                    users = people[place] * market[operator] / whole
                    for row in range(workspace.first[operator], workspace.last[operator]):
                        if workspace.used[row] > 0:
                            own = inputs.received.server[row, place]
                            if workspace.row_of[own] < first:
                                workspace.row_of[own] = count
                                _begin(count, block, own, middle, result)
                                count += 1
                            _add(users, typical[operator], row, workspace, workspace.row_of[own], result)
    return count


@inlined
def _begin(row: int, block: int, own: int, middle: tuple[float, float], result: Users) -> None:
    """Row of a block and transmitter without users. Writes ``result``."""
    result.block[row], result.near[row], result.x_m[row], result.y_m[row] = block, own, middle[0], middle[1]
    result.people[row], result.traffic[row], result.interfered[row] = 0.0, 0.0, 0.0


@inlined
def _add(users: float, typical: float, carrier: int, workspace: Workspace, row: int, result: Users) -> None:
    """Add the part of the users that is on one carrier, by its part in their speed. Writes ``result``."""
    part = workspace.used[carrier] * workspace.speed[carrier] / typical
    traffic = users * part / workspace.speed[carrier]
    result.people[row] += _in_units(users * part)
    result.traffic[row] += _in_units(traffic)
    result.interfered[row] += _in_units(traffic * workspace.interference[carrier])


@inlined
def _in_units(value: float) -> float:
    """To whole numbers of 1 / FIXED_POINT_SCALE."""
    return np.rint(value * FIXED_POINT_SCALE) / FIXED_POINT_SCALE


@compiled
def _choose(place: int, environment: int, inputs: ServiceInputs, workspace: Workspace) -> None:
    """Each operator's best technology at a place. Writes ``workspace``."""
    received, receivers = inputs.received, inputs.parameters.receivers
    carriers, typical = received.carriers, workspace.typical
    for operator in range(len(typical)):
        typical[operator] = 0.0
    first = 0
    while first < len(carriers):
        carrier = carriers[first]
        last = end_of_technology(first, carriers, receivers.operator, receivers.technology)
        for row in range(first, last):
            _hear(row, place, environment, inputs, workspace)
        device_mhz, own = receivers.device_mhz[carrier, VALUE], receivers.operator[carrier]
        speed = use_carriers(first, last, workspace.speed, workspace.width, device_mhz, workspace.used)
        if speed > typical[own]:
            typical[own], workspace.first[own], workspace.last[own] = speed, first, last
        first = last


@inlined
def _hear(row: int, place: int, environment: int, inputs: ServiceInputs, workspace: Workspace) -> None:
    """Median speed of one carrier at a place, 0 where it is not heard. Writes ``workspace``."""
    received, parameters = inputs.received, inputs.parameters
    transmitters, receivers = parameters.transmitters, parameters.receivers
    workspace.speed[row] = 0.0
    if received.server[row, place] != NO_SERVER:
        reception = reception_at(parameters, received, row, place, environment)
        transmitter, carrier = reception.transmitter, reception.carrier
        width = transmitters.bandwidth_mhz[transmitter]
        if reception.power_mw >= MIN_USABLE_SINR * _THERMAL_MW_PER_MHZ * width:
            median, noise_share = sinr_at(
                parameters, reception, OUTDOOR, TYPICAL, np.float64(received.edge_interference_mw[row, place])
            )
            alpha, most = receivers.shannon_alpha[carrier], receivers.max_efficiency[carrier]
            layers = receivers.layers[carrier, VALUE]
            workspace.speed[row] = speed_mbps(max(median, MIN_USABLE_SINR), 0.0, alpha, most, width, layers)
            workspace.width[row], workspace.interference[row] = width, 1 - noise_share
