"""What official indicators need that no layer holds."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from commune_coverage.config.layers import Share, Text
from commune_coverage.config.thresholds import Strict

Kind = Literal["branch", "atm", "agent"]
_CLASSES: dict[Kind, list[str]] = {
    "branch": ["bank", "bank branch", "branch", "commercial bank"],
    "atm": ["atm", "cash machine"],
    "agent": ["agent", "mobile money agent", "mobile money", "mobile_money_agent"],
}


class Official(Strict):
    """``adults_share`` is the share of people of 15 and older, by ``adults_source``; without it no figure is per adult.

    ``classes`` says which classes of payment points are branches, ATMs and agents, whatever their case.
    """

    adults_share: Share | None = None
    adults_source: Text | None = None
    classes: dict[Kind, Annotated[list[Text], Field(min_length=1)]] = Field(default_factory=lambda: dict(_CLASSES))

    @field_validator("classes")
    @classmethod
    def _lower(cls, classes: dict[Kind, list[str]]) -> dict[Kind, list[str]]:
        return {kind: [name.strip().lower() for name in names] for kind, names in classes.items()}

    @model_validator(mode="after")
    def _with_a_source(self) -> Self:
        if self.adults_share is not None and self.adults_source is None:
            raise ValueError("adults_share needs adults_source: who says so, and for which year?")
        return self
