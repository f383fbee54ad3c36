"""What licences oblige operators to, and by when."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from commune_coverage.config.covered import Covered
from commune_coverage.config.layers import Share, Text


class Obligation(Covered):
    """``share`` of what ``Covered`` says is covered in each area, from the day ``by`` on.

    ``level`` is the kind of the areas: the nation as a whole, or each province, district or commune of ``codes``, all
    of them without codes.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]
    title: Text
    level: Literal["nation", "province", "district", "commune"] = "nation"
    codes: list[Text] = Field(default_factory=list)
    share: Share
    by: date
    source: Text

    @model_validator(mode="after")
    def _has_areas(self) -> Self:
        if self.kind is not None and self.level == "commune":
            raise ValueError(
                "classes of roads, railways, borders and institutions are summed by district, province and nation"
            )
        return self
