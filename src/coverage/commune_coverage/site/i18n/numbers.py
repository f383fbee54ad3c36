"""Numbers as the pages, the briefs and the browser write them: one rule each, so that all show the same.

Figures are first made whole (people), ten-thousandths (shares), tenths (minutes, points): ``unit_of`` names the unit
of a column, and every text is made of that whole number. ``static/base.js`` has the same rules.
"""

from __future__ import annotations

import math
from typing import Any

from commune_coverage.site.i18n.line_breaks import WORD_JOINER

SHARE_UNIT, MINUTES_UNIT = 10_000, 10
MONEY_DIGITS = 3
_PEOPLE_DIGITS = 3
_SHARES = ("_share", "_share_low", "_share_high")


def unit_of(column: str) -> int:
    """How many units make one: a share of 0.4213 is held as 4213, 12.34 minutes as 123, people as they are."""
    if column.endswith(_SHARES):
        return SHARE_UNIT
    return MINUTES_UNIT if "minutes" in column or column.endswith("_mbps") else 1


def held(value: Any, column: str) -> int | float | None:
    """A figure as pages hold it, None where missing; a share is nothing or everything only where it is exactly so."""
    if value is None or not math.isfinite(value):
        return None
    if column.startswith("cost_"):
        return float(f"{value:.{MONEY_DIGITS}g}")
    unit = unit_of(column)
    whole = half_up(float(value) * unit)
    return min(max(whole, 1), unit - 1) if unit == SHARE_UNIT and 0 < value < 1 else whole


def half_up(value: float) -> int:
    return math.floor(value + 0.5)


def people_text(people: float | None) -> str:
    """A number of people rounded to three digits with thousands separators: 38214 -> '38,200'."""
    if people is None:
        return ""
    whole = half_up(people)
    step = int(10 ** max(len(str(abs(whole))) - _PEOPLE_DIGITS, 0))
    return f"{half_up(whole / step) * step:,}"


def share_text(share: float | None) -> str:
    """A share as percent: 0.4213 -> '42 %', 0.042 -> '4.2 %', 0.9997 -> '>99.9 %'."""
    parts = None if share is None else held(share, "_share")
    if parts is None:
        return ""
    if 0 < parts < 10:
        return "<0.1 %"
    if SHARE_UNIT - 10 < parts < SHARE_UNIT:
        return ">99.9 %"
    if 0 < parts < SHARE_UNIT / 10 or SHARE_UNIT * 0.99 < parts < SHARE_UNIT:
        return f"{half_up(parts / 10) / 10:.1f} %"
    return f"{half_up(parts / 100)} %"


def range_text(low: str, high: str) -> str:
    """Two figures as a range with its unit once, on one line: '31 %', '47 %' -> '31–47 %'; what is the same once."""
    return low if low == high else f"{low.removesuffix(' %')}–{WORD_JOINER}{high}"


def minutes_text(minutes: float | None) -> str:
    """Whole minutes."""
    tenths = None if minutes is None else held(minutes, "minutes")
    return "" if tenths is None else f"{half_up(tenths / MINUTES_UNIT):,}"


def count_text(count: float | None) -> str:
    """A whole number with thousands separators; '' for none."""
    return "" if count is None else f"{half_up(count):,}"
