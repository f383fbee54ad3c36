"""Speed tests as evidence and as the headline: places by hand, intervals against statsmodels' formula, whole runs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import commune_coverage as cc
from commune_coverage.core.errors import CountryFileError
from commune_coverage.indicators.measured import (
    TESTS_DISAGREE,
    CommuneSpeeds,
    evidence_by_tests,
    measured_gap,
    speeds_by_commune,
)
from tests import tiny

Z = 1.959963984540054


def wilson(slow: int, count: int) -> tuple[float, float]:
    """E. B. Wilson 1927, as textbooks have it."""
    share, square = slow / count, Z * Z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = Z / (1 + square / count) * np.sqrt(share * (1 - share) / count + square / (4 * count**2))
    return middle - half, middle + half


def places_with(speeds: list[float], **other: object) -> pd.DataFrame:
    """One test a place, a kilometre apart."""
    return pd.DataFrame(
        {"commune": 0, "network": "mobile", "lon": 104.0, "lat": 11.0 + 0.01 * np.arange(len(speeds)), "tests": 1.0}
        | {"download_mbps": speeds}
        | other
    )


def test_places_count_once_and_the_interval_is_wilson_s() -> None:
    slow_and_fast = places_with([4.0] * 6 + [40.0] * 18)
    many_at_one = pd.concat([slow_and_fast, pd.concat([slow_and_fast.iloc[[0]]] * 50)])
    for table in (slow_and_fast, many_at_one):
        found = speeds_by_commune(table, 2, 10.0)
        assert found.places.tolist() == [24, 0]
        assert (found.slow_share[0], np.isnan(found.slow_share[1])) == (0.25, True)
        assert (found.low[0], found.high[0]) == pytest.approx(wilson(6, 24))
    mean_of_place = pd.concat([places_with([4.0]), places_with([40.0], tests=3.0)])
    assert speeds_by_commune(mean_of_place, 1, 10.0).slow_share.tolist() == [0.0]  # (4 + 3 x 40) / 4 = 31
    fixed = places_with([4.0], network="fixed")
    assert speeds_by_commune(pd.concat([fixed, places_with([np.nan])]), 1, 10.0).places.tolist() == [0.0]


FIGURES = {
    "internet_gap_share": np.array([0.29, 0.29, 0.70, 0.29, 0.5]),
    "internet_gap_share_low": np.array([0.1, 0.1, 0.5, 0.1, 0.2]),
    "internet_gap_share_high": np.array([0.4, 0.4, 0.8, 0.4, 0.9]),
    "no_signal_share": np.array([0.02, 0.02, 0.02, 0.20, 0.02]),
    "no_signal_share_low": np.array([0.01, 0.01, 0.01, 0.1, 0.01]),
    "no_signal_share_high": np.array([0.04, 0.04, 0.04, 0.3, 0.04]),
    "internet_evidence": np.array(["observed", "modelled", "modelled", "modelled", "data-poor"], dtype=object),
    "internet_note": np.array(["", "", "", "", "x"], dtype=object),
}
TESTED = CommuneSpeeds(*(np.array(part) for part in ([30.0, 9, 30, 30, 30], [0.25] * 5, [0.15] * 5, [0.4] * 5)))


def test_tests_bound_a_figure_or_say_otherwise() -> None:
    found = evidence_by_tests(FIGURES, TESTED, 20)
    # Enough and within; too few places; outside; a fifth cannot test; too little is known in any case.
    assert found["internet_evidence"].tolist() == ["measured", "modelled", "modelled", "modelled", "data-poor"]
    assert found["internet_note"].tolist() == ["", "", TESTS_DISAGREE, TESTS_DISAGREE, "x"]
    assert FIGURES["internet_evidence"][0] == "observed"


def test_a_gap_of_tests_holds_those_without_signal() -> None:
    people = np.array([100.0, 100, 100, 100, 100])
    found = measured_gap(FIGURES, people, TESTED, 20, is_combined=False)
    assert found["internet_gap_share"][0] == pytest.approx(0.02 + 0.98 * 0.25)
    assert found["internet_gap_share_low"][0] == pytest.approx(0.01 + 0.99 * 0.15)
    assert found["internet_gap_share_high"][3] == pytest.approx(0.3 + 0.7 * 0.4)
    assert np.isnan(found["internet_gap_share"][1])
    assert found["internet_gap_source"].tolist() == ["measured", "", "measured", "measured", "measured"]
    assert found["internet_evidence"].tolist() == ["measured", "data-poor", "measured", "measured", "measured"]
    both = measured_gap(FIGURES, people, TESTED, 20, is_combined=True)
    assert both["internet_gap_share"][1] == 0.29
    assert both["internet_gap_source"].tolist() == ["measured", "modelled", "measured", "measured", "measured"]
    assert both["internet_gap_modelled_share"].tolist() == FIGURES["internet_gap_share"].tolist()


@pytest.mark.parametrize("source", ["measured", "combined"])
def test_a_run_rests_on_tests(tmp_path: Path, source: str) -> None:
    country, middle = tiny.write_files(tmp_path), tiny.centres()
    tiny.without_limits(country)
    rng = np.random.default_rng(5)
    tested = pd.DataFrame({"lon": middle["lon"][0] + rng.uniform(-0.03, 0.03, 60)})
    tested = tested.assign(lat=middle["lat"][0] + rng.uniform(-0.03, 0.03, 60), download_mbps=[3.0, 30.0] * 30)
    tested.to_csv(tmp_path / "tests.csv", index=False)
    text = country.read_text() + f'\n[headline]\nsource = "{source}"\n'
    country.write_text(text)
    with pytest.raises(CountryFileError, match=r"needs \[layers.speed_tests\]"):
        cc.load_country(country)
    tiny.say(country, '[layers.speed_tests]\npath = "tests.csv"\nformat = "drive"')
    cc.run(country, tmp_path / "data", tmp_path / "maps", date(2026, 3, 1), "serial")
    table = cc.open_results(tmp_path / "data").communes.set_index("commune_code")
    first = table.loc["010101"]
    assert (first["internet_gap_source"], first["internet_evidence"]) == ("measured", "measured")
    silent = first["no_signal_share"]
    assert first["internet_gap_share"] == pytest.approx(silent + (1 - silent) * 0.5, abs=0.1)
    others = table.drop("010101")
    wanted = {""} if source == "measured" else {"modelled", ""}
    assert set(others["internet_gap_source"]) <= wanted
    page = (tmp_path / "maps/latest/internet.html").read_text(encoding="utf-8")
    assert f'data-words="source_of_gap_{source}"' in page
