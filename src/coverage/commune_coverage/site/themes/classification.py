"""Map layers and their classes: few, with breaks that stay the same every run.

Class 0 is the best and lightest; the last two entries of every legend are 'not enough data' and 'no figure'.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from commune_coverage.schema.inputs import EVIDENCE_CLASSES
from commune_coverage.site.i18n.saying import Saying

BLUES = ("#eff3ff", "#bdd7e7", "#6baed6", "#3182bd", "#08519c")
ORANGES = ("#feedde", "#fdbe85", "#fd8d3c", "#e6550d", "#a63603")
GREENS = ("#edf8e9", "#bae4b3", "#74c476", "#31a354", "#006d2c")
PURPLES = ("#f2f0f7", "#cbc9e2", "#9e9ac8", "#756bb1", "#54278f")
TEALS = ("#f6eff7", "#bdc9e1", "#67a9cf", "#1c9099", "#016c59")
TEAL_TO_BROWN = ("#018571", "#80cdc1", "#f5f5f5", "#dfc27d", "#a6611a")
BOTH = ("#e8e8e8", "#b5d5e8", "#6baed6", "#e8c4b0", "#a99fb5", "#5a7fb0", "#e08a5a", "#98616f", "#3b3456")
"""Two gaps in three steps each: the first goes down the rows in orange, the second along them in blue."""
RAMPS = {"internet": BLUES, "delivery": ORANGES, "payment": GREENS, "composite": PURPLES}
DATA_POOR_FILL = "url(#pattern-data-poor)"
UNAVAILABLE_FILL = "url(#pattern-unavailable)"


def shades(ramp: tuple[str, ...], count: int) -> list[str]:
    """``count`` colours (1 to 5) spread over the whole ramp, lightest first."""
    if count == 1:
        return [ramp[-1]]
    step = (len(ramp) - 1) / (count - 1)
    return [ramp[round(step * index)] for index in range(count)]


GAP_BREAKS_SHARE = (0.05, 0.2, 0.4, 0.7)
COVERED_BREAKS_SHARE = (0.95, 0.8, 0.6, 0.3)
WIDTH_BREAKS_SHARE = (0.05, 0.1, 0.2, 0.4)
CHANGE_BREAKS_SHARE = (-0.05, -0.005, 0.005, 0.05)
BOTH_BREAKS_SHARE = (0.2, 0.5)
MAX_CLASSES = 5
DATA_POOR, DECLARED = "data-poor", "declared"
Kind = Literal["share", "minutes", "evidence", "width", "change", "both"]


@dataclass(frozen=True)
class MapLayer:
    """One way to colour the map by ``column``; ``breaks`` run from the best class to the worst.

    A 'width' is ``column`` less ``other``, 'both' colours by ``column`` down and ``other`` across. Where the evidence
    of one of the ``themes`` is too little, a commune has no class. Evidence of what is ``declared`` has a class of its
    own where the country file lets the gap rest on it. ``absent`` says what nobody gave: then no commune has a class.
    """

    column: str
    title: Saying
    kind: Kind
    ramp: tuple[str, ...]
    breaks: tuple[float, ...] = ()
    other: str = ""
    themes: tuple[str, ...] = ()
    axes: tuple[Saying, ...] = field(default=())
    has_declared: bool = False
    absent: Saying | None = None

    @property
    def key(self) -> str:
        """What the address calls it."""
        if self.kind in ("width", "change"):
            return f"{self.kind}_{self.column}"
        return f"{self.column}-{self.other}" if self.other else self.column

    @property
    def class_count(self) -> int:
        if self.kind == "evidence":
            return len(self._evidence)
        return (len(self.breaks) + 1) ** (2 if self.kind == "both" else 1)

    @property
    def _evidence(self) -> tuple[str, ...]:
        """Classes of evidence that have a colour."""
        return tuple(name for name in EVIDENCE_CLASSES if name != DATA_POOR and (name != DECLARED or self.has_declared))

    def class_of(self, value: object, evidence: object) -> int:
        """Index into ``legend()``: a data-poor commune is never given a colour of the ramp. Not for two columns."""
        if self.absent is not None:
            return self.class_count + 1
        if evidence == DATA_POOR:
            return self.class_count
        if self.kind == "evidence":
            return self._evidence.index(str(value)) if value in self._evidence else self.class_count + 1
        if not isinstance(value, int | float) or math.isnan(value):
            return self.class_count + 1
        return sum(self._is_worse(value, edge) for edge in self.breaks)

    def _is_worse(self, value: float, edge: float) -> bool:
        return value >= edge if self.rises else value < edge

    @property
    def rises(self) -> bool:
        """Whether the greatest figure is the worst."""
        return len(self.breaks) < 2 or self.breaks[0] < self.breaks[-1]

    def fills(self) -> list[str]:
        """The colours of the classes, without the patterns."""
        if self.kind == "both":
            return list(BOTH)
        if self.kind == "change":
            return list(TEAL_TO_BROWN)
        if self.kind == "evidence":
            return [self.ramp[0], self.ramp[1], self.ramp[3], self.ramp[4]][: self.class_count]
        return shades(self.ramp, self.class_count)

    def legend(self) -> list[dict[str, Any]]:
        """The classes in order, each with its fill and its text."""
        graded = [_entry(fill, text) for fill, text in zip(self.fills(), self._texts(), strict=True)]
        return [
            *graded,
            _entry(DATA_POOR_FILL, Saying("class_data_poor")),
            _entry(UNAVAILABLE_FILL, self.absent or Saying("class_unavailable")),
        ]

    def _texts(self) -> list[Saying]:
        if self.kind == "evidence":
            return [Saying(f"evidence_{name}") for name in self._evidence]
        if self.kind == "both":
            return [Saying("both_class", {"down": down, "across": across}) for down in "123" for across in "123"]
        return self._ranges()

    def _ranges(self) -> list[Saying]:
        """Ranges of the classes, best first; shares in percent, widths and changes in points."""
        edges = [self._edge(edge) for edge in self.breaks]
        first, last = ("range_under", "range_from") if self.rises else ("range_from", "range_under")
        sides = {"range_under": "high", "range_from": "low"}
        middle = pairwise(edges) if self.rises else zip(edges[1:], edges, strict=False)
        return [
            Saying(first, {sides[first]: edges[0]}),
            *(Saying("range_between", {"low": low, "high": high}) for low, high in middle),
            Saying(last, {sides[last]: edges[-1]}),
        ]

    def _edge(self, edge: float) -> str:
        if self.kind == "change":
            return f"{edge * 100:+g}".replace("-", "−")
        if self.kind == "width":
            return f"{edge * 100:g}"
        return f"{edge * 100:g} %" if self.kind == "share" else f"{edge:g}"

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "column": self.column,
            "other": self.other,
            "title": self.title.as_json(),
            "kind": self.kind,
            "breaks": list(self.breaks),
            "rises": self.rises,
            "graded": self.class_count,
            "themes": list(self.themes),
            "isAbsent": self.absent is not None,
            "axes": [text.as_json() for text in self.axes],
            "legend": self.legend(),
        }


def _entry(fill: str, text: Saying) -> dict[str, Any]:
    return {"fill": fill, "said": text.as_json()}
