"""What each place gets, over all channels: coverage, speeds, choice, and what low and high make of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from coverage.signal.channel_figures import OUTDOOR, Best, Figures, channel_figures
from coverage.signal.link_budget import chance_of
from coverage.signal.logarithms import in_db
from coverage.signal.place_fields import (
    ALL_BOUNDS,
    choice_field,
    covered_field,
    field_count,
    served_field,
    signal_field,
)
from coverage.signal.terms import Received, Terms
from coverage.signal.tile import NO_SERVER, Places
from coverage.tables import TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.uint8]
Singles = npt.NDArray[np.float32]


def place_figures(
    places: Places, received: Received, terms: Terms, operators: int, fixed_mbps: Floats, asked: Integers
) -> Figures:
    """All that the channels and a fixed line of ``fixed_mbps`` (0 for none) give the places with the ``asked`` rows.

    Coverage and edge speed are exceeded with the edge probability at the stated load; the busy hour's speed is the
    median at the load that people make, shared with them. The first threshold is the headline. ``asked`` ascend.
    """
    count, thresholds = len(asked), len(terms.rules.thresholds_mbps)
    kinds = len(TECHNOLOGIES)
    found = Figures(
        np.zeros((count, field_count(operators, thresholds)), np.uint8),
        np.zeros(count, np.float32), np.zeros(count, np.float32),
        np.full((kinds, count), -np.inf, np.float32), np.full((kinds, count), NO_SERVER, np.int64),
        np.zeros((kinds, count), np.float32), np.zeros((6, count), np.float32),
    )  # fmt: skip
    _fill(places, received, terms, operators, fixed_mbps, asked, found)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _fill(
    places: Places, received: Received, terms: Terms, operators: int, fixed_mbps: Floats, asked: Integers,
    found: Figures,
) -> None:  # fmt: skip
    kinds = len(TECHNOLOGIES)
    best = Best(
        np.zeros(operators, np.int64), np.zeros(kinds), np.zeros(kinds, np.int64), np.zeros(kinds), np.zeros((2, 6))
    )
    block = 0
    for row in range(len(asked)):
        place = asked[row]
        while places.block_start[block + 1] <= place:
            block += 1
        environment = places.environment[block]
        _place(row, place, environment, places, received, terms, operators, fixed_mbps[place], best, found)
        for technology in range(kinds):
            if best.power_mw[technology] > 0:
                found.received_dbm[technology, row] = in_db(best.power_mw[technology])
                found.server[technology, row] = best.key[technology]
                found.chance[technology, row] = chance_of(best.chance_z[technology])


@njit(cache=True, error_model="numpy", inline="always")
def _place(
    at: int, place: int, environment: int, places: Places, received: Received, terms: Terms, operators: int,
    fixed_mbps: float, best: Best, found: Figures,
) -> None:  # fmt: skip
    rules, flags = terms.rules, found.flags[at]
    edge_mbps, busy_mbps, closest, is_stated = fixed_mbps, fixed_mbps, -np.inf, False
    best.choice[:] = 0
    best.power_mw[:] = 0.0
    best.chance_z[:] = -np.inf
    best.variance[1] = 0.0
    for row in range(len(received.channels)):
        if received.server[row, place] == NO_SERVER:
            continue
        edge, busy, margin, stated = channel_figures(
            row, place, environment, places, received, terms, operators, best, flags
        )
        edge_mbps, busy_mbps = max(edge_mbps, edge), max(busy_mbps, busy)
        if margin > closest or closest == -np.inf:
            closest, is_stated = margin, stated
            best.variance[1, :] = best.variance[0, :]
    found.edge_mbps[at], found.busy_mbps[at] = edge_mbps, busy_mbps
    thresholds = len(rules.thresholds_mbps)
    for threshold in range(thresholds):
        if fixed_mbps >= rules.thresholds_mbps[threshold]:
            for name in range(3):
                flags[served_field(name, threshold, operators, thresholds)] |= ALL_BOUNDS
    _choices(best.choice, flags, operators, thresholds)
    _signal(flags, operators, thresholds, fixed_mbps, is_stated)
    served = flags[served_field(0, 0, operators, thresholds)]
    if (served >> 3) & 1 != (served >> 4) & 1:
        whole = max(best.variance[1].sum(), 1e-12)
        for doubt in range(6):
            found.doubt[doubt, at] = best.variance[1, doubt] / whole


@njit(cache=True, error_model="numpy")
def _choices(choice: Integers, flags: Flags, operators: int, thresholds: int) -> None:
    """By bound, whether at least one, two, three operators serve."""
    for bound in range(5):
        serving = 0
        for operator in range(operators):
            serving += (choice[operator] >> bound) & 1
        for number in range(min(serving, 3)):
            flags[choice_field(number, operators, thresholds)] |= 1 << bound


@njit(cache=True, error_model="numpy")
def _signal(flags: Flags, operators: int, thresholds: int, fixed_mbps: float, is_stated: bool) -> None:
    bits = ALL_BOUNDS if fixed_mbps > 0 else 0
    for technology in range(len(TECHNOLOGIES)):
        bits |= flags[covered_field(OUTDOOR, technology, operators, operators)]
    flags[signal_field(operators, thresholds)] |= bits
    if is_stated and bits & 1:
        flags[signal_field(operators, thresholds) + 1] |= 1
