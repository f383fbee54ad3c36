"""Colours of the pages: one hue per theme, darker is worse, patterns where there is no figure.

Ramps: ColorBrewer 5-class Blues, Oranges, Greens, Purples, PuBuGn and BrBG (Cynthia Brewer, Mark Harrower and The
Pennsylvania State University, colorbrewer2.org, Apache-2.0); all survive colour blindness, the ramps of one hue also
grey printing. The nine colours of two gaps together mix two of three steps each (after Joshua Stevens, 2015).
"""

from __future__ import annotations

BLUES = ("#eff3ff", "#bdd7e7", "#6baed6", "#3182bd", "#08519c")
ORANGES = ("#feedde", "#fdbe85", "#fd8d3c", "#e6550d", "#a63603")
GREENS = ("#edf8e9", "#bae4b3", "#74c476", "#31a354", "#006d2c")
PURPLES = ("#f2f0f7", "#cbc9e2", "#9e9ac8", "#756bb1", "#54278f")
TEALS = ("#f6eff7", "#bdc9e1", "#67a9cf", "#1c9099", "#016c59")
TEAL_TO_BROWN = ("#018571", "#80cdc1", "#f5f5f5", "#dfc27d", "#a6611a")
BOTH = (
    "#e8e8e8", "#b5d5e8", "#6baed6",
    "#e8c4b0", "#a99fb5", "#5a7fb0",
    "#e08a5a", "#98616f", "#3b3456",
)  # fmt: skip
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
