"""The first version of every layer, spoilt in every way: the run stops or goes on as declared, and nothing is made up.

STOPS is where too much is unusable, REFUSED where the file cannot be read at all; elsewhere the run goes on.
"""

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from commune_coverage.api import check
from commune_coverage.api import run as run_pipeline
from commune_coverage.core.errors import CoverageError, UnusableLayerError
from commune_coverage.quality.approve import approve_version
from tests.quality.spoilt import FAULTS, WRITERS, write_country

STOPS, REFUSED, GOES_ON = "stops", "is refused", "goes on"
# In the order of FAULTS: sound, all bad, 90 % bad, 50 % bad, outside, one point, empty.
_ROWS = (GOES_ON, STOPS, STOPS, GOES_ON, STOPS, STOPS, STOPS)
# Lines and areas may all be one; that is not what a point is.
_SHAPES = (GOES_ON, STOPS, STOPS, GOES_ON, STOPS, GOES_ON, STOPS)
# A raster of which half the communes have nothing.
_GRID = (GOES_ON, STOPS, STOPS, STOPS, STOPS, GOES_ON, REFUSED)
EXPECTED = {
    "communes": (GOES_ON, REFUSED, STOPS, GOES_ON, GOES_ON, GOES_ON, REFUSED),
    "people points": _ROWS,
    # Four of nine communes without a row are more than a quarter.
    "people table": (GOES_ON, STOPS, STOPS, STOPS, STOPS, STOPS, STOPS),
    "people raster": _GRID,
    # Groups may have a single place, and communes none of a group.
    "people_groups": _SHAPES,
    "towers register": _ROWS,
    "towers crowd": _ROWS,
    "hubs": _ROWS,
    "payments": _ROWS,
    "institutions": _ROWS,
    "railways": _SHAPES,
    "borders": _SHAPES,
    "roads": _SHAPES,
    "elevation": _GRID,
    "water": _SHAPES,
    "flood": _SHAPES,
    "friction": _GRID,
    "speed_tests": _ROWS,
    "fibre": _SHAPES,
    "subscriptions": _ROWS,
    "vehicles": _ROWS,
    "gtfs": _ROWS,
    # A row that stands there twice is not lost.
    "known_coverage": _SHAPES,
    "benchmarks": (GOES_ON, STOPS, STOPS, GOES_ON, GOES_ON, GOES_ON, STOPS),
    "spectrum": _SHAPES,
    "coverage": _SHAPES,
    "fixed": _SHAPES,
    # A commune may be challenged as often as somebody likes, and no figure need be.
    "challenges": (GOES_ON, STOPS, STOPS, GOES_ON, STOPS, GOES_ON, GOES_ON),
}
CASES = [(layer, fault, EXPECTED[layer][number]) for layer in WRITERS for number, fault in enumerate(FAULTS)]
GAPS = {"people": "internet", "towers": "internet", "hubs": "delivery", "payments": "payment"}


def run(folder: Path, country: Path):
    return run_pipeline(country, folder / "data", folder / "maps", date(2026, 3, 1), "serial", lambda *_: None)


def national(folder: Path) -> dict[str, float | None]:
    return json.loads((folder / "data/latest/report.json").read_text())["national"]


@pytest.mark.parametrize("layer", WRITERS)
def test_check_stops_or_goes_on_as_declared(tmp_path, layer):
    found, name = {}, layer.partition(" ")[0]
    for fault in FAULTS:
        findings = check(write_country(tmp_path / fault, layer, fault, is_alone=True), tmp_path / "data")
        problems = [line for line in findings.problems if line.startswith(f"{name}:")]
        is_stop = any("commune-coverage approve" in line for line in problems)
        found[fault] = STOPS if is_stop else REFUSED if problems else GOES_ON
        assert all(log.is_balanced() for log in findings.logs if log.read)
    assert found == dict(zip(FAULTS, EXPECTED[layer], strict=True))


@pytest.mark.parametrize(
    ("layer", "fault"),
    [("towers register", "all bad"), ("towers crowd", "outside"), ("hubs", "all bad"), ("people table", "all bad")],
)
def test_a_run_stops_and_once_approved_says_that_the_figure_is_not_available(tmp_path, layer, fault):
    country, name = write_country(tmp_path / "in", layer, fault), layer.partition(" ")[0]
    with pytest.raises(UnusableLayerError, match=f'{name}: .*commune-coverage approve {name} --because "…"'):
        run(tmp_path, country)
    assert not (tmp_path / "data/latest").exists()
    approve_version(tmp_path / "data", name, "there is nothing else")
    assert check(country, tmp_path / "data").problems == []
    assert "not available" in run(tmp_path, country).headline
    figures = national(tmp_path)
    assert figures[f"{GAPS[name]}_gap_people"] is None
    assert figures[f"{GAPS[name]}_gap_share"] is None
    table = pd.read_csv(tmp_path / "data/latest/commune_gaps.csv")
    assert table[f"{GAPS[name]}_gap_share"].isna().all()


def test_half_the_rows_of_a_register_bad_are_published_with_a_warning(tmp_path):
    run(tmp_path, write_country(tmp_path / "in", "towers register", "50 % bad"))
    checks = json.loads((tmp_path / "data/latest/report.json").read_text())["checks"]
    assert "10 of 20 rows of towers" in next(one["detail"] for one in checks if one["name"] == "rows_quarantined")
    assert national(tmp_path)["internet_gap_share"] is not None


@pytest.mark.long
@pytest.mark.parametrize(("layer", "fault", "expected"), CASES)
def test_run_stops_or_goes_on_as_declared(tmp_path, layer, fault, expected):
    country, name = write_country(tmp_path / "in", layer, fault), layer.partition(" ")[0]
    if expected == GOES_ON:
        run(tmp_path, country)
        return
    with pytest.raises(UnusableLayerError if expected == STOPS else CoverageError):
        run(tmp_path, country)
    assert not (tmp_path / "data/latest").exists()
    if expected == STOPS and name != "communes":
        approve_version(tmp_path / "data", name, "there is nothing else")
        run(tmp_path, country)
        if name in GAPS and fault in ("all bad", "outside", "empty"):
            assert national(tmp_path)[f"{GAPS[name]}_gap_share"] is None
