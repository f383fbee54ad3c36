"""What one carrier gives a place that it reaches: coverage, speeds, and their bounds."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import inlined
from commune_coverage.radio.fast_log import DB_PER_OCTAVE, in_db, log2
from commune_coverage.radio.link_budget import coverage_z, speed_mbps
from commune_coverage.radio.link_budget_config import Z_LOW_HIGH
from commune_coverage.radio.service.bit_flags import (
    BUSY_INDOOR,
    BUSY_OUTDOOR,
    EDGE_OUTDOOR,
    HIGH,
    HIGHEST,
    INDOOR,
    LOW,
    LOWEST,
    OUTDOOR,
    covered_bit,
    served_bit,
)
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
    reception_at,
    sinr_at,
)
from commune_coverage.radio.tile import Places
from commune_coverage.radio.uncertainty import node_at

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.uint8]
Singles = npt.NDArray[np.float32]

MODEL, POWER, HEIGHT, BAND, POSITION, USERS = range(6)
_SQUARE = Z_LOW_HIGH**2
_DECADE_PER_OCTAVE = DB_PER_OCTAVE / 10


class Figures(NamedTuple):
    """Service figures of n places.

    Attributes
    ----------
    flags : (n, bytes) uint8
        Coverage bitmask, see ``bit_flags``.
    edge_mbps, busy_mbps : (n,) float32, Mbps
        Speed at the cell edge to oneself, and in the busy hour.
    received_dbm : (technologies, n) float32, dBm
        Power of the strongest server, -inf without one.
    server : (technologies, n) int64
        Key of that server, NO_SERVER without one.
    coverage_probability : (technologies, n) float32
        Greatest of the carriers.
    uncertainty_component : (6, n) float32
        Share of each component in the variance, where the lowest and the highest estimate differ; else 0.
    """

    flags: Flags
    edge_mbps: Singles
    busy_mbps: Singles
    received_dbm: Singles
    server: Integers
    coverage_probability: Singles
    uncertainty_component: Singles


class PlaceAccumulator(NamedTuple):
    """Buffers for the best of all carriers at one place.

    Attributes
    ----------
    choice : (operators,) int64
        Bounds that hold for the headline speed.
    power_mw : (technologies,) float64, mW
        Power of the strongest server.
    key : (technologies,) int64
        Key of that server.
    margin_z : (technologies,) float64
        Greatest quantile of the coverage probability.
    variance : (2, 6) float64, dB2
        Components of this carrier, and of the one that comes closest to the headline speed.
    """

    choice: Integers
    power_mw: Floats
    key: Integers
    margin_z: Floats
    variance: Floats


class ServiceInputs(NamedTuple):
    """What the figures of the places of a tile follow from.

    Attributes
    ----------
    places : Places
        Places by block.
    received : Received
        Powers and servers by carrier and place.
    parameters : LinkParameters
        Parameters of transmitters, receivers and the whole network.
    operators : int
        Number of operators.
    """

    places: Places
    received: Received
    parameters: LinkParameters
    operators: int


@inlined
def carrier_figures(
    row: int, place: int, environment: int, inputs: ServiceInputs, best: PlaceAccumulator, flags: Flags
) -> tuple[float, float, float, bool]:
    """Figures of one carrier at one place.

    Sets the bits of ``flags`` and updates ``best`` in place.

    Parameters
    ----------
    row : int
        Row of the carrier in the tile.
    place : int
        Row of the place.
    environment : int
        Row of its environment in ``NAMES``.
    inputs : ServiceInputs
        Powers, servers and parameters.
    best : PlaceAccumulator
        Best of all carriers so far.
    flags : (bytes,) uint8
        Coverage bitmask of the place.

    Returns
    -------
    edge_mbps, busy_mbps : float, Mbps
        Speed at the cell edge to oneself, and in the busy hour.
    margin_db : float, dB
        SINR over what the headline speed needs at best.
    is_stated : bool
        Whether a register states all of the server.
    """
    received, parameters, operators = inputs.received, inputs.parameters, inputs.operators
    transmitters, receivers, common = parameters.transmitters, parameters.receivers, parameters.common
    reception = reception_at(parameters, received, row, place, environment)
    sender, carrier, power = reception.transmitter, reception.carrier, reception.power_mw
    at_edge = np.float64(received.edge_interference_mw[row, place])
    when_busy = np.float64(received.busy_interference_mw[row, place])
    dx, dy = transmitters.x_m[sender] - inputs.places.x_m[place], transmitters.y_m[sender] - inputs.places.y_m[place]
    own, band = _variance_components(sender, environment, dx * dx + dy * dy, parameters, best.variance)
    technology, operator = receivers.technology[carrier], receivers.operator[carrier]
    min_db, min_sinr = receivers.min_sinr_db[carrier], receivers.min_sinr[carrier]
    model, edge, edge_db, edge_db2, out_bits, in_bits = common.median_sigma_db**2, 0.0, 0.0, 0.0, 0, 0
    for where in range(3):
        ratio, part = sinr_at(parameters, reception, where, EDGE, at_edge)
        level, shared = in_db(ratio), part * part * model + band
        bits = evaluate_bounds(level - min_db, shared, own)
        flags[covered_bit(where, technology, operator, operators)] |= bits
        flags[covered_bit(where, technology, operators, operators)] |= bits
        in_bits = bits
        if where == OUTDOOR:
            edge, edge_db, edge_db2, out_bits = ratio, level, shared, bits
    typical, _ = sinr_at(parameters, reception, OUTDOOR, TYPICAL, at_edge)
    busy, busy_part = sinr_at(parameters, reception, OUTDOOR, TYPICAL, when_busy)
    inside, inside_part = sinr_at(parameters, reception, INDOOR, TYPICAL, when_busy)
    busy_db, inside_db, busy_model = in_db(busy), in_db(inside), busy_part * busy_part * model
    inside_db2, thresholds = inside_part * inside_part * model + band, len(common.thresholds_mbps)
    for k in range(thresholds):
        shared_cell, own_cell = transmitters.needed[sender, k, SHARED_CELL], transmitters.needed[sender, k, OWN_CELL]
        bits = _served(busy_db, shared_cell, busy_model + band, own) & out_bits
        flags[served_bit(BUSY_OUTDOOR, k, operators, thresholds)] |= bits
        if k == 0:
            best.choice[operator] |= bits
        bits = _served(inside_db, shared_cell, inside_db2, own) & in_bits
        flags[served_bit(BUSY_INDOOR, k, operators, thresholds)] |= bits
        bits = _served(edge_db, own_cell, edge_db2, own) & out_bits
        flags[served_bit(EDGE_OUTDOOR, k, operators, thresholds)] |= bits
    headline = transmitters.needed[sender, 0, SHARED_CELL]
    best.variance[0, MODEL], best.variance[0, USERS] = busy_model, headline[VARIANCE]
    if power > best.power_mw[technology]:
        best.power_mw[technology], best.key[technology] = power, transmitters.key[sender]
    margin_z = coverage_z(edge_db, in_db(typical), min_db, common.edge_z)
    best.margin_z[technology] = max(best.margin_z[technology], margin_z)
    alpha, max_efficiency = receivers.shannon_alpha[carrier], receivers.max_efficiency[carrier]
    width = transmitters.bandwidth_mhz[sender]
    edge_mbps, busy_mbps = speed_mbps(edge, min_sinr, alpha, max_efficiency, width), 0.0
    if out_bits & 1:
        busy_mbps = speed_mbps(busy, min_sinr, alpha, max_efficiency, width) * transmitters.residual_capacity[sender]
    return edge_mbps, busy_mbps, busy_db - headline[UPPER], transmitters.is_stated[sender]


@inlined
def _variance_components(
    sender: int, environment: int, square_m2: float, parameters: LinkParameters, variance: Floats
) -> tuple[float, float]:
    """Variance of what is each cell's own (power, height, position), and that of the band, dB2.

    Writes the components that do not depend on noise to ``variance``.
    """
    transmitters, common = parameters.transmitters, parameters.common
    square_m2 = max(square_m2, 1.0)
    node, row = node_at(square_m2), transmitters.uncertainty_row[sender]
    power, height = transmitters.power_db2[sender], common.height_db[row, environment, node] ** 2
    decades = log2(1.0 + transmitters.position_m[sender] / math.sqrt(square_m2)) * _DECADE_PER_OCTAVE
    position = (common.slope_db[row, environment, node] * decades) ** 2
    band = common.band_db[row, environment, node] ** 2
    variance[0, POWER], variance[0, HEIGHT], variance[0, BAND], variance[0, POSITION] = power, height, band, position
    return power + height + position, band


@inlined
def evaluate_bounds(margin_db: float, shared_db2: float, own_db2: float) -> int:
    """Evaluate whether a margin is met, as estimated and at each bound.

    Parameters
    ----------
    margin_db : float, dB
        SINR over what is needed.
    shared_db2 : float, dB2
        Variance of what all cells of a commune share.
    own_db2 : float, dB2
        Variance of what is each cell's own.

    Returns
    -------
    int
        Bits in the order of PLACE_BOUNDS.
    """
    return _bits(margin_db, margin_db, shared_db2, own_db2)


@inlined
def _served(sinr_db: float, needed: Floats, shared_db2: float, own_db2: float) -> int:
    """Bits of a speed; the upper bounds go by what the speed may need at best."""
    return _bits(sinr_db - needed[NEEDED], sinr_db - needed[UPPER], shared_db2 + needed[VARIANCE], own_db2)


@inlined
def _bits(margin_db: float, best_db: float, shared_db2: float, own_db2: float) -> int:
    """Bits of a margin, the upper bounds by ``best_db``: squares with their sign against variances."""
    square, best = margin_db * abs(margin_db), best_db * abs(best_db)
    shared, whole = _SQUARE * shared_db2, _SQUARE * (shared_db2 + own_db2)
    is_met = margin_db >= 0
    lower = is_met | (is_met & (square >= shared)) << LOW | (is_met & (square >= whole)) << LOWEST
    return lower | (best >= -shared) << HIGH | (best >= -whole) << HIGHEST
