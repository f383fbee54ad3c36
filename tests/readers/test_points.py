import sqlite3
import zipfile

import geopandas as gpd
import osmium
import pytest
from osmium.osm.mutable import Node, Way

from commune_coverage.config.layers import Layer, PointsLayer
from commune_coverage.core.errors import CountryFileError, UnreadableFileError
from commune_coverage.readers.ground.roads import read_roads
from commune_coverage.readers.points.reader import read_hubs, read_payments
from tests import tiny

TAGS = {"amenity=post_office": "post office", "office=courier": "courier"}


def _sqlite(path, nodes):
    database = path.with_suffix("")
    connection = sqlite3.connect(database)
    connection.execute(
        "CREATE TABLE NODE (ID INTEGER, LAT DOUBLE, LON DOUBLE, NAME TEXT, TAG TEXT, VALUE TEXT, ELEVATION INTEGER)"
    )
    connection.executemany("INSERT INTO NODE VALUES (?, ?, ?, ?, ?, ?, NULL)", nodes)
    connection.commit()
    connection.close()
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(database, "x/nodes.sqlite")


def test_nodes_of_a_zipped_database_by_their_tags(tmp_path):
    path = tmp_path / "o.sqlite.zip"
    _sqlite(
        path,
        [
            (1, 10.9, 104.1, "<b>PO</b>", "amenity", "post_office"),
            (2, 10.9, 104.1, None, "amenity", "bar"),
            (3, 1.0, 90.0, None, "office", "courier"),
            (1, 10.9, 104.2, "again", "amenity", "post_office"),
        ],
    )
    points, (log,) = tiny.read(read_hubs, PointsLayer(path=path, classes=TAGS), tiny.area())
    assert points[["point_id", "class", "point_name"]].to_numpy().tolist() == [["1", "post office", "<b>PO</b>"]]
    assert (log.read, log.kept, log.out_of_area, log.reasons()) == (3, 1, 1, {"duplicate_id": 1})
    assert log.is_balanced()


def test_a_database_without_the_table_is_one_sentence(tmp_path):
    path = tmp_path / "o.sqlite.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.sqlite", b"SQLite format 3\0 but no more")
    with pytest.raises(UnreadableFileError, match="no readable NODE table"):
        tiny.read(read_hubs, PointsLayer(path=path, classes=TAGS), tiny.area())


def _pbf(path):
    with osmium.SimpleWriter(str(path)) as writer:
        corners = [(104.1, 10.9), (104.12, 10.9), (104.12, 10.92), (104.1, 10.92)]
        for number, position in enumerate(corners, start=1):
            tags = {"amenity": "post_office", "name": "P"} if number == 1 else {}
            writer.add_node(Node(id=number, location=position, tags=tags, version=1))
        writer.add_way(Way(id=9, nodes=[1, 2, 3, 4, 1], tags={"office": "courier"}, version=1))
        writer.add_way(Way(id=10, nodes=[1, 2], tags={"highway": "primary", "maxspeed": "RO:urban"}, version=1))
        writer.add_way(Way(id=11, nodes=[2, 3], tags={"highway": "track", "maxspeed": "20"}, version=1))
    return path


def test_pbf_nodes_and_the_middles_of_ways(tmp_path):
    path = _pbf(tmp_path / "o.osm.pbf")
    points, (log,) = tiny.read(read_hubs, PointsLayer(path=path, classes=TAGS), tiny.area())
    assert sorted(points["class"]) == ["courier", "post office"]
    assert points.set_index("class").loc["courier", "lon"] == pytest.approx(104.11)
    assert log.is_balanced()


def test_pbf_roads_keep_their_class_and_numeric_limits(tmp_path):
    roads, [log] = tiny.read(read_roads, Layer(path=_pbf(tmp_path / "o.osm.pbf")), tiny.area())
    assert roads["class"].tolist() == ["primary", "track"]
    assert roads["max_speed_kmh"].tolist() == [50.0, 20.0]
    assert (log.read, log.kept) == (2, 2)


def test_half_a_pbf_is_one_sentence(tmp_path):
    path = _pbf(tmp_path / "o.osm.pbf")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UnreadableFileError, match="not a readable OSM PBF"):
        tiny.read(read_hubs, PointsLayer(path=path, classes=TAGS), tiny.area())


def test_osm_without_tags_says_what_to_write(tmp_path):
    with pytest.raises(CountryFileError, match="names no OSM tag"):
        tiny.read(read_hubs, PointsLayer(path=_pbf(tmp_path / "o.osm.pbf")), tiny.area())


def test_a_table_maps_its_classes_and_sets_unknown_ones_aside(tmp_path):
    (tmp_path / "h.csv").write_text("id,lon,lat,type\n1,104.1,10.9,PO\n2,104.1,10.9,pub\n3,104.1,10.9,\n")
    layer = PointsLayer(path=tmp_path / "h.csv", columns={"class": "type"}, classes={"PO": "post office"})
    points, (log,) = tiny.read(read_hubs, layer, tiny.area())
    assert points["class"].tolist() == ["post office"]
    assert [(row["line"], row["reason_code"]) for row in log.rows] == [(4, "missing_value"), (3, "unknown_class")]


def test_a_default_class_serves_where_the_file_has_none(tmp_path):
    tiny.communes().set_geometry(tiny.communes().representative_point()).to_file(tmp_path / "h.geojson")
    points, (log,) = tiny.read(read_hubs, PointsLayer(path=tmp_path / "h.geojson", default_class="zone"), tiny.area())
    assert points["class"].unique().tolist() == ["zone"]
    assert log.kept == 9


def test_roads_far_away_are_out_of_area_and_points_are_no_roads(tmp_path):
    import shapely

    lines = [shapely.LineString([(104.1, 10.9), (104.2, 10.9)]), shapely.LineString([(90, 1), (91, 1)]), None]
    gpd.GeoDataFrame({"highway": ["primary"] * 3}, geometry=lines, crs="EPSG:4326").to_file(tmp_path / "r.gpkg")
    roads, [log] = tiny.read(read_roads, Layer(path=tmp_path / "r.gpkg"), tiny.area())
    assert len(roads) == 1
    assert roads.crs == tiny.METRIC
    assert (log.kept, log.out_of_area, log.reasons()) == (1, 1, {"no_geometry": 1})
    assert log.is_balanced()


def test_of_overture_s_places_only_the_named_classes_are_read(tmp_path):
    places = tiny.centres()
    frame = gpd.GeoDataFrame(
        {"id": [f"o{n}" for n in range(9)], "class": ["banks", "cafe", None] * 3, "confidence": 0.7},
        geometry=gpd.points_from_xy(places["lon"], places["lat"]),
        crs="EPSG:4326",
    )
    frame.to_parquet(tmp_path / "p.parquet")
    layer = PointsLayer(path=tmp_path / "p.parquet", format="overture", classes={"banks": "bank"})
    points, (log,) = tiny.read(read_payments, layer, tiny.area())
    assert (len(points), log.read, log.kept, log.reasons()) == (3, 3, 3, {})
    assert log.notes[0] == "9 places in p.parquet, 3 of the named classes"
    assert points["confidence"].tolist() == [0.7] * 3
