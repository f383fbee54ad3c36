"""The seasons and the low, estimated and high speeds in which every way is timed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from commune_coverage.config.travel import Travel
from commune_coverage.schema.inputs import BOUNDS

SEASONS = ("dry", "wet")
Mode = Literal["drive", "walk"]


@dataclass(frozen=True)
class Scenario:
    """One season with one set of speeds: ``bound`` '' as estimated, '_low' few minutes, '_high' many."""

    season: str
    bound: str
    speed_factor: float

    @property
    def name(self) -> str:
        return f"{self.season}{self.bound}"

    @property
    def is_wet(self) -> bool:
        return self.season == "wet"


def scenarios_of(settings: Travel, bounds: tuple[str, ...] = BOUNDS) -> list[Scenario]:
    """Both seasons with each of the ``bounds``; speeds are off by ``speed_uncertainty`` of themselves at most."""
    factor = {"": 1.0, "_low": 1 + settings.speed_uncertainty, "_high": 1 - settings.speed_uncertainty}
    return [Scenario(season, bound, factor[bound]) for season in SEASONS for bound in bounds]
