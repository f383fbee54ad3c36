"""What each place gets, over all carriers: coverage, speeds, choice of operators, and the bounds of each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.radio.fast_log import in_db
from commune_coverage.radio.link_budget import probability_of
from commune_coverage.radio.service.aggregation import end_of_technology
from commune_coverage.radio.service.bit_flags import (
    ALL_BOUNDS,
    BUSY_OUTDOOR,
    HIGHEST,
    LOWEST,
    OUTDOOR,
    SERVED,
    bit_count,
    choice_bit,
    covered_bit,
    served_bit,
    signal_bit,
)
from commune_coverage.radio.service.carrier import (
    CarrierLevels,
    Figures,
    PlaceAccumulator,
    ServiceInputs,
    carrier_figures,
)
from commune_coverage.radio.service.technology import technology_figures
from commune_coverage.radio.tile import NO_SERVER
from commune_coverage.schema.inputs import TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.uint8]
Singles = npt.NDArray[np.float32]
_COMPONENTS = 6


def place_figures(inputs: ServiceInputs, fixed_mbps: Floats, rows: Integers) -> Figures:
    """Service figures of places by all carriers and a fixed line.

    Parameters
    ----------
    inputs : ServiceInputs
        Powers, servers and parameters of a tile.
    fixed_mbps : (places,) float64, Mbps
        Speed of a fixed line at each place, 0 for none.
    rows : (n,) int64
        Places to compute, rising.

    Returns
    -------
    Figures
        Of the n places.

    Notes
    -----
    Coverage and edge speed are exceeded with the edge probability at the stated load; the busy hour's speed is the
    median at the load that people make, shared with them. The first threshold is the headline speed.
    """
    count, thresholds = len(rows), len(inputs.parameters.common.thresholds_mbps)
    operators, technologies = inputs.operators, len(TECHNOLOGIES)
    result = Figures(
        np.zeros((count, bit_count(operators, thresholds)), np.uint8),
        np.zeros(count, np.float32),
        np.zeros(count, np.float32),
        np.full((technologies, count), -np.inf, np.float32),
        np.full((technologies, count), NO_SERVER, np.int64),
        np.zeros((technologies, count), np.float32),
        np.zeros((_COMPONENTS, count), np.float32),
        np.zeros(count, np.uint8),
        np.zeros((count, thresholds), np.uint8),
    )
    carriers = len(inputs.received.carriers)
    levels = CarrierLevels(
        np.zeros((len(SERVED), carriers)),
        np.zeros((len(SERVED), carriers)),
        np.zeros((len(SERVED), carriers)),
        np.zeros(carriers),
        np.zeros((carriers, _COMPONENTS)),
        np.zeros(carriers),
        np.zeros(carriers),
    )
    best = PlaceAccumulator(
        np.zeros(operators, np.int64),
        np.zeros(technologies),
        np.zeros(technologies, np.int64),
        np.zeros(technologies),
        np.zeros(_COMPONENTS),
        np.zeros(1, np.int64),
        levels,
    )
    _fill(inputs, fixed_mbps, rows, best, result)
    return result


@compiled
def _fill(inputs: ServiceInputs, fixed_mbps: Floats, rows: Integers, best: PlaceAccumulator, result: Figures) -> None:
    """Figures of all places. Writes ``result``."""
    block, places = 0, inputs.places
    for row in range(len(rows)):
        place = rows[row]
        while places.block_start[block + 1] <= place:
            block += 1
        _place(row, place, places.environment[block], inputs, fixed_mbps[place], best, result)
        for technology in range(len(TECHNOLOGIES)):
            if best.power_mw[technology] > 0:
                result.received_dbm[technology, row] = in_db(best.power_mw[technology])
                result.server[technology, row] = best.key[technology]
                result.coverage_probability[technology, row] = probability_of(best.margin_z[technology])


@inlined
def _place(
    row: int,
    place: int,
    environment: int,
    inputs: ServiceInputs,
    fixed_mbps: float,
    best: PlaceAccumulator,
    result: Figures,
) -> None:
    """Figures of one place. Writes its row of ``result``, and ``best``."""
    received, operators, flags = inputs.received, inputs.operators, result.flags[row]
    transmitters, receivers = inputs.parameters.transmitters, inputs.parameters.receivers
    edge_mbps, busy_mbps, closest, is_stated = fixed_mbps, fixed_mbps, -np.inf, False
    _reset(best)
    first = 0
    while first < len(received.carriers):
        last = end_of_technology(first, received.carriers, receivers.operator, receivers.technology)
        covered, is_heard = _levels(first, last, place, environment, inputs, best, flags)
        if is_heard:
            edge, busy, margin, nearest = technology_figures(first, last, place, covered, inputs, best, flags)
            edge_mbps, busy_mbps = max(edge_mbps, edge), max(busy_mbps, busy)
            if margin > closest or closest == -np.inf:
                closest = margin
                is_stated = transmitters.is_stated[received.near[received.server[nearest, place]]]
                _keep_components(nearest, best)
        first = last
    result.edge_mbps[row], result.busy_mbps[row] = edge_mbps, busy_mbps
    is_fixed = fixed_mbps >= inputs.parameters.common.thresholds_mbps[0]
    result.by_width[row] = 3 if is_fixed else best.by_width[0]
    thresholds = len(inputs.parameters.common.thresholds_mbps)
    for threshold in range(thresholds):
        result.mobile_served[row, threshold] = flags[served_bit(BUSY_OUTDOOR, threshold, operators, thresholds)]
        if fixed_mbps >= inputs.parameters.common.thresholds_mbps[threshold]:
            for name in range(3):
                flags[served_bit(name, threshold, operators, thresholds)] |= ALL_BOUNDS
    _choices(best.choice, flags, operators, thresholds)
    _signal(flags, operators, thresholds, fixed_mbps, is_stated)
    served = flags[served_bit(BUSY_OUTDOOR, 0, operators, thresholds)]
    if (served >> LOWEST) & 1 != (served >> HIGHEST) & 1:
        _write_components(row, best, result)


@inlined
def _levels(
    first: int, last: int, place: int, environment: int, inputs: ServiceInputs, best: PlaceAccumulator, flags: Flags
) -> tuple[tuple[int, int], bool]:
    """Bits of coverage by the carriers of one technology, and whether any is heard. Writes ``best`` and ``flags``."""
    outdoor, indoor, is_heard = 0, 0, False
    for carrier in range(first, last):
        for name in range(len(SERVED)):
            best.levels.speed[name, carrier] = 0.0
        if inputs.received.server[carrier, place] != NO_SERVER:
            out_bits, in_bits = carrier_figures(carrier, place, environment, inputs, best, flags)
            outdoor, indoor, is_heard = outdoor | out_bits, indoor | in_bits, True
    return (outdoor, indoor), is_heard


@inlined
def _keep_components(carrier: int, best: PlaceAccumulator) -> None:
    """Write the components of a carrier to ``variance`` of ``best``."""
    for component in range(_COMPONENTS):
        best.variance[component] = best.levels.component[carrier, component]


@inlined
def _reset(best: PlaceAccumulator) -> None:
    """Clear ``best`` for the next place."""
    for operator in range(len(best.choice)):
        best.choice[operator] = 0
    for technology in range(len(best.power_mw)):
        best.power_mw[technology], best.margin_z[technology] = 0.0, -np.inf
    for component in range(_COMPONENTS):
        best.variance[component] = 0.0
    best.by_width[0] = 0


@inlined
def _write_components(row: int, best: PlaceAccumulator, result: Figures) -> None:
    """Shares in the variance of the carrier that comes closest. Writes ``uncertainty_component`` of ``result``."""
    whole = 0.0
    for component in range(_COMPONENTS):
        whole += best.variance[component]
    for component in range(_COMPONENTS):
        result.uncertainty_component[component, row] = best.variance[component] / max(whole, 1e-12)


@compiled
def _choices(choice: Integers, flags: Flags, operators: int, thresholds: int) -> None:
    """By bound, whether at least one, two, three operators serve. Sets bits of ``flags``."""
    for bound in range(5):
        serving = 0
        for operator in range(operators):
            serving += (choice[operator] >> bound) & 1
        for number in range(min(serving, 3)):
            flags[choice_bit(number, operators, thresholds)] |= 1 << bound


@compiled
def _signal(flags: Flags, operators: int, thresholds: int, fixed_mbps: float, is_stated: bool) -> None:
    """Whether there is any signal, and whether a register states it. Sets bits of ``flags``."""
    bits = ALL_BOUNDS if fixed_mbps > 0 else 0
    for technology in range(len(TECHNOLOGIES)):
        bits |= flags[covered_bit(OUTDOOR, technology, operators, operators)]
    flags[signal_bit(operators, thresholds)] |= bits
    if is_stated and bits & 1:
        flags[signal_bit(operators, thresholds) + 1] |= 1
