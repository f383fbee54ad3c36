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
    entry_losses,
    needed_sinr_db,
    sinr,
)
from commune_coverage.radio.link_budget_config import Z_LOW_HIGH, Radios, Technology
from commune_coverage.radio.service.bit_flags import WHERE
from commune_coverage.radio.shadowing import DIFFERENCES_DB, margins, ratios_at
from commune_coverage.radio.traffic.cell_load import share_left
from commune_coverage.radio.uncertainty import DoubtTables
from commune_coverage.schema.inputs import TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Powers = npt.NDArray[np.floating[Any]]
Servers = npt.NDArray[np.signedinteger[Any]]
SHARED_CELL, OWN_CELL = 0, 1
EDGE, TYPICAL = 0, 1
NEEDED, PERHAPS, VARIANCE = 0, 1, 2


class Emitted(NamedTuple):
    """Of n transmitters. ``needed`` (n, thresholds, 2, 3): what a speed takes of a cell that is shared or one's own.

    Its last axis is the SINR in dB, the SINR where only the best of doubts would do, and the variance in dB squared.
    """

    noise_mw: Floats
    bandwidth_mhz: Floats
    share_left: Floats
    power_db2: Floats
    position_m: Floats
    sigma: Integers
    doubt: Integers
    key: Integers
    is_stated: npt.NDArray[np.bool_]
    x_m: Floats
    y_m: Floats
    needed: Floats


class Asked(NamedTuple):
    """Of c channels: what their receivers make of a signal. ``entry`` (c, where, environments) is a loss as a ratio.

    ``margin`` (c, sigmas, where, environments, 2) is the row of the margins, at the edge and in the median.
    """

    operator: Integers
    technology: Integers
    least_sinr_db: Floats
    least_sinr: Floats
    attenuation: Floats
    most_efficiency: Floats
    entry: Floats
    margin: Integers


class Rules(NamedTuple):
    """The same for all. ``against`` (rows, steps, 2) are the margins as ratios, against noise and against others."""

    against: Floats
    thresholds_mbps: Floats
    edge_z: float
    median_sigma_db: float
    height_db: Floats
    band_db: Floats
    slope_db: Floats


class Terms(NamedTuple):
    emitted: Emitted
    asked: Asked
    rules: Rules


class Received(NamedTuple):
    """Of a tile (channels, places): powers in mW, the row of the serving transmitter in ``near`` or NO_SERVER.

    ``near`` are rows of the whole network's transmitters, ``channels`` of its channels.
    """

    power_mw: Powers
    strongest_other_mw: Powers
    edge_interference_mw: Powers
    busy_interference_mw: Powers
    server: Servers
    near: Integers
    channels: Integers


@inlined
def sinr_at(
    terms: Terms, transmitter: int, channel: int, where: int, environment: int, share: int, power_mw: float,
    interference_mw: float, step: float,
) -> tuple[float, float]:  # fmt: skip
    """SINR as a ratio and the noise's part of one channel at one place; ``step`` is its server's lead (see ``fading``).

    ``where`` is a row of WHERE, ``share`` EDGE or TYPICAL.
    """
    asked, rules = terms.asked, terms.rules
    row = asked.margin[channel, terms.emitted.sigma[transmitter, environment], where, environment, share]
    entry, noise_mw = asked.entry[channel, where, environment], terms.emitted.noise_mw[transmitter]
    return sinr(power_mw, noise_mw, interference_mw, entry, ratios_at(rules.against, row, step))


_STATED = ("frequency_mhz", "bandwidth_mhz", "eirp_dbm", "antenna_height_m")


def make_terms(
    transmitters: pd.DataFrame, channels: pd.DataFrame, operators: list[str], radios: Radios, doubts: DoubtTables,
    sigma_db: Floats, noise_dbm: Floats, busy_share: tuple[Floats, Floats, Floats], thresholds_mbps: Sequence[float],
) -> Terms:  # fmt: skip
    """Terms of a network. ``sigma_db`` is (transmitters, environments), ``busy_share`` value, low and high of each."""
    named = channels[["operator", "technology"]].to_numpy(dtype=str)
    budgets = [radios.budget(operator, "", technology) for operator, technology in named]
    sigmas, sigma = np.unique(sigma_db, return_inverse=True)
    sigma = sigma.reshape(sigma_db.shape).astype(np.int64)
    emitted = _emitted(transmitters, budgets, doubts, sigma, noise_dbm, busy_share, thresholds_mbps)
    asked, against = _asked(transmitters, channels, operators, budgets, radios, sigmas, sigma)
    rules = Rules(
        against, np.array(thresholds_mbps, dtype=np.float64), float(ndtri(radios.conditions.edge_probability)),
        radios.conditions.median_sigma_db, doubts.height_db, doubts.band_db, doubts.slope_db,
    )  # fmt: skip
    return Terms(emitted, asked, rules)


