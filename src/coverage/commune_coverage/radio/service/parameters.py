"""All that turns received powers into service, laid out as the arrays that compiled code walks.

Terms of a transmitter are rows by transmitter of the whole network, terms of a channel rows by channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from commune_coverage.core.jit import inlined
from commune_coverage.population.urbanisation import NAMES
from commune_coverage.radio.link_budget import (
    MEDIAN,
    UNREACHED_DB,
    capacity_sigma_db,
    needed_sinr_db,
    penetration_losses,
    sinr,
)
from commune_coverage.radio.link_budget_config import Z_LOW_HIGH, Radios, Technology
from commune_coverage.radio.service.bit_flags import WHERE
from commune_coverage.radio.shadowing import DIFFERENCES_DB, margins, ratios_at
from commune_coverage.radio.traffic.cell_load import residual_capacity
from commune_coverage.radio.uncertainty import VarianceTables
from commune_coverage.schema.inputs import TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Powers = npt.NDArray[np.floating[Any]]
Servers = npt.NDArray[np.signedinteger[Any]]
SHARED_CELL, OWN_CELL = 0, 1
EDGE, TYPICAL = 0, 1
NEEDED, UPPER, VARIANCE = 0, 1, 2


class TransmitterParameters(NamedTuple):
    """Of n transmitters. ``needed`` (n, thresholds, 2, 3): what a speed takes of a cell that is shared or one's own.

    Its last axis is the SINR in dB, the SINR where only the best of doubts would do, and the variance in dB squared.
    """

    noise_mw: Floats
    bandwidth_mhz: Floats
    residual_capacity: Floats
    power_db2: Floats
    position_m: Floats
    sigma: Integers
    uncertainty_component: Integers
    key: Integers
    is_stated: npt.NDArray[np.bool_]
    x_m: Floats
    y_m: Floats
    needed: Floats


class ReceiverParameters(NamedTuple):
    """Of c channels: what their receivers make of a signal.

    ``penetration`` (c, where, environments) is a loss as a ratio.
    ``margin`` (c, sigmas, where, environments, 2) is the row of the margins, at the edge and in the median.
    """

    operator: Integers
    technology: Integers
    min_sinr_db: Floats
    min_sinr: Floats
    shannon_alpha: Floats
    max_efficiency: Floats
    penetration: Floats
    margin: Integers


class GlobalParameters(NamedTuple):
    """The same for all. ``against`` (rows, steps, 2) are the margins as ratios, against noise and against others."""

    against: Floats
    thresholds_mbps: Floats
    edge_z: float
    median_sigma_db: float
    height_db: Floats
    band_db: Floats
    slope_db: Floats


class LinkParameters(NamedTuple):
    transmitter_parameters: TransmitterParameters
    asked: ReceiverParameters
    global_parameters: GlobalParameters


class Received(NamedTuple):
    """Of a tile (channels, places): powers in mW, the row of the serving transmitter in ``near`` or NO_SERVER.

    ``near`` are rows of the whole network's transmitters, ``channels`` of its channels.
    """

    power_mw: Powers
    dominant_interferer_mw: Powers
    edge_interference_mw: Powers
    busy_interference_mw: Powers
    server: Servers
    near: Integers
    channels: Integers


@inlined
def sinr_at(
    parameters: LinkParameters,
    transmitter: int,
    channel: int,
    where: int,
    environment: int,
    share: int,
    power_mw: float,
    interference_mw: float,
    step: float,
) -> tuple[float, float]:
    """SINR as a ratio and the noise's part of one channel at one place; ``step`` is its server's lead (see ``fading``).

    ``where`` is a row of WHERE, ``share`` EDGE or TYPICAL.
    """
    asked, global_parameters = parameters.asked, parameters.global_parameters
    row = asked.margin[
        channel, parameters.transmitter_parameters.sigma[transmitter, environment], where, environment, share
    ]
    penetration, noise_mw = (
        asked.penetration[channel, where, environment],
        parameters.transmitter_parameters.noise_mw[transmitter],
    )
    return sinr(power_mw, noise_mw, interference_mw, penetration, ratios_at(global_parameters.against, row, step))


_STATED = ("frequency_mhz", "bandwidth_mhz", "eirp_dbm", "antenna_height_m")


def make_link_parameters(
    transmitters: pd.DataFrame,
    channels: pd.DataFrame,
    operators: list[str],
    radios: Radios,
    variance_tables: VarianceTables,
    sigma_db: Floats,
    noise_dbm: Floats,
    cell_load: tuple[Floats, Floats, Floats],
    thresholds_mbps: Sequence[float],
) -> LinkParameters:
    """Terms of a network. ``sigma_db`` is (transmitters, environments), ``cell_load`` value, low and high of each."""
    named = channels[["operator", "technology"]].to_numpy(dtype=str)
    budgets = [radios.budget(operator, "", technology) for operator, technology in named]
    sigmas, sigma = np.unique(sigma_db, return_inverse=True)
    sigma = sigma.reshape(sigma_db.shape).astype(np.int64)
    transmitter_parameters = _transmitter_parameters(
        transmitters, budgets, variance_tables, sigma, noise_dbm, cell_load, thresholds_mbps
    )
    asked, against = _receiver_parameters(transmitters, channels, operators, budgets, radios, sigmas, sigma)
    global_parameters = GlobalParameters(
        against,
        np.array(thresholds_mbps, dtype=np.float64),
        float(ndtri(radios.conditions.edge_probability)),
        radios.conditions.median_sigma_db,
        variance_tables.height_db,
        variance_tables.band_db,
        variance_tables.slope_db,
    )
    return LinkParameters(transmitter_parameters, asked, global_parameters)


def _transmitter_parameters(
    table: pd.DataFrame,
    budgets: list[Technology],
    variance_tables: VarianceTables,
    sigma: Integers,
    noise_dbm: Floats,
    cell_load: tuple[Floats, Floats, Floats],
    thresholds_mbps: Sequence[float],
) -> TransmitterParameters:
    power_db = (table["eirp_dbm_high"] - table["eirp_dbm_low"]).to_numpy(np.float64) / (2 * Z_LOW_HIGH)
    return TransmitterParameters(
        10 ** (noise_dbm / 10),
        table["bandwidth_mhz"].to_numpy(np.float64),
        residual_capacity(cell_load[0]),
        power_db**2,
        table["position_sigma_m"].to_numpy(np.float64),
        sigma,
        variance_tables.of,
        table["key"].to_numpy(np.int64),
        np.logical_and.reduce([table[f"{name}_stated"].to_numpy(bool) for name in _STATED]),
        table["x_m"].to_numpy(np.float64),
        table["y_m"].to_numpy(np.float64),
        _needed(table, budgets, cell_load, thresholds_mbps),
    )


def _needed(
    table: pd.DataFrame,
    budgets: list[Technology],
    cell_load: tuple[Floats, Floats, Floats],
    thresholds_mbps: Sequence[float],
) -> Floats:
    found = np.zeros((len(table), len(thresholds_mbps), 2, 3))
    widths = [table[f"bandwidth_mhz{bound}"].to_numpy(np.float64) for bound in ("", "_low", "_high")]
    idle = (np.zeros(len(table)),) * 3
    channel = table["channel"].to_numpy()
    for number, budget in enumerate(budgets):
        rows = np.flatnonzero(channel == number)
        width = (widths[0][rows], widths[1][rows], widths[2][rows])
        for row, threshold in enumerate(thresholds_mbps):
            for kind, busy in ((SHARED_CELL, cell_load), (OWN_CELL, idle)):
                left = [residual_capacity(share[rows]) for share in busy]
                found[rows, row, kind] = _takes(threshold, budget, width, left)
    return found


def _takes(threshold: float, budget: Technology, width: tuple[Floats, Floats, Floats], left: list[Floats]) -> Floats:
    """What a speed takes of cells of which so much is left (value, low, high): (n, 3), see Emitted.

    The second is finite also where only the best of all three would do.
    """
    efficiency = budget.shannon_alpha
    needed, few, many = (needed_sinr_db(threshold / share, budget, width[0], efficiency.value) for share in left)
    best = needed_sinr_db(threshold / left[1], budget, width[2], efficiency.high)
    span = (np.minimum(many, UNREACHED_DB) - np.minimum(few, UNREACHED_DB)) / (2 * Z_LOW_HIGH)
    variance = capacity_sigma_db(threshold / left[0], budget, width) ** 2 + span**2
    perhaps = np.where(np.isfinite(best), np.minimum(needed, UNREACHED_DB), np.inf)
    return np.stack([needed, perhaps, variance], axis=1)


def _receiver_parameters(
    transmitters: pd.DataFrame,
    channels: pd.DataFrame,
    operators: list[str],
    budgets: list[Technology],
    radios: Radios,
    sigmas: Floats,
    sigma: Integers,
) -> tuple[ReceiverParameters, Floats]:
    """The channels' terms, and the margins against noise and against others that they name."""
    conditions = radios.conditions
    penetration = np.ones((len(channels), len(WHERE), len(NAMES)))
    margin = np.zeros((len(channels), len(sigmas), len(WHERE), len(NAMES), 2), dtype=np.int64)
    rows: dict[tuple[float, float, float], int] = {}
    for number, mhz in enumerate(channels["frequency_mhz"]):
        losses = penetration_losses(radios, float(mhz))
        own = sigma[transmitters["channel"].to_numpy() == number]
        for where, name in enumerate(WHERE):
            penetration[number, where] = 10 ** (losses[name].median_db / 10)
            for environment in range(len(NAMES)):
                for at in np.unique(own[:, environment]):
                    for share, probability in ((EDGE, conditions.edge_probability), (TYPICAL, MEDIAN)):
                        key = (float(sigmas[at]), float(losses[name].sigma_db[environment]), probability)
                        margin[number, at, where, environment, share] = rows.setdefault(key, len(rows))
    tables = [margins(spread, inside, conditions.site_correlation, share) for spread, inside, share in rows]
    asked = ReceiverParameters(
        np.array([operators.index(name) for name in channels["operator"]], dtype=np.int64),
        np.array([TECHNOLOGIES.index(name) for name in channels["technology"]], dtype=np.int64),
        np.array([budget.min_sinr_db for budget in budgets]),
        np.array([10 ** (budget.min_sinr_db / 10) for budget in budgets]),
        np.array([budget.shannon_alpha.value for budget in budgets]),
        np.array([budget.max_bits_per_s_per_hz for budget in budgets]),
        penetration,
        margin,
    )
    return asked, np.array([table.ratios for table in tables]).reshape(len(tables), len(DIFFERENCES_DB), 2)
