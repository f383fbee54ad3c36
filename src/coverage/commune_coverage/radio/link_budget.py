"""From received and interfering power to signal over noise, coverage and speed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.population.urbanisation import NAMES
from commune_coverage.radio.fast_log import log2
from commune_coverage.radio.link_budget_config import Z_LOW_HIGH, Radios, Technology
from commune_coverage.radio.losses.building_entry import building_entry_loss_db

Floats = npt.NDArray[np.float64]
Against = tuple[float, float]
SINR = tuple[float, float]

MEDIAN = 0.5
UNREACHED_DB = 30.0
"""Stands for the SINR that a speed beyond the technology's best would need, where low and high are compared."""


@dataclass(frozen=True)
class PenetrationLoss:
    """Loss of getting to the receiver beyond the path, by environment: its median and its scatter, dB."""

    median_db: Floats
    sigma_db: Floats


def penetration_losses(radios: Radios, frequency_mhz: float) -> dict[str, PenetrationLoss]:
    """What stands between the open air and a receiver, by environment in the order of NAMES.

    Outdoors the user's body, in a vehicle also the car (TR 38.901 7.4.3.2), indoors a building (ITU-R P.2109).
    """
    body = radios.conditions.body_loss_db
    context = [radios.environments[name] for name in NAMES]
    cars = [place.car for place in context]
    typical, hard = (
        np.array([float(building_entry_loss_db(frequency_mhz, share, kind=place.building)) for place in context])
        for share in (MEDIAN, radios.conditions.edge_probability)
    )
    walls = (hard - typical) / ndtri(radios.conditions.edge_probability)
    return {
        "outdoor": PenetrationLoss(np.full(len(NAMES), body), np.zeros(len(NAMES))),
        "in_vehicle": PenetrationLoss(
            np.array([body + car.value for car in cars]), np.array([car.sigma for car in cars])
        ),
        "indoor": PenetrationLoss(body + typical, walls),
    }


@inlined
def sinr(server_mw: float, noise_mw: float, interference_mw: float, penetration: float, against: Against) -> SINR:
    """SINR, as a ratio, that is exceeded with a probability, and the part of noise in noise and interference.

    ``penetration`` is the loss of getting in, as a ratio, which weakens signal and interference alike; ``against`` are
    the margins of shadowing as ratios (see ``shadowing``), which differ for noise and interference.
    """
    noise = noise_mw * penetration * against[0]
    whole = 1.0 / (noise + interference_mw * against[1])
    return server_mw * whole, noise * whole


@inlined
def coverage_z(edge_db: float, median_db: float, needed_db: float, probability_z: float) -> float:
    """Quantile of the chance that the SINR is at least ``needed_db``: normal through the median and the edge.

    ``probability_z`` is the standard normal's quantile of the edge probability.
    """
    sigma = max((median_db - edge_db) / probability_z, 0.1)
    return (edge_db - needed_db) / sigma + probability_z


@compiled
def probability_of(z: float) -> float:
    """Standard normal distribution."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


@inlined
def speed_mbps(sinr: float, min_sinr: float, shannon_alpha: float, most: float, bandwidth_mhz: float) -> float:
    """Downlink speed by the attenuated and truncated Shannon bound, 3GPP TR 36.942 annex A.

    The SINRs are ratios. Zero below the technology's least; capped at its greatest efficiency, ``most`` bit/s/Hz.
    """
    if sinr < min_sinr:
        return 0.0
    return bandwidth_mhz * min(shannon_alpha * log2(1 + sinr), most)


def needed_sinr_db(speed: Floats, budget: Technology, bandwidth_mhz: Floats, shannon_alpha: float) -> Floats:
    """SINR at which a cell to oneself gives a speed in Mbps, at least the technology's own; +inf where none does."""
    efficiency = speed / bandwidth_mhz
    with np.errstate(over="ignore", divide="ignore"):
        needed = 10 * np.log10(np.expm1(np.minimum(efficiency / shannon_alpha, 1000.0) * np.log(2.0)))
    needed = np.maximum(needed, budget.min_sinr_db)
    return np.where(efficiency <= budget.max_bits_per_s_per_hz, needed, np.inf)


def capacity_sigma_db(speed: Floats, budget: Technology, bandwidth: tuple[Floats, Floats, Floats]) -> Floats:
    """What unknown efficiency and bandwidth (value, low, high) mean for the SINR that a speed needs, dB."""
    value, low, high = bandwidth
    spread = budget.shannon_alpha
    span = _span(speed, budget, value, value, spread.low, spread.high)
    width = _span(speed, budget, low, high, spread.value, spread.value)
    return np.hypot(span, width)


def _span(speed: Floats, budget: Technology, narrow: Floats, wide: Floats, worse: float, better: float) -> Floats:
    hard, easy = needed_sinr_db(speed, budget, narrow, worse), needed_sinr_db(speed, budget, wide, better)
    return np.asarray((np.minimum(hard, UNREACHED_DB) - np.minimum(easy, UNREACHED_DB)) / (2 * Z_LOW_HIGH))
