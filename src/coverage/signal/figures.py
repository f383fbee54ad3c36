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


@dataclass
class ChannelFigures:
    """Values at the places that a channel reaches.

    ``covered`` by where and ``served`` by threshold hold flags by PLACE_BOUNDS; the margin is the headline's.
    """

    edge_mbps: Floats
    busy_mbps: Floats
    probability: Floats
    covered: dict[str, Bounded] = field(default_factory=dict)
    served: dict[float, Bounded] = field(default_factory=dict)
    served_indoor: dict[float, Flags] = field(default_factory=dict)
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
    server, width = received.server, sent.bandwidth_mhz[0][received.server]
    edge_powers = received.powers(sent, received.edge_interference_mw)
    busy_powers = received.powers(sent, received.busy_interference_mw)
    covered: dict[str, Bounded] = {}
    edge_outdoor = np.zeros(0)
    for where in WHERE:
        edge, noise = sinr_db(edge_powers, entries[where], conditions.site_correlation, conditions.edge_probability)
        variance = _variance(received, sent, noise, radios)
        covered[where] = bounded(edge - budget.min_sinr_db, variance)
        edge_outdoor = edge if where == "outdoor" else edge_outdoor
    median = sinr_db(edge_powers, entries["outdoor"], conditions.site_correlation, MEDIAN)[0]
    busy, noise = sinr_db(busy_powers, entries["outdoor"], conditions.site_correlation, MEDIAN)
    indoors = sinr_db(busy_powers, entries["indoor"], conditions.site_correlation, MEDIAN)[0]
    left = share_left(sent.busy_share[0][server])
    figures = ChannelFigures(
        speed_mbps(edge_outdoor, budget, width),
        np.where(covered["outdoor"][""], speed_mbps(busy, budget, width) * left, 0.0),
        coverage_probability(edge_outdoor, median, budget.min_sinr_db, conditions.edge_probability),
        covered,
    )
    variance = _variance(received, sent, noise, radios)
    for threshold in thresholds:
        _add_served(figures, threshold, busy, indoors, variance, received, sent, budget)
    return _with_headline(figures, thresholds[0], busy, variance, received, sent, budget)


def _add_served(
    figures: ChannelFigures, threshold: float, busy_db: Floats, indoor_db: Floats, variance: dict[str, Floats],
    received: Received, sent: Sent, budget: Technology,
) -> None:  # fmt: skip
    """Who has a speed in the busy hour, and who may have it."""
    needed, perhaps_needed, of_users = _needed(threshold, received, sent, budget)
    doubts = {**variance, "users": of_users}
    surely, perhaps = bounded(busy_db - needed, doubts), bounded(busy_db - perhaps_needed, doubts)
    served = {bound: (perhaps if "high" in bound else surely)[bound] for bound in PLACE_BOUNDS}
    figures.served[threshold] = {b: served[b] & figures.covered["outdoor"][b] for b in PLACE_BOUNDS}
    figures.served_indoor[threshold] = (indoor_db >= needed) & figures.covered["indoor"][""]


def _with_headline(
    figures: ChannelFigures, threshold: float, busy_db: Floats, variance: dict[str, Floats], received: Received,
    sent: Sent, budget: Technology,
) -> ChannelFigures:  # fmt: skip
    _, perhaps_needed, of_users = _needed(threshold, received, sent, budget)
    return replace(
        figures,
        headline_margin_db=busy_db - perhaps_needed,
        headline_variance_db2={**variance, "users": of_users},
    )


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


def _variance(received: Received, sent: Sent, noise_part: Floats, radios: Radios) -> dict[str, Floats]:
    return variances_db2(
        sent.doubts, sent.columns, received.server, received.environment, received.distance_m, noise_part, radios
    )


def _needed(threshold: float, received: Received, sent: Sent, budget: Technology) -> tuple[Floats, Floats, Floats]:
    """SINR that a speed needs of a shared cell, and its variance from users, bandwidth and efficiency, dB squared.

    In between, what is needed where the speed is beyond the cell as assumed but not with the best of all three.
    """
    server, efficiency = received.server, budget.attenuation
    left = [share_left(busy[server]) for busy in sent.busy_share]
    width = sent.bandwidth_mhz[0][server], sent.bandwidth_mhz[1][server], sent.bandwidth_mhz[2][server]
    needed, few, many = (needed_sinr_db(threshold / share, budget, width[0], efficiency.value) for share in left)
    best = needed_sinr_db(threshold / left[1], budget, width[2], efficiency.high)
    span = (np.minimum(many, UNREACHED_DB) - np.minimum(few, UNREACHED_DB)) / (2 * Z_LOW_HIGH)
    variance = capacity_sigma_db(threshold / left[0], budget, width) ** 2 + span**2
    return needed, np.where(np.isfinite(best), np.minimum(needed, UNREACHED_DB), np.inf), variance
