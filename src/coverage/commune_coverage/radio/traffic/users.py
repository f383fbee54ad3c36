"""Who chooses which cell in the busy hour, and how much work that makes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled
from commune_coverage.radio.link_budget import speed_mbps
from commune_coverage.radio.service.parameters import EDGE, TYPICAL, LinkParameters, Received, sinr_at
from commune_coverage.radio.shadowing import margin_index
from commune_coverage.radio.tile_layout import NO_SERVER, Places
from commune_coverage.schema.inputs import FIXED_POINT_SCALE

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_OUTDOOR = 0


class Users(NamedTuple):
    """What each block gives each transmitter that it uses: one row for both, by block.

    ``people`` are its customers, ``traffic`` their seconds per megabit in all. Both are multiples of 1 / EXACT, so that
    their sums are the same in any order.
    """

    block: Integers
    near: Integers
    people: Floats
    traffic: Floats


def offered_traffic(
    places: Places, people: Floats, received: Received, parameters: LinkParameters, market: Floats, asked: Flags
) -> Users:
    """Customers and work of the transmitters in ``received.near``, from the blocks that are ``asked`` for.

    People use the operators that cover them, by ``market``, each on its channel of the greatest edge speed; where some
    do not cover a place, the others share their part of its people.
    """
    most = int(np.diff(places.block_start)[asked].sum()) * len(market)
    found = Users(np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64), np.empty(most), np.empty(most))
    room = Workspace(
        np.zeros(len(market)),
        np.zeros(len(market)),
        np.zeros(len(market), dtype=np.int64),
        np.full(len(received.near), -1, dtype=np.int64),
    )
    count = _share(places, people, received, parameters, market, asked, room, found)
    return Users(found.block[:count], found.near[:count], found.people[:count], found.traffic[:count])


class Workspace(NamedTuple):
    """By operator edge and median speed and server at a place; by transmitter its row in what was found."""

    edge: Floats
    typical: Floats
    server: Integers
    row_of: Integers


@compiled
def _share(
    places: Places,
    people: Floats,
    received: Received,
    parameters: LinkParameters,
    market: Floats,
    asked: Flags,
    room: Workspace,
    found: Users,
) -> int:
    edge, typical, server, row_of = room
    count = 0
    for block in range(len(places.environment)):
        first = count
        if not asked[block]:
            continue
        for place in range(places.block_start[block], places.block_start[block + 1]):
            _choose(place, places.environment[block], received, parameters, edge, typical, server)
            whole = 0.0
            for operator in range(len(market)):
                whole += market[operator] if edge[operator] > 0 else 0.0
            for operator in range(len(market)):
                if edge[operator] > 0 and market[operator] > 0:
                    customers, own = people[place] * market[operator] / whole, server[operator]
                    if row_of[own] < first:
                        row_of[own] = count
                        found.block[count], found.near[count] = block, own
                        found.people[count], found.traffic[count] = 0.0, 0.0
                        count += 1
                    found.people[row_of[own]] += np.rint(customers * FIXED_POINT_SCALE) / FIXED_POINT_SCALE
                    found.traffic[row_of[own]] += (
                        np.rint(customers / typical[operator] * FIXED_POINT_SCALE) / FIXED_POINT_SCALE
                    )
    return count


@compiled
def _choose(
    place: int,
    environment: int,
    received: Received,
    parameters: LinkParameters,
    edge: Floats,
    typical: Floats,
    server: npt.NDArray[np.int64],
) -> None:
    """Each operator's best channel at a place: its edge speed (0 where not covered), median speed and transmitter."""
    transmitter_parameters, asked = parameters.transmitter_parameters, parameters.asked
    for operator in range(len(edge)):
        edge[operator] = 0.0
    for row in range(len(received.channels)):
        own = received.server[row, place]
        if own == NO_SERVER:
            continue
        transmitter, channel = received.near[own], received.channels[row]
        power, others = np.float64(received.power_mw[row, place]), np.float64(received.edge_interference_mw[row, place])
        step = margin_index(power, np.float64(received.dominant_interferer_mw[row, place]))
        budget = asked.min_sinr[channel], asked.shannon_alpha[channel], asked.max_efficiency[channel]
        width, operator = transmitter_parameters.bandwidth_mhz[transmitter], asked.operator[channel]
        level, _ = sinr_at(parameters, transmitter, channel, _OUTDOOR, environment, EDGE, power, others, step)
        speed = speed_mbps(level, budget[0], budget[1], budget[2], width)
        if speed > edge[operator]:
            median, _ = sinr_at(parameters, transmitter, channel, _OUTDOOR, environment, TYPICAL, power, others, step)
            edge[operator], server[operator] = speed, own
            typical[operator] = speed_mbps(median, budget[0], budget[1], budget[2], width)
