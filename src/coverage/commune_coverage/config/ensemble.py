"""How sure the figures are: draws of the country, and what is assumed of what no file holds."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from commune_coverage.config.thresholds import Strict

MIN_DRAWS = 20
"""Fewer have no twentieth below which one of them lies."""


class EnsemblePriors(Strict):
    """Assumptions that a country may know better: see the table of draws in docs/ensemble.md.

    ``people_cv`` is the coefficient of variation of the people of a place; without it 0 where it is known where people
    live, and 1 where only totals of areas are known.
    """

    alternative_probability: float = Field(0.2, ge=0, le=0.5)
    local_sigma_db: float = Field(4.0, ge=0, le=15)
    dead_per_year: float = Field(0.04, ge=0, le=0.5)
    people_cv: float | None = Field(None, ge=0, le=3)


class Ensemble(Strict):
    """``draws`` of the country, none where 0; the same ``seed`` draws the same.

    ``places_per_commune`` stand for all places of a commune in the draws.
    """

    draws: Annotated[int, Field(ge=0, le=5000)] = 0
    seed: int = Field(1, ge=0, lt=2**32)
    places_per_commune: int = Field(8, ge=1, le=200)
    priors: EnsemblePriors = EnsemblePriors()

    @field_validator("draws")
    @classmethod
    def _has_tails(cls, draws: int) -> int:
        if 0 < draws < MIN_DRAWS:
            raise ValueError(f"an interval of 90 % takes {MIN_DRAWS} draws at least; 0 leaves the ensemble out")
        return draws
