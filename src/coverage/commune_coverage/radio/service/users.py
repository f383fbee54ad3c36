"""Who uses which cell in the busy hour, and the traffic that they offer it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.radio.link_budget import speed_mbps
from commune_coverage.radio.service.bit_flags import OUTDOOR
from commune_coverage.radio.service.carrier import ServiceInputs
from commune_coverage.radio.service.parameters import TYPICAL, reception_at, sinr_at
from commune_coverage.radio.tile import NO_SERVER
from commune_coverage.schema.inputs import FIXED_POINT_SCALE

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
    typical : (operators,) float64, Mbps
        Median speed of each operator's best carrier, 0 where none is heard.
    interference : (operators,) float64
        Part of interference in noise and interference there.
    server : (operators,) int64
        Its transmitter.
    row_of : (transmitters,) int64
        Row of the transmitter in the result, -1 before the first.
    """

    typical: Floats
    interference: Floats
    server: Integers
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
    People use the operators that they hear, by market share, each on its carrier of the greatest median speed at the
    stated load; where some are not heard at a place, the others share their part of its people. Whoever hears a cell
    has demand, covered or not: a stricter rule of coverage takes no load off a cell. A cell is heard from 10 dB below
    the thermal noise of its bandwidth on, and is used at no less than a SINR of -10 dB.
    """
    operators = len(population.market_share)
    largest = int(np.diff(inputs.places.block_start)[mask].sum()) * operators
    result = room_for_users(largest)
    workspace = Workspace(
        np.zeros(operators),
        np.zeros(operators),
        np.zeros(operators, dtype=np.int64),
        np.full(len(inputs.received.near), -1, dtype=np.int64),
    )
    count = _share(inputs, population, mask, workspace, result)
    return Users._make(column[:count].copy() for column in result)


@compiled
def _share(inputs: ServiceInputs, population: Population, mask: Flags, workspace: Workspace, result: Users) -> int:
    """Share the people of all blocks. Writes ``result`` and ``workspace``; how many rows."""
    typical, interference, server, row_of = workspace
    places, people, market = inputs.places, population.people, population.market_share
    count = 0
    for block in range(len(places.environment)):
        first = count
        if not mask[block]:
            continue
        start, stop = places.block_start[block], places.block_start[block + 1]
        x_m, y_m = places.x_m[start:stop].mean(), places.y_m[start:stop].mean()
        for place in range(start, stop):
            _choose(place, places.environment[block], inputs, workspace)
            whole = 0.0
            for operator in range(len(market)):
                whole += market[operator] if typical[operator] > 0 else 0.0
            for operator in range(len(market)):
                if typical[operator] > 0 and market[operator] > 0:
                    users, own = people[place] * market[operator] / whole, server[operator]
                    if row_of[own] < first:
                        row_of[own] = count
                        result.block[count], result.near[count] = block, own
                        result.people[count], result.traffic[count], result.interfered[count] = 0.0, 0.0, 0.0
                        result.x_m[count], result.y_m[count] = x_m, y_m
                        count += 1
                    row, traffic = row_of[own], users / typical[operator]
                    result.people[row] += _in_units(users)
                    result.traffic[row] += _in_units(traffic)
                    result.interfered[row] += _in_units(traffic * interference[operator])
    return count


@inlined
def _in_units(value: float) -> float:
    """To whole numbers of 1 / FIXED_POINT_SCALE."""
    return np.rint(value * FIXED_POINT_SCALE) / FIXED_POINT_SCALE


@compiled
def _choose(place: int, environment: int, inputs: ServiceInputs, workspace: Workspace) -> None:
    """Each operator's best carrier at a place. Writes ``typical``, ``interference`` and ``server`` of ``workspace``."""
    received, parameters = inputs.received, inputs.parameters
    typical, interference, server, _ = workspace
    transmitters, receivers = parameters.transmitters, parameters.receivers
    for operator in range(len(typical)):
        typical[operator] = 0.0
    for row in range(len(received.carriers)):
        own = received.server[row, place]
        if own == NO_SERVER:
            continue
        reception = reception_at(parameters, received, row, place, environment)
        transmitter, carrier = reception.transmitter, reception.carrier
        width, operator = transmitters.bandwidth_mhz[transmitter], receivers.operator[carrier]
        if reception.power_mw < MIN_USABLE_SINR * _THERMAL_MW_PER_MHZ * width:
            continue
        median, noise_share = sinr_at(
            parameters, reception, OUTDOOR, TYPICAL, np.float64(received.edge_interference_mw[row, place])
        )
        alpha, most = receivers.shannon_alpha[carrier], receivers.max_efficiency[carrier]
        speed = speed_mbps(max(median, MIN_USABLE_SINR), 0.0, alpha, most, width)
        if speed > typical[operator]:
            typical[operator], interference[operator], server[operator] = speed, 1 - noise_share, own
