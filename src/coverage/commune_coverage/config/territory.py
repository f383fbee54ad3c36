"""Coverage where nobody lives: of land, roads and institutions."""

from __future__ import annotations

from pydantic import Field

from commune_coverage.config.thresholds import Strict


class Territory(Strict):
    """Signal is computed once for the land and the roads in each square of ``spacing_m``, and at each institution."""

    spacing_m: float = Field(1000.0, ge=100, le=5000)
