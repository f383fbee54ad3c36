"""How sure the figures are: draws of the country, and what is assumed of what no file holds."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from commune_coverage.config.layers import Technology, Text
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


class EnsembleEvidence(Strict):
    """A share of people that ``operator``, or without one all together, covers outdoors with ``technology``; or masts.

    The share is of the people of the commune, district or province ``code``, of the nation without one. ``masts`` are
    the sites of an operator in the country. The truth is within ``tolerance``, two standard errors, of ``value``.
    """

    measure: Literal["people", "masts"] = "people"
    operator: Text | None = None
    technology: Technology | None = None
    code: Text | None = None
    value: float = Field(ge=0)
    tolerance: float = Field(gt=0)
    date: date
    source: Text

    @model_validator(mode="after")
    def _says_of_what(self) -> Self:
        if self.measure == "people" and (self.technology is None or self.value > 1):
            raise ValueError("a share of people is of a technology, and from 0 to 1")
        if self.measure == "masts" and (self.operator is None or self.technology is not None or self.code is not None):
            raise ValueError("masts are those of an operator in the country: operator, without technology and code")
        return self


class Ensemble(Strict):
    """``draws`` of the country, none where 0; the same ``seed`` draws the same.

    ``places_per_commune`` stand for all places of a commune in the draws. They are weighed by ``evidence``, by
    ``[[benchmarks]]`` and by rows of known coverage whose ``use`` is 'weigh'.
    """

    draws: Annotated[int, Field(ge=0, le=5000)] = 0
    seed: int = Field(1, ge=0, lt=2**32)
    places_per_commune: int = Field(8, ge=1, le=200)
    priors: EnsemblePriors = EnsemblePriors()
    evidence: list[EnsembleEvidence] = Field(default_factory=list)

    @field_validator("draws")
    @classmethod
    def _has_tails(cls, draws: int) -> int:
        if 0 < draws < MIN_DRAWS:
            raise ValueError(f"an interval of 90 % takes {MIN_DRAWS} draws at least; 0 leaves the ensemble out")
        return draws
