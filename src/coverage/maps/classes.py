"""Map layers and their classes: at most five, with breaks that stay the same every night.

Class 0 is the best and lightest; the last two entries of every legend are 'not enough data' and 'no figure'.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from coverage.maps.palette import DATA_POOR_FILL, UNAVAILABLE_FILL, shades
from coverage.maps.words import Saying
from coverage.tables import EVIDENCE_CLASSES

GAP_BREAKS_SHARE = (0.05, 0.2, 0.4, 0.7)
COVERED_BREAKS_SHARE = (0.95, 0.8, 0.6, 0.3)
MAX_CLASSES = 5
DATA_POOR = "data-poor"

Kind = Literal["share", "minutes", "evidence"]


@dataclass(frozen=True)
class MapLayer:
    """One way to colour the map by ``column``; ``breaks`` run from the best class to the worst."""

    column: str
    title: Saying
    kind: Kind
    breaks: tuple[float, ...] = ()

    @property
    def class_count(self) -> int:
        return len(EVIDENCE_CLASSES) - 1 if self.kind == "evidence" else len(self.breaks) + 1

    def class_of(self, value: object, evidence: object) -> int:
        """Index into ``legend()``: a data-poor commune is never given a colour of the ramp."""
        if evidence == DATA_POOR:
            return self.class_count
        if self.kind == "evidence":
            return EVIDENCE_CLASSES.index(value) if value in EVIDENCE_CLASSES else self.class_count + 1
        if not isinstance(value, int | float) or math.isnan(value):
            return self.class_count + 1
        return sum(self._is_worse(value, edge) for edge in self.breaks)

    def _is_worse(self, value: float, edge: float) -> bool:
        return value >= edge if self._rises else value < edge

    @property
    def _rises(self) -> bool:
        return len(self.breaks) < 2 or self.breaks[0] < self.breaks[-1]

    def legend(self, ramp: tuple[str, ...]) -> list[dict[str, Any]]:
        """The classes in order, each with its fill and what it says."""
        fills = [*ramp[:3:2]] if self.kind == "evidence" else shades(ramp, self.class_count)
        ranges = self._evidence_ranges() if self.kind == "evidence" else self._ranges()
        graded = [_entry(fill, said) for fill, said in zip(fills, ranges, strict=True)]
        return [
            *graded,
            _entry(DATA_POOR_FILL, Saying("class_data_poor")),
            _entry(UNAVAILABLE_FILL, Saying("class_unavailable")),
        ]

    def _evidence_ranges(self) -> list[Saying]:
        return [Saying(f"evidence_{name}") for name in EVIDENCE_CLASSES if name != DATA_POOR]

    def _ranges(self) -> list[Saying]:
        """Ranges of the classes, best first; shares in percent."""
        edges = [f"{edge * 100:g} %" if self.kind == "share" else f"{edge:g}" for edge in self.breaks]
        first, last = ("range_under", "range_from") if self._rises else ("range_from", "range_under")
        sides = {"range_under": "high", "range_from": "low"}
        middle = pairwise(edges) if self._rises else zip(edges[1:], edges, strict=False)
        return [
            Saying(first, {sides[first]: edges[0]}),
            *(Saying("range_between", {"low": low, "high": high}) for low, high in middle),
            Saying(last, {sides[last]: edges[-1]}),
        ]

    def as_json(self, ramp: tuple[str, ...]) -> dict[str, Any]:
        return {
            "column": self.column,
            "title": self.title.as_json(),
            "kind": self.kind,
            "graded": self.class_count,
            "legend": self.legend(ramp),
        }


def _entry(fill: str, said: Saying) -> dict[str, Any]:
    return {"fill": fill, "said": said.as_json()}
