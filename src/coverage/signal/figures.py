"""What each place gets, over all channels: coverage, speeds, choice, and what low and high make of them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from coverage.signal.doubt import node_at
from coverage.signal.fading import step_of
from coverage.signal.link_budget import coverage_probability, in_db, speed_mbps
from coverage.signal.place_fields import (
    ALL_BOUNDS,
    choice_field,
    covered_field,
    field_count,
    served_field,
    signal_field,
)
from coverage.signal.radios import Z_LOW_HIGH
from coverage.signal.terms import (
    EDGE,
    NEEDED,
    OWN_CELL,
    PERHAPS,
    SHARED_CELL,
    TYPICAL,
    VARIANCE,
    Received,
    Terms,
    sinr_at,
)
from coverage.signal.tile import NO_SERVER, Places
from coverage.tables import TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.uint8]
Singles = npt.NDArray[np.float32]

OUTDOOR, IN_VEHICLE, INDOOR = 0, 1, 2
MODEL, POWER, HEIGHT, BAND, POSITION, USERS = range(6)
_SURELY, _PERHAPS = 0b01011, 0b10100
_FOR = 0b10101
_LOG10_E = 1 / math.log(10)


class Figures(NamedTuple):
    """Of n places: flags (n, fields), see ``place_fields``, and speeds.

    By technology (4, n): power, serving cell and chance of coverage. ``doubt`` (6, n) are parts of the variance of
    what differs between low and high.
    """

    flags: Flags
    edge_mbps: Singles
    busy_mbps: Singles
    received_dbm: Singles
    cell: npt.NDArray[np.int32]
    chance: Singles
    doubt: Singles


def place_figures(places: Places, received: Received, terms: Terms, operators: int, fixed_mbps: Floats) -> Figures:
    """All that the channels and a fixed line of ``fixed_mbps`` (0 for none) give each place.

    Coverage and edge speed are exceeded with the edge probability at the stated load; the busy hour's speed is the
    median at the load that people make, shared with them. The first threshold is the headline.
    """
    count, thresholds = len(places.x_m), len(terms.rules.thresholds_mbps)
    kinds = len(TECHNOLOGIES)
    found = Figures(
        np.zeros((count, field_count(operators, thresholds)), np.uint8),
        np.zeros(count, np.float32), np.zeros(count, np.float32),
        np.full((kinds, count), -np.inf, np.float32), np.full((kinds, count), NO_SERVER, np.int32),
        np.zeros((kinds, count), np.float32), np.zeros((6, count), np.float32),
    )  # fmt: skip
    _fill(places, received, terms, operators, fixed_mbps, found)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _fill(places: Places, received: Received, terms: Terms, operators: int, fixed_mbps: Floats, found: Figures) -> None:
    choice, variance = np.zeros(operators, dtype=np.int64), np.zeros((2, 6))
    for block in range(len(places.environment)):
        environment = places.environment[block]
        for place in range(places.block_start[block], places.block_start[block + 1]):
            _place(place, environment, places, received, terms, operators, fixed_mbps[place], choice, variance, found)


@njit(cache=True, error_model="numpy", inline="always")
def _place(
    place: int, environment: int, places: Places, received: Received, terms: Terms, operators: int, fixed_mbps: float,
    choice: Integers, variance: Floats, found: Figures,
) -> None:  # fmt: skip
    rules, flags = terms.rules, found.flags
    edge_mbps, busy_mbps, closest, is_stated = fixed_mbps, fixed_mbps, -np.inf, False
    choice[:] = 0
    variance[1] = 0.0
    for row in range(len(received.channels)):
        if received.server[row, place] == NO_SERVER:
            continue
        edge, busy, margin, stated = _channel(
            row, place, environment, places, received, terms, operators, choice, variance, found
        )
        edge_mbps, busy_mbps = max(edge_mbps, edge), max(busy_mbps, busy)
        if margin > closest or closest == -np.inf:
            closest, is_stated = margin, stated
            variance[1, :] = variance[0, :]
    found.edge_mbps[place], found.busy_mbps[place] = edge_mbps, busy_mbps
    thresholds = len(rules.thresholds_mbps)
    for threshold in range(thresholds):
        if fixed_mbps >= rules.thresholds_mbps[threshold]:
            for name in range(3):
                flags[place, served_field(name, threshold, operators, thresholds)] |= ALL_BOUNDS
    _choices(place, choice, flags, operators, thresholds)
    _signal(place, flags, operators, thresholds, fixed_mbps, is_stated)
    served = flags[place, served_field(0, 0, operators, thresholds)]
    if (served >> 3) & 1 != (served >> 4) & 1:
        whole = max(variance[1].sum(), 1e-12)
        for doubt in range(6):
            found.doubt[doubt, place] = variance[1, doubt] / whole


@njit(cache=True, error_model="numpy")
def _choices(place: int, choice: Integers, flags: Flags, operators: int, thresholds: int) -> None:
    """By bound, whether at least one, two, three operators serve."""
    for bound in range(5):
        serving = 0
        for operator in range(operators):
            serving += (choice[operator] >> bound) & 1
        for number in range(min(serving, 3)):
            flags[place, choice_field(number, operators, thresholds)] |= 1 << bound


@njit(cache=True, error_model="numpy")
def _signal(place: int, flags: Flags, operators: int, thresholds: int, fixed_mbps: float, is_stated: bool) -> None:
    bits = ALL_BOUNDS if fixed_mbps > 0 else 0
    for technology in range(len(TECHNOLOGIES)):
        bits |= flags[place, covered_field(OUTDOOR, technology, operators, operators)]
    flags[place, signal_field(operators, thresholds)] |= bits
    if is_stated and bits & 1:
        flags[place, signal_field(operators, thresholds) + 1] |= 1


@njit(cache=True, error_model="numpy", inline="always")
def _channel(
    row: int, place: int, environment: int, places: Places, received: Received, terms: Terms, operators: int,
    choice: Integers, variance: Floats, found: Figures,
) -> tuple[float, float, float, bool]:  # fmt: skip
    """Edge and busy speed, the headline's margin and whether a register states the server; flags go to ``found``."""
    emitted, asked, rules = terms
    sender, channel = received.near[received.server[row, place]], received.channels[row]
    power = received.power_mw[row, place]
    step = step_of(power, received.strongest_other_mw[row, place])
    at_edge, when_busy = received.edge_interference_mw[row, place], received.busy_interference_mw[row, place]
    square_m2 = (emitted.x_m[sender] - places.x_m[place]) ** 2 + (emitted.y_m[sender] - places.y_m[place]) ** 2
    own = _doubts(sender, environment, square_m2, terms, variance)
    technology, operator, least = asked.technology[channel], asked.operator[channel], asked.least_sinr_db[channel]
    band, model, flags = variance[0, BAND], rules.median_sigma_db**2, found.flags
    covered_out, covered_in, edge, edge_db, edge_model = 0, 0, 0.0, 0.0, 0.0
    for where in range(3):
        ratio, part = sinr_at(terms, sender, channel, where, environment, EDGE, power, at_edge, step)
        level = in_db(ratio)
        bits = _bounded(level - least, part * part * model + band, own)
        flags[place, covered_field(where, technology, operator, operators)] |= bits
        flags[place, covered_field(where, technology, operators, operators)] |= bits
        if where == OUTDOOR:
            covered_out, edge, edge_db, edge_model = bits, ratio, level, part * part * model
        elif where == INDOOR:
            covered_in = bits
    typical, _ = sinr_at(terms, sender, channel, OUTDOOR, environment, TYPICAL, power, at_edge, step)
    busy, busy_part = sinr_at(terms, sender, channel, OUTDOOR, environment, TYPICAL, power, when_busy, step)
    inside, inside_part = sinr_at(terms, sender, channel, INDOOR, environment, TYPICAL, power, when_busy, step)
    busy_db, inside_db = in_db(busy), in_db(inside)
    busy_model, inside_model = busy_part * busy_part * model, inside_part * inside_part * model
    thresholds = len(rules.thresholds_mbps)
    for k in range(thresholds):
        bits = _served(busy_db, emitted.needed, sender, k, SHARED_CELL, busy_model + band, own) & covered_out
        flags[place, served_field(0, k, operators, thresholds)] |= bits
        if k == 0:
            choice[operator] |= bits
        bits = _served(inside_db, emitted.needed, sender, k, SHARED_CELL, inside_model + band, own) & covered_in
        flags[place, served_field(1, k, operators, thresholds)] |= bits
        bits = _served(edge_db, emitted.needed, sender, k, OWN_CELL, edge_model + band, own) & covered_out
        flags[place, served_field(2, k, operators, thresholds)] |= bits
    variance[0, MODEL], variance[0, USERS] = busy_model, emitted.needed[sender, 0, SHARED_CELL, VARIANCE]
    _strongest(place, technology, power, emitted.cell[sender], found)
    chance = coverage_probability(edge_db, in_db(typical), least, rules.edge_z)
    found.chance[technology, place] = max(found.chance[technology, place], chance)
    efficiency, most, width = asked.attenuation[channel], asked.most_efficiency[channel], emitted.bandwidth_mhz[sender]
    edge_mbps = speed_mbps(edge, asked.least_sinr[channel], efficiency, most, width)
    busy_mbps = 0.0
    if covered_out & 1:
        busy_mbps = speed_mbps(busy, asked.least_sinr[channel], efficiency, most, width) * emitted.share_left[sender]
    margin = busy_db - emitted.needed[sender, 0, SHARED_CELL, PERHAPS]
    return edge_mbps, busy_mbps, margin, emitted.is_stated[sender]


