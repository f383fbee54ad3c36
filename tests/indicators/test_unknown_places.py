"""Shares of people of whom only the total is known: every way to live in an area, by brute force, and a run."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import commune_coverage as cc
from commune_coverage.indicators.unknown_places import SPREAD_EVENLY, widen_all, widened
from tests import tiny

CELLS, SETTLED = 10, 4


def test_the_range_is_that_of_every_way_to_live_in_an_area() -> None:
    for served in range(CELLS + 1):
        shares = [sum(cell < served for cell in lived) / SETTLED for lived in combinations(range(CELLS), SETTLED)]
        share = np.array([served / CELLS])
        low, high = widened(share, share, share, SETTLED / CELLS)
        assert (low[0], high[0]) == (pytest.approx(min(shares)), pytest.approx(max(shares)))


def test_a_range_of_the_model_is_held_and_nothing_stays_nothing() -> None:
    share, low, high = (np.array(values) for values in ([0.5, 1.0, 0.0, np.nan], [0.4, 0.9, 0.0, np.nan], [1, 1, 0, 1]))
    found = widened(share, low, high.astype(float), 0.5)
    assert found[0].tolist()[:3] == pytest.approx([0.0, 0.8, 0.0])
    assert found[1].tolist()[:3] == pytest.approx([1.0, 1.0, 0.0])
    assert np.isnan(found[0][3])


def test_only_shares_with_a_range_are_widened() -> None:
    figures = {
        "people": np.array([5.0]),
        "internet_gap_share": np.array([0.5]),
        "internet_gap_share_low": np.array([0.5]),
        "internet_gap_share_high": np.array([0.5]),
        "internet_note": np.array([""], dtype=object),
        "too_slow_share": np.array([0.5]),
    }
    found = widen_all(figures, ["internet"], 0.1)
    assert set(found) == {"internet_gap_share_low", "internet_gap_share_high", "internet_note"}
    assert (found["internet_gap_share_low"][0], found["internet_gap_share_high"][0]) == (0.0, 1.0)
    assert found["internet_note"].tolist() == [SPREAD_EVENLY]


def test_a_run_on_totals_says_so_and_one_on_places_does_not(tmp_path: Path) -> None:
    notes = {}
    for name in ("totals", "places"):
        country = tiny.write_files(tmp_path / name)
        tiny.without_limits(country)
        if name == "totals":
            pd.DataFrame({"commune_code": tiny.CODES, "people": 9}).to_csv(tmp_path / name / "t.csv", index=False)
            text = country.read_text().replace(
                'path = "villages.csv"\nformat = "points"', 'path = "t.csv"\nformat = "table"'
            )
            country.write_text(text.replace('columns = { place_name = "village" }\n', ""))
        cc.run(country, tmp_path / name / "data", tmp_path / name / "maps", date(2026, 3, 1), "serial")
        results = cc.open_results(tmp_path / name / "data")
        notes[name] = results.communes["internet_note"].astype(object).fillna("").tolist()
        partly = results.operator_coverage.query("covered_share > 0 and covered_share < 1")
        if name == "totals":
            assert len(partly)
            assert (partly["covered_share_high"] >= np.minimum(1, partly["covered_share"] / 0.1) - 1e-9).all()
    assert SPREAD_EVENLY in notes["totals"]
    assert SPREAD_EVENLY not in notes["places"]
