"""What licences oblige operators to, and by when."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from commune_coverage.config.layers import Environment, Share, Technology, Text
from commune_coverage.config.thresholds import Strict


class Obligation(Strict):
    """``operator`` covers ``share`` of the people of each area with ``technology``, from the day ``by`` on.

    Without an operator all together do. ``level`` is the kind of the areas: the nation as a whole, or each province,
    district or commune of ``codes``, all of them without codes. ``where`` is the environment of the receiver.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]
    title: Text
    operator: Text | None = None
    technology: Technology
    where: Environment = "outdoor"
    level: Literal["nation", "province", "district", "commune"] = "nation"
    codes: list[Text] = Field(default_factory=list)
    share: Share
    by: date
    source: Text
