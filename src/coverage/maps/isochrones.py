"""Isochrones: the land in areas of as many minutes as the places nearby, for the whole country and light.

Minutes are known where people live. Between, land is as far as the nearest place where somebody lives; further than
``REACH_M`` from all of them nothing is said, and what lies outside the communes is left out.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from rasterio.features import rasterize
from rasterio.transform import from_bounds
from scipy.ndimage import distance_transform_edt

from coverage.maps.pictures import EARTH_M, REACH_M, Classes, Frame, Painted, Picture, degrees, known_as, packed
from coverage.maps.shapes import Geometries
from coverage.maps.words import Saying

ISOCHRONES = {"minutes_dry": "isochrones_dry", "minutes_wet": "isochrones_wet"}
"""By the picture of minutes that they are made of."""


def isochrones(picture: Picture, shapes: Geometries) -> Painted:
    """The areas of a picture of minutes; ``shapes`` (degrees) are the communes."""
    key = ISOCHRONES[picture.key]
    image, bounds = areas(picture.ground.frames[0], picture.classes, shapes)
    tile = {"width": image.shape[1], "height": image.shape[0], "bounds": bounds, "packed": packed(image)}
    return known_as(picture, key, Saying(key), {f"pictures/{key}-whole": tile}, [])


def areas(frame: Frame, classes: Classes, shapes: Geometries) -> tuple[Classes, list[list[float]]]:
    """Pixels with the class of the nearest place within ``REACH_M``, else 0, and their bounds (degrees).

    Where several places share a pixel the worst counts.
    """
    image = np.zeros(frame.size, dtype=np.uint8)
    if not len(frame.row):
        return image, frame.bounds
    np.maximum.at(image, (frame.row, frame.column), classes[frame.inside])
    (south, west), (north, east) = frame.bounds
    (left, bottom), (right, top) = _mercator(west, south), _mercator(east, north)
    pixel = float(right - left) / frame.size[1]
    reach = REACH_M / float(np.cos(np.radians((south + north) / 2))) / pixel
    around = math.ceil(reach)
    image = np.pad(image, around)
    far, (row, column) = distance_transform_edt(image == 0, return_indices=True)
    filled = np.where(far <= reach, image[row, column], 0)
    west_m, south_m, east_m, north_m = (
        float(edge) + side * around * pixel for edge, side in ((left, -1), (bottom, -1), (right, 1), (top, 1))
    )
    inside = _land(shapes, image.shape, from_bounds(west_m, south_m, east_m, north_m, image.shape[1], image.shape[0]))
    return np.where(inside, filled, 0).astype(np.uint8), [degrees(west_m, south_m), degrees(east_m, north_m)]


def _land(shapes: Geometries, size: tuple[int, ...], transform: Any) -> npt.NDArray[np.bool_]:
    land = shapely.transform(shapes[~shapely.is_empty(shapes)], lambda xy: np.column_stack(_mercator(*xy.T)))
    return rasterize(land, size, transform=transform, dtype="uint8") > 0 if len(land) else np.zeros(size, dtype=bool)


def _mercator(lon: Any, lat: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    return np.radians(lon) * EARTH_M, np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) * EARTH_M
