"""What share of what is covered, by whom and with what: what licences oblige to and others publish."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from commune_coverage.config.layers import Environment, Technology, Text
from commune_coverage.config.thresholds import Strict

Measure = Literal["people", "land", "roads", "railways", "borders", "institutions"]
_OF_CLASSES = ("roads", "railways", "borders", "institutions")


class Covered(Strict):
    """The share of a ``measure`` that ``operator`` covers with ``technology``, or at ``speed_mbps``, in an area.

    Without an operator all together do. ``kind`` is a class of roads, railways, borders or institutions, all without.
    ``where`` is the environment of the receiver. ``basis`` says whether the model's figure counts or what operators
    declare.
    """

    operator: Text | None = None
    technology: Technology | None = None
    speed_mbps: float | None = Field(None, gt=0, le=100_000)
    where: Environment = "outdoor"
    measure: Measure = "people"
    kind: Text | None = None
    basis: Literal["modelled", "declared"] = "modelled"

    @model_validator(mode="after")
    def _has_a_figure(self) -> Self:
        if self.technology is None and self.speed_mbps is None:
            raise ValueError("technology or speed_mbps is missing: what has to cover?")
        if self.kind is not None and (self.measure not in _OF_CLASSES or self.basis == "declared"):
            raise ValueError("kind is a class of roads, railways, borders or institutions under the modelled network")
        if self.basis == "declared" and self.measure in ("railways", "borders", "institutions"):
            raise ValueError(f"of {self.measure} nothing is declared: basis is 'modelled'")
        if self.basis == "modelled" and self.speed_mbps is not None and self._is_narrow:
            raise ValueError("a modelled speed is that of all operators and technologies together, outdoors")
        return self

    @property
    def _is_narrow(self) -> bool:
        return not (self.operator is None and self.technology is None and self.where == "outdoor")

    @property
    def words(self) -> str:
        """In a few words, for tables and messages."""
        what = f"{self.measure} ({self.kind})" if self.kind else self.measure
        speed = f"{self.speed_mbps:g} Mbps" if self.speed_mbps else None
        by = (self.operator or "any operator", self.technology, speed, self.where, self.basis)
        return f"{what} covered: {', '.join(word for word in by if word)}"