def _emitted(
    table: pd.DataFrame, budgets: list[Technology], doubts: DoubtTables, sigma: Integers, noise_dbm: Floats,
    busy_share: tuple[Floats, Floats, Floats], thresholds_mbps: Sequence[float],
) -> Emitted:  # fmt: skip
    power_db = (table["eirp_dbm_high"] - table["eirp_dbm_low"]).to_numpy(np.float64) / (2 * Z_LOW_HIGH)
    return Emitted(
        10 ** (noise_dbm / 10), table["bandwidth_mhz"].to_numpy(np.float64), share_left(busy_share[0]),
        power_db**2, table["position_sigma_m"].to_numpy(np.float64), sigma, doubts.of,
        table["key"].to_numpy(np.int64),
        np.logical_and.reduce([table[f"{name}_stated"].to_numpy(bool) for name in _STATED]),
        table["x_m"].to_numpy(np.float64), table["y_m"].to_numpy(np.float64),
        _needed(table, budgets, busy_share, thresholds_mbps),
    )  # fmt: skip


def _needed(
    table: pd.DataFrame, budgets: list[Technology], busy_share: tuple[Floats, Floats, Floats],
    thresholds_mbps: Sequence[float],
) -> Floats:  # fmt: skip
    found = np.zeros((len(table), len(thresholds_mbps), 2, 3))
    widths = [table[f"bandwidth_mhz{bound}"].to_numpy(np.float64) for bound in ("", "_low", "_high")]
    idle = (np.zeros(len(table)),) * 3
    channel = table["channel"].to_numpy()
    for number, budget in enumerate(budgets):
        rows = np.flatnonzero(channel == number)
        width = (widths[0][rows], widths[1][rows], widths[2][rows])
        for row, threshold in enumerate(thresholds_mbps):
            for kind, busy in ((SHARED_CELL, busy_share), (OWN_CELL, idle)):
                left = [share_left(share[rows]) for share in busy]
                found[rows, row, kind] = _takes(threshold, budget, width, left)
    return found


def _takes(threshold: float, budget: Technology, width: tuple[Floats, Floats, Floats], left: list[Floats]) -> Floats:
    """What a speed takes of cells of which so much is left (value, low, high): (n, 3), see Emitted.

    The second is finite also where only the best of all three would do.
    """
    efficiency = budget.attenuation
    needed, few, many = (needed_sinr_db(threshold / share, budget, width[0], efficiency.value) for share in left)
    best = needed_sinr_db(threshold / left[1], budget, width[2], efficiency.high)
    span = (np.minimum(many, UNREACHED_DB) - np.minimum(few, UNREACHED_DB)) / (2 * Z_LOW_HIGH)
    variance = capacity_sigma_db(threshold / left[0], budget, width) ** 2 + span**2
    perhaps = np.where(np.isfinite(best), np.minimum(needed, UNREACHED_DB), np.inf)
    return np.stack([needed, perhaps, variance], axis=1)


def _asked(
    transmitters: pd.DataFrame, channels: pd.DataFrame, operators: list[str], budgets: list[Technology],
    radios: Radios, sigmas: Floats, sigma: Integers,
) -> tuple[Asked, Floats]:  # fmt: skip
    """The channels' terms, and the margins against noise and against others that they name."""
    conditions = radios.conditions
    entry = np.ones((len(channels), len(WHERE), len(NAMES)))
    margin = np.zeros((len(channels), len(sigmas), len(WHERE), len(NAMES), 2), dtype=np.int64)
    rows: dict[tuple[float, float, float], int] = {}
    for number, mhz in enumerate(channels["frequency_mhz"]):
        losses = entry_losses(radios, float(mhz))
        own = sigma[transmitters["channel"].to_numpy() == number]
        for where, name in enumerate(WHERE):
            entry[number, where] = 10 ** (losses[name].median_db / 10)
            for environment in range(len(NAMES)):
                for at in np.unique(own[:, environment]):
                    for share, probability in ((EDGE, conditions.edge_probability), (TYPICAL, MEDIAN)):
                        key = (float(sigmas[at]), float(losses[name].sigma_db[environment]), probability)
                        margin[number, at, where, environment, share] = rows.setdefault(key, len(rows))
    tables = [margins(spread, inside, conditions.site_correlation, share) for spread, inside, share in rows]
    asked = Asked(
        np.array([operators.index(name) for name in channels["operator"]], dtype=np.int64),
        np.array([TECHNOLOGIES.index(name) for name in channels["technology"]], dtype=np.int64),
        np.array([budget.min_sinr_db for budget in budgets]),
        np.array([10 ** (budget.min_sinr_db / 10) for budget in budgets]),
        np.array([budget.attenuation.value for budget in budgets]),
        np.array([budget.max_bits_per_s_per_hz for budget in budgets]), entry, margin,
    )  # fmt: skip
    return asked, np.array([table.ratios for table in tables]).reshape(len(tables), len(DIFFERENCES_DB), 2)
