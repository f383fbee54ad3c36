"""Figures that somebody else has published, to hold ours against."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from commune_coverage.config.covered import Covered
from commune_coverage.config.layers import Text
from commune_coverage.config.thresholds import Strict

FIGURE = r"^[A-Za-z][A-Za-z0-9_]{0,79}$"
"""Names of figures, and codes of official series."""


class Benchmark(Strict):
    """A figure of the nation should be ``value``, give or take ``tolerance``, by ``source`` of the day ``date``.

    ``figure`` is a national figure of the report, a share of the commune table, or the code of an official series such
    as ``FB_CBK_BRCH``; ``covered`` is a share of people, land, roads or institutions instead. ``value`` and
    ``tolerance`` are in its unit, shares from 0 to 1.
    ``definition`` says what exactly was published, which need not be what ours is. With ``use = "weigh"`` the draws of
    the ensemble are weighed by it too, its tolerance two standard errors.
    """

    figure: Annotated[str, Field(pattern=FIGURE)] | None = None
    covered: Covered | None = None
    value: float
    tolerance: float = Field(ge=0)
    date: date
    source: Text
    definition: Text
    use: Literal["compare", "weigh"] = "compare"

    @model_validator(mode="after")
    def _names_one_figure(self) -> Self:
        if (self.figure is None) == (self.covered is None):
            raise ValueError("name one: a figure, or what is covered")
        return self

    @model_validator(mode="after")
    def _can_weigh(self) -> Self:
        if self.use == "weigh" and not (self.tolerance > 0 and self.covered is not None and _is_drawn(self.covered)):
            raise ValueError(
                "an ensemble is weighed by people covered outdoors by a technology, modelled, and a tolerance above 0"
            )
        return self

    @property
    def name(self) -> str:
        """The figure, or what is covered in words."""
        return self.covered.words if self.covered is not None else str(self.figure)


def _is_drawn(which: Covered) -> bool:
    """Whether an ensemble has the figure."""
    of_people = which.measure == "people" and which.where == "outdoor" and which.basis == "modelled"
    return of_people and which.technology is not None and which.speed_mbps is None
