import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.boundaries.study_area import OUTSIDE, StudyArea, shapes_near, split_by_area
from tests import tiny


def test_points_fall_in_their_commune_and_the_lowest_code_on_a_border():
    middle, area = tiny.centres(), tiny.area()
    assert area.commune_of(middle["lon"], middle["lat"]).tolist() == list(range(9))
    corner = area.communes.geometry.iloc[0].exterior.coords[0]
    shared = area.communes.geometry.iloc[1].intersection(area.communes.geometry.iloc[0]).centroid
    assert area.commune_of([corner[0] - 1, shared.x], [corner[1], shared.y]).tolist()[0] == OUTSIDE


def test_within_reach_is_measured_in_metres():
    west, south = tiny.communes().total_bounds[:2]
    lon, lat = np.full(3, west - 0.05), np.full(3, south + 0.1)
    assert tiny.area().within(lon[:1], lat[:1], 5_000).tolist() == [False]
    assert tiny.area().within(lon[:1], lat[:1], 6_000).tolist() == [True]


def test_a_point_that_would_lie_inside_the_other_way_round_is_called_swapped():
    shifted = tiny.communes()
    shifted = shifted.set_geometry(shifted.translate(-74))
    area = StudyArea(shifted, "EPSG:32636")
    log = RowLog("hubs", "h.csv", read=4)
    rows = pd.DataFrame({"lon": [30.1, 10.9, 29.9, 50.0], "lat": [10.9, 30.1, 10.9, 10.0], "line": [2, 3, 4, 5]})
    kept = split_by_area(rows, area, 35_000, log)
    assert kept["line"].tolist() == [2, 4]
    assert [(row["line"], row["reason_code"]) for row in log.rows] == [(3, "swapped_coordinates")]
    assert (log.kept, log.neighbours, log.out_of_area) == (1, 1, 1)
    assert log.is_balanced()


def test_a_shape_without_a_position_is_set_aside_and_one_far_away_is_out_of_area():
    middle = tiny.centres().iloc[4]
    near, far = shapely.Point(middle["lon"], middle["lat"]), shapely.Point(2.0, 48.0)
    shapes = gpd.GeoDataFrame({"line": [2, 3, 4]}, geometry=[near, far, shapely.Point()], crs=4326)
    log = RowLog("fibre", "f.gpkg", read=3)
    assert shapes_near(shapes, tiny.area(), 10_000, log)["line"].tolist() == [2]
    assert (log.kept, log.out_of_area) == (1, 1)
    assert [(row["line"], row["reason_code"]) for row in log.rows] == [(4, "coordinate_out_of_range")]
