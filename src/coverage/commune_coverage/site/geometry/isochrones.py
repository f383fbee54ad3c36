"""Isochrones: the land in areas of as many minutes as the places nearby, for the whole country and light.

Minutes are known where people live. Between, land is as far as the nearest place where somebody lives; further than
``REACH_M`` from all of them nothing is shown, and what lies outside the communes is left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from rasterio.transform import Affine
from scipy.ndimage import distance_transform_edt

from commune_coverage.core.rasterizing import rasterize
from commune_coverage.site.geometry.generalise import Geometries
from commune_coverage.site.geometry.raster_overlays import (
    REACH_M,
    Classes,
    OverlaySpec,
    RasterOverlay,
    as_file,
    known_as,
)
from commune_coverage.site.geometry.tile_grid import ImageFrame, mercator
from commune_coverage.site.i18n.saying import Saying

ISOCHRONES = {"minutes_dry": "isochrones_dry", "minutes_wet": "isochrones_wet"}
"""By the picture of minutes that they are made of."""


def isochrones(
    pictures: Sequence[OverlaySpec], images: Classes, frame: ImageFrame, shapes: Geometries
) -> list[RasterOverlay]:
    """The areas of pictures of minutes, from their images of the whole; ``shapes`` (degrees) are the communes."""
    images_of_areas, wider = areas(images, frame, shapes)
    return [_painted(picture, as_file(image, wider)) for picture, image in zip(pictures, images_of_areas, strict=True)]


def _painted(picture: OverlaySpec, file: dict[str, Any]) -> RasterOverlay:
    key = ISOCHRONES[picture.key]
    return known_as(picture, key, Saying(key), {f"pictures/{key}-whole": file}, {})


def areas(images: Classes, frame: ImageFrame, shapes: Geometries) -> tuple[Classes, ImageFrame]:
    """Pixels with the class of the nearest place within ``REACH_M``, else 0, in a frame that is larger by as much.

    ``images`` (pictures, rows, columns) have the class of the worst place in each pixel, 0 where there is none.
    """
    if not images.any():
        return images, frame
    (south, _), (north, _) = frame.bounds
    reach = REACH_M / float(np.cos(np.radians((south + north) / 2))) / frame.pixel_m
    around = math.ceil(reach)
    wider = frame.part(*(slice(-around, size + around) for size in (frame.rows, frame.columns)))
    land = _land(shapes, wider)
    return np.stack([np.where(land, _spread(np.pad(image, around), reach), 0) for image in images]), wider


def _spread(image: Classes, reach: float) -> Classes:
    far, (row, column) = distance_transform_edt(image == 0, return_indices=True)
    return np.where(far <= reach, image[row, column], 0).astype(np.uint8)


def _land(shapes: Geometries, frame: ImageFrame) -> npt.NDArray[np.bool_]:
    size = frame.rows, frame.columns
    land = shapely.transform(shapes[~shapely.is_empty(shapes)], lambda xy: np.column_stack(mercator(*xy.T)))
    if not len(land):
        return np.zeros(size, dtype=bool)
    transform = Affine(frame.pixel_m, 0, frame.west_m, 0, -frame.pixel_m, frame.north_m)
    return np.asarray(rasterize(land, size, transform=transform, dtype="uint8") > 0)
