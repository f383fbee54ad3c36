"""What each check measures of a run, on three communes and reports of a few lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from commune_coverage.config.quality import Check, Checks
from commune_coverage.quality import output_checks
from commune_coverage.quality.output_checks import CheckedRun, find
from commune_coverage.quality.results import ApprovedChange, Finding, Shown, failed, findings_in, write_findings
from commune_coverage.schema.inputs import Column, Table

DECLARED = Table(
    "gaps",
    "",
    (
        Column("commune_code", "text", "", required=True),
        Column("people", "number", "", minimum=0.0, required=True),
        Column("delivery_gap_share", "number", "", minimum=0.0, maximum=1.0),
        Column("evidence", "text", "", values=("measured", "modelled")),
    ),
)
GAPS = ("internet_gap_share", "delivery_gap_share")


def _table(**columns: object) -> Any:
    usual = {"commune_code": ["1", "2", "3"], "people": [5.0, 0.0, 7.0], "delivery_gap_share": [0.0, 1.0, np.nan]}
    return pd.DataFrame(usual | {"evidence": ["measured", "modelled", "modelled"]} | columns)


def _layer(fetched: str = "2026-02-01T10:00:00", read: int = 100, quarantined: int = 0) -> dict[str, Any]:
    return {"fetched": fetched, "rows": {"read": read, "quarantined": quarantined}}


def _report(**more: object) -> dict[str, Any]:
    usual = {
        "people": {"read": 12.0, "counted": 9.0, "outside": 2.0, "quarantined": 1.0},
        "national": {"internet_gap_share": 0.5, "delivery_gap_share": None},
        "run_date": "2026-03-03",
        "layers": {name: _layer() for name in ("people", "towers", "hubs", "payments")},
        "held_layers": [],
    }
    return usual | more


def _run(table: Any = None, shown: Any = None, communes: int = 3, **more: Any) -> CheckedRun:
    rows = _table() if table is None else table
    unreadable, approved = more.pop("unreadable", ""), more.pop("approved", ApprovedChange())
    return CheckedRun(rows, DECLARED, communes, _report(**more), shown, unreadable, approved)


def _measured(name: str, run: CheckedRun) -> tuple[float, str]:
    (finding,) = (one for one in find(run, Checks()) if one.name == name)
    return finding.measure, finding.detail


def test_a_run_in_order_passes_every_check_with_its_severity_and_limit() -> None:
    findings = find(_run(), Checks())
    assert [(one.severity, one.limit, one.passed) for one in findings] == [
        ("block", 1e-6, True),
        ("block", 0, True),
        ("block", 0, True),
        ("block", 0.1, True),
        ("block", 0, True),
        ("block", 3650, True),
        ("warn", 0.1, True),
        ("warn", 0.05, True),
        ("warn", 0, True),
        ("warn", 0, True),
        ("warn", 0, True),
        ("warn", 0, True),
    ]
    assert {one.name: one.measure for one in findings if one.measure} == {"freshness_days": 30}


def test_a_check_that_is_off_is_not_made_and_at_its_limit_one_passes() -> None:
    checks = Checks(freshness_days=Check(severity="warn", limit=30), versions_held=Check(severity="off", limit=0))
    findings = find(_run(held_layers=["hubs"]), checks)
    assert "versions_held" not in {one.name for one in findings}
    assert failed(findings, "warn") == failed(findings, "block") == []
    (stale,) = failed(find(_run(), Checks(freshness_days=Check(severity="block", limit=29.5))), "block")
    assert stale == Finding("freshness_days", "block", 29.5, 30.0, False, "people was fetched 30 days ago")


@pytest.mark.parametrize(
    ("people", "measure", "said"),
    [
        ({"read": 12.0, "counted": 9.0, "outside": 2.0, "quarantined": 1.0}, 0.0, "0.000 of 12 people"),
        ({"read": 12.0, "counted": 6.0, "outside": 2.0, "quarantined": 1.0}, 3 / 12, "3.000 of 12 people"),
        ({"read": 12.0, "counted": 9.0, "outside": 5.0, "quarantined": 1.0}, 3 / 12, "-3.000 of 12 people"),
        ({"read": 0.0, "counted": 3.0, "outside": 0.0, "quarantined": 0.0}, 3.0, "-3.000 of 0 people"),
        ({}, 0.0, ""),
    ],
)
def test_people_read_are_counted_outside_or_quarantined(people: dict[str, float], measure: float, said: str) -> None:
    assert _measured("people_conserved", _run(people=people)) == (measure, said)


@pytest.mark.parametrize(
    ("codes", "communes", "wrong"),
    [("123", 3, 0), ("122", 3, 2), ("123", 4, 1), ("123", 2, 1), ("111", 3, 4), ("1223", 3, 1)],
)
def test_every_commune_has_its_one_row_and_a_doubled_one_makes_up_for_none(
    codes: str, communes: int, wrong: int
) -> None:
    """Communes that are missing or unknown, and rows beyond the first."""
    table = pd.DataFrame(
        {"commune_code": list(codes), "people": 1.0, "delivery_gap_share": 0.0, "evidence": "measured"}
    )
    assert _measured("every_commune", _run(table, communes=communes))[0] == wrong


@pytest.mark.parametrize(
    ("columns", "problems"),
    [
        ({}, []),
        ({"people": [5.0, -0.5, 7.0]}, ["people: greater_than_or_equal_to(0.0)"]),
        ({"people": [5.0, np.nan, 7.0]}, ["people: not_nullable"]),
        ({"delivery_gap_share": [0.0, 1.01, -0.01]}, ["delivery_gap_share: greater_than_or_equal_to(0.0)",
                                                      "delivery_gap_share: less_than_or_equal_to(1.0)"]),
        ({"evidence": ["measured", "guessed", "modelled"]}, ["evidence: isin(('measured', 'modelled'))"]),
        ({"commune_code": ["1", "1", "3"]}, ["commune_code: multiple_fields_uniqueness"]),
    ],
)  # fmt: skip
def test_values_keep_to_the_declaration(columns: dict[str, list[object]], problems: list[str]) -> None:
    measure, said = _measured("values_in_bounds", _run(_table(**columns)))
    assert (measure, said) == (len(problems), "; ".join(problems))


def _shown(**more: Any) -> Shown:
    table = more.pop("table", _table())
    return Shown(_report(**more), {}, table)


def test_the_national_gap_that_moved_most_is_named_where_both_runs_know_it() -> None:
    def moved(now: list[float | None], before: list[float | None], **more: Any) -> tuple[float, str]:
        national, shown = (dict(zip(GAPS, values, strict=True)) for values in (now, before))
        return _measured("national_change", _run(national=national, shown=_shown(national=shown), **more))

    assert moved([0.5, 0.25], [0.375, 0.5]) == (0.25, "delivery_gap_share is 25.0% where it was 50.0%")
    assert moved([0.5, 0.5], [0.375, None]) == (0.125, "internet_gap_share is 50.0% where it was 37.5%")
    assert moved([None, 0.5], [0.375, None]) == (0.0, "")
    let_in = ApprovedChange(["people", "hubs"], {"delivery_gap_share": -0.25, "internet_gap_share": 0.25})
    said = "internet_gap_share is 50.0% where it was 37.5%, 62.5% with nothing new but the approved people, hubs"
    assert moved([0.5, 0.25], [0.375, 0.5], approved=let_in) == (0.125, said)
    unknown = ApprovedChange(["people"], unknown="a file is gone")
    why = "; how much of it the approved people changed could not be computed: a file is gone"
    assert moved([0.5, 0.25], [0.375, 0.5], approved=unknown) == (
        0.25,
        f"delivery_gap_share is 25.0% where it was 50.0%{why}",
    )
    assert _measured("national_change", _run()) == (0.0, "")


def test_the_layer_fetched_longest_ago_is_named_and_one_without_a_day_is_not() -> None:
    layers = {"people": _layer("2026-03-01"), "towers": _layer("2025-03-03"), "hubs": _layer("")}
    assert _measured("freshness_days", _run(layers=layers)) == (365, "towers was fetched 365 days ago")
    assert _measured("freshness_days", _run(layers={"hubs": _layer("unknown")})) == (0, "")


def test_communes_of_both_runs_of_which_a_gap_moved_by_more_than_a_fifth_are_counted() -> None:
    before = _table(commune_code=["2", "3", "9"], delivery_gap_share=[0.75, 0.5, 0.0], internet_gap_share=0.25)
    now = _table(delivery_gap_share=[0.0, 1.0, 0.5], internet_gap_share=[0.0, 0.25, 0.25])
    assert _measured("communes_moved", _run(now, _shown(table=before))) == (1 / 2, "1 of 2 communes")
    now = now.assign(internet_gap_share=[0.0, 0.25, 0.5])
    assert _measured("communes_moved", _run(now, _shown(table=before))) == (1.0, "2 of 2 communes")
    none = before.assign(commune_code=["7", "8", "9"])
    assert _measured("communes_moved", _run(now, _shown(table=none))) == (0.0, "0 of 0 communes")
    assert _measured("communes_moved", _run(now)) == (0.0, "")


def test_a_gap_that_moves_by_exactly_a_fifth_has_not_moved() -> None:
    before, now = (_table(delivery_gap_share=[share, 0.0, 0.0]) for share in (0.0, 0.2))
    assert _measured("communes_moved", _run(now, _shown(table=before))) == (0.0, "0 of 3 communes")


def test_the_layer_with_the_largest_part_in_quarantine_is_named() -> None:
    layers = {"people": _layer(quarantined=3), "hubs": _layer(read=10, quarantined=1), "towers": _layer(read=0)}
    assert _measured("rows_quarantined", _run(layers=layers)) == (0.1, "1 of 10 rows of hubs")
    assert _measured("rows_quarantined", _run(layers={"towers": _layer(read=0)})) == (0.0, "")


@pytest.mark.parametrize(
    ("name", "more", "expected"),
    [
        ("versions_held", {"held_layers": ["hubs", "people"]}, (2.0, "hubs, people")),
        ("layers_missing", {"layers": {"people": _layer(), "hubs": _layer()}}, (2.0, "towers, payments")),
        ("nothing_to_compare", {"unreadable": "no JSON"}, (1.0, "the run that is shown cannot be read: no JSON")),
        ("nothing_to_compare", {}, (0.0, "")),
    ],
)
def test_what_is_held_missing_or_unreadable_is_counted_and_named(
    name: str, more: dict[str, Any], expected: tuple[float, str]
) -> None:
    assert _measured(name, _run(**more)) == expected


def test_measures_are_made_in_the_order_of_their_declaration() -> None:
    order: Callable[[list[Finding]], list[str]] = lambda found: [one.name for one in found]  # noqa: E731
    assert order(find(_run(), Checks())) == list(Checks.model_fields)


def test_findings_are_read_as_they_were_written(tmp_path: Path) -> None:
    assert findings_in(tmp_path) == []
    findings = [Finding("a_check", "block", 0.5, 0.75, False, "x"), Finding("other", "warn", 1.0, 0.0, True, "")]
    write_findings(tmp_path, findings)
    assert findings_in(tmp_path) == findings


@pytest.mark.parametrize(
    ("own", "shown", "days"),
    [
        ("2026-03-03", None, 0),
        ("2026-03-03", "2026-03-03", 0),
        ("2026-03-03", "2026-03-01", 0),
        ("2026-03-03", "2026-03-05", 2),
        ("1999-12-31", "2026-03-05", 9561),
    ],
)
def test_a_run_older_than_what_is_shown_is_so_many_days_off(own: str, shown: str | None, days: int) -> None:
    before = None if shown is None else Shown(_report(run_date=shown), {}, _table())
    measure, detail = _measured("date_in_order", _run(shown=before, run_date=own))
    assert measure == days
    assert (shown in detail) if days and shown else detail == ""


def test_a_run_of_years_ahead_is_off_whatever_is_shown() -> None:
    ahead = datetime.now(UTC).date() + timedelta(days=400)
    assert _measured("date_in_order", _run(run_date=ahead.isoformat()))[0] == 400
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert _measured("date_in_order", _run(run_date=tomorrow.isoformat()))[0] == 0


@pytest.mark.parametrize("fetched", ["", "2026-03-01T10:00:00+00:00"])
def test_a_clock_behind_the_code_or_what_was_fetched_holds_the_first_run_too(
    monkeypatch: pytest.MonkeyPatch, fetched: str
) -> None:
    layers, written = {"people": _layer(fetched)}, date(2024, 5, 6)
    monkeypatch.setattr(output_checks, "_written", lambda _path: written)
    monkeypatch.setattr(output_checks, "_today", lambda: date(1999, 12, 31))
    measure, detail = _measured("date_in_order", _run(run_date="1999-12-31", layers=layers))
    newest = date(2026, 3, 1) if fetched else written
    assert measure == (newest - date(1999, 12, 31)).days
    assert detail == f"the machine says that it is 1999-12-31, and has code or layers of {newest}: its clock is behind"
    monkeypatch.setattr(output_checks, "_today", lambda: newest)
    assert _measured("date_in_order", _run(run_date="1999-12-31", layers=layers)) == (0.0, "")
