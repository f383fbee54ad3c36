"""Link budgets as data: what is assumed of a cell where no register states it, its range, and its source."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator
from scipy.special import ndtri

from commune_coverage.population.urbanisation import NAMES, EnvironmentName
from commune_coverage.radio.position_config import Frozen, SourcedModel, StatedPositionErrors
from commune_coverage.radio.propagation.registry import propagation_models

THERMAL_NOISE_DBM_PER_HZ = -174.0
LOW_HIGH_SHARE = 0.8
"""How much of what is possible lies between a low and a high."""

Z_LOW_HIGH = float(ndtri((1 + LOW_HIGH_SHARE) / 2))
Share = Annotated[float, Field(gt=0, lt=1)]


class UncertainValue(Frozen):
    """A value with its 80 % interval; a plain number has none.

    Attributes
    ----------
    value : float
        Best estimate.
    low, high : float
        10th and 90th percentile.
    """

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
        """Standard deviation of the normal law that has these percentiles.

        Returns
        -------
        float
            In the unit of the value.
        """
        return (self.high - self.low) / (2 * Z_LOW_HIGH)


class BandValue(UncertainValue):
    """A value with its 80 % interval, from a frequency on.

    Attributes
    ----------
    from_mhz : float, MHz
        Lowest frequency of the carriers that it holds for.
    """

    from_mhz: float = Field(0.0, ge=0)


class SpatialLayers(BandValue):
    """Most spatial layers (MIMO) that cell and device use together, from a frequency on."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not {self.value, self.low, self.high} <= _POSSIBLE_LAYERS:
            raise ValueError("must be 1, 2 or 4 layers")
        return self


OfBand = TypeVar("OfBand", bound=BandValue)
_POSSIBLE_LAYERS = {1.0, 2.0, 4.0}
ONE_LAYER = SpatialLayers(value=1, low=1, high=1)


def _as_list(content: Any) -> Any:
    return content if isinstance(content, list) else [content]


def _rising(bands: list[OfBand]) -> list[OfBand]:
    starts = [one.from_mhz for one in bands]
    if not starts or starts[0] != 0 or starts != sorted(set(starts)):
        raise ValueError("must begin at 0 MHz and rise")
    return bands


Layers = Annotated[list[SpatialLayers], BeforeValidator(_as_list), AfterValidator(_rising)]
ByBand = Annotated[list[BandValue], BeforeValidator(_as_list), AfterValidator(_rising)]
"""By rising frequency, the first from 0 on; a single number or range holds for all frequencies."""


def at_frequency(bands: Sequence[OfBand], frequency_mhz: float) -> OfBand:
    """Find the value of a frequency.

    Parameters
    ----------
    bands : sequence of BandValue
        By rising frequency, the first from 0 on.
    frequency_mhz : float, MHz
        Of a carrier.

    Returns
    -------
    BandValue
        The last that begins at or below it.
    """
    return [one for one in bands if one.from_mhz <= frequency_mhz][-1]


LIMITS = {
    "frequency_mhz": (100, 100_000),
    "bandwidth_mhz": (0.1, 1000),
    "channel_mhz": (0.1, 1000),
    "device_mhz": (0.1, 10_000),
    "eirp_dbm": (-10, 90),
    "antenna_height_m": (1, 500),
    "base_antenna_gain_dbi": (-10, 40),
    "base_noise_figure_db": (0, 20),
    "noise_rise_db": (0, 20),
    "shannon_alpha": (0.01, 1),
    "car": (0, 40),
    "adoption_share": (0, 1),
    "demand_mbps": (0, 100),
}


class Limited(SourcedModel):
    """A block whose uncertain values lie within LIMITS."""

    @field_validator(*LIMITS, check_fields=False)
    @classmethod
    def _within(cls, spread: UncertainValue | None, field: ValidationInfo) -> UncertainValue | None:
        low, high = LIMITS[str(field.field_name)]
        if spread is not None and not low <= spread.low <= spread.high <= high:
            raise ValueError(f"must lie within {low:g} and {high:g}")
        return spread


class Conditions(SourcedModel):
    """Conditions of every coverage figure.

    Attributes
    ----------
    receiver_height_m, rooftop_height_m : float, m
        Heights above ground.
    edge_probability : float
        Share of places at the cell edge that are covered.
    load : float
        Cell load of the coverage figures.
    site_correlation : float
        Correlation of the shadowing between sites.
    body_loss_db : float, dB
        Loss by the user's body.
    refractivity_lapse_n_per_km : float, N/km
        Fall of refractivity in the first km.
    median_sigma_db : float, dB
        Standard error of a model's median in a whole area.
    """

    receiver_height_m: float = Field(ge=1, le=10)
    edge_probability: Share
    load: Share
    site_correlation: float = Field(ge=0, le=1)
    body_loss_db: float = Field(ge=0, le=20)
    rooftop_height_m: float = Field(ge=0, le=100)
    refractivity_lapse_n_per_km: float = Field(ge=0, le=150)
    median_sigma_db: float = Field(ge=0, le=20)


