"""Words of files against the tables of the documentation, which these tests read: roads, surfaces, technologies."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from commune_coverage.config.loader import load_country
from commune_coverage.config.travel import Travel
from commune_coverage.readers.population.code_matching import match_codes
from commune_coverage.readers.towers.reader import read_towers
from commune_coverage.readers.towers.technologies import TECHNOLOGY_WORDS
from commune_coverage.travel.graph.speeds import ROAD_KMH, UNPAVED, LineSpeeds, line_speeds, parse_duration_min
from tests import tiny

DOCS = Path(__file__).resolve().parents[2] / "docs"


def _rows(name: str, first: str) -> list[list[str]]:
    """The cells of the table of a page whose first header is ``first``."""
    text = (DOCS / name).read_text(encoding="utf-8")
    found = re.search(rf"^\| {re.escape(first)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found, f"{name} has no table of {first}"
    return [[cell.strip() for cell in line.strip("|\n").split("|")] for line in found[1].splitlines()]


def _words(cell: str) -> list[str]:
    return [word.strip() for word in cell.split(",")]


def _documented_kmh() -> dict[str, float]:
    """By class as OpenStreetMap spells it; two classes stand in each row."""
    rows = _rows("reach.md", "class")
    pairs = [(row[at], row[at + 1]) for row in rows for at in (0, 3)]
    return {name.replace(" ", "_"): float(kmh) for names, kmh in pairs for name in _words(names)}


DOCUMENTED = _documented_kmh()
SURFACES = {kind: _words(words) for kind, words in _rows("reach.md", "surface")}
UNPAVED_WORDS, WEATHERPROOF = SURFACES.values()
TECHNOLOGIES = {name: _words(words) for name, words in _rows("signal.md", "technology")}


def _speeds(classes: list[str], surface: str = "", **columns: object) -> LineSpeeds:
    roads = pd.DataFrame({"class": classes, "surface": surface, "max_speed_kmh": np.nan} | columns)
    return line_speeds(roads, Travel())


def test_every_class_of_road_is_driven_at_the_speed_that_is_documented() -> None:
    assert DOCUMENTED.keys() == {*ROAD_KMH, "other"}
    names, kmh = list(DOCUMENTED), list(DOCUMENTED.values())
    assert _speeds(names).dry_kmh.tolist() == kmh
    assert _speeds([name.upper() for name in names]).dry_kmh.tolist() == kmh
    assert _speeds([f"{name}_link" for name in names]).dry_kmh.tolist() == kmh


def test_the_fastest_and_the_slowest_of_the_table_are_as_written_here_too() -> None:
    assert len(DOCUMENTED) == 17
    assert [DOCUMENTED[name] for name in ("motorway", "tertiary", "track", "footway", "steps")] == [90, 40, 15, 5, 2.5]


@pytest.mark.parametrize("surface", [*UNPAVED_WORDS, "asphalt", "paved", "concrete", "compacted", "sett", ""])
def test_unpaved_surfaces_take_the_documented_parts_of_the_speed_and_others_none(surface: str) -> None:
    """0.7 dry, and 0.7 of that when it is wet; on paved ground all of it, and 0.95."""
    is_unpaved = surface in UNPAVED_WORDS
    for stated in (surface, surface.upper()):
        found = _speeds(["tertiary", "primary"], stated)
        assert found.dry_kmh == pytest.approx([28, 42] if is_unpaved else [40, 60])
        assert found.wet_kmh == pytest.approx([19.6, 29.4] if is_unpaved else [38, 57])
        in_all_weathers = surface in WEATHERPROOF or not is_unpaved
        assert found.is_all_season.tolist() == [in_all_weathers] * 2


def test_the_documented_surfaces_are_all_that_count_as_unpaved() -> None:
    assert sorted(UNPAVED_WORDS) == sorted(UNPAVED)
    assert set(WEATHERPROOF) < set(UNPAVED_WORDS)


def test_the_wet_season_takes_what_is_documented_of_each_class() -> None:
    """Paved 0.95; unclassified 0.7; tracks, paths and footways 0.4; on an embankment 0.6 of that under water."""
    slow, unpaved = {"track", "path", "footway"}, {"unclassified"}
    names = list(DOCUMENTED)
    part = {name: 0.4 if name in slow else 0.7 if name in unpaved else 0.95 for name in names}
    found = _speeds(names)
    assert found.wet_kmh == pytest.approx([DOCUMENTED[name] * part[name] for name in names])
    banked = {"motorway", "trunk", "primary"}
    flooded = [DOCUMENTED[name] * 0.95 * 0.6 if name in banked else 0.0 for name in names]
    assert found.flooded_kmh == pytest.approx(flooded)
    all_season = {"motorway", "trunk", "primary", "secondary", "tertiary"}
    assert found.is_all_season.tolist() == [name in all_season for name in names]
    # A street that is said to be paved is so all year, whatever its class; gravel is on larger roads alone.
    assert _speeds(["residential", "track"], "asphalt").is_all_season.tolist() == [True, True]
    assert _speeds(["residential", "track"], "gravel").is_all_season.tolist() == [False, False]


def test_a_limit_is_never_exceeded_and_boats_and_ferries_go_at_their_own_speed() -> None:
    found = _speeds(["primary", "primary", "track"], max_speed_kmh=[30.0, 100.0, 80.0])
    assert found.dry_kmh.tolist() == [30, 60, 15]
    found = _speeds(["ferry", "boat", "primary"], route=["", "", "ferry"])
    assert found.dry_kmh.tolist() == found.wet_kmh.tolist() == found.flooded_kmh.tolist() == [10, 8, 10]
    assert found.wait_min.tolist() == [20, 15, 20]
    assert found.lands_anywhere.tolist() == [False, True, False]
    assert [parse_duration_min(text) for text in ("20", "00:20", "1:05:30")] == [20, 20, 65.5]


def test_one_way_streets_are_those_of_openstreetmap_and_of_geofabrik() -> None:
    stated = ["yes", "1", "true", "F", "-1", "reverse", "T", "no", "", "B"]
    assert _speeds(["primary"] * 10, oneway=stated).direction.tolist() == [1, 1, 1, 1, -1, -1, -1, 0, 0, 0]
    assert _speeds(["motorway", "motorway", "motorway_link"], oneway=["", "no", ""]).direction.tolist() == [1, 0, 1]


def test_every_word_for_a_technology_is_read_as_documented(tmp_path: Path) -> None:
    words = [(word, name) for name, of in TECHNOLOGIES.items() for word in of]
    assert dict(words) == TECHNOLOGY_WORDS
    words += [(word.upper(), name) for word, name in words] + [("WiMAX", ""), ("6g", "")]
    path = tiny.write_files(tmp_path)
    lines = [f"{word},456,1,1,{cell},104.1,10.9" for cell, (word, _) in enumerate(words)]
    (tmp_path / "towers.csv").write_text("\n".join(["radio,mcc,net,area,cell,lon,lat", *lines]) + "\n")
    country = load_country(path)
    cells, (log,) = tiny.read(read_towers, country.layers.towers, tiny.area(), country=country)
    wanted = [name for _, name in words if name]
    assert sorted(cells["technology"]) == sorted(wanted)
    assert [(row["line"], row["reason_code"]) for row in log.rows] == [
        (len(words), "unknown_technology"),
        (len(words) + 1, "unknown_technology"),
    ]


def _communes(codes: list[str], names: list[str], provinces: list[str]) -> gpd.GeoDataFrame:
    shapes = [shapely.box(number, 0, number + 1, 1) for number in range(len(codes))]
    table = {"commune_code": codes, "commune_name": names, "province_code": provinces}
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


def _placed(codes: list[str], names: list[str], communes: gpd.GeoDataFrame) -> tuple[list[int], list[str]]:
    rows = pd.DataFrame({"commune_code": codes, "commune_name": names, "people": 1.0})
    found = match_codes(rows, communes, pd.Series([], dtype=str), np.zeros(0, np.int64))
    return found.commune.tolist(), found.how


def test_a_row_is_placed_by_its_name_in_its_own_province_and_in_no_other() -> None:
    """Provinces of two digits: 0199 is of province 01, where one commune bears the name, as one of province 02 does."""
    communes = _communes(["0101", "0201", "0202"], ["Préah Vihear", "Preah-Vihear", "Kok"], ["01", "02", "02"])
    assert _placed(["0199"], ["PREAH VIHEAR"], communes) == ([0], ["name"])
    assert _placed(["0299"], ["Preah Vihear"], communes) == ([1], ["name"])
    assert _placed(["0399"], ["Preah Vihear"], communes) == ([-1], [""])
    # Two rows of one name cannot both be it, nor can one that has its code there already.
    assert _placed(["0199", "0198"], ["Preah Vihear"] * 2, communes) == ([-1, -1], ["", ""])
    assert _placed(["0101", "0199"], ["Other", "Preah Vihear"], communes) == ([0, -1], ["code", ""])
    # The name of another province's commune is not this one's.
    assert _placed(["0199"], ["Kok"], communes) == ([-1], [""])


def test_provinces_of_three_digits_are_told_apart_by_all_three() -> None:
    communes = _communes(["1011", "1021"], ["Kok", "Kok"], ["101", "102"])
    assert _placed(["1029"], ["Kok"], communes) == ([1], ["name"])
    assert _placed(["1019"], ["Kok"], communes) == ([0], ["name"])
