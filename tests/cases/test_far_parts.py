"""Countries with parts far out at sea and on both sides of 180 degrees, from their files to their tables."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from pyproj import Geod

from tests.invented_parts import COUNTRIES, ROAD_KMH, RUN_DATE, Commune, move_a_hub, run, write_country

EARTH = Geod(ellps="WGS84")
EXPORTS = ("commune_gaps.parquet", "commune_gaps.csv", "operator_coverage.csv", "sites.csv", "hubs.csv")
PARTS = {"far_islands": 4, "across_180": 2}
Run = tuple[str, Path, Path]


@pytest.fixture(scope="module", params=COUNTRIES)
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The name of a country, its file, and the folder of the tables of its first run."""
    folder = tmp_path_factory.mktemp(request.param)
    country = write_country(folder / "in", COUNTRIES[request.param])
    return request.param, country, run(country, folder)


def _road_m(communes: dict[str, Commune], name: str) -> float | None:
    """Geodesic from the place of a commune to the hub on its road; None where no road leads to a hub."""
    if name == "East Tundra":
        places = [communes[name].place, (180.0, 64.0), communes["West Tundra"].hub]
    else:
        places = [communes[name].place, communes[name].hub]
    if None in places:
        return None
    return sum(EARTH.inv(*one, *other)[2] for one, other in pairwise(places))


def test_times_to_the_hub_are_those_of_geodesics(done: Run) -> None:
    name, _, tables = done
    table = pd.read_csv(tables / "commune_gaps.csv").set_index("commune_name")
    for commune in COUNTRIES[name]:
        length_m, minutes = _road_m(COUNTRIES[name], commune), table.loc[commune, "minutes_to_hub_median"]
        if length_m is None:
            assert not minutes < 1e6
        else:
            assert minutes / 60 * ROAD_KMH * 1000 == pytest.approx(length_m, rel=1e-3), commune


def test_the_report_tells_the_parts_and_what_is_left_of_the_error(done: Run) -> None:
    name, _, tables = done
    notes = json.loads((tables / "report.json").read_text())["layers"]["communes"]["notes"]
    assert any(f"the country has {PARTS[name]} parts" in note for note in notes)
    corrected = [note for note in notes if "corrected by the local scale they are within 0.00" in note]
    assert len(corrected) == (name == "across_180")
    assert not any("no one projection is nearer" in note for note in notes)


def test_everybody_and_every_area_is_there(done: Run) -> None:
    name, _, tables = done
    table = pd.read_csv(tables / "commune_gaps.csv").set_index("commune_name")
    assert table["people"].tolist() == [1000.0] * len(COUNTRIES[name])
    assert (table["internet_gap_share"] < 1).any()


@pytest.mark.parametrize("engine", ["threads", pytest.param("processes", marks=pytest.mark.long)])
def test_other_engines_give_the_same_bytes(done: Run, tmp_path: Path, engine: str) -> None:
    _, country, tables = done
    other = run(country, tmp_path, engine)
    for export in EXPORTS:
        assert (other / export).read_bytes() == (tables / export).read_bytes(), export


def test_a_moved_hub_gives_the_bytes_of_a_run_from_scratch(done: Run, tmp_path: Path) -> None:
    name, country, tables = done
    before, later = (tables / "commune_gaps.csv").read_bytes(), RUN_DATE + timedelta(days=1)
    moved = write_country(tmp_path / "in", COUNTRIES[name])
    move_a_hub(moved)
    cold = run(moved, tmp_path, run_date=later)
    move_a_hub(country)
    warm = run(country, country.parent.parent, run_date=later)
    for export in EXPORTS:
        assert (warm / export).read_bytes() == (cold / export).read_bytes(), export
    assert (warm / "commune_gaps.csv").read_bytes() != before
