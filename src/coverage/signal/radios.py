"""Radios as data: the declared link budgets, and what follows from one by arithmetic alone."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from scipy.special import ndtri

THERMAL_NOISE_DBM_PER_HZ = -174.0

Share = Annotated[float, Field(gt=0, lt=1)]


class Declared(BaseModel):
    """Frozen, unknown keys forbidden, every block names its source."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    source: str = Field(min_length=3)


class Conditions(Declared):
    """What holds for every claim of coverage."""

    receiver_height_m: float = Field(ge=1, le=10)
    edge_probability: Share
    load: Share
    shadowing_sigma_db: float = Field(ge=0, le=20)
    body_loss_db: float = Field(ge=0, le=20)
    rooftop_height_m: float = Field(ge=0, le=100)

    @property
    def shadow_margin_db(self) -> float:
        """Margin that log-normal shadowing needs for ``edge_probability`` at the cell edge."""
        return float(self.shadowing_sigma_db * ndtri(self.edge_probability))

    @property
    def margin_db(self) -> float:
        """All that is taken off the received power before noise is compared with it."""
        return self.shadow_margin_db + self.interference_margin_db + self.body_loss_db

    @property
    def interference_margin_db(self) -> float:
        """Noise rise of neighbouring cells at ``load``: -10 log10(1 - load)."""
        return -10 * math.log10(1 - self.load)


class Technology(Declared):
    """Link budget of one technology; the receiver's antenna has 0 dBi."""

    frequency_mhz: float = Field(ge=100, le=100_000)
    bandwidth_mhz: float = Field(gt=0, le=1000)
    eirp_dbm: float = Field(ge=-10, le=90)
    antenna_height_m: float = Field(ge=1, le=500)
    noise_figure_db: float = Field(ge=0, le=20)
    min_sinr_db: float = Field(ge=-20, le=30)
    attenuation: float = Field(gt=0, le=1)
    max_bits_per_s_per_hz: float = Field(gt=0, le=30)


class Radios(BaseModel):
    """Conditions and one budget a technology."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    conditions: Conditions
    technologies: dict[str, Technology]


def noise_dbm(bandwidth_mhz: float, noise_figure_db: float) -> float:
    """Thermal noise in the channel plus the receiver's noise figure, dBm."""
    return THERMAL_NOISE_DBM_PER_HZ + 10 * math.log10(bandwidth_mhz * 1e6) + noise_figure_db
