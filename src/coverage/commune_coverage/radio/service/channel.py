"""What one channel gives a place that it reaches: coverage, speeds, and how sure that is."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import inlined
from commune_coverage.radio.fast_log import DB_PER_OCTAVE, in_db, log2
from commune_coverage.radio.link_budget import coverage_z, speed_mbps
from commune_coverage.radio.link_budget_config import Z_LOW_HIGH
from commune_coverage.radio.service.bit_flags import covered_bit, served_bit
from commune_coverage.radio.service.parameters import (
    EDGE,
    NEEDED,
    OWN_CELL,
    SHARED_CELL,
    TYPICAL,
    UPPER,
    VARIANCE,
    LinkParameters,
    Received,
    sinr_at,
)
from commune_coverage.radio.shadowing import margin_index
from commune_coverage.radio.tile_layout import Places
from commune_coverage.radio.uncertainty import node_at

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.uint8]
Singles = npt.NDArray[np.float32]

OUTDOOR, IN_VEHICLE, INDOOR = 0, 1, 2
MODEL, POWER, HEIGHT, BAND, POSITION, USERS = range(6)
_SQUARE = Z_LOW_HIGH**2
_DECADE_PER_OCTAVE = DB_PER_OCTAVE / 10


class Figures(NamedTuple):
    """Of n places: flags (n, fields), see ``bit_flags``, and speeds.

    By technology (4, n): power, the serving transmitter's key and probability of coverage. ``uncertainty_component``
    (6, n) are parts of the variance of what differs between low and high.
    """

    flags: Flags
    edge_mbps: Singles
    busy_mbps: Singles
    received_dbm: Singles
    server: Integers
    coverage_probability: Singles
    uncertainty_component: Singles


class PlaceAccumulator(NamedTuple):
    """Room for one place: by operator the bounds that hold for the headline's speed; by technology the strongest
    server's power and key and the greatest chance of coverage; ``variance`` of this channel and of the closest."""

    choice: Integers
    power_mw: Floats
    key: Integers
    margin_z: Floats
    variance: Floats


@inlined
def channel_figures(
    row: int,
    place: int,
    environment: int,
    places: Places,
    received: Received,
    parameters: LinkParameters,
    operators: int,
    best: PlaceAccumulator,
    flags: Flags,
) -> tuple[float, float, float, bool]:
    """Edge and busy speed, the headline's margin and whether a register states the server; ``flags`` are the place's.

    What is best of all channels goes to ``best``.
    """
    transmitter_parameters, asked, global_parameters = parameters
    sender, channel = received.near[received.server[row, place]], received.channels[row]
    power = np.float64(received.power_mw[row, place])
    step = margin_index(power, np.float64(received.dominant_interferer_mw[row, place]))
    at_edge = np.float64(received.edge_interference_mw[row, place])
    when_busy = np.float64(received.busy_interference_mw[row, place])
    dx, dy = (
        transmitter_parameters.x_m[sender] - places.x_m[place],
        transmitter_parameters.y_m[sender] - places.y_m[place],
    )
    own, band = _variance_components(sender, environment, dx * dx + dy * dy, parameters, best.variance)
    technology, operator, least = asked.technology[channel], asked.operator[channel], asked.min_sinr_db[channel]
    model, edge, edge_db, edge_db2, out_bits, in_bits = global_parameters.median_sigma_db**2, 0.0, 0.0, 0.0, 0, 0
    for where in range(3):
        ratio, part = sinr_at(parameters, sender, channel, where, environment, EDGE, power, at_edge, step)
        level, shared = in_db(ratio), part * part * model + band
        bits = evaluate_bounds(level - least, shared, own)
        flags[covered_bit(where, technology, operator, operators)] |= bits
        flags[covered_bit(where, technology, operators, operators)] |= bits
        in_bits = bits
        if where == OUTDOOR:
            edge, edge_db, edge_db2, out_bits = ratio, level, shared, bits
    typical, _ = sinr_at(parameters, sender, channel, OUTDOOR, environment, TYPICAL, power, at_edge, step)
    busy, busy_part = sinr_at(parameters, sender, channel, OUTDOOR, environment, TYPICAL, power, when_busy, step)
    inside, inside_part = sinr_at(parameters, sender, channel, INDOOR, environment, TYPICAL, power, when_busy, step)
    busy_db, inside_db, busy_model = in_db(busy), in_db(inside), busy_part * busy_part * model
    inside_db2, thresholds = inside_part * inside_part * model + band, len(global_parameters.thresholds_mbps)
    for k in range(thresholds):
        shared_cell, own_cell = (
            transmitter_parameters.needed[sender, k, SHARED_CELL],
            transmitter_parameters.needed[sender, k, OWN_CELL],
        )
        bits = _served(busy_db, shared_cell, busy_model + band, own) & out_bits
        flags[served_bit(0, k, operators, thresholds)] |= bits
        if k == 0:
            best.choice[operator] |= bits
        bits = _served(inside_db, shared_cell, inside_db2, own) & in_bits
        flags[served_bit(1, k, operators, thresholds)] |= bits
        bits = _served(edge_db, own_cell, edge_db2, own) & out_bits
        flags[served_bit(2, k, operators, thresholds)] |= bits
    best.variance[0, MODEL], best.variance[0, USERS] = (
        busy_model,
        transmitter_parameters.needed[sender, 0, SHARED_CELL, VARIANCE],
    )
    if power > best.power_mw[technology]:
        best.power_mw[technology], best.key[technology] = power, transmitter_parameters.key[sender]
    margin_z = coverage_z(edge_db, in_db(typical), least, global_parameters.edge_z)
    best.margin_z[technology] = max(best.margin_z[technology], margin_z)
    efficiency, most, width = (
        asked.shannon_alpha[channel],
        asked.max_efficiency[channel],
        transmitter_parameters.bandwidth_mhz[sender],
    )
    edge_mbps, busy_mbps = speed_mbps(edge, asked.min_sinr[channel], efficiency, most, width), 0.0
    if out_bits & 1:
        busy_mbps = (
            speed_mbps(busy, asked.min_sinr[channel], efficiency, most, width)
            * transmitter_parameters.residual_capacity[sender]
        )
    margin = busy_db - transmitter_parameters.needed[sender, 0, SHARED_CELL, UPPER]
    return edge_mbps, busy_mbps, margin, transmitter_parameters.is_stated[sender]


