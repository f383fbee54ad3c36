"""Can this version be right, when the last good one was as it was?"""

from __future__ import annotations

from commune_coverage.config.thresholds import Guard

# Fewer rows than this may come or go whatever share of all they are, but not the last of them.
FEW_ROWS = 10
_WORDS = {"rows": "rows", "people": "people", "area_km2": "km2", "communes": "communes"}


_GAPS = {
    "internet_gap_share": "internet gap", "delivery_gap_share": "delivery gap", "payment_gap_share": "payment gap",
}  # fmt: skip


def doubt_of(measure: dict[str, float], last: dict[str, float], limits: Guard) -> str:
    """Why a version is not plausible after the last good one; '' when it is.

    Measures that only one of them has are not compared.
    """
    shares = {
        "rows": limits.rows_change_share, "people": limits.people_change_share,
        "area_km2": limits.area_change_share, "communes": limits.communes_change_share,
    }  # fmt: skip
    doubts = [
        f"{measure[name]:,.0f} {_WORDS[name]} where the last good version has {last[name]:,.0f}"
        for name, largest_share in shares.items()
        if name in measure and name in last and _differs(name, measure[name], last[name], largest_share)
    ]
    return "; ".join(doubts)


def _differs(name: str, now: float, last: float, largest_share: float) -> bool:
    change = abs(now - last)
    return change > largest_share * last and (name != "rows" or change > FEW_ROWS or now == 0)


def national_doubt(now: dict[str, float | None], last: dict[str, float | None], limits: Guard) -> str:
    """Why the country's gap shares are not plausible after those published last; '' when they are."""
    doubts = []
    for name, words in _GAPS.items():
        share, before = now.get(name), last.get(name)
        if share is not None and before is not None and abs(share - before) > limits.national_change_share:
            doubts.append(f"with it the national {words} is {share:.1%} where it was {before:.1%}")
    return "; ".join(doubts)
