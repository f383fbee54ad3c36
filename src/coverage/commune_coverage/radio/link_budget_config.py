"""Radios as data: what is assumed of a cell where no register states it, how far it may be off, and by whom."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from scipy.special import ndtri

from commune_coverage.population.urbanisation import NAMES, EnvironmentName
from commune_coverage.radio.propagation.registry import MODELS

THERMAL_NOISE_DBM_PER_HZ = -174.0
LOW_HIGH_SHARE = 0.8
"""How much of what is possible lies between a low and a high."""

Z_LOW_HIGH = float(ndtri((1 + LOW_HIGH_SHARE) / 2))
Share = Annotated[float, Field(gt=0, lt=1)]


class Frozen(BaseModel):
    """Frozen, unknown keys forbidden."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourcedModel(Frozen):
    """A block that names its source."""

    source: str = Field(min_length=3)


class UncertainValue(Frozen):
    """A value and the 10th and 90th percentile of what it may be; a plain number has no spread."""

    value: float
    low: float
    high: float

    @model_validator(mode="before")
    @classmethod
    def _plain_number(cls, content: Any) -> Any:
        if isinstance(content, int | float) and not isinstance(content, bool):
            return {"value": content, "low": content, "high": content}
        return content

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError("must have low <= value <= high")
        return self

    @property
    def sigma(self) -> float:
        """Standard deviation of the normal law that has these percentiles."""
        return (self.high - self.low) / (2 * Z_LOW_HIGH)


LIMITS = {
    "frequency_mhz": (100, 100_000),
    "bandwidth_mhz": (0.1, 1000),
    "eirp_dbm": (-10, 90),
    "antenna_height_m": (1, 500),
    "shannon_alpha": (0.01, 1),
    "car": (0, 40),
    "adoption_share": (0, 1),
    "demand_mbps": (0, 100),
}


class Limited(SourcedModel):
    """A block whose spreads keep to LIMITS."""

    @field_validator(*LIMITS, check_fields=False)
    @classmethod
    def _within(cls, spread: UncertainValue | None, field: ValidationInfo) -> UncertainValue | None:
        low, high = LIMITS[str(field.field_name)]
        if spread is not None and not low <= spread.low <= spread.high <= high:
            raise ValueError(f"must lie within {low:g} and {high:g}")
        return spread


class Conditions(SourcedModel):
    """What holds for every claim of coverage."""

    receiver_height_m: float = Field(ge=1, le=10)
    edge_probability: Share
    load: Share
    site_correlation: float = Field(ge=0, le=1)
    body_loss_db: float = Field(ge=0, le=20)
    rooftop_height_m: float = Field(ge=0, le=100)
    refractivity_lapse_n_per_km: float = Field(ge=0, le=150)
    median_sigma_db: float = Field(ge=0, le=20)


class Environment(Limited):
    """What stands about a receiver: models in the order in which they are asked, and losses of getting in."""

    models: list[str] = Field(min_length=1)
    terrain_clutter: Literal["p2108"] | float = 0.0
    building: Literal["traditional", "thermally_efficient"]
    car: UncertainValue

    @model_validator(mode="after")
    def _known_models(self) -> Self:
        unknown = [name for name in self.models if name not in MODELS]
        if unknown:
            raise ValueError(f"no model is called {', '.join(unknown)}; there are {', '.join(sorted(MODELS))}")
        return self


class Technology(Limited):
    """Link budget of one technology; the receiver's antenna has 0 dBi.

    ``co_channel_share``: part of the technology's other cells that use the same carrier.
    """

    frequency_mhz: UncertainValue
    bandwidth_mhz: UncertainValue
    eirp_dbm: UncertainValue
    antenna_height_m: UncertainValue
    noise_figure_db: float = Field(ge=0, le=20)
    min_sinr_db: float = Field(ge=-20, le=30)
    shannon_alpha: UncertainValue
    max_bits_per_s_per_hz: float = Field(gt=0, le=30)
    co_channel_share: float = Field(1.0, ge=0, le=1)


class Override(Limited):
    """What holds instead for cells of one operator, environment or technology, or several of these at once.

    Where a cell stands decides its environment; how well a receiver makes use of it does not depend on that.
    """

    operator: str | None = None
    environment: EnvironmentName | None = None
    technology: str | None = None
    frequency_mhz: UncertainValue | None = None
    bandwidth_mhz: UncertainValue | None = None
    eirp_dbm: UncertainValue | None = None
    antenna_height_m: UncertainValue | None = None
    shannon_alpha: UncertainValue | None = None

    @model_validator(mode="after")
    def _efficiency_everywhere(self) -> Self:
        if self.shannon_alpha is not None and self.environment is not None:
            raise ValueError("shannon_alpha cannot differ by environment")
        return self

    def meets(self, operator: str, environment: str, technology: str) -> bool:
        """Whether the cell is one that it speaks of."""
        wanted = {self.operator: operator, self.environment: environment, self.technology: technology}
        return all(asked is None or asked == given for asked, given in wanted.items())


class BusyHour(Limited):
    """How people share the cells in the busy hour.

    ``adoption_share`` of residents use an operator's data service and ask for ``demand_mbps`` each, in the mean of
    the hour. A cell that nobody uses still sends ``min_activity_factor`` of the time.
    """

    adoption_share: UncertainValue
    demand_mbps: UncertainValue
    min_activity_factor: float = Field(0.1, ge=0, lt=1)
    market_share: dict[str, Share] = Field(default_factory=dict)


class Positions(SourcedModel):
    """Standard error of a cell's position: stated by a register, or from the number of measurements of a crowd."""

    register_m: float = Field(ge=0, le=10_000)
    one_sample_m: float = Field(ge=0, le=50_000)
    min_m: float = Field(ge=0, le=10_000)


class Radios(Frozen):
    """All that is assumed of radios; later overrides win over earlier ones."""

    conditions: Conditions
    positions: Positions
    busy_hour: BusyHour
    environments: dict[EnvironmentName, Environment]
    technologies: dict[str, Technology]
    overrides: list[Override] = Field(default_factory=list)

    @model_validator(mode="after")
    def _every_environment(self) -> Self:
        missing = [name for name in NAMES if name not in self.environments]
        if missing:
            raise ValueError(f"[environments] lacks {', '.join(missing)}")
        return self

    def budget(self, operator: str, environment: str, technology: str) -> Technology:
        """The link budget of one operator's technology in one environment, '' for what holds in all of them."""
        budget = self.technologies[technology]
        for override in self.overrides:
            if override.meets(operator, environment, technology):
                keys = ("frequency_mhz", "bandwidth_mhz", "eirp_dbm", "antenna_height_m", "shannon_alpha", "source")
                budget = budget.model_copy(update={k: v for k in keys if (v := getattr(override, k)) is not None})
        return budget


def noise_dbm(bandwidth_mhz: float, noise_figure_db: float) -> float:
    """Thermal noise in the channel plus the receiver's noise figure, dBm."""
    return THERMAL_NOISE_DBM_PER_HZ + 10 * math.log10(bandwidth_mhz * 1e6) + noise_figure_db
