"""All that turns received powers into service, laid out as the arrays that compiled functions take.

Parameters of a transmitter are rows by transmitter of the whole network, parameters of a receiver rows by carrier.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from commune_coverage.core.jit import inlined
from commune_coverage.population.urbanisation import NAMES
from commune_coverage.radio.link_budget import (
    MEDIAN,
    UNREACHED_DB,
    between_db,
    capacity_sigma_db,
    needed_sinr_db,
    penetration_losses,
    sinr,
)
from commune_coverage.radio.link_budget_config import Z_LOW_HIGH, Technology, UncertainValue
from commune_coverage.radio.network_model import NetworkModel
from commune_coverage.radio.service.bit_flags import WHERE
from commune_coverage.radio.service.cell_load import residual_capacity
from commune_coverage.radio.shadowing import DIFFERENCES_DB, EXCESSES_DB, margin_index, margins, ratios_at
from commune_coverage.schema.inputs import BOUNDS, TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Powers = npt.NDArray[np.floating[Any]]
Servers = npt.NDArray[np.signedinteger[Any]]
Three = tuple[Floats, Floats, Floats]
"""Value, low and high."""

SHARED_CELL, OWN_CELL = 0, 1
VALUE, LOW, HIGH = range(3)
FEW, MANY, NARROW, WIDE = range(1, 5)
EDGE, TYPICAL = 0, 1
NEEDED, UPPER, VARIANCE, OF_NARROW, OF_WIDE = range(5)
LOADS = ("value", "low", "high", "narrow", "wide")
"""Loads of cells: usual, with few and many users, and where carriers of unknown width are narrow and wide."""
ANY_WIDTH = UncertainValue(value=0.0, low=0.0, high=0.0)
"""Of a device that uses one carrier at a time."""


class TransmitterParameters(NamedTuple):
    """Parameters of n transmitters.

    Attributes
    ----------
    noise_mw : (n,) float64, mW
        Noise of the receivers.
    bandwidth_mhz : (n,) float64, MHz
        Bandwidth.
    residual_capacity : (n,) float64
        Part of the speed that a user gets in the busy hour.
    width_mhz : (n, 3) float64, MHz
        Bandwidth: VALUE, LOW and HIGH.
    left : (n, 5) float64
        Part of the speed that is left of a shared cell: usually, with FEW and with MANY users, and where all carriers
        of unknown width are NARROW or WIDE.
    power_db2 : (n,) float64, dB2
        Variance of the radiated power.
    position_m : (n,) float64, m
        Standard error of the position.
    sigma : (n, environments) int64
        Row of the shadowing in ``ReceiverParameters.margin``.
    uncertainty_row : (n,) int64
        Row in the tables of ``CommonParameters``.
    key : (n,) int64
        Key of the transmitter.
    uplink_threshold_mw : (n,) float64, mW
        Power of the downlink that a place receives where the base station just hears its handset; next to nothing where
        no uplink is asked for.
    uplink_db2 : (n,) float64, dB2
        Variance of the uplink's budget.
    is_stated : (n,) bool
        Whether a register states frequency, bandwidth, power and height.
    x_m, y_m : (n,) float64, m
        Position.
    needed : (n, thresholds, 2, 5) float64
        What a speed needs of a shared cell and of one's own cell: the SINR (dB), the SINR that may do at best (dB),
        the variance (dB2), and the SINR where carriers are narrow and where they are wide (dB).
    """

    noise_mw: Floats
    bandwidth_mhz: Floats
    residual_capacity: Floats
    width_mhz: Floats
    left: Floats
    power_db2: Floats
    position_m: Floats
    sigma: Integers
    uncertainty_row: Integers
    key: Integers
    uplink_threshold_mw: Floats
    uplink_db2: Floats
    is_stated: npt.NDArray[np.bool_]
    x_m: Floats
    y_m: Floats
    needed: Floats


class ReceiverParameters(NamedTuple):
    """Parameters of the receivers of c carriers.

    Attributes
    ----------
    operator, technology : (c,) int64
        Row of the operator, and in TECHNOLOGIES.
    min_sinr_db : (c,) float64, dB
        Least SINR of the technology.
    min_sinr : (c,) float64
        The same as a ratio.
    shannon_alpha : (c,) float64
        Attenuation factor alpha of the Shannon bound, 3GPP TR 36.942 annex A.
    alpha : (c, 3) float64
        The same: VALUE, LOW and HIGH.
    max_efficiency : (c,) float64, bit/s/Hz
        Greatest spectral efficiency of a layer.
    layers : (c, 3) int64
        Most spatial layers: VALUE, LOW and HIGH.
    device_mhz : (c, 3) float64, MHz
        Width that a device takes up of all carriers of the technology: VALUE, LOW and HIGH; 0 for a single carrier of
        any width.
    penetration : (c, receiver environments, environments) float64
        Loss of entering, as a ratio.
    margin : (c, sigmas, receiver environments, environments, 2) int64
        Row in ``CommonParameters.against``, at the edge and in the median.
    sent_share : (c,) float64
        Part of the power of all cells that interferes at the stated load.
    """

    operator: Integers
    technology: Integers
    min_sinr_db: Floats
    min_sinr: Floats
    shannon_alpha: Floats
    alpha: Floats
    max_efficiency: Floats
    layers: Integers
    device_mhz: Floats
    penetration: Floats
    margin: Integers
    sent_share: Floats


class CommonParameters(NamedTuple):
    """Parameters that are the same for the whole network.

    Attributes
    ----------
    against : (rows, steps, excesses, 3) float64
        Margins of shadowing as ratios, see ``shadowing.Margins``.
    thresholds_mbps : (thresholds,) float64, Mbps
        Speeds that are counted; the first is the headline.
    edge_z : float
        Quantile of the edge probability.
    median_sigma_db : float, dB
        Standard error of a model's median.
    height_db, band_db : (rows, environments, nodes) float64, dB
        Standard error by unknown height and by unknown band.
    slope_db : (rows, environments, nodes) float64, dB
        Loss per decade of distance.
    """

    against: Floats
    thresholds_mbps: Floats
    edge_z: float
    median_sigma_db: float
    height_db: Floats
    band_db: Floats
    slope_db: Floats


class LinkParameters(NamedTuple):
    """All parameters of a network.

    Attributes
    ----------
    transmitters : TransmitterParameters
        By transmitter.
    receivers : ReceiverParameters
        By carrier.
    common : CommonParameters
        The same for all.
    """

    transmitters: TransmitterParameters
    receivers: ReceiverParameters
    common: CommonParameters


class Received(NamedTuple):
    """What the places of a tile receive.

    Attributes
    ----------
    power_mw : (carriers, places) float, mW
        Median power of the server.
    dominant_interferer_mw : (carriers, places) float, mW
        Power of the strongest other cell.
    edge_interference_mw, busy_interference_mw : (carriers, places) float, mW
        Interference at the stated load, and in the busy hour.
    server : (carriers, places) int
        Row of the server in ``near``, NO_SERVER without one.
    near : (n,) int64
        Rows of the tile's transmitters in the whole network.
    carriers : (carriers,) int64
        Rows of the tile's carriers in the whole network.
    """

    power_mw: Powers
    dominant_interferer_mw: Powers
    edge_interference_mw: Powers
    busy_interference_mw: Powers
    server: Servers
    near: Integers
    carriers: Integers


class Reception(NamedTuple):
    """What one place receives on one carrier.

    Attributes
    ----------
    transmitter, carrier : int
        Rows of the server and its carrier in the whole network.
    environment : int
        Row of the place's environment in ``NAMES``.
    power_mw : float, mW
        Median power of the server.
    margin : tuple of float
        Where its margins of shadowing stand, see ``shadowing.margin_index``.
    """

    transmitter: int
    carrier: int
    environment: int
    power_mw: float
    margin: tuple[float, float]


@inlined
def sinr_at(
    parameters: LinkParameters, reception: Reception, where: int, share: int, interference_mw: float
) -> tuple[float, float]:
    """SINR of one carrier at one place.

    Parameters
    ----------
    parameters : LinkParameters
        Parameters of the network.
    reception : Reception
        What the place receives.
    where : int
        Row of WHERE.
    share : int
        EDGE or TYPICAL: the probability with which the SINR is exceeded.
    interference_mw : float, mW
        Interference outdoors.

    Returns
    -------
    sinr : float
        As a ratio.
    noise_share : float
        Part of noise in noise and interference.
    """
    transmitters, receivers = parameters.transmitters, parameters.receivers
    carrier, environment = reception.carrier, reception.environment
    sigma = transmitters.sigma[reception.transmitter, environment]
    row = receivers.margin[carrier, sigma, where, environment, share]
    penetration = receivers.penetration[carrier, where, environment]
    noise_mw = transmitters.noise_mw[reception.transmitter]
    against = ratios_at(parameters.common.against, row, reception.margin[0], reception.margin[1])
    return sinr(reception.power_mw, noise_mw, interference_mw, penetration, against)


@inlined
def reception_at(parameters: LinkParameters, received: Received, row: int, place: int, environment: int) -> Reception:
    """What a place receives on a carrier that serves it.

    Parameters
    ----------
    parameters : LinkParameters
        Parameters of the network.
    received : Received
        Powers and servers of the tile.
    row, place : int
        Rows of the carrier and of the place in the tile.
    environment : int
        Row of the place's environment in ``NAMES``.

    Returns
    -------
    Reception
        The server, and how it stands among the other cells.
    """
    sender, carrier = received.near[received.server[row, place]], received.carriers[row]
    power, other = np.float64(received.power_mw[row, place]), np.float64(received.dominant_interferer_mw[row, place])
    sent = parameters.receivers.sent_share[carrier]
    others = np.float64(received.edge_interference_mw[row, place]) / sent if sent > 0 else other
    return Reception(sender, carrier, environment, power, margin_index(power, other, others))


@inlined
def uplink_margin_at(parameters: LinkParameters, reception: Reception, where: int, share: int) -> float:
    """By how much the base station hears the handset better than it must.

    Parameters
    ----------
    parameters : LinkParameters
        Parameters of the network.
    reception : Reception
        What the place receives.
    where : int
        Row of WHERE.
    share : int
        EDGE or TYPICAL: the probability with which the margin is exceeded.

    Returns
    -------
    float
        As a ratio: 1 where it is just heard.

    Notes
    -----
    Path loss, penetration and shadowing are those of the downlink: the same way, and frequencies near each other.
    """
    receivers, sender = parameters.receivers, reception.transmitter
    carrier, environment = reception.carrier, reception.environment
    row = receivers.margin[carrier, parameters.transmitters.sigma[sender, environment], where, environment, share]
    against = ratios_at(parameters.common.against, row, reception.margin[0], reception.margin[1])
    penetration = receivers.penetration[carrier, where, environment]
    return reception.power_mw / (parameters.transmitters.uplink_threshold_mw[sender] * penetration * against[0])


_NO_UPLINK_MW = 1e-200
_STATED = ("frequency_mhz", "bandwidth_mhz", "eirp_dbm", "antenna_height_m")


def make_link_parameters(
    network: NetworkModel, cell_load: Sequence[Floats], thresholds_mbps: Sequence[float]
) -> LinkParameters:
    """Make the parameters of a network at a cell load.

    Parameters
    ----------
    network : NetworkModel
        Transmitters, carriers and link budgets.
    cell_load : sequence of (transmitters,) float64
        Share of the time that each transmitter is busy: value, low and high, and where carriers are narrow and wide;
        the last two as the value where they are left out.
    thresholds_mbps : sequence of float, Mbps
        Speeds that are counted; the first is the headline.

    Returns
    -------
    LinkParameters
        By transmitter, by carrier, and common to all.
    """
    names = network.carriers[["operator", "technology"]].to_numpy(dtype=str)
    budgets = [network.radios.budget(operator, "", technology) for operator, technology in names]
    left = [residual_capacity(load) for load in (*cell_load, cell_load[VALUE], cell_load[VALUE])[: len(LOADS)]]
    sigmas, sigma = np.unique(network.sigma_db, return_inverse=True)
    sigma = sigma.reshape(network.sigma_db.shape).astype(np.int64)
    transmitters = _transmitter_parameters(network, budgets, sigma, left, thresholds_mbps)
    receivers, against = _receiver_parameters(network, budgets, sigmas, sigma)
    conditions, tables = network.radios.conditions, network.variance_tables
    common = CommonParameters(
        against,
        np.array(thresholds_mbps, dtype=np.float64),
        float(ndtri(conditions.edge_probability)),
        conditions.median_sigma_db,
        tables.height_db,
        tables.band_db,
        tables.slope_db,
    )
    return LinkParameters(transmitters, receivers, common)


def _transmitter_parameters(
    network: NetworkModel,
    budgets: list[Technology],
    sigma: Integers,
    left: list[Floats],
    thresholds_mbps: Sequence[float],
) -> TransmitterParameters:
    table = network.transmitters
    power_db = (table["eirp_dbm_high"] - table["eirp_dbm_low"]).to_numpy(np.float64) / (2 * Z_LOW_HIGH)
    return TransmitterParameters(
        10 ** (network.noise_dbm / 10),
        table["bandwidth_mhz"].to_numpy(np.float64),
        left[VALUE],
        np.stack([table[f"bandwidth_mhz{bound}"].to_numpy(np.float64) for bound in BOUNDS], axis=1),
        np.stack(left, axis=1),
        power_db**2,
        table["position_sigma_m"].to_numpy(np.float64),
        sigma,
        network.variance_tables.of,
        table["key"].to_numpy(np.int64),
        *_uplinks(network, budgets),
        np.logical_and.reduce([table[f"{name}_stated"].to_numpy(bool) for name in _STATED]),
        table["x_m"].to_numpy(np.float64),
        table["y_m"].to_numpy(np.float64),
        _needed(network, budgets, left, thresholds_mbps),
    )


def _uplinks(network: NetworkModel, budgets: list[Technology]) -> tuple[Floats, Floats]:
    """Threshold of each transmitter's uplink, mW of its downlink, and the variance of the budget, dB2.

    The path loss is the same both ways: what arrives of the downlink is its radiated power less that loss.
    """
    table = network.transmitters
    threshold_mw, variance_db2 = np.full(len(table), _NO_UPLINK_MW), np.zeros(len(table))
    carrier, eirp_dbm = table["carrier"].to_numpy(), table["eirp_dbm"].to_numpy(np.float64)
    for number, (budget, mhz) in enumerate(zip(budgets, network.carriers["frequency_mhz"], strict=True)):
        if budget.uplink is not None:
            rows = carrier == number
            threshold_mw[rows] = 10 ** ((eirp_dbm[rows] - budget.uplink.max_path_loss_db(float(mhz))) / 10)
            variance_db2[rows] = budget.uplink.sigma_db(float(mhz)) ** 2
    return threshold_mw, variance_db2


def _needed(
    network: NetworkModel, budgets: list[Technology], left: list[Floats], thresholds_mbps: Sequence[float]
) -> Floats:
    """Compute what each speed needs of each transmitter, see ``TransmitterParameters.needed``."""
    table = network.transmitters
    needed = np.zeros((len(table), len(thresholds_mbps), 2, OF_WIDE + 1))
    widths = [table[f"bandwidth_mhz{bound}"].to_numpy(np.float64) for bound in ("", "_low", "_high")]
    whole = [np.ones(len(table))] * len(LOADS)
    carrier = table["carrier"].to_numpy()
    for number, budget in enumerate(budgets):
        rows = np.flatnonzero(carrier == number)
        width = (widths[0][rows], widths[1][rows], widths[2][rows])
        layers = budget.layers_at(float(network.carriers["frequency_mhz"].iloc[number]))
        for row, threshold in enumerate(thresholds_mbps):
            for cell, parts in ((SHARED_CELL, left), (OWN_CELL, whole)):
                needed[rows, row, cell] = _speed_needs(threshold, budget, layers, width, [part[rows] for part in parts])
    return needed


def _speed_needs(
    threshold: float, budget: Technology, layers: UncertainValue, width: Three, left: list[Floats]
) -> Floats:
    """Compute what a speed needs of cells with so much capacity left, (n, 5).

    The SINR at best is finite also where only the best bandwidth, load and efficiency together would do.
    """
    alpha, speeds = budget.shannon_alpha, [threshold / part for part in left]
    rows = ((VALUE, VALUE), (FEW, VALUE), (MANY, VALUE), (NARROW, LOW), (WIDE, HIGH))
    usual, few, many, narrow, wide = (
        needed_sinr_db(speeds[load], budget, width[bound], alpha.value, layers.value) for load, bound in rows
    )
    best = needed_sinr_db(np.minimum(speeds[FEW], speeds[WIDE]), budget, width[HIGH], alpha.high, layers.high)
    capacity = capacity_sigma_db(speeds[VALUE], budget, width, (speeds[NARROW], speeds[WIDE]), layers)
    upper = np.where(np.isfinite(best), np.minimum(usual, UNREACHED_DB), np.inf)
    return np.stack([usual, upper, capacity**2 + between_db(many, few) ** 2, narrow, wide], axis=1)


def _receiver_parameters(
    network: NetworkModel, budgets: list[Technology], sigmas: Floats, sigma: Integers
) -> tuple[ReceiverParameters, Floats]:
    """Make the carriers' parameters, and the margins against noise and against interference that they name."""
    carriers, radios = network.carriers, network.radios
    penetration = np.ones((len(carriers), len(WHERE), len(NAMES)))
    for number, mhz in enumerate(carriers["frequency_mhz"]):
        losses = penetration_losses(radios, float(mhz))
        for where, name in enumerate(WHERE):
            penetration[number, where] = 10 ** (losses[name].median_db / 10)
    margin, against = _margins(network, sigmas, sigma)
    receivers = ReceiverParameters(
        np.array([network.operators.index(name) for name in carriers["operator"]], dtype=np.int64),
        np.array([TECHNOLOGIES.index(name) for name in carriers["technology"]], dtype=np.int64),
        np.array([budget.min_sinr_db for budget in budgets]),
        np.array([10 ** (budget.min_sinr_db / 10) for budget in budgets]),
        np.array([budget.shannon_alpha.value for budget in budgets]),
        _three(budget.shannon_alpha for budget in budgets),
        np.array([budget.max_bits_per_s_per_hz for budget in budgets]),
        network.layers,
        _three(budget.device_mhz or ANY_WIDTH for budget in budgets),
        penetration,
        margin,
        np.array([budget.co_channel_share for budget in budgets]) * radios.conditions.load,
    )
    return receivers, against


