"""Who serves people: opening hours by hand and as another reader of the syntax has them, and inactive points."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.layers import PointsLayer
from commune_coverage.config.travel import Travel
from commune_coverage.readers.points.reader import read_payments
from commune_coverage.travel.access.opening_hours import minute_of_week, open_minutes
from commune_coverage.travel.access.service import service_of, service_sentences
from tests import tiny

DAY = 24 * 60

# Minutes a week, and of three of its days, by the package opening-hours-py 2.1.4 for the week from 2 March 2026.
WEEKS = [
    ("24/7", 10_080, (1440, 1440, 1440)),
    ("Mo-Fr 08:00-17:00", 2700, (540, 0, 0)),
    ("Mo-Sa 08:00-12:00,13:00-17:00; Su off", 2880, (480, 480, 0)),
    ("Mo,We,Fr 8:00-17:00", 1620, (540, 0, 0)),
    ("08:00-20:00", 5040, (720, 720, 720)),
    ("Sa-Mo 10:00-12:00", 360, (120, 120, 120)),
    ("Fr 22:00-02:00", 240, (0, 120, 0)),
    ("20:00-06:00", 4200, (600, 600, 600)),
    ("Fr-Su 20:00-04:00", 1440, (240, 480, 480)),
    ("Mo-Fr 08:00-17:00; Mo 08:00-12:00", 2400, (240, 0, 0)),
    ("Mo-Sa 07:30-21:00; PH off", 4860, (810, 810, 0)),
    ("24/7; Su off", 8640, (1440, 1440, 0)),
    ("Mo-Fr,PH 09:00-10:00;", 300, (60, 0, 0)),
    ("Mo 00:00-24:00", 1440, (1440, 0, 0)),
    ("off", 0, (0, 0, 0)),
]


@pytest.mark.parametrize(("stated", "minutes", "days"), WEEKS)
def test_minutes_of_a_week_are_those_of_another_reader(stated: str, minutes: int, days: tuple[int, ...]) -> None:
    week = open_minutes(stated)
    assert week is not None
    assert week.sum() == minutes
    assert tuple(week.reshape(7, DAY).sum(axis=1)[[0, 5, 6]]) == days


def test_the_minute_of_opening_counts_and_that_of_closing_does_not() -> None:
    week = open_minutes("Sa 10:00-12:30")
    assert week is not None
    assert np.flatnonzero(week).tolist() == [*range(5 * DAY + 600, 5 * DAY + 750)]
    assert minute_of_week("Sa 10:00") == 5 * DAY + 600


@pytest.mark.parametrize(
    "stated",
    [
        "", "by appointment", "Mo-Fr", "Mo-Fr 08:00+", "Mar-Oct Mo-Fr 08:00-17:00", "sunrise-sunset",
        "Mo[1] 09:00-10:00",
        "Mo-Fr 08:00-25:00", "Mo-Fr 08:60-10:00", "8-17", "lundi 08:00-12:00", "Mo-Fr 08:00-17:00 || \"on call\"",
        "Mo-Fr 10:00-10:00", "SH off", "Mo-Fr 20:00-02:00; Sa off", "week 1-10 Mo 08:00-09:00", "Mo 24/7",
    ],
)  # fmt: skip
def test_what_is_not_a_plain_form_is_not_guessed(stated: str) -> None:
    assert open_minutes(stated) is None


def points(**columns: list[str]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame({"opening": [""] * count, "status": [""] * count, "last_seen": [""] * count} | columns)


def test_open_at_a_time_and_for_so_many_hours() -> None:
    table = points(opening=["Mo-Fr 08:00-17:00", "Mo-Sa 08:00-12:00", "24/7", "", "ask"])
    at = service_of(table, Travel(open_at="Sa 10:00"))
    assert at["is_open"].tolist() == [False, True, True, True, True]
    assert at["open_hours_per_week"].tolist()[:3] == [45, 24, 168]
    assert at["open_hours_per_week"].isna().tolist() == [False, False, False, True, True]
    long = Travel(open_hours_per_week_at_least=45)
    assert service_of(table, long)["is_open"].tolist() == [True, False, True, True, True]
    assert dict(service_sentences(table, at, Travel(open_at="Sa 10:00"))) == {
        "only what is open on Sa 10:00": "1 of 5 are not",
        "no hours stated, count as open": "1 of 5",
        "hours not understood, count as open": "1 of 5",
    }
    assert not service_sentences(table, service_of(table, Travel()), Travel())


def test_inactive_by_status_and_by_the_day_it_was_last_seen() -> None:
    table = points(
        status=["inactive", "active", "", "", "inactive"], last_seen=["2026-03-01", "2025-12-01", "2025-11-30", "", ""]
    )
    settings = Travel(inactive_after_days=90)
    found = service_of(table, settings)
    # 90 days before 1 March 2026, the newest day, is 1 December 2025.
    assert found["is_active"].tolist() == [False, True, False, True, False]
    assert service_of(table, Travel())["is_active"].tolist() == [False, True, True, True, False]
    assert dict(service_sentences(table, found, settings)) == {
        "stated to be inactive, serve nobody": "2 of 5",
        "not seen in the 90 days before 2026-03-01, serve nobody": "1 of 5",
        "no day last seen, count as active": "2 of 5",
    }


@pytest.mark.parametrize("wrong", ["Sa", "Sa 24:00", "Sat 10:00", "10:00", "Sa 9:00"])
def test_a_time_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        Travel(open_at=wrong)


def test_statuses_and_days_of_a_file_are_read_and_counted(tmp_path: Path) -> None:
    rows = tiny.centres().round(7).iloc[[0, 1, 2, 3, 4, 5]].assign(id=range(6), kind="agent")
    rows["is_active"] = ["yes", "Inactive", "0", "", "licensed", "closed"]
    rows["last_active"] = ["2026-01-31", "31/01/2026", "2026-02-01 10:00", "n/a", "soon", ""]
    rows.to_csv(tmp_path / "p.csv", index=False)
    layer = PointsLayer(path=tmp_path / "p.csv", columns={"class": "kind"})
    table, logs = tiny.read(read_payments, layer, tiny.area())
    assert table["status"].tolist() == ["active", "inactive", "inactive", "", "", "inactive"]
    assert table["last_seen"].tolist() == ["2026-01-31", "2026-01-31", "2026-02-01", "", "", ""]
    assert (logs[0].kept, logs[0].read) == (6, 6)
    assert any("3 rows are stated to be inactive" in note for note in logs[0].notes)
    assert any("1 rows state a status that is not understood ('licensed')" in note for note in logs[0].notes)
    assert ["last_seen" in sentence for sentence in logs[0].blanked_sentences()] == [True]


def _run(country: Path, folder: Path) -> pd.DataFrame:
    run_pipeline(country, folder / "data", folder / "maps", date(2026, 3, 1), "serial", lambda *_: None)
    table = pd.read_csv(folder / "data/latest/commune_gaps.csv", dtype={"commune_code": str})
    return table.set_index("commune_code")


def _with(country: Path, name: str, **columns: list[str]) -> None:
    source = country.with_name(f"{name}.csv")
    pd.read_csv(source).assign(**columns).to_csv(source, index=False)


def test_an_inactive_bank_and_a_closed_agent_serve_nobody(tmp_path: Path) -> None:
    country = tiny.write_with_roads(tmp_path / "in")
    before = _run(country, tmp_path / "all")
    # The bank is in the middle, the agent in the east, 15 minutes away by road.
    assert before.loc["010105", "minutes_drive_to_payment_median"] == pytest.approx(0, abs=0.1)
    _with(country, "payments", status=["inactive", ""], opening=["", "Mo-Fr 08:00-17:00"])
    table = _run(country, tmp_path / "inactive")
    assert table.loc["010105", "minutes_drive_to_payment_median"] == pytest.approx(15, rel=2e-3)
    assert table.loc["010105", "payment_gap_share"] == 1
    assert table.loc["010106", "payment_gap_share"] == 0
    tiny.say(country, '[travel]\nopen_at = "Sa 10:00"')
    table = _run(country, tmp_path / "saturday")
    report = json.loads((tmp_path / "saturday/data/latest/report.json").read_text())
    assert (table["payment_gap_share"] == 1).all()
    assert table["minutes_drive_to_payment_median"].isna().all()
    listed = pd.read_csv(tmp_path / "saturday/data/latest/payments.csv")
    assert listed["is_active"].tolist() == [False, True]
    assert listed["is_open"].tolist() == [True, False]
    assert listed["open_hours_per_week"].tolist()[1] == 45
    stated = {(each["theme"], each["name"]): each["value"] for each in report["assumptions"]}
    assert stated["payment", "payment points: only what is open on Sa 10:00"] == "1 of 2 are not"
    assert stated["payment", "payment points: stated to be inactive, serve nobody"] == "1 of 2"


def test_a_closed_office_sorts_and_hands_over_but_nobody_collects_there(tmp_path: Path) -> None:
    country = tiny.write_with_roads(tmp_path / "in")
    before = _run(country, tmp_path / "all")
    _with(country, "hubs", opening=["Mo-Fr 08:00-17:00", ""])
    tiny.say(country, '[travel]\nopen_at = "Su 10:00"')
    table = _run(country, tmp_path / "sunday")
    assert (table["delivery_gap_share"] == 1).all()
    assert table["minutes_to_hub_median"].isna().all()
    pd.testing.assert_series_equal(table["parcel_minutes_median"], before["parcel_minutes_median"])
    assert (table["overloaded_hub_share"] == 0).all()
