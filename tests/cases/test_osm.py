"""Roads of OpenStreetMap as they come: limits in any unit, extracts with gaps, ways that are closed."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from osmium.osm.mutable import Node, Relation, Way
from pyproj import Geod

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.layers import Layer, PointsLayer
from commune_coverage.config.loader import load_country
from commune_coverage.config.travel import Travel
from commune_coverage.core.errors import CountryFileError
from commune_coverage.quality.check_inputs import check_country
from commune_coverage.readers.ground.roads import read_roads
from commune_coverage.readers.ground.speed_limits import speed_limit_kmh
from commune_coverage.readers.points.reader import read_hubs
from commune_coverage.travel.graph.speeds import line_speeds
from tests import tiny

WEST, SOUTH = 104.1, 10.9
"""A place in the south-west of the tiny country; steps are hundredths of a degree."""


def _extract(path, nodes, ways, relations=()):
    """``nodes``: id to (column, row) or (column, row, tags); ``ways``: (node ids, tags)."""
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf")) as writer:
        for number, (column, row, *tags) in sorted(nodes.items()):
            at = (WEST + column / 100, SOUTH + row / 100)
            writer.add_node(Node(id=number, location=at, tags=dict(*tags), version=1))
        for number, (refs, tags) in enumerate(ways, start=1):
            writer.add_way(Way(id=number, nodes=list(refs), tags=tags, version=1))
        for number, (members, tags) in enumerate(relations, start=1):
            writer.add_relation(Relation(id=number, members=members, tags=tags, version=1))
    return path


def _read(path, area=None, **more):
    result = read_roads(Layer(path=path, **more), tiny.context(area))
    return result.table, result.row_logs[0]


def _limits(tmp_path, stated, **more):
    """What lines with these limits are read to, km/h."""
    lines = [
        shapely.LineString([(WEST, SOUTH + row / 1000), (WEST + 0.01, SOUTH + row / 1000)])
        for row in range(len(stated))
    ]
    frame = gpd.GeoDataFrame({"highway": "primary", "maxspeed": stated}, geometry=lines, crs="EPSG:4326")
    frame.to_file(tmp_path / "roads.gpkg")
    roads, log = _read(tmp_path / "roads.gpkg", **more)
    return roads["max_speed_kmh"].tolist(), log


# Case 18.


def test_the_case_of_miles_an_hour_checks_and_runs_at_32_km_an_hour(case_folder):
    folder = case_folder("18-roads-mph")
    findings = check_country(load_country(folder / "country.toml"))
    assert findings.problems == []
    assert all(log.is_balanced() for log in findings.logs)
    roads, _ = _read(folder / "roads.geojson")
    assert roads["max_speed_kmh"].round(1).tolist() == [32.2, 32.0, 50.0, 32.2]
    run_pipeline(folder / "country.toml", folder / "d", folder / "m", date(2026, 1, 1), "serial", lambda *_: None)
    gaps = pd.read_parquet(folder / "d/latest/commune_gaps.parquet").set_index("commune_code")
    length_m = Geod(ellps="WGS84").line_length([-9.99, -9.81], [6.02, 6.02])
    assert gaps.loc["0102", "minutes_to_hub_median"] == pytest.approx(length_m / 32_186.88 * 60, rel=1e-3)


def test_the_speeds_of_the_case_are_driven(case_folder):
    roads, _ = _read(case_folder("18-roads-mph") / "roads.geojson")
    assert line_speeds(roads, Travel()).dry_kmh.round(1).tolist() == [32.2, 32.0, 50.0, 32.2]


# Limits that the tests make.


@pytest.mark.parametrize(
    ("stated", "kmh"),
    [
        ("20 mph", 32.18688),
        ("20mph", 32.18688),
        ("55 MPH", 88.51392),
        ("10 knots", 18.52),
        ("6 kn", 11.112),
        ("50", 50.0),
        ("50 km/h", 50.0),
        ("50kmh", 50.0),
        ("12.5", 12.5),
        ("12,5", 12.5),
        ("10 m/s", 36.0),
        ("walk", 6.0),
        ("DE:walk", 7.0),
        ("RU:urban", 60.0),
        ("RU:rural", 90.0),
        ("RU:living_street", 20.0),
        ("DE:urban", 50.0),
        ("DE:rural", 100.0),
        ("DE:zone30", 30.0),
        ("DE:zone:30", 30.0),
        ("FR:zone30", 30.0),
        ("IT:30", 30.0),
        ("zone:20", 20.0),
        ("GB:zone20", 32.18688),
        ("GB:nsl_single", 96.56064),
        ("GB:nsl_restricted", 48.28032),
        ("BE-VLG:rural", 70.0),
        ("50;70", 50.0),
        ("none;80", 80.0),
        ("50 mph|30 mph", 48.28032),
    ],
)
def test_a_limit_is_read_as_it_is_meant(stated, kmh):
    assert speed_limit_kmh(stated) == pytest.approx(kmh)


@pytest.mark.parametrize("stated", ["none", "signals", "variable", "DE:motorway", "XX:rural", ""])
def test_words_that_set_no_limit_leave_the_speed_of_the_class(stated):
    assert np.isnan(speed_limit_kmh(stated))


@pytest.mark.parametrize("stated", ["fast", "50 parsec", "mph", "FIXME", "DE:moon"])
def test_words_that_nobody_knows_are_not_understood(stated):
    assert speed_limit_kmh(stated) is None


@given(st.floats(0.5, 200), st.sampled_from([("mph", 1609.344), ("knots", 1852.0), ("km/h", 1000.0), ("", 1000.0)]))
def test_any_number_with_a_unit_is_its_metres_an_hour(number, unit):
    name, metres = unit
    assert speed_limit_kmh(f"{number:.3f} {name}".strip()) == pytest.approx(float(f"{number:.3f}") * metres / 1000)


@given(st.text(max_size=12))
def test_no_text_stops_the_reader(text):
    limit = speed_limit_kmh(text)
    assert limit is None or np.isnan(limit) or limit >= 0


def test_what_is_not_understood_is_counted_and_shown(tmp_path):
    limits, log = _limits(tmp_path, ["20 mph", "warp 9", "warp 9", "none", None])
    assert limits[0] == pytest.approx(32.18688)
    assert np.isnan(limits[1:]).all()
    assert any("2 roads state a limit that is not understood ('warp 9')" in note for note in log.notes)


def test_numbers_of_a_column_in_miles_are_stated_as_such(tmp_path):
    assert _limits(tmp_path, ["20", "30"], units={"max_speed_kmh": "mph"})[0] == pytest.approx([32.18688, 48.28032])
    with pytest.raises(CountryFileError, match="no unit of speed"):
        _limits(tmp_path, ["20"], units={"max_speed_kmh": "furlongs"})


def test_the_rule_that_sets_a_limit_stands_in_for_it(tmp_path):
    nodes = {number: (number, 0) for number in range(1, 7)}
    ways = [
        ((1, 2), {"highway": "primary", "source:maxspeed": "RU:urban"}),
        ((2, 3), {"highway": "primary", "source:maxspeed": "sign"}),
        ((3, 4), {"highway": "primary", "maxspeed:type": "GB:nsl_restricted", "maxspeed": "20 mph"}),
        ((4, 5), {"highway": "primary", "maxspeed:forward": "50", "maxspeed:backward": "30"}),
        ((5, 6), {"highway": "primary", "zone:maxspeed": "DE:30"}),
    ]
    roads, _ = _read(_extract(tmp_path / "r.osm.pbf", nodes, ways))
    assert roads["max_speed_kmh"].tolist() == pytest.approx([60, np.nan, 32.18688, 30, 30], nan_ok=True)


# Case 28.


def test_the_case_of_missing_nodes_has_no_road_over_the_gap(case_folder):
    roads, log = _read(case_folder("28-pbf-missing-nodes") / "roads.osm.pbf")
    # Of five nodes the second and third are not there: one is left alone, and a road of the last two.
    assert [list(line.coords) for line in roads.geometry] == [[(10.1, 5.0), (10.2, 5.0)]]
    assert any("roads broken where the extract lacks nodes: 1, for 2 nodes" in note for note in log.notes)
    assert log.is_balanced()


def test_a_road_with_a_gap_in_its_middle_is_two_pieces(tmp_path):
    nodes = {number: (number, 0) for number in (1, 2, 4, 5)}
    roads, log = _read(_extract(tmp_path / "r.osm.pbf", nodes, [((1, 2, 3, 4, 5), {"highway": "primary"})]))
    length = [Geod(ellps="WGS84").geometry_length(line) for line in roads.geometry]
    step = Geod(ellps="WGS84").line_length([WEST, WEST + 0.01], [SOUTH, SOUTH])
    assert length == pytest.approx([step, step])
    assert (log.read, log.kept) == (1, 1)


@given(st.lists(st.booleans(), min_size=2, max_size=12).filter(any))
def test_the_pieces_of_a_road_are_its_runs_of_known_nodes(tmp_path_factory, known):
    nodes = {number: (number, 0) for number, here in enumerate(known, start=1) if here}
    way = (range(1, len(known) + 1), {"highway": "primary"})
    path = _extract(tmp_path_factory.mktemp("gaps") / "r.osm.pbf", nodes, [way])
    roads, log = _read(path)
    runs = [run for run in "".join("x" if here else " " for here in known).split() if len(run) > 1]
    assert [len(line.coords) for line in roads.geometry] == [len(run) for run in runs]
    assert (log.read, log.quarantined) == (1, int(not runs))
    assert log.is_balanced()


# Directions, access and barriers.


@pytest.mark.parametrize(
    ("tags", "direction"),
    [
        ({"oneway": "-1"}, -1),
        ({"oneway": "yes"}, 1),
        ({"oneway": "reversible"}, 0),
        ({"oneway": "alternating"}, 0),
        ({"junction": "roundabout"}, 1),
        ({"junction": "roundabout", "oneway": "no"}, 0),
        ({}, 0),
    ],
)
def test_a_direction_is_the_one_that_is_stated_or_implied(tmp_path, tags, direction):
    path = _extract(tmp_path / "r.osm.pbf", {1: (0, 0), 2: (1, 0)}, [((1, 2), {"highway": "primary", **tags})])
    assert line_speeds(_read(path)[0], Travel()).direction.tolist() == [direction]


@pytest.mark.parametrize(
    ("tags", "kmh"),
    [
        ({"access": "private"}, None),
        ({"access": "no"}, None),
        ({"access": "no", "motor_vehicle": "yes"}, 60),
        ({"access": "private", "foot": "yes"}, 5),
        ({"motor_vehicle": "no"}, 5),
        ({"vehicle": "private"}, 5),
        ({"access": "destination"}, 60),
        ({"access": "permissive"}, 60),
        ({"foot": "no"}, 60),
        ({"motor_vehicle": "no", "foot": "no"}, None),
        ({"highway": "construction"}, None),
        ({"highway": "proposed"}, None),
        ({"highway": "footway", "foot": "private"}, None),
    ],
)
def test_who_may_not_drive_walks_and_who_may_not_walk_stays_away(tmp_path, tags, kmh):
    nodes = {number: (number, 0) for number in (1, 2, 3)}
    ways = [((1, 2), {"highway": "primary", **tags}), ((2, 3), {"highway": "primary"})]
    roads, log = _read(_extract(tmp_path / "r.osm.pbf", nodes, ways))
    assert line_speeds(roads, Travel()).dry_kmh.tolist() == [60.0] if kmh is None else [kmh, 60.0]
    assert log.reasons() == ({"not_open": 1} if kmh is None else {})
    assert log.is_balanced()


def test_a_vector_file_with_the_columns_of_access_is_read_alike(tmp_path):
    lines = [shapely.LineString([(WEST, SOUTH + row / 100), (WEST + 0.01, SOUTH + row / 100)]) for row in range(3)]
    columns = {"highway": "primary", "access": ["private", None, None], "motor_vehicle": [None, "no", None]}
    gpd.GeoDataFrame(columns, geometry=lines, crs="EPSG:4326").to_file(tmp_path / "r.gpkg")
    roads, log = _read(tmp_path / "r.gpkg", tiny.area())
    assert roads["class"].tolist() == ["pedestrian", "primary"]
    assert (log.read, log.kept, log.quarantined) == (3, 2, 1)


@pytest.mark.parametrize(
    ("tags", "pieces"),
    [
        ({"barrier": "bollard"}, 2),
        ({"barrier": "block"}, 2),
        ({"barrier": "gate"}, 1),
        ({"barrier": "gate", "access": "private"}, 2),
        ({"barrier": "gate", "locked": "yes"}, 2),
        ({"barrier": "toll_booth"}, 1),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, 1),
        ({"highway": "crossing"}, 1),
    ],
)
def test_a_barrier_ends_a_road_a_metre_before_it_and_after_it(tmp_path, tags, pieces):
    nodes = {1: (0, 0), 2: (1, 0, tags), 3: (2, 0)}
    roads, _ = _read(_extract(tmp_path / "r.osm.pbf", nodes, [((1, 2, 3), {"highway": "primary"})]))
    assert len(roads) == pieces
    length_m = sum(Geod(ellps="WGS84").geometry_length(line) for line in roads.geometry)
    whole_m = Geod(ellps="WGS84").line_length([WEST, WEST + 0.02], [SOUTH, SOUTH])
    assert whole_m - length_m == pytest.approx(2 * (pieces - 1), abs=0.05)


def test_a_multipolygon_is_a_point_in_its_middle(tmp_path):
    nodes = {1: (0, 0), 2: (2, 0), 3: (2, 2), 4: (0, 2)}
    ways = [((1, 2, 3), {}), ((3, 4, 1), {})]
    members = [("w", 1, "outer"), ("w", 2, "outer")]
    relations = [(members, {"type": "multipolygon", "amenity": "post_office", "name": "Main"})]
    path = _extract(tmp_path / "h.osm.pbf", nodes, ways, relations)
    layer = PointsLayer(path=path, format="osm-pbf", classes={"amenity=post_office": "post office"})
    points, (log,) = tiny.read(read_hubs, layer, tiny.area())
    assert points[["lon", "lat"]].to_numpy().tolist() == [pytest.approx([WEST + 0.01, SOUTH + 0.01])]
    assert points["point_id"].tolist() == ["r1"]
    assert log.is_balanced()