@inlined
def _variance_components(
    sender: int, environment: int, square_m2: float, parameters: LinkParameters, variance: Floats
) -> tuple[float, float]:
    """Fill the variances that do not hang on noise; those of a cell's own (power, height, position), and the band's."""
    transmitter_parameters, global_parameters = parameters.transmitter_parameters, parameters.global_parameters
    square_m2 = max(square_m2, 1.0)
    node, row = node_at(square_m2), transmitter_parameters.uncertainty_component[sender]
    power, height = transmitter_parameters.power_db2[sender], global_parameters.height_db[row, environment, node] ** 2
    moved = log2(1.0 + transmitter_parameters.position_m[sender] / math.sqrt(square_m2)) * _DECADE_PER_OCTAVE
    position, band = (
        (global_parameters.slope_db[row, environment, node] * moved) ** 2,
        global_parameters.band_db[row, environment, node] ** 2,
    )
    variance[0, POWER], variance[0, HEIGHT], variance[0, BAND], variance[0, POSITION] = power, height, band, position
    return power + height + position, band


@inlined
def evaluate_bounds(margin_db: float, shared_db2: float, own_db2: float) -> int:
    """Whether a margin is kept, by PLACE_BOUNDS: as estimated, and with doubts against it and for it.

    ``shared_db2`` is the variance of what all cells of a commune share, ``own_db2`` that of the cell's own doubts.
    """
    return _bits(margin_db, margin_db, shared_db2, own_db2)


@inlined
def _served(sinr_db: float, needed: Floats, shared_db2: float, own_db2: float) -> int:
    """Who has a speed, and who may have it: what speaks for it goes by what it may take at best."""
    return _bits(sinr_db - needed[NEEDED], sinr_db - needed[UPPER], shared_db2 + needed[VARIANCE], own_db2)


@inlined
def _bits(margin_db: float, best_db: float, shared_db2: float, own_db2: float) -> int:
    """PLACE_BOUNDS of a margin, those for it by ``best_db``: squares with their sign against variances."""
    square, best = margin_db * abs(margin_db), best_db * abs(best_db)
    shared, whole = _SQUARE * shared_db2, _SQUARE * (shared_db2 + own_db2)
    is_cacheable = margin_db >= 0
    surely = is_cacheable | (is_cacheable & (square >= shared)) << 1 | (is_cacheable & (square >= whole)) << 3
    return surely | (best >= -shared) << 2 | (best >= -whole) << 4
