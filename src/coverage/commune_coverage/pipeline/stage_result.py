"""What a stage hands back besides its artifacts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from commune_coverage.core.quarantine import RowLog


@dataclass
class StageResult:
    """Row logs, the layer's origin, figures that cannot be had and why, assumptions made, facts.

    ``measure`` is what the next version of the layer is compared with, ``intake`` what of it is usable, as
    ``quality.intake`` measures it. ``compute_mode`` is how the result was computed: from scratch, and why, or from an
    earlier run's.
    """

    logs: list[RowLog] = field(default_factory=list)
    origin: dict[str, Any] | None = None
    unavailable: dict[str, str] = field(default_factory=dict)
    assumptions: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    measure: dict[str, float] = field(default_factory=dict)
    intake: list[dict[str, Any]] = field(default_factory=list)
    compute_mode: str = ""

    def assume(self, theme: str, name: str, value: object, unit: str, source: str) -> None:
        """State one assumption for the pages and the report."""
        self.assumptions.append({"theme": theme, "name": name, "value": str(value), "unit": unit, "source": source})


def missing(name: str, *figures: str) -> StageResult:
    """Notes of a layer that the country file does not name, and the figures that cannot be had without it."""
    return StageResult(unavailable=dict.fromkeys(figures, f"the country file names no {name} layer"))
