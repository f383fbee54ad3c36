"""What one tile's places get on one channel: coverage, speeds, and what low and high make of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from coverage.signal.doubt import SHARED, DoubtTables, variances_db2
from coverage.signal.link_budget import (
    MEDIAN,
    UNREACHED_DB,
    WHERE,
    Powers,
    capacity_sigma_db,
    coverage_probability,
    entry_losses,
    needed_sinr_db,
    sinr_db,
    speed_mbps,
)
from coverage.signal.load import share_left
from coverage.signal.radios import Z_LOW_HIGH, Radios, Technology
from coverage.tables import PLACE_BOUNDS

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Bounded = dict[str, Flags]

_IDLE = np.zeros(1)
"""Busy share of a cell to oneself, for every place alike."""


@dataclass(frozen=True)
class Sent:
    """What is known of all transmitters, one value each; ``busy_share`` and bandwidth as value, low and high."""

    noise_dbm: Floats
    bandwidth_mhz: tuple[Floats, Floats, Floats]
    sigma_db: Floats
    busy_share: tuple[Floats, Floats, Floats]
    columns: dict[str, Floats]
    doubts: DoubtTables


@dataclass(frozen=True)
class Received:
    """One channel at the places that it reaches: powers in mW, the serving transmitter and its distance."""

    received_mw: Floats
    strongest_other_mw: Floats
    edge_interference_mw: Floats
    busy_interference_mw: Floats
    server: Integers
    distance_m: Floats
    environment: Integers

    def powers(self, sent: Sent, interference_mw: Floats) -> Powers:
        """The powers under one interference."""
        sigma = sent.sigma_db[self.server, self.environment]
        noise = sent.noise_dbm[self.server]
        return Powers(
            self.received_mw, self.strongest_other_mw, interference_mw, noise, sigma, self.environment
        )  # fmt: skip


@dataclass(frozen=True)
class Doubted:
    """A SINR and the variance of it by doubt, dB squared."""

    sinr_db: Floats
    variance_db2: dict[str, Floats]


@dataclass(frozen=True)
class Needed:
    """SINR that a speed takes, and its variance from users, bandwidth and efficiency, dB squared.

    ``perhaps_db`` is finite also where only the best of all three would do.
    """

    sinr_db: Floats
    perhaps_db: Floats
    variance_db2: Floats


@dataclass
class ChannelFigures:
    """Values at the places that a channel reaches.

    ``covered`` is by where, ``served`` by name (as in ``tile_table.SERVED``) and threshold,
    both flags by PLACE_BOUNDS; the margin is the headline's.
    """

    edge_mbps: Floats
    busy_mbps: Floats
    probability: Floats
    covered: dict[str, Bounded] = field(default_factory=dict)
    served: dict[tuple[str, float], Bounded] = field(default_factory=dict)
    headline_margin_db: Floats = field(default_factory=lambda: np.zeros(0))
    headline_variance_db2: dict[str, Floats] = field(default_factory=dict)


def outdoor_speeds_mbps(
    received: Received, sent: Sent, budget: Technology, frequency_mhz: float, radios: Radios
) -> tuple[Floats, Floats]:
    """Speed at the edge of a claim, 0 where it does not cover, and in the median, outdoors at the stated load."""
    conditions, entry = radios.conditions, entry_losses(radios, frequency_mhz)["outdoor"]
    powers, width = received.powers(sent, received.edge_interference_mw), sent.bandwidth_mhz[0][received.server]
    edge, typical = (
        speed_mbps(sinr_db(powers, entry, conditions.site_correlation, share)[0], budget, width)
        for share in (conditions.edge_probability, MEDIAN)
    )
    return edge, typical


def channel_figures(
    received: Received, sent: Sent, budget: Technology, frequency_mhz: float, radios: Radios, thresholds: list[float]
) -> ChannelFigures:
    """All that one channel gives at the places it reaches; the first threshold is the headline.

    Coverage and edge speed are exceeded with the edge probability at the stated load; the busy hour's speed is the
    median at the load that people make, shared with them.
    """
    conditions, entries = radios.conditions, entry_losses(radios, frequency_mhz)
    rho, edge_share = conditions.site_correlation, conditions.edge_probability
    edge_powers = received.powers(sent, received.edge_interference_mw)
    busy_powers = received.powers(sent, received.busy_interference_mw)
    covered: dict[str, Bounded] = {}
    edges: dict[str, Doubted] = {}
    for where in WHERE:
        edges[where] = _doubted(sinr_db(edge_powers, entries[where], rho, edge_share), received, sent, radios)
        covered[where] = bounded(edges[where].sinr_db - budget.min_sinr_db, edges[where].variance_db2)
    busy, indoors = (
        _doubted(sinr_db(busy_powers, entries[where], rho, MEDIAN), received, sent, radios)
        for where in ("outdoor", "indoor")
    )
    server, width = received.server, sent.bandwidth_mhz[0][received.server]
    median = sinr_db(edge_powers, entries["outdoor"], rho, MEDIAN)[0]
    busy_mbps = speed_mbps(busy.sinr_db, budget, width) * share_left(sent.busy_share[0][server])
    figures = ChannelFigures(
        speed_mbps(edges["outdoor"].sinr_db, budget, width), np.where(covered["outdoor"][""], busy_mbps, 0.0),
        coverage_probability(edges["outdoor"].sinr_db, median, budget.min_sinr_db, edge_share), covered,
    )  # fmt: skip
    for threshold in thresholds:
        shared = _needed(threshold, received, sent, budget, sent.busy_share)
        alone = _needed(threshold, received, sent, budget, (_IDLE, _IDLE, _IDLE))
        figures.served["served", threshold] = _served(busy, shared, covered["outdoor"])
        figures.served["served_indoor", threshold] = _served(indoors, shared, covered["indoor"])
        figures.served["edge_served", threshold] = _served(edges["outdoor"], alone, covered["outdoor"])
    needed = _needed(thresholds[0], received, sent, budget, sent.busy_share)
    variance = {**busy.variance_db2, "users": needed.variance_db2}
    return replace(
        figures, headline_margin_db=busy.sinr_db - needed.perhaps_db, headline_variance_db2=variance
    )  # fmt: skip


def _doubted(sinr_and_noise: tuple[Floats, Floats], received: Received, sent: Sent, radios: Radios) -> Doubted:
    sinr, noise_part = sinr_and_noise
    variance = variances_db2(
        sent.doubts, sent.columns, received.server, received.environment, received.distance_m, noise_part, radios
    )
    return Doubted(sinr, variance)


def _served(got: Doubted, needed: Needed, covered: Bounded) -> Bounded:
    """Who has a speed, and who may have it; nobody without coverage."""
    doubts = {**got.variance_db2, "users": needed.variance_db2}
    surely, perhaps = bounded(got.sinr_db - needed.sinr_db, doubts), bounded(got.sinr_db - needed.perhaps_db, doubts)
    return {bound: (perhaps if "high" in bound else surely)[bound] & covered[bound] for bound in PLACE_BOUNDS}


def bounded(margin_db: Floats, variance_db2: dict[str, Floats]) -> Bounded:
    """Whether a margin is kept, by PLACE_BOUNDS: as estimated, and with doubts against it and for it."""
    shared = Z_LOW_HIGH * np.sqrt(sum(variance_db2[name] for name in SHARED if name in variance_db2))
    whole = Z_LOW_HIGH * np.sqrt(sum(variance_db2.values()))
    against: dict[str, Floats | float] = {
        "": 0.0,
        "_low": shared,
        "_high": -shared,
        "_lowest": whole,
        "_highest": -whole,
    }
    return {bound: margin_db >= against[bound] for bound in PLACE_BOUNDS}


def _needed(
    threshold: float, received: Received, sent: Sent, budget: Technology, busy_share: tuple[Floats, Floats, Floats]
) -> Needed:
    """What a speed takes of cells that are busy for so much of the time (value, low, high)."""
    server, efficiency = received.server, budget.attenuation
    left = [share_left(busy if busy is _IDLE else busy[server]) for busy in busy_share]
    width = sent.bandwidth_mhz[0][server], sent.bandwidth_mhz[1][server], sent.bandwidth_mhz[2][server]
    needed, few, many = (needed_sinr_db(threshold / share, budget, width[0], efficiency.value) for share in left)
    best = needed_sinr_db(threshold / left[1], budget, width[2], efficiency.high)
    span = (np.minimum(many, UNREACHED_DB) - np.minimum(few, UNREACHED_DB)) / (2 * Z_LOW_HIGH)
    variance = capacity_sigma_db(threshold / left[0], budget, width) ** 2 + span**2
    return Needed(needed, np.where(np.isfinite(best), np.minimum(needed, UNREACHED_DB), np.inf), variance)
