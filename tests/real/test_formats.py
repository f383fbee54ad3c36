"""One real file of each format that a user brings, against its published or independently read total."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import rasterio.warp
import shapely

from commune_coverage.config.layers import Layer, PeopleLayer, PointsLayer
from commune_coverage.config.travel import Travel
from commune_coverage.readers.boundaries.study_area import StudyArea
from commune_coverage.readers.ground.roads import read_roads
from commune_coverage.readers.points.reader import read_payments
from commune_coverage.travel.graph.components import component_connectors, component_labels
from commune_coverage.travel.graph.edge_times import Roads
from commune_coverage.travel.graph.speeds import line_speeds
from commune_coverage.travel.graph.vertices import make_vertices
from commune_coverage.travel.off_road import dry_level_ground
from commune_coverage.travel.routing.models import RoadNetworkModel
from commune_coverage.travel.scenarios import Scenario
from tests import tiny


def _one_polygon(west, south, east, north):
    frame = gpd.GeoDataFrame(
        {"commune_code": ["1"], "commune_name": ["Whole"], "province_code": [""]},
        geometry=[shapely.box(west, south, east, north)],
        crs="EPSG:4326",
    )
    return StudyArea(frame, str(frame.estimate_utm_crs()))


def _over(path, tmp_path, **options):
    with rasterio.open(path) as source:
        bounds = rasterio.warp.transform_bounds(source.crs, "EPSG:4326", *source.bounds)
    area = _one_polygon(bounds[0] - 0.1, bounds[1] - 0.1, bounds[2] + 0.1, bounds[3] + 0.1)
    return tiny.read_people(PeopleLayer(path=path, **options), area, tmp_path)


@pytest.mark.parametrize(
    ("name", "people"), [("es_worldpop_2020_1km_unadj.tif", 46_754_783), ("bi_ghs_pop_mollweide.tif", 11_131_282)]
)
def test_a_raster_is_counted_to_the_last_person(shared_data, tmp_path, name, people):
    path = shared_data / "formats" / name
    found, (log,) = _over(path, tmp_path)
    with rasterio.open(path) as source:
        independent = float(source.read(1, masked=True).astype("float64").sum())
    assert found.counted == pytest.approx(independent, rel=1e-9)
    assert round(found.counted) == people
    assert found.outside == pytest.approx(0, abs=1e-6)
    assert log.is_balanced()


def test_settlements_with_people(shared_data, tmp_path):
    path = shared_data / "formats/dj_onsset_settlements.csv"
    columns = {"lon": "X_deg", "lat": "Y_deg", "people": "Pop"}
    area = _one_polygon(41, 10.5, 44, 13)
    layer = PeopleLayer(path=path, format="points", columns=columns)
    people, (log,) = tiny.read_people(layer, area, tmp_path)
    assert (log.read, log.kept) == (1473, 1473)
    assert people.counted == pytest.approx(people.read)


def test_djibouti_nodes_in_and_out_of_the_country(shared_data):
    classes = {"amenity=post_office": "post office", "amenity=bank": "bank"}
    layer = PointsLayer(path=shared_data / "formats/dj_osm_nodes_2019.sqlite.zip", classes=classes)
    points, (log,) = tiny.read(read_payments, layer, _one_polygon(41, 10.5, 44, 13))
    assert log.is_balanced()
    assert len(points) == log.kept > 0
    assert log.notes[0].startswith("1,790 tagged objects")


def test_djiboutis_409_ways_are_a_graph_in_one_piece_but_for_a_closed_border(shared_data):
    area = _one_polygon(41, 10.5, 44, 13)
    roads, _ = tiny.read(read_roads, Layer(path=shared_data / "formats/dj_osm_main_roads.osm.pbf"), area)
    settings = Travel()
    speeds = line_speeds(roads, settings)
    vertices = make_vertices([roads.geometry.to_numpy()], speeds.is_ferry)
    assert int(vertices.line.max()) + 1 == 410  # the gate of a border that is closed stands on one
    assert len(vertices.x_m) > 12_000
    assert (speeds.direction == 1).sum() > 0
    links, walks = component_connectors(vertices, speeds, dry_level_ground())
    roads = Roads(vertices, speeds, np.zeros(len(vertices.x_m), dtype=bool), links, walks)
    ways = RoadNetworkModel(roads, dry_level_ground(), settings)
    hub = np.array([ways.snap(np.array([[vertices.x_m[0], vertices.y_m[0]]])).node[0]])
    ways.stops[hub] = True
    found = ways.travel_times(Scenario("dry", "", 1.0), "walk", False, hub, np.zeros(1))
    assert np.isfinite(found.minutes).all()
    assert np.bincount(component_labels(vertices)).argmax() == 0
    assert component_labels(vertices).max() == 1


def test_djibouti_roads_from_pbf(shared_data):
    path = shared_data / "formats/dj_osm_main_roads.osm.pbf"
    roads, [log] = tiny.read(read_roads, Layer(path=path), _one_polygon(41, 10.5, 44, 13))
    assert log.read == 409
    assert log.is_balanced()
    assert roads.length.sum() > 500_000