class Environment(Limited):
    """Environment of a receiver.

    Attributes
    ----------
    models : list of str
        Chain of propagation models, in order of preference.
    terrain_clutter : "p2108" or float, dB
        Clutter loss at the receiver that goes with terrain diffraction.
    building : {"traditional", "thermally_efficient"}
        Class of buildings, ITU-R P.2109.
    car : UncertainValue, dB
        Penetration loss of a car.
    """

    models: list[str] = Field(min_length=1)
    terrain_clutter: Literal["p2108"] | float = 0.0
    building: Literal["traditional", "thermally_efficient"]
    car: UncertainValue

    @model_validator(mode="after")
    def _known_models(self) -> Self:
        models = propagation_models()
        unknown = [name for name in self.models if name not in models]
        if unknown:
            raise ValueError(f"no model is called {', '.join(unknown)}; there are {', '.join(sorted(models))}")
        return self


class Uplink(Limited):
    """Budget of the way from a handset to the base station, for the least data service; the handset has 0 dBi.

    Attributes
    ----------
    power_dbm : list of BandValue, dBm
        Greatest power of the handset by frequency.
    bandwidth_mhz : UncertainValue, MHz
        Bandwidth that the service takes at the edge.
    min_sinr_db : float, dB
        Least SINR at the base station.
    base_antenna_gain_dbi : UncertainValue, dBi
        Gain of the base station's antenna in its main beam less the feeder's loss.
    base_noise_figure_db : UncertainValue, dB
        Noise figure of the base station.
    noise_rise_db : UncertainValue, dB
        By what other handsets raise the noise.
    """

    power_dbm: ByBand
    bandwidth_mhz: UncertainValue
    min_sinr_db: float = Field(ge=-30, le=30)
    base_antenna_gain_dbi: UncertainValue
    base_noise_figure_db: UncertainValue
    noise_rise_db: UncertainValue

    def max_path_loss_db(self, frequency_mhz: float) -> float:
        """Greatest loss over which the base station hears the handset.

        Parameters
        ----------
        frequency_mhz : float, MHz
            Of the carrier.

        Returns
        -------
        float, dB
            Between the antennas, all of it: bodies, walls and shadowing too.

        Notes
        -----
        Power and antenna gain less noise, noise rise and least SINR: H. Holma and A. Toskala, LTE for UMTS, 2009,
        uplink link budgets.
        """
        noise = noise_dbm(self.bandwidth_mhz.value, self.base_noise_figure_db.value + self.noise_rise_db.value)
        power = at_frequency(self.power_dbm, frequency_mhz).value
        return power + self.base_antenna_gain_dbi.value - noise - self.min_sinr_db

    def sigma_db(self, frequency_mhz: float) -> float:
        """Compute the standard error of that loss.

        Parameters
        ----------
        frequency_mhz : float, MHz
            Of the carrier.

        Returns
        -------
        float, dB
            Of its parts, independent of each other.
        """
        parts = (self.base_antenna_gain_dbi, self.base_noise_figure_db, self.noise_rise_db)
        return math.hypot(at_frequency(self.power_dbm, frequency_mhz).sigma, *(part.sigma for part in parts))


class Technology(Limited):
    """Link budget of one technology; the receiver's antenna has 0 dBi.

    Attributes
    ----------
    frequency_mhz, bandwidth_mhz : UncertainValue, MHz
        Carrier frequency and bandwidth.
    eirp_dbm : UncertainValue, dBm
        Equivalent isotropically radiated power.
    antenna_height_m : UncertainValue, m
        Height of the antenna above ground.
    noise_figure_db : float, dB
        Noise figure of the receiver.
    min_sinr_db : float, dB
        Least SINR at which there is service.
    shannon_alpha : UncertainValue
        Attenuation factor alpha, 3GPP TR 36.942 annex A.
    max_bits_per_s_per_hz : float, bit/s/Hz
        Greatest spectral efficiency of a layer.
    layers : list of SpatialLayers
        Most spatial layers by frequency.
    co_channel_share : float
        Part of the other cells that use the same frequency.
    channel_mhz : UncertainValue, MHz, optional
        Width of one of several carriers; ``high`` is the widest channel of the standard. One of any width where None.
    device_mhz : UncertainValue, MHz, optional
        Width of all carriers that a device takes up together; a single carrier of any width where None.
    uplink : Uplink, optional
        The way back; without it whoever hears a cell is covered.
    """

    frequency_mhz: UncertainValue
    bandwidth_mhz: UncertainValue
    eirp_dbm: UncertainValue
    antenna_height_m: UncertainValue
    noise_figure_db: float = Field(ge=0, le=20)
    min_sinr_db: float = Field(ge=-20, le=30)
    shannon_alpha: UncertainValue
    max_bits_per_s_per_hz: float = Field(gt=0, le=30)
    layers: Layers = Field([ONE_LAYER])
    co_channel_share: float = Field(1.0, ge=0, le=1)
    channel_mhz: UncertainValue | None = None
    device_mhz: UncertainValue | None = None
    uplink: Uplink | None = None

    def layers_at(self, frequency_mhz: float) -> SpatialLayers:
        """Most spatial layers at a frequency.

        Parameters
        ----------
        frequency_mhz : float, MHz
            Of a carrier.

        Returns
        -------
        SpatialLayers
            The last that begins at or below it.
        """
        return at_frequency(self.layers, frequency_mhz)


