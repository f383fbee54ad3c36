"""Figures that somebody else has published, to hold ours against."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from commune_coverage.config.layers import Text
from commune_coverage.config.thresholds import Strict


class Benchmark(Strict):
    """``figure`` of the nation should be ``value``, give or take ``tolerance``, by ``source`` of the day ``date``.

    ``figure`` is a national figure of the report, or a share of the commune table; ``value`` and ``tolerance`` are in
    its unit, shares from 0 to 1. ``definition`` says what exactly was published, which need not be what ours is.
    """

    figure: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
    value: float
    tolerance: float = Field(ge=0)
    date: date
    source: Text
    definition: Text
