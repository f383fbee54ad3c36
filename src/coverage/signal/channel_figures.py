"""What one channel gives a place that it reaches: coverage, speeds, and how sure that is."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from coverage.signal.doubt import node_at
from coverage.signal.fading import step_of
from coverage.signal.link_budget import coverage_probability, in_db, speed_mbps
from coverage.signal.place_fields import covered_field, served_field
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
from coverage.signal.tile import Places

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

    By technology (4, n): power, the serving transmitter's key and chance of coverage. ``doubt`` (6, n) are parts of
    the variance of what differs between low and high.
    """

    flags: Flags
    edge_mbps: Singles
    busy_mbps: Singles
    received_dbm: Singles
    server: Integers
    chance: Singles
    doubt: Singles


@njit(cache=True, error_model="numpy", inline="always")
def channel_figures(
    row: int, at: int, place: int, environment: int, places: Places, received: Received, terms: Terms, operators: int,
    choice: Integers, variance: Floats, found: Figures,
) -> tuple[float, float, float, bool]:  # fmt: skip
    """Edge and busy speed, the headline's margin and whether a register states the server; flags go to row ``at``."""
    emitted, asked, rules = terms
    sender, channel = received.near[received.server[row, place]], received.channels[row]
    power = np.float64(received.power_mw[row, place])
    step = step_of(power, np.float64(received.strongest_other_mw[row, place]))
    at_edge = np.float64(received.edge_interference_mw[row, place])
    when_busy = np.float64(received.busy_interference_mw[row, place])
    square_m2 = (emitted.x_m[sender] - places.x_m[place]) ** 2 + (emitted.y_m[sender] - places.y_m[place]) ** 2
    own = _doubts(sender, environment, square_m2, terms, variance)
    technology, operator, least = asked.technology[channel], asked.operator[channel], asked.least_sinr_db[channel]
    band, model, flags = variance[0, BAND], rules.median_sigma_db**2, found.flags
    covered_out, covered_in, edge, edge_db, edge_model = 0, 0, 0.0, 0.0, 0.0
    for where in range(3):
        ratio, part = sinr_at(terms, sender, channel, where, environment, EDGE, power, at_edge, step)
        level = in_db(ratio)
        bits = bounded(level - least, part * part * model + band, own)
        flags[at, covered_field(where, technology, operator, operators)] |= bits
        flags[at, covered_field(where, technology, operators, operators)] |= bits
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
        flags[at, served_field(0, k, operators, thresholds)] |= bits
        if k == 0:
            choice[operator] |= bits
        bits = _served(inside_db, emitted.needed, sender, k, SHARED_CELL, inside_model + band, own) & covered_in
        flags[at, served_field(1, k, operators, thresholds)] |= bits
        bits = _served(edge_db, emitted.needed, sender, k, OWN_CELL, edge_model + band, own) & covered_out
        flags[at, served_field(2, k, operators, thresholds)] |= bits
    variance[0, MODEL], variance[0, USERS] = busy_model, emitted.needed[sender, 0, SHARED_CELL, VARIANCE]
    _strongest(at, technology, power, emitted.key[sender], found)
    chance = coverage_probability(edge_db, in_db(typical), least, rules.edge_z)
    found.chance[technology, at] = max(found.chance[technology, at], chance)
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
def bounded(margin_db: float, shared_db2: float, own_db2: float) -> int:
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
    surely = bounded(sinr_db - needed[sender, threshold, kind, NEEDED], shared_db2, own_db2)
    perhaps = bounded(sinr_db - needed[sender, threshold, kind, PERHAPS], shared_db2, own_db2)
    return (surely & _SURELY) | (perhaps & _PERHAPS)


@njit(cache=True, error_model="numpy")
def _strongest(at: int, technology: int, power_mw: float, key: int, found: Figures) -> None:
    """The strongest server of each technology over all operators."""
    level = in_db(power_mw)
    if level > found.received_dbm[technology, at]:
        found.received_dbm[technology, at], found.server[technology, at] = level, key
