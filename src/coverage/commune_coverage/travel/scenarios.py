"""The seasons, and the low, estimated and high speeds, in which every route is timed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from commune_coverage.config.travel import Travel
from commune_coverage.schema.inputs import BOUNDS

SEASONS = ("dry", "wet")
Mode = Literal["drive", "walk", "bus", "bicycle", "motorbike"]
ON_FOOT: tuple[Mode, ...] = ("walk", "bus")
"""Modes in which roads are walked."""
MODE_OF: dict[str, Mode] = {
    "walk": "walk", "bus": "bus", "bicycle": "bicycle", "motorbike": "motorbike", "car": "drive",
}  # fmt: skip
"""How each of ``config.travel.MODES`` travels over the network."""


@dataclass(frozen=True)
class Scenario:
    """One season with one set of speeds.

    Attributes
    ----------
    season : {'dry', 'wet'}
    bound : {'', '_low', '_high'}
        As estimated, few minutes, many minutes.
    speed_factor : float
        Factor on all speeds.
    """

    season: str
    bound: str
    speed_factor: float

    @property
    def name(self) -> str:
        """Season and bound as they stand in names of columns: 'dry', 'wet_low'."""
        return f"{self.season}{self.bound}"

    @property
    def is_wet(self) -> bool:
        """Whether it is the wet season."""
        return self.season == "wet"


def scenarios_of(settings: Travel, bounds: tuple[str, ...] = BOUNDS) -> list[Scenario]:
    """Combine both seasons with each bound; speeds are off by ``speed_uncertainty`` of themselves at most.

    Parameters
    ----------
    settings : Travel
        The ``[travel]`` section.
    bounds : tuple of {'', '_low', '_high'}, optional
        Bounds of the speeds.

    Returns
    -------
    list of Scenario
    """
    factor = {"": 1.0, "_low": 1 + settings.speed_uncertainty, "_high": 1 - settings.speed_uncertainty}
    return [Scenario(season, bound, factor[bound]) for season in SEASONS for bound in bounds]
