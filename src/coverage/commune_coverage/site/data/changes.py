"""What moved since the run shown before, in words: by gap, by cause, and which communes moved most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from commune_coverage.config.layers import layers_model
from commune_coverage.site.data.communes import names_of
from commune_coverage.site.i18n.messages import Words
from commune_coverage.site.i18n.saying import Saying

_GAPS = {
    "internet_gap_people": "tab_internet",
    "delivery_gap_people": "tab_delivery",
    "payment_gap_people": "tab_payment",
}
NO_CHANGES: Mapping[str, Any] = {"before": None}
_CAUSES = ("code", "run_date", "together")
_MIN_PEOPLE = 0.5
_NAMED = 5


@dataclass(frozen=True)
class Line:
    """One cause with its change of each gap, as text, '' for none; and what came and went."""

    name: Saying
    changes: list[str]
    notes: list[Saying]


def change_lines(changes: Mapping[str, Any], communes: pd.DataFrame, words: Words) -> dict[str, Any]:
    """What the templates show of changes.json: by gap the whole change, then causes, then communes."""
    causes = changes.get("causes", [])
    whole = {figure: sum(cause[figure] for cause in causes) for figure in _GAPS}
    rows = changes.get("rows", {})
    return {
        "gaps": [*_GAPS.values()],
        "sentences": [_sentence(whole[figure], tab) for figure, tab in _GAPS.items()] if causes else [],
        "by_cause": [
            Line(_cause(one["cause"]), [signed(one[figure]) for figure in _GAPS], _came_and_went(rows, one["cause"]))
            for one in causes
        ],
        "moved": _moved(changes.get("communes", []), communes, words),
    }


def changed_data(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The run that was shown before and the sentences of what moved, for the overview."""
    causes = changes.get("causes", [])
    if not changes.get("before"):
        return {"run_date": "", "sentences": [Saying("changes_first").as_json()]}
    whole = {figure: sum(cause[figure] for cause in causes) for figure in _GAPS}
    sentences = [_sentence(whole[figure], tab) for figure, tab in _GAPS.items()] if causes else [Saying("changes_none")]
    return {"run_date": changes["previous_run_date"], "sentences": [one.as_json() for one in sentences]}


def _sentence(change: float, tab: str) -> Saying:
    if abs(change) < _MIN_PEOPLE:
        return Saying("changes_same", {"gap": [tab]})
    key = "changes_more" if change > 0 else "changes_fewer"
    return Saying(key, {"gap": [tab], "people": f"{abs(change):,.0f}"})


def _cause(cause: str) -> Saying:
    """Layers have names of their own; sections of the country file are settings, named as they are written."""
    if cause in _CAUSES:
        return Saying(f"cause_{cause}")
    if cause in layers_model().model_fields:
        return Saying(f"layer_{cause}")
    return Saying("cause_settings", {"section": cause})


def _came_and_went(rows: Mapping[str, Any], cause: str) -> list[Saying]:
    """How many rows of a layer came, went and changed, and the first by name."""
    return [
        Saying(_key(status, facts), {"count": f"{facts['count']:,}", "names": _names(facts)})
        for status, facts in rows.get(cause, {}).items()
    ]


def _key(status: str, facts: Mapping[str, Any]) -> str:
    """Rows of a file, or sites of operators."""
    return f"changes_sites_{status}" if facts.get("of") == "sites" else f"changes_{status}"


def _names(facts: Mapping[str, Any]) -> str:
    shown = facts["names"][:_NAMED]
    return ", ".join(shown) + (", …" if facts["count"] > len(shown) else "")


def _moved(listed: Sequence[Mapping[str, Any]], communes: pd.DataFrame, words: Words) -> list[dict[str, Any]]:
    by_code = communes.set_index("commune_code")
    return [
        {
            "code": one["commune_code"],
            "tab": _GAPS[one["figure"]],
            "layer": f"change_{one['figure'].replace('_people', '_share')}",
            "change": signed(one["change_people"]),
            "names": names_of(by_code.loc[one["commune_code"]], "commune", words.languages)
            if one["commune_code"] in by_code.index
            else {"en": one["commune_code"]},
        }
        for one in listed
    ]


def signed(change: float) -> str:
    return f"{change:+,.0f}".replace("-", "−") if abs(change) >= _MIN_PEOPLE else ""
