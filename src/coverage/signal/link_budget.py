"""From received and interfering power to signal over noise, coverage and speed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from coverage.signal.building_entry import building_entry_loss_db
from coverage.signal.fading import MOST_DB, margins
from coverage.signal.radios import Z_LOW_HIGH, Radios, Technology
from coverage.urbanisation import NAMES

Floats = npt.NDArray[np.float64]

WHERE = ("outdoor", "in_vehicle", "indoor")
MEDIAN = 0.5
UNREACHED_DB = 30.0
"""Stands for the SINR that a speed beyond the technology's best would need, where low and high are compared."""


@dataclass(frozen=True)
class Entry:
    """Loss of getting to the receiver beyond the path, by environment: its median and its scatter, dB."""

    median_db: Floats
    sigma_db: Floats


def entry_losses(radios: Radios, frequency_mhz: float) -> dict[str, Entry]:
    """What stands between the open air and a receiver, by environment in the order of NAMES.

    Outdoors the user's body, in a vehicle also the car (TR 38.901 7.4.3.2), indoors a building (ITU-R P.2109).
    """
    body = radios.conditions.body_loss_db
    surroundings = [radios.environments[name] for name in NAMES]
    cars = [place.car for place in surroundings]
    typical, hard = (
        np.array([float(building_entry_loss_db(frequency_mhz, share, kind=place.building)) for place in surroundings])
        for share in (MEDIAN, radios.conditions.edge_probability)
    )
    walls = (hard - typical) / ndtri(radios.conditions.edge_probability)
    return {
        "outdoor": Entry(np.full(len(NAMES), body), np.zeros(len(NAMES))),
        "in_vehicle": Entry(np.array([body + car.value for car in cars]), np.array([car.sigma for car in cars])),
        "indoor": Entry(body + typical, walls),
    }


@dataclass(frozen=True)
class Powers:
    """Of one channel at n places: server, strongest other and interference in mW, noise in dBm, shadowing in dB."""

    server_mw: Floats
    strongest_other_mw: Floats
    interference_mw: Floats
    noise_dbm: Floats
    sigma_db: Floats
    environment: npt.NDArray[np.int64]


def sinr_db(powers: Powers, entry: Entry, rho: float, probability: float) -> tuple[Floats, Floats]:
    """SINR that is exceeded with ``probability``, and the part of noise in noise and interference.

    Entering weakens signal and interference alike. The margins of shadowing (see ``fading``) differ for the two.
    """
    with np.errstate(divide="ignore"):
        difference = 10 * np.log10(powers.server_mw / powers.strongest_other_mw)
    against_noise, against_others = _margins_db(powers, np.minimum(difference, MOST_DB), entry, rho, probability)
    median_db = entry.median_db[powers.environment]
    noise = 10 ** ((powers.noise_dbm + median_db + against_noise) / 10) / powers.server_mw
    others = powers.interference_mw * 10 ** (against_others / 10) / powers.server_mw
    return -10 * np.log10(noise + others), noise / (noise + others)


def _margins_db(
    powers: Powers, difference_db: Floats, entry: Entry, rho: float, probability: float
) -> tuple[Floats, Floats]:
    """Margins against noise and against interference, place by place."""
    noise, others = np.empty(len(difference_db)), np.empty(len(difference_db))
    for sigma in np.unique(powers.sigma_db):
        for environment in range(len(NAMES)):
            at = (powers.sigma_db == sigma) & (powers.environment == environment)
            table = margins(float(sigma), float(entry.sigma_db[environment]), rho, probability)
            noise[at], others[at] = table.at(difference_db[at])
    return noise, others


def coverage_probability(edge_db: Floats, median_db: Floats, needed_db: float, probability: float) -> Floats:
    """Chance that the SINR is at least ``needed_db``: normal through the median and the edge's quantile."""
    sigma = np.maximum((median_db - edge_db) / ndtri(probability), 0.1)
    return np.asarray(ndtr((edge_db - needed_db) / sigma + ndtri(probability)))


def speed_mbps(sinr: Floats, budget: Technology, bandwidth_mhz: Floats) -> Floats:
    """Downlink speed by the attenuated and truncated Shannon bound, 3GPP TR 36.942 annex A.

    Zero below the technology's least SINR; capped at its greatest spectral efficiency.
    """
    efficiency = budget.attenuation.value * np.log2(1 + 10 ** (np.asarray(sinr) / 10))
    speed = bandwidth_mhz * np.minimum(efficiency, budget.max_bits_per_s_per_hz)
    return np.where(sinr >= budget.min_sinr_db, speed, 0.0)


def needed_sinr_db(speed: Floats, budget: Technology, bandwidth_mhz: Floats, attenuation: float) -> Floats:
    """SINR at which a cell to oneself gives a speed in Mbps, at least the technology's own; +inf where none does."""
    efficiency = speed / bandwidth_mhz
    with np.errstate(over="ignore", divide="ignore"):
        needed = 10 * np.log10(np.expm1(np.minimum(efficiency / attenuation, 1000.0) * np.log(2.0)))
    needed = np.maximum(needed, budget.min_sinr_db)
    return np.where(efficiency <= budget.max_bits_per_s_per_hz, needed, np.inf)


def capacity_sigma_db(speed: Floats, budget: Technology, bandwidth: tuple[Floats, Floats, Floats]) -> Floats:
    """What unknown efficiency and bandwidth (value, low, high) mean for the SINR that a speed needs, dB."""
    value, low, high = bandwidth
    spread = budget.attenuation
    span = _span(speed, budget, value, value, spread.low, spread.high)
    width = _span(speed, budget, low, high, spread.value, spread.value)
    return np.hypot(span, width)


def _span(speed: Floats, budget: Technology, narrow: Floats, wide: Floats, worse: float, better: float) -> Floats:
    hard, easy = needed_sinr_db(speed, budget, narrow, worse), needed_sinr_db(speed, budget, wide, better)
    return np.asarray((np.minimum(hard, UNREACHED_DB) - np.minimum(easy, UNREACHED_DB)) / (2 * Z_LOW_HIGH))
