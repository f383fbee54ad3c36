"""The page that compares the figures with what others have published or measured; there where anything is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commune_coverage.site.pages.page import PageContent, Site, SitePage

_ERRORS = ("mean_error", "mean_absolute_error", "rms_error")
_RATIOS = ("correlation", "skill_over_disc")


def has_scores(site: Site) -> bool:
    """Whether anything is known to compare with."""
    return bool(site.report.get("scoreboard", {}).get("scores"))


def validation_content(site: Site) -> PageContent:
    """National figures, levels, scores and verdicts of the run's scoreboard, as text."""
    board = site.report["scoreboard"]
    figures = [_figure(row) for row in board["figures"] if row["level"] == "nation"]
    scores = [_score(row) for row in board["scores"] if row["units"]]
    levels = [_level(row) for row in board["level_offsets"]]
    further = {"figures": figures, "scores": scores, "levels": levels, "verdicts": board["sentences"]}
    return PageContent(tables=(), further=further)


def _figure(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("known", "model", "withheld", "disc", "log_distance")
    return {
        **_what(row, row["measure"]),
        "use": row["use"],
        "shares": [_text(row[f"{name}_share"], 100, 1, " %") for name in names],
        "note": row["note"],
    }


def _score(row: Mapping[str, Any]) -> dict[str, Any]:
    factor, unit = (100, " %") if row["quantity"] == "coverage" else (1, " dB")
    numbers = [_text(row[name], factor, 1, unit) for name in _ERRORS] + [_text(row[name], 1, 2, "") for name in _RATIOS]
    return {
        **_what(row, row["quantity"], row["level"]),
        "use": row["use"],
        "predictor": row["predictor"],
        "units": f"{row['units']:,}",
        "numbers": numbers,
    }


def _level(row: Mapping[str, Any]) -> str:
    name = f"{row['operator']} {row['technology'].upper()}"
    if row["known_share"] is None:
        return f"{name}: {row['offset_db']:+.1f} dB"
    low, high = (_text(row[bound], 1, 1, " dB") or "?" for bound in ("low_db", "high_db"))
    text = (
        f"{name}: {row['offset_db']:+.1f} dB ({low} to {high}), {row['reached_share']:.1%} for {row['known_share']:.1%}"
    )
    return text if row["is_reached"] else f"{text}; not reached: at most {row['attainable_share']:.1%}"


def _what(row: Mapping[str, Any], *parts: str) -> dict[str, Any]:
    """Whose network, what of it in words of the run, and of which day."""
    network = " ".join(filter(None, (row["operator"], row["technology"].upper())))
    return {"network": network, "parts": parts, "date": row["date"] or ""}


def _text(value: float | None, factor: float, decimals: int, unit: str) -> str:
    return "" if value is None else f"{factor * value:.{decimals}f}{unit}"


PAGE = SitePage(
    "validation",
    "tab_validation",
    "validation.html.j2",
    (),
    validation_content,
    is_written=has_scores,
    shows=("known_coverage", "speed_tests"),
)
