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
)
from commune_coverage.radio.service.parameters import (
    EDGE,
    TYPICAL,
    VALUE,
    LinkParameters,
    Received,
    Reception,
    reception_at,
    sinr_at,
    uplink_margin_at,
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
    by_width : (n,) uint8
        Whether the headline speed is reached in the busy hour where carriers of unknown width are narrow (bit 0), and
        where they are wide (bit 1).
    mobile_served : (n, speeds) uint8
        Byte of each speed outdoors in the busy hour by mobile networks alone.
    """

    flags: Flags
    edge_mbps: Singles
    busy_mbps: Singles
    received_dbm: Singles
    server: Integers
    coverage_probability: Singles
    uncertainty_component: Singles
    by_width: Flags
    mobile_served: Flags


class CarrierLevels(NamedTuple):
    """Buffers for what each carrier of the tile gives at one place, (3, carriers) by the rows of ``SERVED``.

    Attributes
    ----------
    speed : (3, carriers) float64, Mbps
        Speed on the whole carrier: of what is left in the busy hour outdoors and indoors, and at the cell edge.
    sinr_db : (3, carriers) float64, dB
        SINR behind it.
    shared_db2 : (3, carriers) float64, dB2
        Its variance by what all cells share.
    own_db2 : (carriers,) float64, dB2
        Its variance by what is each cell's own.
    component : (carriers, 6) float64, dB2
        Parts of the variance, without that of users.
    width : (carriers,) float64, MHz
        Bandwidth.
    used : (carriers,) float64
        Part of it that a device takes up.
    """

    speed: Floats
    sinr_db: Floats
    shared_db2: Floats
    own_db2: Floats
    component: Floats
    width: Floats
    used: Floats


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
    variance : (6,) float64, dB2
        Components of the carrier that comes closest to the headline speed.
    by_width : (1,) int64
        Whether the headline speed is reached where carriers of unknown width are narrow, and where they are wide: bits.
    levels : CarrierLevels
        Of each carrier.
    """

    choice: Integers
    power_mw: Floats
    key: Integers
    margin_z: Floats
    variance: Floats
    by_width: Integers
    levels: CarrierLevels


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
) -> tuple[int, int]:
    """Coverage of one carrier at one place, and the levels that its speeds follow from.

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
    outdoor, indoor : int
        Bits of its coverage there.
    """
    received, parameters, operators = inputs.received, inputs.parameters, inputs.operators
    transmitters, receivers, common = parameters.transmitters, parameters.receivers, parameters.common
    reception = reception_at(parameters, received, row, place, environment)
    sender, carrier, power = reception.transmitter, reception.carrier, reception.power_mw
    at_edge = np.float64(received.edge_interference_mw[row, place])
    when_busy = np.float64(received.busy_interference_mw[row, place])
    dx, dy = transmitters.x_m[sender] - inputs.places.x_m[place], transmitters.y_m[sender] - inputs.places.y_m[place]
    component = best.levels.component[row]
    own, band = _variance_components(sender, environment, dx * dx + dy * dy, parameters, component)
    technology, operator = receivers.technology[carrier], receivers.operator[carrier]
    min_db, model, edge, out_bits, in_bits = receivers.min_sinr_db[carrier], common.median_sigma_db**2, 0.0, 0, 0
    for where in range(3):
        ratio, part = sinr_at(parameters, reception, where, EDGE, at_edge)
        level, shared = in_db(ratio), part * part * model + band
        bits = evaluate_bounds(level - min_db, shared, own)
        bits &= _uplink_bits(parameters, reception, where, model + band, own)
        flags[covered_bit(where, technology, operator, operators)] |= bits
        flags[covered_bit(where, technology, operators, operators)] |= bits
        in_bits = bits
        if where == OUTDOOR:
            edge, out_bits = ratio, bits
            _write_level(row, sender, carrier, EDGE_OUTDOOR, ratio, shared, parameters, best.levels)
    typical, _ = sinr_at(parameters, reception, OUTDOOR, TYPICAL, at_edge)
    busy, busy_part = sinr_at(parameters, reception, OUTDOOR, TYPICAL, when_busy)
    inside, inside_part = sinr_at(parameters, reception, INDOOR, TYPICAL, when_busy)
    component[MODEL] = busy_part * busy_part * model
    _write_level(row, sender, carrier, BUSY_OUTDOOR, busy, component[MODEL] + band, parameters, best.levels)
    shared = inside_part * inside_part * model + band
    _write_level(row, sender, carrier, BUSY_INDOOR, inside, shared, parameters, best.levels)
    best.levels.own_db2[row], best.levels.width[row] = own, transmitters.bandwidth_mhz[sender]
    if power > best.power_mw[technology]:
        best.power_mw[technology], best.key[technology] = power, transmitters.key[sender]
    margin_z = coverage_z(in_db(edge), in_db(typical), min_db, common.edge_z)
    best.margin_z[technology] = max(best.margin_z[technology], min(margin_z, _uplink_z(parameters, reception)))
    return out_bits, in_bits


