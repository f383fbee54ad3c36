"""The scoreboard as text."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_NAMES = {"model": "model", "disc": "disc", "log_distance": "log-distance"}
_COLUMNS = ("figures", "mean", "abs", "RMS", "corr", "skill")
_HEAD = f"{'what':<34} {'use':<11} {'estimate':<12} " + " ".join(f"{name:>7}" for name in _COLUMNS)


def lines_of(scoreboard: Mapping[str, Any]) -> list[str]:
    """List what is known beside its estimates, the scores, and which is nearer.

    Parameters
    ----------
    scoreboard : mapping
        The run's ``scoreboard.json``.

    Returns
    -------
    list of str
        Lines; one where nothing is known to compare with.
    """
    if not scoreboard["scores"]:
        return ["nothing to compare with: the country file names no known_coverage and no speed_tests layer"]
    national = [_figure(row) for row in scoreboard["figures"] if row["level"] == "nation"]
    levels = [_level(row) for row in scoreboard["level_offsets"]]
    scores = [_score(row) for row in scoreboard["scores"] if row["units"]]
    return [*national, *levels, _HEAD, *scores, *scoreboard["sentences"]]


def _figure(row: Mapping[str, Any]) -> str:
    what = f"{row['operator']} {row['technology'].upper()} {row['measure']} {row['date']}".rstrip()
    if row["model_share"] is None:
        return f"{what}: published {_percent(row['known_share'])}; {row['note']}"
    use = "used to calibrate, no validation" if row["use"] == "calibration" else "validation"
    withheld = row["withheld_share"] if row["use"] == "calibration" else None
    held = f", with its own share withheld {_percent(withheld)}" if withheld is not None else ""
    estimates = f"model {_percent(row['model_share'])}{held}, disc {_percent(row['disc_share'])}"
    return f"{what}: published {_percent(row['known_share'])}; {estimates} ({use})"


def _level(row: Mapping[str, Any]) -> str:
    if row["known_share"] is None:
        return f"level of {row['operator']} {row['technology'].upper()}: {_db(row['offset_db'])}, stated"
    reached = "" if row["is_reached"] else f"; not reached: at most {_percent(row['attainable_share'])}"
    bounds = f"{_db(row['low_db'])} to {_db(row['high_db'])}"
    return f"level of {row['operator']} {row['technology'].upper()}: {_db(row['offset_db'])} ({bounds}){reached}"


def _score(row: Mapping[str, Any]) -> str:
    factor = 100.0 if row["quantity"] == "coverage" else 1.0
    named = (row["operator"], row["technology"].upper(), row["quantity"], row["level"], row["date"])
    errors = [_number(row[name], factor, 1) for name in ("mean_error", "mean_absolute_error", "rms_error")]
    rest = [_number(row[name], 1.0, 2) for name in ("correlation", "skill_over_disc")]
    head = f"{' '.join(filter(None, named)):<34} {row['use']:<11} {_NAMES[row['predictor']]:<12} "
    return head + " ".join(f"{text:>7}" for text in (f"{row['units']:,}", *errors, *rest))


def _number(value: float | None, factor: float, decimals: int) -> str:
    return "-" if value is None else f"{factor * value:.{decimals}f}"


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.1%}"


def _db(value: float | None) -> str:
    return "unknown" if value is None else f"{value:+.1f} dB"


def left_out_lines(source: Path) -> list[str]:
    """List what is known besides cells beside what the ensemble predicts of it without it.

    Parameters
    ----------
    source : Path
        The run's ``ensemble_evidence.csv``.

    Returns
    -------
    list of str
        A line a figure; none without an ensemble, or where nothing is known.
    """
    if not source.is_file():
        return []
    with source.open(encoding="utf-8-sig", newline="") as stream:
        return [_left_out(row) for row in csv.DictReader(stream)]


def _left_out(row: Mapping[str, str]) -> str:
    technology = "" if row["technology"] == "any" else row["technology"].upper()
    what = " ".join(filter(None, (row["operator"], technology, row["measure"], row["code"], row["date"])))
    note = f"; {row['note']}" if row["note"] else ""
    if not row["predicted"]:
        return f"{what}: published {_of_measure(row, 'published')}{note}"
    low, high = (_of_measure(row, f"predicted_{end}") for end in ("low", "high"))
    within = "within" if row["predicted_within"] == "yes" else "outside"
    predicted = f"predicted without it {_of_measure(row, 'predicted')} (90 % interval {low} to {high})"
    return f"{what}: published {_of_measure(row, 'published')}, {predicted}: {within}{note}"


def _of_measure(row: Mapping[str, str], name: str) -> str:
    value = float(row[name])
    return f"{value:,.0f}" if row["measure"] == "masts" else _percent(value)
