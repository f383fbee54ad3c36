"""What is assumed of what the files do not hold, and shadowing that varies in space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from commune_coverage.ensemble.compact import FIELD_CELL_M
from commune_coverage.ensemble.reception import Shadowing
from commune_coverage.population.urbanisation import EnvironmentName
from commune_coverage.radio.link_budget_config import Z_LOW_HIGH, UncertainValue

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

_GRID = 256
_GRID_SEED = 19_841


ALTERNATIVES: tuple[dict[EnvironmentName, tuple[str, ...]], ...] = (
    {
        "rural": ("tr38901_rma", "extended_hata_open"),
        "suburban": ("tr38901_rma", "extended_hata_suburban"),
        "urban": ("tr38901_uma", "extended_hata_urban"),
    },
    {
        "rural": ("tr36942_rural", "hata_open", "extended_hata_suburban"),
        "suburban": ("hata_suburban", "cost231_suburban", "extended_hata_suburban"),
        "urban": ("tr36942_urban", "hata_urban", "cost231_urban", "extended_hata_urban"),
    },
)
"""Families of propagation models beside the one of the link budgets, each a chain by environment."""


@dataclass(frozen=True)
class Priors:
    """Assumptions beside the ranges of the link budgets.

    Attributes
    ----------
    alternative_probability : float
        Probability that each family of ``ALTERNATIVES`` is nearer to the truth than the models of the link budgets.
    environment_correlation : float
        Correlation of the error of a model's median between environments.
    operator_share : float
        Part of the variance of power, height, band and width that an operator's technologies share; the rest is each
        technology's, and of heights half is each mast's.
    local_sigma_db : float, dB
        Standard deviation of the mean level about a place that no model knows.
    local_correlation_m : float, m
        Distance over which it is correlated by exp(-1).
    max_people_exponent, max_distance_exponent : float
        Missing masts stand where people within 3 km, to a power of 0 to the first, times the distance to the nearest
        listed site of their operator, to a power of 0 to the second, are.
    people_cv : float
        Coefficient of variation of the people of a place of the sample.
    dead_per_year : float
        Expected share of the stations that stop within a year of being seen last; it may be three times more or less.
    """

    alternative_probability: float = 0.2
    environment_correlation: float = 0.7
    operator_share: float = 0.5
    local_sigma_db: float = 4.0
    local_correlation_m: float = 2_000.0
    max_people_exponent: float = 1.0
    max_distance_exponent: float = 2.0
    people_cv: float = 0.0
    dead_per_year: float = 0.04


def split_normal(spread: UncertainValue, z: float) -> float:
    """Value of a range at a standard normal number.

    Parameters
    ----------
    spread : UncertainValue
        Value with its 10th and 90th percentile.
    z : float
        Standard normal number.

    Returns
    -------
    float
        Two half normal laws that meet at the value; low and high at -1.28 and 1.28.
    """
    return spread.value + z / Z_LOW_HIGH * ((spread.high - spread.value) if z > 0 else (spread.value - spread.low))


def shadowing_grids(priors: Priors, site_correlation: float) -> Shadowing:
    """Make grids of shadowing, the same in every run; draws read them from corners of their own.

    Parameters
    ----------
    priors : Priors
        Standard deviation and distance of correlation.
    site_correlation : float
        Correlation between two masts.

    Returns
    -------
    Shadowing
        128 km on a side; log-normal with that standard deviation together.
    """
    rng = np.random.default_rng(_GRID_SEED)
    common, own = (_smooth(rng, priors.local_correlation_m / FIELD_CELL_M) for _ in range(2))
    sigma = priors.local_sigma_db * np.sqrt([site_correlation, 1 - site_correlation])
    return Shadowing(_ratio(sigma[0] * common), _ratio(sigma[1] * own))


def _smooth(rng: np.random.Generator, cells: float) -> Floats:
    """Normal numbers of mean 0 and variance 1 whose correlation falls to exp(-1) over so many cells."""
    field = gaussian_filter(rng.standard_normal((_GRID, _GRID)), cells / 2, mode="wrap")
    return np.asarray((field - field.mean()) / field.std())


def _ratio(level_db: Floats) -> Singles:
    return (10 ** (level_db / 10)).astype(np.float32)
