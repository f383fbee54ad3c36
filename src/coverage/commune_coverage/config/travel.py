"""Assumptions of the reach stage, with their defaults: speeds, seasons, hubs, what they carry, what a parcel costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from commune_coverage.config.thresholds import Strict

Kmh = Annotated[float, Field(gt=0, le=200)]
Factor = Annotated[float, Field(gt=0, le=1)]
Weight = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]
Method = Literal["auto", "roads", "friction", "straight"]
Tier = Literal["gateway", "sorting", "branch", "pickup"]

MODES = ("walk", "bus", "bicycle", "motorbike", "car")
SHARES_TOLERANCE = 0.01
"""By how much shares of everybody may miss 1: rounded to whole percent they do."""
TIERS: tuple[Tier, ...] = ("gateway", "sorting", "branch", "pickup")
_PER_DAY: Mapping[Tier, float] = {"gateway": 100_000.0, "sorting": 20_000.0, "branch": 300.0, "pickup": 60.0}


class WetSeason(Strict):
    """How the wet season slows roads, and what is under water.

    Factors are parts of the dry speed. Ground at or below ``flood_below_m`` above the sea is flooded, unless a flood
    layer says what is. Flooded roads of the ``embanked`` classes, and bridges, stay open at ``embanked_factor``; other
    flooded ground is crossed by boat, or not at all when ``boats`` is false.
    """

    paved_factor: Factor = 0.95
    unpaved_factor: Factor = 0.7
    track_factor: Factor = 0.4
    ground_factor: Factor = 0.7
    flood_below_m: float | None = Field(None, ge=-500, le=9000)
    embanked: list[str] = Field(default_factory=lambda: ["motorway", "trunk", "primary"])
    embanked_factor: Factor = 0.6
    boats: bool = True


class Water(Strict):
    """Ferries in roads files, and boats on flooded ground; a walk crosses water narrower than ``max_crossing_m``."""

    ferry_kmh: Kmh = 10.0
    ferry_wait_min: float = Field(20.0, ge=0, le=1440)
    boat_kmh: Kmh = 8.0
    boat_wait_min: float = Field(15.0, ge=0, le=1440)
    max_crossing_m: float = Field(500.0, ge=0, le=10_000)


class Modes(Strict):
    """What people travel with, as shares of them by the fastest that is theirs; whoever has no vehicle walks.

    Without any share nothing is known of it: people then drive to a pick-up and walk to cash. Who goes by bus walks to
    its stops, and everywhere without a timetable. A car goes as the road is driven, bicycle and motorbike at most at
    their ``max_kmh`` (OSRM's bicycle profile, Valhalla's ``motor_scooter``).
    """

    walk_share: Share | None = None
    bus_share: Share | None = None
    bicycle_share: Share | None = None
    motorbike_share: Share | None = None
    car_share: Share | None = None
    bicycle_max_kmh: Kmh = 15.0
    motorbike_max_kmh: Kmh = 45.0

    @property
    def stated_shares(self) -> dict[str, float]:
        """The share of each mode that the country file states, by the mode."""
        named = {name.removesuffix("_share"): getattr(self, name) for name in type(self).model_fields}
        return {mode: named[mode] for mode in MODES if named[mode] is not None}

    @model_validator(mode="after")
    def _all_people(self) -> Modes:
        total = sum(self.stated_shares.values())
        if total > 1 + SHARES_TOLERANCE or (self.walk_share is not None and total < 1 - SHARES_TOLERANCE):
            raise ValueError(f"the shares of modes add up to {total:g}; leave walk_share out for the rest of 1")
        return self


class Travel(Strict):
    """Assumptions of the reach stage.

    ``walk_kmh`` holds on a road, ``ground_factor`` of it over level ground (Tobler 1993: three fifths off the path).
    Low and high: speeds a ``speed_uncertainty`` share faster or slower; for low, ground without a mapped road is
    crossed at ``unmapped_road_kmh``, as if there were one.

    A hub or payment point that is stated to be inactive, or was last seen more than ``inactive_after_days`` before the
    day on which any of its layer was, serves nobody. With ``open_at``, such as ``"Sa 10:00"``, and
    ``open_hours_per_week_at_least`` people are served by what is open then, and so long, only; what states no hours
    counts as open.
    """

    method: Method = "auto"
    straight_line_kmh: Kmh = 20.0
    detour_factor: float = Field(1.4, ge=1)
    walk_kmh: Kmh = 5.0
    ground_factor: Factor = 0.6
    road_kmh: dict[str, Kmh] = Field(default_factory=dict)
    unpaved_factor: Factor = 0.7
    speed_uncertainty: float = Field(0.25, ge=0, lt=1)
    unmapped_road_kmh: Kmh = 15.0
    direct_walk_km: float = Field(2.0, gt=0, le=50)
    all_season_road_km: float = Field(2.0, gt=0, le=50)
    grid_m: float = Field(100.0, ge=20, le=10_000)
    inactive_after_days: int | None = Field(None, ge=1, le=36_500)
    open_at: str | None = Field(None, pattern=r"^(Mo|Tu|We|Th|Fr|Sa|Su) ([01]\d|2[0-3]):[0-5]\d$")
    open_hours_per_week_at_least: float | None = Field(None, gt=0, le=168)
    wet: WetSeason = WetSeason()
    water: Water = Water()
    modes: Modes = Modes()

    def max_kmh(self, mode: str) -> float:
        """Greatest speed of a mode on any road, km/h; inf for cars, which go as the road is driven."""
        modes = self.modes
        vehicles = {"bicycle": modes.bicycle_max_kmh, "motorbike": modes.motorbike_max_kmh, "drive": math.inf}
        return vehicles.get(mode, self.walk_kmh)


class Parcels(Strict):
    """What people receive and hubs carry, for what stands without a stated capacity.

    ``decay`` are the weights of the enhanced two-step floating catchment area, by the outer edge of each zone in
    minutes; the last edge is the catchment (weights of Luo and Qi 2009, their zones doubled for motor vehicles).
    """

    per_person_year: float = Field(5.0, gt=0, le=1000)
    working_days: int = Field(300, ge=1, le=366)
    per_day: dict[Tier, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    handling_min: float = Field(30.0, ge=0, le=10_000)
    decay: dict[float, Annotated[float, Field(gt=0, le=1)]] = Field(
        default_factory=lambda: {20.0: 1.0, 40.0: 0.68, 60.0: 0.22}
    )

    @field_validator("decay")
    @classmethod
    def _in_zones(cls, decay: dict[float, float]) -> dict[float, float]:
        if not decay or min(decay) <= 0:
            raise ValueError("decay needs at least one zone that ends after 0 minutes")
        return dict(sorted(decay.items()))

    @property
    def catchment_min(self) -> float:
        return max(self.decay)

    def capacity_per_day(self, tier: Tier) -> float:
        """Parcels a day that a hub of a tier is taken to carry."""
        return self.per_day.get(tier, _PER_DAY[tier])


class ParcelCost(Strict):
    """An estimate for comparing communes, in the country's currency; every figure an assumption."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    handling: float = Field(0.3, ge=0)
    vehicle_per_hour: float = Field(4.0, gt=0)
    parcels_per_tour: float = Field(40.0, ge=1)
    stop_min: float = Field(5.0, ge=0)
    local_kmh: Kmh = 15.0


class Composite(Strict):
    """Weights of the gaps in the composite; only their proportions count."""

    internet: Weight = 1.0
    delivery: Weight = 1.0
    payment: Weight = 1.0

    @model_validator(mode="after")
    def _something(self) -> Composite:
        if self.internet + self.delivery + self.payment <= 0:
            raise ValueError("at least one weight must be above 0")
        return self
