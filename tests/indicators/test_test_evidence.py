"""Which tests count and what they say: by hours, age, place, device, and what was measured."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from commune_coverage.config.verification import Verification
from commune_coverage.indicators.verification.evidence import count_tests, dated, outcomes, sums_by_cell

USUAL = {"operator": "One", "technology": "4g", "environment": "outdoor", "network": "mobile", "device": "a",
         "x_m": 1_010.0, "y_m": 2_010.0, "success": np.nan, "download_mbps": 12.0, "rsrp_dbm": np.nan,
         "measures_speed": True, "kind": "drive", "time": "2026-02-01T12:00:00"}  # fmt: skip
TODAY = date(2026, 3, 1)


def made(*rows: dict) -> pd.DataFrame:
    table = pd.DataFrame([USUAL | row for row in rows])
    day, hour = dated(table["time"].tolist(), "Asia/Phnom_Penh")
    return table.assign(day=day, hour=hour)


def test_local_day_and_hour() -> None:
    day, hour = dated(["2026-02-01T23:30:00+00:00", "2026-02-01T23:30:00", "2026-02-01", ""], "Asia/Phnom_Penh")
    ordinal = date(2026, 2, 1).toordinal()
    assert day.tolist() == [ordinal + 1, ordinal, ordinal, 1]
    assert hour.tolist() == pytest.approx([6.5, 23.5, np.nan, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        ({}, True),
        ({"time": "2026-02-01T05:59:00"}, False),
        ({"time": "2026-02-01T22:00:00"}, True),
        ({"time": "2026-02-01T22:01:00"}, False),
        ({"time": "2025-03-01T12:00:00"}, True),
        ({"time": "2025-02-28T12:00:00"}, False),
        ({"time": "2026-03-02T12:00:00"}, False),
        ({"time": "2026-02-01"}, False),
        ({"time": ""}, False),
        ({"environment": ""}, False),
        ({"network": "fixed"}, False),
    ],
)
def test_hours_age_and_environment(row: dict, counts: bool) -> None:
    assert len(count_tests(made(row), Verification(), TODAY)) == counts
    undated = Verification(count_undated=True)
    assert len(count_tests(made(row), undated, TODAY)) == (counts or row.get("time") in ("", "2026-02-01"))


def test_one_test_a_place_device_and_day() -> None:
    tests = made(
        {"time": "2026-02-01T13:00:00"}, {"time": "2026-02-01T09:00:00", "success": 0.0}, {"x_m": 1_099.0},
        {"x_m": 1_101.0}, {"device": "b"}, {"time": "2026-02-02T12:00:00"}, {"operator": "Two"},
    )  # fmt: skip
    kept = count_tests(tests, Verification(), TODAY)
    assert kept.index.tolist() == [1, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("row", "signal", "speed"),
    [
        ({}, "passed", "passed"),
        ({"download_mbps": 9.9}, "passed", "failed"),
        ({"download_mbps": 0.0}, "failed", "failed"),
        ({"success": 0.0, "download_mbps": np.nan}, "failed", "failed"),
        ({"success": 0.0, "download_mbps": np.nan, "measures_speed": False}, "failed", "unknown"),
        ({"success": 1.0, "download_mbps": np.nan}, "passed", "unknown"),
        ({"download_mbps": np.nan, "rsrp_dbm": -100.0}, "passed", "unknown"),
        ({"download_mbps": np.nan, "rsrp_dbm": -120.0}, "failed", "unknown"),
    ],
)
def test_what_a_test_says_of_a_signal_and_of_10_mbps(row: dict, signal: str, speed: str) -> None:
    for said, level in ((signal, 0.0), (speed, 10.0)):
        is_known, failed = outcomes(made(row), level, -105.0)
        assert ("unknown" if not is_known[0] else "failed" if failed[0] else "passed") == said
    if "rsrp_dbm" in row:
        assert not outcomes(made(row), 0.0, None)[0][0]


def test_counts_of_a_cell() -> None:
    tests = made(
        {"time": "2026-02-01T07:30:00"}, {"time": "2026-02-03T19:00:00", "kind": "walk", "device": "b"},
        {"x_m": 1_500.0, "time": "2026-02-03T08:00:00"},
    )  # fmt: skip
    kept = count_tests(tests, Verification(), TODAY).assign(cell=7, failed=[True, False, False])
    (row,) = sums_by_cell(kept, ["cell"]).to_dict("records")
    assert (row["tests"], row["failing"], row["places"], row["devices"], row["days"]) == (3, 1, 2, 2, 2)
    assert (row["hours_apart"], row["last_day"], row["kinds"]) == (11.5, "2026-02-03", "drive, walk")
