"""Thresholds and assumptions of a country file, with their defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Strict(BaseModel):
    """Frozen; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Thresholds(Strict):
    """What counts as a gap. The first speed is the headline.

    Cash is near within ``payment_urban_km`` in a straight line, ``payment_rural_km`` where it is rural, or
    ``payment_walk_min`` on foot.
    """

    high_speed_mbps: list[Annotated[float, Field(gt=0, le=10_000)]] = Field([10.0, 25.0], min_length=1)
    delivery_bands_min: list[Annotated[float, Field(gt=0)]] = Field([30.0, 60.0, 120.0], min_length=1)
    delivery_gap_min: float = Field(60.0, gt=0)
    parcel_promise_min: float = Field(480.0, gt=0)
    payment_urban_km: float = Field(2.0, gt=0, le=100)
    payment_rural_km: float = Field(5.0, gt=0, le=100)
    payment_walk_min: float = Field(30.0, gt=0)

    @field_validator("high_speed_mbps", "delivery_bands_min")
    @classmethod
    def _distinct(cls, values: list[float]) -> list[float]:
        if len(set(values)) != len(values):
            raise ValueError("the same threshold is named twice")
        return values


class Headline(Strict):
    """What the internet gap rests on: the radio model, what operators declare at the headline speed, or speed tests.

    ``combined`` takes speed tests where they bound a commune's figure, and the model elsewhere.

    ``environment`` is the receiver's, of which a declaration counts.
    """

    source: Literal["modelled", "declared", "measured", "combined"] = "modelled"
    environment: Literal["outdoor", "in_vehicle", "indoor"] = "outdoor"


class Urbanisation(Strict):
    """Degree of urbanisation: people per km2 of a 1 km cell, and people that touching cells hold together."""

    centre_people_per_km2: float = Field(1500.0, gt=0)
    centre_people: float = Field(50_000.0, ge=0)
    cluster_people_per_km2: float = Field(300.0, gt=0)
    cluster_people: float = Field(5000.0, ge=0)


class FixedBand(Strict):
    """Places within ``within_km`` of working fibre can be sold a fixed line of ``speed_mbps``."""

    within_km: float = Field(gt=0, le=200)
    speed_mbps: float = Field(gt=0, le=100_000)


class Radio(Strict):
    """Assumptions of the signal stage; ``radios`` replaces the shipped link budgets.

    With ``uplink`` a place is covered only where the base station hears the handset, too. ``fixed`` gives speeds by
    distance to fibre; without it fibre is reported and serves nobody. ``calibrate`` shifts the received power of each
    environment by the median error against at least ``calibration_tests`` drive tests, and of each carrier by what is
    then left. ``level_offsets_db`` states an offset of the level by operator and technology; published shares then set
    none.
    """

    radios: Path | None = None
    max_range_km: float = Field(35.0, gt=0, le=60)
    min_samples: int = Field(1, ge=0)
    terrain: bool = True
    uplink: bool = True
    fixed: list[FixedBand] = Field(default_factory=list)
    fibre_bands_km: list[Annotated[float, Field(gt=0, le=500)]] = Field([1.0, 5.0, 10.0, 25.0], min_length=1)
    calibrate: bool = False
    calibration_tests: int = Field(100, ge=10)
    level_offsets_db: dict[str, dict[Literal["2g", "3g", "4g", "5g"], Annotated[float, Field(ge=-80, le=80)]]] = Field(
        default_factory=dict
    )


class Evidence(Strict):
    """How many sightings make the cells of a commune 'observed', and how few leave it 'data-poor'.

    A figure is 'measured' where speed tests at ``tested_places`` places bound it. Where only totals of areas are known,
    people live on at least ``settled_share`` of an area.
    """

    observed_samples: int = Field(100, ge=1)
    tested_places: int = Field(20, ge=5)
    settled_share: float = Field(0.1, gt=0, le=1)
    data_poor_samples: int = Field(10, ge=0)


class Plausibility(Strict):
    """How far a new version may differ from the last good one before it is held back for a person to look at.

    Shares of the last good version's rows, people, area and communes; ``national_change_share`` is the change of a
    national gap share, in parts of all people.
    """

    rows_change_share: float = Field(0.2, gt=0)
    people_change_share: float = Field(0.1, gt=0)
    area_change_share: float = Field(0.05, gt=0)
    communes_change_share: float = Field(0.05, gt=0)
    national_change_share: float = Field(0.15, gt=0, le=1)
