"""Countries of every width, far-away parts and 180 degrees among them: distances as on the ellipsoid."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from commune_coverage.core.metric_system import FAR, system_of, whole_system
from commune_coverage.core.projections import LIMIT, scale_error

EARTH = Geod(ellps="WGS84")
ECUADOR = [(-81.1, -5.0, -75.2, 1.5), (-92.0, -1.4, -89.2, 0.7)]
OUTLINES = {
    "fiji": [(177.0, -19.2, 180.0, -16.0), (-180.0, -19.2, -178.2, -16.0), (176.9, -12.6, 177.2, -12.4)],
    "ecuador": ECUADOR,
    "kiribati": [(172.7, -2.7, 177.0, 3.4), (-172.3, -4.7, -170.7, -2.8), (-160.5, 1.7, -157.1, 4.8)],
    "new_zealand": [(170.0, -46.0, 174.0, -41.0), (173.0, -41.0, 178.5, -35.0), (-177.0, -44.4, -176.1, -43.7)],
    "norway": [(5.0, 58.0, 11.0, 63.0), (11.0, 63.0, 18.0, 69.0), (18.0, 68.5, 29.0, 71.0), (10.5, 76.5, 28.0, 80.5)],
    "portugal": [(-9.5, 36.9, -6.2, 42.2), (-31.3, 36.9, -25.0, 39.8), (-17.3, 32.6, -16.2, 33.2)],
}
TOO_WIDE = {
    "alaska": [(-168.0, 56.0, -150.0, 62.0), (172.4, 51.7, 180.0, 53.0), (-180.0, 51.3, -168.0, 54.0)],
    "united_states": [(-124.0, 26.0, -68.0, 48.0), (-160.0, 19.0, -155.0, 22.0)],
    "russia": [(28.0, 50.0, 180.0, 72.0), (-180.0, 62.0, -170.0, 68.0), (19.6, 54.3, 22.8, 55.2)],
}


def _shapes(boxes: list[tuple[float, float, float, float]]) -> np.ndarray:
    return np.array([shapely.segmentize(shapely.box(*box), 0.5) for box in boxes], dtype=object)


@pytest.mark.parametrize("name", OUTLINES)
def test_short_distances_are_those_of_the_ellipsoid(name: str) -> None:
    random, system = np.random.default_rng(7), system_of(_shapes(OUTLINES[name]))
    for west, south, east, north in OUTLINES[name]:
        lon, lat = random.uniform(west, east, 300), random.uniform(south, north, 300)
        far_m = random.choice([500.0, 5_000.0, 50_000.0], 300)
        there = EARTH.fwd(lon, lat, random.uniform(0, 360, 300), far_m)
        (x, y), (to_x, to_y) = system.to_metric(lon, lat), system.to_metric(there[0], there[1])
        within = (west <= there[0]) & (there[0] <= east) & (south <= there[1]) & (there[1] <= north)
        assert np.hypot(to_x - x, to_y - y)[within] == pytest.approx(far_m[within], rel=LIMIT)
        back = system.to_degrees(x, y)
        assert EARTH.inv(lon, lat, *back)[2] == pytest.approx(np.zeros(300), abs=0.01)


def test_ecuador_with_its_islands_is_one_projection() -> None:
    system = system_of(_shapes(ECUADOR))
    assert system.is_whole
    assert system.error < LIMIT


def test_parts_lie_side_by_side_and_keep_their_areas() -> None:
    shapes = _shapes(OUTLINES["portugal"])
    system = system_of(shapes)
    assert len(system.parts) == 3
    for west, east in zip(system.parts, system.parts[1:], strict=False):
        assert east.bounds[0] - west.bounds[2] >= 400_000
    on_ellipsoid = [abs(EARTH.geometry_area_perimeter(shape)[0]) for shape in shapes]
    assert shapely.area(system.shapes(shapes)) == pytest.approx(on_ellipsoid, rel=2 * LIMIT)


def test_a_frame_in_parts_is_in_metres_and_keeps_its_columns() -> None:
    shapes = _shapes(OUTLINES["portugal"])
    frame = gpd.GeoDataFrame({"a": [1, 2, 3]}, geometry=shapes, crs="EPSG:4326", index=[5, 3, 4])[["geometry", "a"]]
    moved = system_of(shapes).frame(frame)
    assert moved.crs is None
    assert moved.columns.tolist() == ["geometry", "a"]
    assert moved.index.tolist() == [5, 3, 4]
    assert moved.area.min() > 1e9


def test_what_lies_in_no_part_is_nowhere() -> None:
    system = system_of(_shapes(OUTLINES["portugal"]))
    assert (system.part_of([-8.0, -3.0, 100.0], [39.0, 39.0, 10.0]) == FAR).tolist() == [False, True, True]
    assert not np.isfinite(system.to_metric([100.0], [10.0])[0]).any()


def test_a_line_between_parts_falls_in_pieces_and_a_ring_of_sea_leaves_the_others_alone() -> None:
    system = system_of(_shapes(OUTLINES["portugal"]))
    line = shapely.LineString([(-9.0, 38.7), (-12.0, 38.5), (-22.0, 38.0), (-25.5, 37.7)])
    shapes = np.array([line, shapely.LineString([(-9.0, 38.0), (-8.9, 38.0)]), shapely.Point(50, 0)], dtype=object)
    cut, short, none = system.shapes(shapes)
    assert len(shapely.get_parts(cut)) == 2
    assert shapely.length(cut) < 500_000
    assert shapely.length(short) == pytest.approx(EARTH.geometry_length(shapes[1]), rel=LIMIT)
    assert none.is_empty


@pytest.mark.parametrize("name", TOO_WIDE)
def test_land_too_wide_for_one_projection_has_a_conformal_one(name: str) -> None:
    system = system_of(_shapes(TOO_WIDE[name]))
    assert len(system.parts) == {"alaska": 1, "united_states": 2, "russia": 2}[name]
    assert LIMIT < system.projection_error < 0.03
    assert system.error < LIMIT / 10
    assert not any("laea" in part.crs for part in system.parts if part.error > LIMIT)


def test_one_projection_is_what_it_was() -> None:
    system = system_of(_shapes([(102.3, 9.9, 107.7, 14.7)]))
    assert system.name == "EPSG:32648"
    assert system.parts == whole_system("EPSG:32648", system.error).parts


@settings(max_examples=40)
@given(st.floats(-180, 179.9), st.floats(-65, 65), st.floats(0.2, 5.5), st.floats(0.2, 5.5))
def test_every_small_country_gets_a_projection_that_fits(lon: float, lat: float, wide: float, high: float) -> None:
    boxes = [(lon, lat, min(lon + wide, 180.0), lat + high)]
    if lon + wide > 180.1:
        boxes.append((-180.0, lat, lon + wide - 360, lat + high))
    system = system_of(_shapes(boxes))
    assert system.is_whole
    assert system.error < LIMIT
    assert scale_error(system.name, [lon], [lat]) < LIMIT
