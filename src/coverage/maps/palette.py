"""Colours of the pages: one hue per theme, darker is worse, patterns where there is no figure.

Ramps: ColorBrewer 5-class Blues, Oranges and Greens (Cynthia Brewer, Mark Harrower and The Pennsylvania State
University, colorbrewer2.org, Apache-2.0); all survive colour blindness and grey printing.
"""

from __future__ import annotations

BLUES = ("#eff3ff", "#bdd7e7", "#6baed6", "#3182bd", "#08519c")
ORANGES = ("#feedde", "#fdbe85", "#fd8d3c", "#e6550d", "#a63603")
GREENS = ("#edf8e9", "#bae4b3", "#74c476", "#31a354", "#006d2c")

DATA_POOR_FILL = "url(#pattern-data-poor)"
UNAVAILABLE_FILL = "url(#pattern-unavailable)"


def shades(ramp: tuple[str, ...], count: int) -> list[str]:
    """``count`` colours (1 to 5) spread over the whole ramp, lightest first."""
    if count == 1:
        return [ramp[-1]]
    step = (len(ramp) - 1) / (count - 1)
    return [ramp[round(step * index)] for index in range(count)]