@njit(cache=True, error_model="numpy", inline="always")
def _doubts(sender: int, environment: int, square_m2: float, terms: Terms, variance: Floats) -> float:
    """Fill the variances that do not hang on noise, and give those of a cell's own: power, height and position."""
    emitted, rules = terms.emitted, terms.rules
    node, row = node_at(square_m2), emitted.doubt[sender]
    variance[0, POWER] = emitted.power_db2[sender]
    variance[0, HEIGHT] = rules.height_db[row, environment, node] ** 2
    variance[0, BAND] = rules.band_db[row, environment, node] ** 2
    moved = math.log1p(emitted.position_m[sender] / math.sqrt(max(square_m2, 1.0))) * _LOG10_E
    variance[0, POSITION] = (rules.slope_db[row, environment, node] * moved) ** 2
    return variance[0, POWER] + variance[0, HEIGHT] + variance[0, POSITION]


@njit(cache=True, error_model="numpy")
def _bounded(margin_db: float, shared_db2: float, own_db2: float) -> int:
    """Whether a margin is kept, by PLACE_BOUNDS: as estimated, and with doubts against it and for it.

    ``shared_db2`` is the variance of what all cells of a commune share, ``own_db2`` that of the cell's own doubts.
    """
    square, is_kept = margin_db * margin_db, margin_db >= 0
    shared, whole = Z_LOW_HIGH**2 * shared_db2, Z_LOW_HIGH**2 * (shared_db2 + own_db2)
    if is_kept:
        return _FOR | (2 if square >= shared else 0) | (8 if square >= whole else 0)
    return (4 if square <= shared else 0) | (16 if square <= whole else 0)


@njit(cache=True, error_model="numpy")
def _served(
    sinr_db: float, needed: Floats, sender: int, threshold: int, kind: int, shared_db2: float, own_db2: float
) -> int:
    """Who has a speed, and who may have it: what speaks for it goes by what it may take at best."""
    shared_db2 += needed[sender, threshold, kind, VARIANCE]
    surely = _bounded(sinr_db - needed[sender, threshold, kind, NEEDED], shared_db2, own_db2)
    perhaps = _bounded(sinr_db - needed[sender, threshold, kind, PERHAPS], shared_db2, own_db2)
    return (surely & _SURELY) | (perhaps & _PERHAPS)


@njit(cache=True, error_model="numpy")
def _strongest(place: int, technology: int, power_mw: float, cell: int, found: Figures) -> None:
    """The strongest server of each technology over all operators."""
    level = in_db(power_mw)
    if level > found.received_dbm[technology, place]:
        found.received_dbm[technology, place], found.cell[technology, place] = level, cell
