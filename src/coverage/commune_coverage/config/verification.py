"""How declared coverage is held against tests: which tests count, and what errors are accepted."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from commune_coverage.config.layers import Share
from commune_coverage.config.thresholds import Strict

Probability = Annotated[float, Field(gt=0, lt=1)]


class Verification(Strict):
    """Settings of the comparison by cell of H3, of resolution ``resolution``.

    A test counts from ``first_hour`` to ``last_hour`` (local), for ``max_age_days``; one for each place of ``place_m``,
    device and day. A cell is decided where it has ``min_tests`` at ``min_places`` places, by ``min_devices`` devices on
    ``min_days`` days, ``min_hours_apart`` hours of the day apart. Tests that state no time count where
    ``count_undated`` says so. ``min_level_dbm`` makes a test that measured nothing but a level one of a signal.

    Of tests where coverage is declared ``accepted_failing_share`` may fail: 0.1 for coverage with a probability of 90 %
    at the edge. ``rejected_failing_share`` is found with probability ``power``; ``alpha`` is the chance of a false
    alarm, of any operator where the nation is judged. A nation's verdict "agrees" needs that ``power`` for a
    declaration that is ``detected_overstatement`` larger than what is covered. Of the cells that tests find covered,
    ``accepted_understated_share`` may be declared by nobody. Of each operator the ``drive_next_cells`` cells are listed
    that a test tells most about. ``answer_days`` after a challenge is opened it is decided without an answer.
    """

    resolution: int = Field(8, ge=5, le=10)
    place_m: float = Field(100.0, ge=10, le=1000)
    first_hour: float = Field(6.0, ge=0, le=24)
    last_hour: float = Field(22.0, ge=0, le=24)
    max_age_days: int = Field(365, ge=1)
    count_undated: bool = False
    min_level_dbm: float | None = Field(None, ge=-160, le=-10)
    min_tests: int = Field(5, ge=1)
    min_failing_tests: int = Field(5, ge=1)
    min_places: int = Field(4, ge=1)
    min_devices: int = Field(1, ge=1)
    min_days: int = Field(1, ge=1)
    min_hours_apart: float = Field(4.0, ge=0, le=24)
    accepted_failing_share: Probability = 0.10
    rejected_failing_share: Probability = 0.50
    alpha: Probability = 0.05
    power: Probability = 0.90
    detected_overstatement: float = Field(0.10, gt=0, le=10)
    accepted_understated_share: Share = 0.10
    drive_next_cells: int = Field(100, ge=0)
    answer_days: int = Field(60, ge=1)

    @model_validator(mode="after")
    def _limits_in_order(self) -> Self:
        if self.first_hour >= self.last_hour:
            raise ValueError("[verification] first_hour is not before last_hour")
        if self.accepted_failing_share >= self.rejected_failing_share:
            raise ValueError("[verification] accepted_failing_share is not below rejected_failing_share")
        return self
