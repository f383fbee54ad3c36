"""From received and interfering power to SINR, coverage and speed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.population.urbanisation import NAMES
from commune_coverage.radio.link_budget_config import ONE_LAYER, Z_LOW_HIGH, Radios, Technology, UncertainValue
from commune_coverage.radio.losses.building_entry import building_entry_loss_db
from commune_coverage.radio.spectral_efficiency import needed_sinrs, spectral_efficiency

Floats = npt.NDArray[np.float64]
Against = tuple[float, float, float]
SINR = tuple[float, float]

MEDIAN = 0.5
UNREACHED_DB = 30.0
"""Stands for the SINR that a speed beyond the technology's best would need, where low and high are compared."""


@dataclass(frozen=True)
class PenetrationLoss:
    """Loss between the open air and a receiver, by environment.

    Attributes
    ----------
    median_db : (environments,) float64, dB
        Median over the places.
    sigma_db : (environments,) float64, dB
        Standard deviation over the places.
    """

    median_db: Floats
    sigma_db: Floats


def penetration_losses(radios: Radios, frequency_mhz: float) -> dict[str, PenetrationLoss]:
    """Penetration loss outdoors, in a vehicle and indoors.

    Parameters
    ----------
    radios : Radios
        Link budgets.
    frequency_mhz : float, MHz
        Carrier frequency.

    Returns
    -------
    dict of str to PenetrationLoss
        ``outdoor``, ``in_vehicle`` and ``indoor``; environments in the order of ``NAMES``.

    Notes
    -----
    Outdoors the user's body (3GPP TR 43.030), in a vehicle also the car (3GPP TR 38.901 section 7.4.3.2), indoors the
    body and a building (ITU-R P.2109-1, 80 MHz to 100 GHz), whose scatter is that between median and edge.
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
    """SINR that is exceeded with the probability of the margins.

    Parameters
    ----------
    server_mw, noise_mw, interference_mw : float, mW
        Median powers outdoors, and the noise of the receiver.
    penetration : float
        Penetration loss as a ratio; it weakens signal and interference alike.
    against : tuple of float
        Margins of shadowing as ratios, against noise, against interference and what both take more, see ``shadowing``.

    Returns
    -------
    sinr : float
        As a ratio.
    noise_share : float
        By how many dB the SINR rises where signal and interference rise by 1 dB: about the part of noise in both.
    """
    noise, others = noise_mw * penetration * against[0], interference_mw * against[1]
    half = others / (noise + others)
    whole = 1.0 / (noise + others + 4 * against[2] * noise * half)
    return server_mw * whole, noise * (1 + 4 * against[2] * half * half) * whole


@inlined
def coverage_z(edge_db: float, median_db: float, needed_db: float, probability_z: float) -> float:
    """Quantile of the probability that the SINR reaches what is needed.

    Parameters
    ----------
    edge_db, median_db : float, dB
        SINR exceeded with the edge probability, and half of the time.
    needed_db : float, dB
        SINR needed.
    probability_z : float
        Standard normal quantile of the edge probability.

    Returns
    -------
    float
        Standard normal quantile, of the normal law through median and edge.
    """
    sigma = max((median_db - edge_db) / probability_z, 0.1)
    return (edge_db - needed_db) / sigma + probability_z


@compiled
def probability_of(z: float) -> float:
    """Probability of a standard normal quantile.

    Parameters
    ----------
    z : float
        Quantile.

    Returns
    -------
    float
        Between 0 and 1.
    """
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


@inlined
def speed_mbps(
    sinr: float, min_sinr: float, shannon_alpha: float, max_efficiency: float, bandwidth_mhz: float, layers: int
) -> float:
    """Downlink speed by the attenuated and truncated Shannon bound.

    Parameters
    ----------
    sinr : float
        SINR as a ratio.
    min_sinr : float
        Least SINR of the technology, as a ratio.
    shannon_alpha : float
        Attenuation factor alpha.
    max_efficiency : float, bit/s/Hz
        Greatest spectral efficiency of a layer.
    bandwidth_mhz : float, MHz
        Bandwidth.
    layers : int
        Most spatial layers.

    Returns
    -------
    float, Mbps
        0 below the least SINR.

    Notes
    -----
    The bandwidth times ``spectral_efficiency``.
    """
    if sinr < min_sinr:
        return 0.0
    return bandwidth_mhz * spectral_efficiency(sinr, shannon_alpha, max_efficiency, layers)


def needed_sinr_db(
    speed: Floats, budget: Technology, bandwidth_mhz: Floats, shannon_alpha: float, layers: float = 1
) -> Floats:
    """SINR at which a cell to oneself gives a speed.

    Parameters
    ----------
    speed : (n,) float64, Mbps
        Speeds.
    budget : Technology
        Link budget of the technology.
    bandwidth_mhz : (n,) float64, MHz
        Bandwidths.
    shannon_alpha : float
        Attenuation factor alpha.
    layers : float
        Most spatial layers, a whole number.

    Returns
    -------
    (n,) float64, dB
        At least that of the technology; +inf where no SINR gives the speed.

    Notes
    -----
    Inverse of ``speed_mbps``.
    """
    efficiency = speed / bandwidth_mhz
    alpha, most, ranks = (
        np.full(len(efficiency), one) for one in (shannon_alpha, budget.max_bits_per_s_per_hz, int(layers))
    )
    with np.errstate(divide="ignore"):
        return np.maximum(10 * np.log10(needed_sinrs(efficiency, alpha, most, ranks)), budget.min_sinr_db)


def capacity_sigma_db(
    speed: Floats,
    budget: Technology,
    bandwidth: tuple[Floats, Floats, Floats],
    by_width: tuple[Floats, Floats] | None = None,
    layers: UncertainValue = ONE_LAYER,
) -> Floats:
    """Compute the standard error of the SINR that a speed needs, by unknown efficiency, layers and bandwidth.

    Parameters
    ----------
    speed : (n,) float64, Mbps
        Speeds.
    budget : Technology
        Link budget of the technology.
    bandwidth : tuple of (n,) float64, MHz
        Value, low and high.
    by_width : tuple of (n,) float64, Mbps, optional
        Speeds at the low and at the high bandwidth, where they differ: of narrow cells less is left.
    layers : UncertainValue
        Most spatial layers.

    Returns
    -------
    (n,) float64, dB
        Standard deviation.
    """
    value, low, high = bandwidth
    narrow, wide = by_width or (speed, speed)
    spread = budget.shannon_alpha
    ranges = (
        (needed_sinr_db(speed, budget, value, alpha, layers.value) for alpha in (spread.low, spread.high)),
        (needed_sinr_db(speed, budget, value, spread.value, count) for count in (layers.low, layers.high)),
        (
            needed_sinr_db(mbps, budget, width, spread.value, layers.value)
            for mbps, width in ((narrow, low), (wide, high))
        ),
    )
    return np.sqrt(sum(between_db(*ends) ** 2 for ends in ranges))


def between_db(hard_db: Floats, easy_db: Floats) -> Floats:
    """Standard deviation of a SINR that is needed, of which these are the 90th and the 10th percentile.

    Parameters
    ----------
    hard_db, easy_db : (n,) float64, dB
        SINR that is needed; UNREACHED_DB stands for what is never reached.

    Returns
    -------
    (n,) float64, dB
        Standard deviation.
    """
    return np.asarray((np.minimum(hard_db, UNREACHED_DB) - np.minimum(easy_db, UNREACHED_DB)) / (2 * Z_LOW_HIGH))
