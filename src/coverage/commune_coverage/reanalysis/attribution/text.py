"""A change as text: the headline, the causes, rows added and removed, the communes that changed most."""

from __future__ import annotations

import pandas as pd

from commune_coverage.quality.diff import CHANGED, NEW, REMOVED, RowChanges
from commune_coverage.reanalysis.attribution.explain import TOGETHER, Explained
from commune_coverage.schema.fixed import WITHOUT

_GAPS = {
    "internet_gap_people": WITHOUT["mobile"],
    "delivery_gap_people": "without last-mile delivery",
    "payment_gap_people": "without a way to cash",
}
_CAUSES = {
    "code": "new code or libraries",
    "communes": "boundaries or their codes",
    "people": "the population version",
    "people_groups": "groups of people",
    "towers": "towers",
    "hubs": "hubs",
    "payments": "payment points",
    "institutions": "institutions",
    "railways": "railways",
    "borders": "borders",
    "vehicles": "what people travel with",
    "gtfs": "bus timetables",
    "benchmarks": "published figures",
    "fixed": "fixed lines",
    "roads": "roads",
    "run_date": "the date alone",
    TOGETHER: "all together",
}
_NAMED = 5
MIN_PEOPLE = 0.5


def attribution_headline(explained: Explained) -> str:
    """How many more or fewer people are in each gap, and the cause of most of it."""
    table = explained.national()
    parts = [_of_gap(table, figure, words) for figure, words in _gaps_of(explained).items()]
    changed = [part for part in parts if part]
    return ("; ".join(changed) if changed else "no gap changed") + "."


def _gaps_of(explained: Explained) -> dict[str, str]:
    """Of whom each gap speaks."""
    return _GAPS | {"internet_gap_people": WITHOUT[explained.access]}


def _of_gap(table: pd.DataFrame, figure: str, words: str) -> str:
    change = float(table[figure].sum())
    if abs(change) < MIN_PEOPLE and table[figure].abs().max() < MIN_PEOPLE:
        return ""
    cause = str(table[figure].abs().idxmax())
    of_cause, more = float(table[figure].loc[cause]), "more" if change >= 0 else "fewer"
    return f"{abs(change):,.0f} {more} people {words}, most of it by {cause_words(cause)} ({of_cause:+,.0f})"


def cause_words(cause: str) -> str:
    """The cause in words; sections of the country file by their name."""
    return _CAUSES.get(cause, f"the {cause.replace('_', ' ')} settings or data")


def lines(explained: Explained, communes: int = 10) -> list[str]:
    """The whole explanation, one line each."""
    text, gaps = [attribution_headline(explained)], _gaps_of(explained)
    if explained.why_not:
        text.append(f"The causes cannot be separated: {explained.why_not}")
    for cause, row in explained.national().iterrows():
        figures = ", ".join(f"{row[figure]:+,.0f} {words}" for figure, words in gaps.items())
        text.append(f"{cause_words(str(cause))}: {figures}")
        if str(cause) in explained.rows:
            text.append(f"  {rows_in_words(explained.rows[str(cause)])}")
    for code, figure, change in most_moved(explained).head(communes).itertuples(index=False):
        text.append(f"commune {code}: {change:+,.0f} people {gaps[figure]}")
    return text


def rows_in_words(changes: RowChanges) -> str:
    """How many rows were added, removed and changed, and the first of each by name."""
    text = []
    for status, words in ((NEW, "added"), (REMOVED, "removed"), (CHANGED, "changed")):
        names = changes.rows.loc[changes.rows["status"] == status, "key"].tolist()
        if names:
            more = ", …" if len(names) > _NAMED else ""
            text.append(f"{len(names):,} {words} ({', '.join(map(str, names[:_NAMED]))}{more})")
    return "; ".join(text) or "no row differs"


def most_moved(explained: Explained) -> pd.DataFrame:
    """commune_code, figure and change_people of all causes together, the largest first; gaps only."""
    gaps = explained.parts[explained.parts["figure"].isin(list(_GAPS))]
    whole = gaps.groupby(["commune_code", "figure"], as_index=False)["change_people"].sum()
    whole = whole[whole["change_people"].abs() >= MIN_PEOPLE]
    return whole.sort_values("change_people", key=lambda change: -change.abs(), kind="stable").reset_index(drop=True)
