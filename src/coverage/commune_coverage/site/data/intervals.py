"""Intervals of an ensemble as pages show them: of the internet gap, of the nation and of each commune."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from commune_coverage.schema.areas import NATION
from commune_coverage.schema.ensemble import INTERNET_GAP, YES

THEME = "internet"
DRAWN_COLUMNS = [f"{THEME}_drawn_{name}" for name in ("share", "share_low", "share_high", "outside")]
_MODELLED = "modelled"


def drawn_gaps(report: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Rows of ``intervals`` of the internet gap by the code of the commune, '' for the nation.

    There are none where the gap rests on anything but the modelled networks, for the draws are of these alone: on what
    is declared or measured, or on fixed lines that are given.
    """
    if report.get("headline_sources", {}).get(THEME) != _MODELLED or "mobile_gap_share" in report["national"]:
        return {}
    rows = report.get("tables", {}).get("intervals", ())
    own = [row for row in rows if row["figure"] == INTERNET_GAP and row["low"] is not None]
    return {"" if row["level"] == NATION else row["code"]: row for row in own if row["level"] in (NATION, "commune")}


def with_drawn_gaps(communes: pd.DataFrame, report: Mapping[str, Any]) -> pd.DataFrame:
    """The communes with ``DRAWN_COLUMNS``; as they are where there is no interval."""
    gaps = drawn_gaps(report)
    if not gaps:
        return communes
    rows = [gaps.get(str(code)) for code in communes["commune_code"]]
    return communes.assign(
        **pd.DataFrame([_figures_of(row) for row in rows], columns=DRAWN_COLUMNS, index=communes.index, dtype=float)
    )


def _figures_of(row: Mapping[str, Any] | None) -> tuple[float | None, ...]:
    if row is None:
        return (None,) * len(DRAWN_COLUMNS)
    return row["estimate"], row["low"], row["high"], float(row["run_outside"] == YES)