def _three(spreads: Iterable[UncertainValue]) -> Floats:
    """Rows of VALUE, LOW and HIGH."""
    return np.array([[spread.value, spread.low, spread.high] for spread in spreads]).reshape(-1, 3)


def _margins(network: NetworkModel, sigmas: Floats, sigma: Integers) -> tuple[Integers, Floats]:
    """Rows of the margins, see ``ReceiverParameters.margin``, and the margins as ratios."""
    conditions, carrier = network.radios.conditions, network.transmitters["carrier"].to_numpy()
    margin = np.zeros((len(network.carriers), len(sigmas), len(WHERE), len(NAMES), 2), dtype=np.int64)
    rows: dict[tuple[float, float, float], int] = {}
    for number, mhz in enumerate(network.carriers["frequency_mhz"]):
        losses, own = penetration_losses(network.radios, float(mhz)), sigma[carrier == number]
        for where, name in enumerate(WHERE):
            for environment in range(len(NAMES)):
                for at in np.unique(own[:, environment]):
                    for share, probability in ((EDGE, conditions.edge_probability), (TYPICAL, MEDIAN)):
                        key = (float(sigmas[at]), float(losses[name].sigma_db[environment]), probability)
                        margin[number, at, where, environment, share] = rows.setdefault(key, len(rows))
    tables = [margins(spread, inside, conditions.site_correlation, share) for spread, inside, share in rows]
    against = np.array([table.ratios for table in tables]).reshape(-1, len(DIFFERENCES_DB), len(EXCESSES_DB), 3)
    return margin, against