@inlined
def _uplink_bits(
    parameters: LinkParameters, reception: Reception, where: int, shared_db2: float, own_db2: float
) -> int:
    """Bounds of whether the base station hears the handset; its own budget takes the place of the radiated power."""
    transmitters, sender = parameters.transmitters, reception.transmitter
    own_db2 += transmitters.uplink_db2[sender] - transmitters.power_db2[sender]
    return evaluate_bounds(in_db(uplink_margin_at(parameters, reception, where, EDGE)), shared_db2, own_db2)


@inlined
def _uplink_z(parameters: LinkParameters, reception: Reception) -> float:
    """Quantile of the probability that the base station hears the handset outdoors."""
    edge, typical = (
        in_db(uplink_margin_at(parameters, reception, OUTDOOR, EDGE)),
        in_db(uplink_margin_at(parameters, reception, OUTDOOR, TYPICAL)),
    )
    return coverage_z(edge, typical, 0.0, parameters.common.edge_z)


@inlined
def _write_level(
    row: int,
    sender: int,
    carrier: int,
    name: int,
    sinr: float,
    shared_db2: float,
    parameters: LinkParameters,
    levels: CarrierLevels,
) -> None:
    """SINR of one row of ``SERVED``, its variance and its speed. Writes ``levels``."""
    transmitters, receivers = parameters.transmitters, parameters.receivers
    left = 1.0 if name == EDGE_OUTDOOR else transmitters.residual_capacity[sender]
    alpha, most = receivers.shannon_alpha[carrier], receivers.max_efficiency[carrier]
    layers = receivers.layers[carrier, VALUE]
    speed = speed_mbps(sinr, receivers.min_sinr[carrier], alpha, most, transmitters.bandwidth_mhz[sender], layers)
    levels.sinr_db[name, row], levels.shared_db2[name, row] = in_db(sinr), shared_db2
    levels.speed[name, row] = speed * left


@inlined
def _variance_components(
    sender: int, environment: int, square_m2: float, parameters: LinkParameters, component: Floats
) -> tuple[float, float]:
    """Variance of what is each cell's own (power, height, position), and that of the band, dB2.

    Writes the components that do not depend on noise to ``component``.
    """
    transmitters, common = parameters.transmitters, parameters.common
    square_m2 = max(square_m2, 1.0)
    node, row = node_at(square_m2), transmitters.uncertainty_row[sender]
    power, height = transmitters.power_db2[sender], common.height_db[row, environment, node] ** 2
    decades = log2(1.0 + transmitters.position_m[sender] / math.sqrt(square_m2)) * _DECADE_PER_OCTAVE
    position = (common.slope_db[row, environment, node] * decades) ** 2
    band = common.band_db[row, environment, node] ** 2
    component[POWER], component[HEIGHT], component[BAND], component[POSITION] = power, height, band, position
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
    return bits_between(margin_db, margin_db, shared_db2, own_db2)


@inlined
def bits_between(margin_db: float, best_db: float, shared_db2: float, own_db2: float) -> int:
    """Evaluate whether a margin is met, the upper bounds by the margin over what may do at best.

    Parameters
    ----------
    margin_db, best_db : float, dB
        SINR over what is needed, and over what may do at best.
    shared_db2, own_db2 : float, dB2
        As for ``evaluate_bounds``.

    Returns
    -------
    int
        Bits in the order of PLACE_BOUNDS.

    Notes
    -----
    Squares with their sign are compared with variances.
    """
    square, best = margin_db * abs(margin_db), best_db * abs(best_db)
    shared, whole = _SQUARE * shared_db2, _SQUARE * (shared_db2 + own_db2)
    is_met = margin_db >= 0
    lower = is_met | (is_met & (square >= shared)) << LOW | (is_met & (square >= whole)) << LOWEST
    return lower | (best >= -shared) << HIGH | (best >= -whole) << HIGHEST
