"""Areas of as many minutes as the nearest place, by brute force."""

from __future__ import annotations

import numpy as np
import pyproj
import shapely

from commune_coverage.site.geometry.isochrones import areas
from commune_coverage.site.geometry.raster_overlays import REACH_M, Canvas, OverlaySpec
from commune_coverage.site.geometry.tile_grid import Extent, tile_grid_of
from commune_coverage.site.i18n.saying import Saying

NONE = np.array([], dtype=object)


def test_land_has_the_class_of_the_nearest_place_within_reach_and_the_sea_none() -> None:
    random = np.random.default_rng(8)
    lon, lat = random.uniform(104, 104.6, 40), random.uniform(11, 11.5, 40)
    classes = random.integers(1, 5, 40).astype(np.uint8)
    land = shapely.box(104.1, 10.9, 104.5, 11.6)
    frames = tile_grid_of([Extent(lon.min(), lat.min(), lon.max(), lat.max())])
    canvas = Canvas(frames, [OverlaySpec("minutes_dry", "delivery", Saying("picture_minutes"), [])])
    canvas.paint(0, lon, lat, classes[np.newaxis])
    (image,), frame = areas(canvas.whole, frames.whole, np.array([land, shapely.Polygon()], dtype=object))
    (south, west), (north, east) = frame.bounds
    assert east - west > frames.whole.bounds[1][1] - frames.whole.bounds[0][1]
    kept = 0
    for row, column in random.integers(0, image.shape, (400, 2)):
        at_lon = west + (east - west) * (column + 0.5) / image.shape[1]
        at_lat = north + (south - north) * (row + 0.5) / image.shape[0]
        away = pyproj.Geod(ellps="sphere").inv(np.full(40, at_lon), np.full(40, at_lat), lon, lat)[2]
        first, second = np.partition(away, 1)[:2]
        if not land.contains(shapely.Point(at_lon, at_lat)) or first > REACH_M + 300:
            assert image[row, column] == 0 or shapely.Point(at_lon, at_lat).distance(land.boundary) < 0.002
        elif second - first > 400 and first < REACH_M - 300:  # clear of the pixels' own size
            assert image[row, column] == classes[away.argmin()]
            kept += 1
    assert kept > 50


def test_nobody_anywhere_is_no_area() -> None:
    frame = tile_grid_of([]).whole
    assert not areas(np.zeros((2, frame.rows, frame.columns), dtype=np.uint8), frame, NONE)[0].any()
