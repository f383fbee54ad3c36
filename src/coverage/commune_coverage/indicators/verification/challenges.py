"""Challenges of declared coverage by cell: opened by tests or a claim, answered by the operator, decided."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from commune_coverage.schema.inputs import ACCEPTED, DECLARED_FIGURE
from commune_coverage.schema.verification import (
    ANSWERED,
    BY_RULE,
    BY_TESTS,
    COVERAGE_CHALLENGES,
    DECIDED,
    OPENED,
    OVERSTATED,
)

TARGET = ["operator", "technology", "service_level", "environment"]
_KEY = ["h3", *TARGET]
_SAID = ["claim", "evidence", "claimed_by", "claimed_on", "answer", "answered_by", "answered_on"]
_DECIDED = ["decision", "decided_by", "decided_on"]


def challenges_of(cells: pd.DataFrame, claims: pd.DataFrame, answer_days: int, today: date) -> pd.DataFrame:
    """List the challenges of declared coverage, by cell and what is declared.

    Parameters
    ----------
    cells : DataFrame
        Tested cells: ``h3``, what is declared, ``declared``, ``verdict``, ``last_day`` (ISO), ``people``, ``tests`` and
        ``failing``.
    claims : DataFrame
        The layer ``challenges``: of declared coverage those whose ``figure`` says so, of several of one cell the last.
    answer_days : int
        Days after which a challenge that tests bear out is accepted without an answer.
    today : date
        The day of the run.

    Returns
    -------
    DataFrame
        ``COVERAGE_CHALLENGES`` without the labels of the run. Tests open a challenge on the day of their last one; it
        is decided by hand, by the claims, or by rule.
    """
    declared = cells[cells["declared"]]
    opened = declared[declared["verdict"] == OVERSTATED]
    said = claims[claims["figure"] == DECLARED_FIGURE].rename(columns={"cell": "h3"})
    said = said[[*_KEY, *_SAID, *_DECIDED]].drop_duplicates(_KEY, keep="last")
    table = opened[_KEY].merge(said, how="outer", on=_KEY)
    table = table.merge(declared[[*_KEY, "verdict", "people", "tests", "failing", "last_day"]], how="left", on=_KEY)
    text = [*_SAID, *_DECIDED, "verdict", "last_day"]
    table[text] = table[text].astype(object).fillna("")
    rows = [dict(row) | _state(row, answer_days, today) for row in table.to_dict("records")]
    names = [name for name in COVERAGE_CHALLENGES.names if name != "synthetic_layers"]
    return pd.DataFrame(rows, columns=names).sort_values(_KEY, kind="stable").reset_index(drop=True)


def _state(row: Mapping[Hashable, Any], answer_days: int, today: date) -> dict[str, str]:
    is_shown = row["verdict"] == OVERSTATED
    opened_on = row["claimed_on"] or (row["last_day"] if is_shown else "")
    opened = {"opened_by": row["claimed_by"] or (BY_TESTS if is_shown else ""), "opened_on": opened_on}
    if row["decision"] not in ("", "open"):
        return opened | {"status": DECIDED}
    if row["answer"]:
        return opened | {"decision": "", "status": ANSWERED}
    last_day = _day(opened_on)
    if is_shown and last_day is not None and today > last_day + timedelta(days=answer_days):
        decided_on = (last_day + timedelta(days=answer_days + 1)).isoformat()
        return opened | {"decision": ACCEPTED, "decided_by": BY_RULE, "decided_on": decided_on, "status": DECIDED}
    return opened | {"decision": "", "status": OPENED}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