OVERRIDDEN = ("frequency_mhz", "bandwidth_mhz", "eirp_dbm", "antenna_height_m", "shannon_alpha")


class Override(Limited):
    """Values for cells of one operator, environment or technology, or several of these at once.

    Attributes
    ----------
    operator, environment, technology : str, optional
        Cells that it holds for; all where None. The environment is that of the cell.
    frequency_mhz, bandwidth_mhz, eirp_dbm, antenna_height_m, shannon_alpha : UncertainValue, optional
        In the units of ``Technology``; as in the technology where None. ``shannon_alpha``, ``layers`` and ``uplink``
        cannot differ by environment.
    layers : list of SpatialLayers, optional
        As in ``Technology``.
    uplink : Uplink, optional
        As in ``Technology``.
    """

    operator: str | None = None
    environment: EnvironmentName | None = None
    technology: str | None = None
    frequency_mhz: UncertainValue | None = None
    bandwidth_mhz: UncertainValue | None = None
    eirp_dbm: UncertainValue | None = None
    antenna_height_m: UncertainValue | None = None
    shannon_alpha: UncertainValue | None = None
    layers: Layers | None = None
    uplink: Uplink | None = None

    @model_validator(mode="after")
    def _efficiency_everywhere(self) -> Self:
        for name in ("shannon_alpha", "layers", "uplink"):
            if getattr(self, name) is not None and self.environment is not None:
                raise ValueError(f"{name} cannot differ by environment")
        return self

    def meets(self, operator: str, environment: str, technology: str) -> bool:
        """Whether it holds for a cell.

        Parameters
        ----------
        operator, environment, technology : str
            Of the cell.

        Returns
        -------
        bool
            True where all that it names agree.
        """
        wanted = {self.operator: operator, self.environment: environment, self.technology: technology}
        return all(own is None or own == given for own, given in wanted.items())


class BusyHour(Limited):
    """Demand in the busy hour.

    Attributes
    ----------
    adoption_share : UncertainValue
        Share of residents who use a data service.
    demand_mbps : UncertainValue, Mbps
        Mean demand of a user in the hour.
    min_activity_factor : float
        Share of the time that an idle cell sends.
    market_share : dict of str to float
        Market share by operator; the others share the rest equally.
    """

    adoption_share: UncertainValue
    demand_mbps: UncertainValue
    min_activity_factor: float = Field(0.1, ge=0, lt=1)
    market_share: dict[str, Share] = Field(default_factory=dict)


class Radios(Frozen):
    """All link budgets; later overrides win over earlier ones.

    Attributes
    ----------
    conditions : Conditions
        Conditions of every coverage figure.
    positions : StatedPositionErrors
        Standard error of positions.
    busy_hour : BusyHour
        Demand in the busy hour.
    environments : dict of str to Environment
        By name, one for each of ``NAMES``.
    technologies : dict of str to Technology
        By name.
    overrides : list of Override
        Values for some cells.
    """

    conditions: Conditions
    positions: StatedPositionErrors
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

    def without_uplink(self) -> Radios:
        """The same where coverage is that of the downlink alone.

        Returns
        -------
        Radios
            No technology has an uplink.
        """
        alone = {name: budget.model_copy(update={"uplink": None}) for name, budget in self.technologies.items()}
        overrides = [override.model_copy(update={"uplink": None}) for override in self.overrides]
        return self.model_copy(update={"technologies": alone, "overrides": overrides})

    def budget(self, operator: str, environment: str, technology: str) -> Technology:
        """Return the link budget of one operator's technology in one environment.

        Parameters
        ----------
        operator, technology : str
            Names.
        environment : str
            Environment of the cell, '' for what holds in all of them.

        Returns
        -------
        Technology
            With the overrides that hold.
        """
        budget = self.technologies[technology]
        for override in self.overrides:
            if override.meets(operator, environment, technology):
                keys = (*OVERRIDDEN, "layers", "uplink", "source")
                budget = budget.model_copy(update={k: v for k in keys if (v := getattr(override, k)) is not None})
        return budget


def noise_dbm(bandwidth_mhz: float, noise_figure_db: float) -> float:
    """Noise of a receiver.

    Parameters
    ----------
    bandwidth_mhz : float, MHz
        Bandwidth.
    noise_figure_db : float, dB
        Noise figure.

    Returns
    -------
    float, dBm
        Thermal noise at -174 dBm/Hz and noise figure.
    """
    return THERMAL_NOISE_DBM_PER_HZ + 10 * math.log10(bandwidth_mhz * 1e6) + noise_figure_db
