"""What others have published beside ours, by hand, and the check that tells of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import commune_coverage as cc
from commune_coverage.config.benchmarks import Benchmark
from commune_coverage.indicators.benchmarks import OurFigures, compare_benchmarks, published_benchmarks
from commune_coverage.indicators.covered_areas import CoverageTables
from commune_coverage.schema.benchmarks import BENCHMARKS
from commune_coverage.schema.inputs import Table, share
from tests import tiny

COMMUNES = pd.DataFrame(
    {
        "people": [300.0, 100.0, 50.0],
        "at_least_4g_share": [1.0, 0.2, np.nan],
        "at_least_4g_share_low": [0.8, 0.2, np.nan],
        "at_least_4g_share_high": [1.0, 0.4, np.nan],
    }
)
NATIONAL = {"internet_gap_share": 0.25, "delivery_gap_share": None}
OFFICIAL = pd.DataFrame(
    {
        "level": ["nation", "nation", "province"],
        "series": ["FB_CBK_BRCH", "", "FB_CBK_BRCH"],
        "title": "Commercial bank branches",
        "unit": ["per 100,000 adults", "per 1,000 km2", "per 100,000 adults"],
        "differs": "Counted in the payment layer.",
        "value": [8.2, 4.0, 99.0],
        "value_low": np.nan,
        "value_high": np.nan,
    }
)
DECLARED = Table("commune_gaps", "", (share("at_least_4g_share", "Share of people with 4G or newer."),))


def compared(figure: str, value: float, tolerance: float) -> dict[str, object]:
    one = Benchmark(
        figure=figure, value=value, tolerance=tolerance, date=date(2025, 12, 31), source="ITU", definition="Signal."
    )
    table = compare_benchmarks([one], OurFigures(CoverageTables(COMMUNES, COMMUNES), DECLARED, NATIONAL, OFFICIAL))
    assert set(table.columns) == set(BENCHMARKS.names) - {"synthetic_layers"}
    return dict(table.iloc[0])


@pytest.mark.parametrize(
    ("figure", "value", "tolerance", "ours", "status"),
    [
        ("internet_gap_share", 0.3, 0.05, 0.25, "within"),
        ("internet_gap_share", 0.3, 0.04, 0.25, "outside"),
        ("at_least_4g_share", 0.78, 0.02, (300 + 20) / 400, "within"),
        ("at_least_4g_share", 0.78, 0.01, (300 + 20) / 400, "outside"),
        ("delivery_gap_share", 0.3, 1.0, np.nan, "no figure"),
        ("no_such_share", 0.3, 1.0, np.nan, "no figure"),
        ("people", 0.3, 1.0, np.nan, "no figure"),
        ("FB_CBK_BRCH", 7.0, 2.0, 8.2, "within"),
        ("FB_CBK_BRCH", 7.0, 1.0, 8.2, "outside"),
        ("FB_ATM_TOTL", 7.0, 1.0, np.nan, "no figure"),
    ],
)
def test_the_tolerance_decides(figure: str, value: float, tolerance: float, ours: float, status: str) -> None:
    found = compared(figure, value, tolerance)
    assert found["value"] == pytest.approx(ours, nan_ok=True)
    assert found["difference"] == pytest.approx(ours - value, nan_ok=True)
    assert found["status"] == status


def test_a_share_has_its_range_and_says_what_it_is() -> None:
    found = compared("at_least_4g_share", 0.5, 0.1)
    assert (found["value_low"], found["value_high"]) == (pytest.approx(0.65), pytest.approx(0.85))
    assert found["ours"] == "Share of people with 4G or newer."


def test_an_official_series_is_named_with_its_unit() -> None:
    found = compared("FB_CBK_BRCH", 7.0, 1.0)
    assert found["ours"] == "Commercial bank branches, per 100,000 adults."


def test_of_several_years_the_newest_of_each_source_is_compared() -> None:
    rows = pd.DataFrame({"figure": "at_least_4g_share", "value": [0.7, 0.9, 0.8, 0.6], "tolerance": 0.02})
    dates = ["2023-12-31", "2025-12-31", "2024-12-31", "2020-12-31"]
    found = published_benchmarks(
        rows.assign(date=dates, source=["ITU", "ITU", "ITU", "a census"], definition="Signal.")
    )
    assert [(one.source, one.value, one.date.year) for one in found] == [("ITU", 0.9, 2025), ("a census", 0.6, 2020)]


def test_a_run_warns_of_a_figure_that_is_far_from_what_was_published(tmp_path: Path) -> None:
    country = tiny.write_files(tmp_path)
    tiny.without_limits(country)
    tiny.say(
        country,
        """
        [[benchmarks]]
        figure = "at_least_3g_share"
        value = 0.999
        tolerance = 0.01
        date = 2025-12-31
        source = "an invented yearbook"
        definition = "People within range of at least a 3G signal."
        """,
    )
    cc.run(country, tmp_path / "data", tmp_path / "maps", date(2026, 11, 30), "serial")
    results = cc.open_results(tmp_path / "data")
    assert results.benchmarks.columns.tolist() == BENCHMARKS.names
    (row,) = results.benchmarks.to_dict("records")
    assert row["status"] == "outside"
    (check,) = (one for one in results.report["checks"] if one["name"] == "benchmarks")
    assert (check["passed"], check["severity"], check["measure"]) == (False, "warn", 1.0)
    assert "at_least_3g_share is 0" in check["detail"]
    assert "published were 0.999 (an invented yearbook, 2025-12-31)" in check["detail"]
