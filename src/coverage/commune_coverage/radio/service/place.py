"""What each place gets, over all channels: coverage, speeds, choice, and what low and high make of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.radio.fast_log import in_db
from commune_coverage.radio.link_budget import probability_of
from commune_coverage.radio.service.bit_flags import (
    ALL_BOUNDS,
    bit_count,
    choice_bit,
    covered_bit,
    served_bit,
    signal_bit,
)
from commune_coverage.radio.service.channel import OUTDOOR, Figures, PlaceAccumulator, channel_figures
from commune_coverage.radio.service.parameters import LinkParameters, Received
from commune_coverage.radio.tile_layout import NO_SERVER, Places
from commune_coverage.schema.inputs import TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.uint8]
Singles = npt.NDArray[np.float32]


def place_figures(
    places: Places, received: Received, parameters: LinkParameters, operators: int, fixed_mbps: Floats, asked: Integers
) -> Figures:
    """All that the channels and a fixed line of ``fixed_mbps`` (0 for none) give the places with the ``asked`` rows.

    Coverage and edge speed are exceeded with the edge probability at the stated load; the busy hour's speed is the
    median at the load that people make, shared with them. The first threshold is the headline. ``asked`` ascend.
    """
    count, thresholds = len(asked), len(parameters.global_parameters.thresholds_mbps)
    kinds = len(TECHNOLOGIES)
    found = Figures(
        np.zeros((count, bit_count(operators, thresholds)), np.uint8),
        np.zeros(count, np.float32),
        np.zeros(count, np.float32),
        np.full((kinds, count), -np.inf, np.float32),
        np.full((kinds, count), NO_SERVER, np.int64),
        np.zeros((kinds, count), np.float32),
        np.zeros((6, count), np.float32),
    )
    best = PlaceAccumulator(
        np.zeros(operators, np.int64), np.zeros(kinds), np.zeros(kinds, np.int64), np.zeros(kinds), np.zeros((2, 6))
    )
    _fill(places, received, parameters, operators, fixed_mbps, asked, best, found)
    return found


@compiled
def _fill(
    places: Places,
    received: Received,
    parameters: LinkParameters,
    operators: int,
    fixed_mbps: Floats,
    asked: Integers,
    best: PlaceAccumulator,
    found: Figures,
) -> None:
    kinds = len(TECHNOLOGIES)
    block = 0
    for row in range(len(asked)):
        place = asked[row]
        while places.block_start[block + 1] <= place:
            block += 1
        environment = places.environment[block]
        _place(row, place, environment, places, received, parameters, operators, fixed_mbps[place], best, found)
        for technology in range(kinds):
            if best.power_mw[technology] > 0:
                found.received_dbm[technology, row] = in_db(best.power_mw[technology])
                found.server[technology, row] = best.key[technology]
                found.coverage_probability[technology, row] = probability_of(best.margin_z[technology])


@inlined
def _place(
    at: int,
    place: int,
    environment: int,
    places: Places,
    received: Received,
    parameters: LinkParameters,
    operators: int,
    fixed_mbps: float,
    best: PlaceAccumulator,
    found: Figures,
) -> None:
    global_parameters, flags = parameters.global_parameters, found.flags[at]
    edge_mbps, busy_mbps, closest, is_stated = fixed_mbps, fixed_mbps, -np.inf, False
    _reset(best)
    for row in range(len(received.channels)):
        if received.server[row, place] == NO_SERVER:
            continue
        edge, busy, margin, stated = channel_figures(
            row, place, environment, places, received, parameters, operators, best, flags
        )
        edge_mbps, busy_mbps = max(edge_mbps, edge), max(busy_mbps, busy)
        if margin > closest or closest == -np.inf:
            closest, is_stated = margin, stated
            for uncertainty_component in range(6):
                best.variance[1, uncertainty_component] = best.variance[0, uncertainty_component]
    found.edge_mbps[at], found.busy_mbps[at] = edge_mbps, busy_mbps
    thresholds = len(global_parameters.thresholds_mbps)
    for threshold in range(thresholds):
        if fixed_mbps >= global_parameters.thresholds_mbps[threshold]:
            for name in range(3):
                flags[served_bit(name, threshold, operators, thresholds)] |= ALL_BOUNDS
    _choices(best.choice, flags, operators, thresholds)
    _signal(flags, operators, thresholds, fixed_mbps, is_stated)
    served = flags[served_bit(0, 0, operators, thresholds)]
    if (served >> 3) & 1 != (served >> 4) & 1:
        _write_component(at, best, found)


@inlined
def _reset(best: PlaceAccumulator) -> None:
    for operator in range(len(best.choice)):
        best.choice[operator] = 0
    for technology in range(len(best.power_mw)):
        best.power_mw[technology], best.margin_z[technology] = 0.0, -np.inf
    for uncertainty_component in range(6):
        best.variance[1, uncertainty_component] = 0.0


@inlined
def _write_component(at: int, best: PlaceAccumulator, found: Figures) -> None:
    """Parts of the variance of the channel that comes closest."""
    whole = 0.0
    for uncertainty_component in range(6):
        whole += best.variance[1, uncertainty_component]
    for uncertainty_component in range(6):
        found.uncertainty_component[uncertainty_component, at] = best.variance[1, uncertainty_component] / max(
            whole, 1e-12
        )


@compiled
def _choices(choice: Integers, flags: Flags, operators: int, thresholds: int) -> None:
    """By bound, whether at least one, two, three operators serve."""
    for bound in range(5):
        serving = 0
        for operator in range(operators):
            serving += (choice[operator] >> bound) & 1
        for number in range(min(serving, 3)):
            flags[choice_bit(number, operators, thresholds)] |= 1 << bound


@compiled
def _signal(flags: Flags, operators: int, thresholds: int, fixed_mbps: float, is_stated: bool) -> None:
    bits = ALL_BOUNDS if fixed_mbps > 0 else 0
    for technology in range(len(TECHNOLOGIES)):
        bits |= flags[covered_bit(OUTDOOR, technology, operators, operators)]
    flags[signal_bit(operators, thresholds)] |= bits
    if is_stated and bits & 1:
        flags[signal_bit(operators, thresholds) + 1] |= 1
