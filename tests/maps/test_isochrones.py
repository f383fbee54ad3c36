"""Areas of as many minutes as the nearest place, by brute force."""

from __future__ import annotations

import numpy as np
import pyproj
import shapely

from coverage.maps.isochrones import areas
from coverage.maps.pictures import REACH_M, Ground

NONE = np.array([], dtype=object)


def test_land_has_the_class_of_the_nearest_place_within_reach_and_the_sea_none() -> None:
    random = np.random.default_rng(8)
    lon, lat = random.uniform(104, 104.6, 40), random.uniform(11, 11.5, 40)
    classes = random.integers(1, 5, 40).astype(np.uint8)
    land = shapely.box(104.1, 10.9, 104.5, 11.6)
    (frame, *_) = Ground(lon, lat).frames
    image, bounds = areas(frame, classes, np.array([land, shapely.Polygon()], dtype=object))
    (south, west), (north, east) = bounds
    assert east - west > frame.bounds[1][1] - frame.bounds[0][1]
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
    nowhere = np.array([], dtype=float)
    (frame, *_) = Ground(nowhere, nowhere).frames
    assert not areas(frame, np.array([], dtype=np.uint8), NONE)[0].any()
