"""Trends of obligations: lines by hand, Sen's slope by brute force, and an alert that is sent once."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import commune_coverage as cc
from commune_coverage.archive.obligations import obligations_before, read_obligations
from commune_coverage.config.quality import Alerts
from commune_coverage.indicators.obligation_trends import trend_obligations
from commune_coverage.monitoring.alerts import alert
from commune_coverage.monitoring.health import EXIT_CODES, health
from commune_coverage.schema.obligation_trends import OBLIGATION_TRENDS
from commune_coverage.schema.obligations import OBLIGATIONS
from tests import tiny
from tests.monitoring.receivers import webhook

TODAY = date(2026, 11, 30)
ROW = {
    "obligation": "x", "title": "T", "operator": "any", "measure": "people", "kind": "", "technology": "4g",
    "speed_mbps": np.nan, "where": "outdoor", "level": "province", "code": "01", "name": "North", "by": "2028-11-29",
    "days_left": 730, "required_share": 0.9, "covered_share": 0.6, "covered_share_low": 0.58,
    "covered_share_high": 0.62, "status": "open", "basis": "modelled",
}  # fmt: skip


def now(**other: object) -> pd.DataFrame:
    return pd.DataFrame([ROW | other]).reindex(columns=OBLIGATIONS.names)


def before(shares: dict[int, float], **other: object) -> pd.DataFrame:
    """Shares by days before today."""
    rows = [
        ROW | other | {"covered_share": share, "run_date": (TODAY - timedelta(days=days)).isoformat()}
        for days, share in shares.items()
    ]
    return pd.DataFrame(rows, columns=[*OBLIGATIONS.names, "run_date"])


def trend(past: pd.DataFrame, **other: object) -> dict[str, object]:
    table = trend_obligations(now(**other), past, TODAY)
    assert set(table.columns) == set(OBLIGATION_TRENDS.names) - {"synthetic_layers"}
    (row,) = table.to_dict("records")
    return row


def test_a_straight_line_goes_on() -> None:
    # 0.1 a year for two years: from 0.6 to 0.8 in two more; the range of today goes along.
    line = before({731: 0.6 - 0.1 * 731 / 365.25, 365: 0.6 - 0.1 * 365 / 365.25, 100: 0.6 - 0.1 * 100 / 365.25})
    found = trend(line)
    assert found["share_per_year"] == pytest.approx(0.1)
    assert found["expected_share"] == pytest.approx(0.6 + 0.1 * 730 / 365.25)
    assert found["expected_share_low"] == pytest.approx(0.58 + 0.1 * 730 / 365.25)
    assert (found["runs"], found["first_date"]) == (4, "2024-11-29")
    assert found["outlook"] == "not enough"
    assert trend(line, required_share=0.81)["outlook"] == "unclear"
    assert trend(line, required_share=0.77)["outlook"] == "enough"
    assert trend(line, days_left=3650, by="2036-11-27")["expected_share"] == 1.0


def test_the_slope_is_the_median_of_all_pairs() -> None:
    random = np.random.default_rng(3)
    days = random.choice(np.arange(1, 900), 25, replace=False)
    shares = 0.5 + random.normal(0, 0.05, 25)
    found = trend(before(dict(zip(days.tolist(), shares.tolist(), strict=True))))
    points = [(0, 0.6), *zip(-days, shares, strict=True)]
    slopes = [365.25 * (b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.combinations(points, 2)]
    assert found["share_per_year"] == pytest.approx(np.median(slopes))
    assert found["share_per_year_low"] < found["share_per_year"] < found["share_per_year_high"]


def test_few_runs_and_other_obligations_make_no_trend() -> None:
    assert trend(before({}))["outlook"] == "too few runs"
    assert trend(before({30: 0.5, 59: 0.4}))["outlook"] == "too few runs"
    assert trend(before({30: 0.5, 60: 0.4}))["outlook"] != "too few runs"
    assert trend(before({300: 0.5, 400: 0.4}, technology="5g"))["runs"] == 1
    assert trend(before({300: 0.5, 400: 0.4}, code="02"))["runs"] == 1
    assert trend_obligations(now(status="met"), before({300: 0.5, 400: 0.4}), TODAY).empty
    assert trend_obligations(now(level="all areas"), before({300: 0.5, 400: 0.4}), TODAY).empty


OBLIGED = """
[checks.national_change]
severity = "warn"
[[obligations]]
id = "gone"
title = "4G for <everybody>"
technology = "4g"
operator = "One"
where = "indoor"
share = 1.0
by = 2026-01-01
source = "invented licence"
[[obligations]]
id = "far"
title = "4G for everybody later"
technology = "4g"
operator = "One"
where = "indoor"
share = 1.0
by = 2028-01-01
source = "invented licence"
"""


def test_runs_leave_a_trend_and_what_is_missed_is_told_once(tmp_path: Path) -> None:
    country, data, maps = tiny.write_files(tmp_path / "in"), tmp_path / "data", tmp_path / "maps"
    tiny.without_limits(country)
    tiny.say(country, OBLIGED)
    for run_date in (date(2026, 3, 1), date(2026, 5, 1), date(2026, 11, 30)):
        cc.run(country, data, maps, run_date, "serial")
    before_now = obligations_before(data, "KHM", "2026-11-30")
    assert sorted(set(before_now["run_date"])) == ["2026-03-01", "2026-05-01"]
    assert (data / "latest/obligation_trends_dictionary.csv").is_file()
    trends = pd.read_csv(data / "latest/obligation_trends.csv", dtype={"code": str})
    assert trends["obligation"].tolist() == ["far"]
    assert (trends["runs"].item(), trends["outlook"].item()) == (3, "not enough")
    status = read_obligations(data / "latest/obligations.csv").set_index(["obligation", "level"])["status"]
    assert status[("gone", "all areas")] == "missed"
    page = (maps / "latest/obligations.html").read_text(encoding="utf-8")
    assert "4G for &lt;everybody&gt;" in page
    assert "<everybody>" not in page
    assert page.index('data-words="obligation_missed"') < page.index('data-words="obligation_open"')
    assert 'data-words="obligation_outlook_not_enough"' in page
    state = health(data, maps, Alerts())
    names = {one.name for one in state.conditions if one.status == "notice"}
    assert names == {"obligation gone is missed", "obligation far is not on course"}
    assert EXIT_CODES["notice"] == 0
    with webhook() as (address, posted):
        (tmp_path / "hook").write_text(address)
        settings = Alerts(webhook_file=tmp_path / "hook")
        assert alert(state, data, settings, "here") == alert(state, data, settings, "here") == []
    (message,) = posted
    assert sum("obligation 'gone'" in line for line in message["alerts"]) == 1
    assert any("missed since 2026-01-01" in line for line in message["alerts"])
