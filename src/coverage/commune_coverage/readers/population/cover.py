"""Which communes a people raster says nothing of: cells that are not there count nobody, and nobody lives nowhere."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from pyproj import CRS

from commune_coverage.config.layers import FileRef
from commune_coverage.core.rasterizing import geometry_mask
from commune_coverage.readers.boundaries.study_area import StudyArea
from commune_coverage.readers.formats.band import Band
from commune_coverage.readers.formats.raster import band_of, crs_of, open_raster

COVERED_SHARE = 0.5
"""A commune of which the raster covers less is not covered."""
_TURN = 360.0


def communes_without_data(layer: FileRef, area: StudyArea, people: npt.NDArray[np.float64]) -> list[str]:
    """List the communes of which the raster does not reach half, or holds not one number.

    Parameters
    ----------
    layer : FileRef
        The raster.
    area : StudyArea
        The communes as an area.
    people : ndarray of float64
        (communes,) people counted: where there are some, cells hold numbers.

    Returns
    -------
    list of str
        Commune codes, in their order. Communes without a shape are none of them.
    """
    with open_raster(layer) as source:
        band = band_of(source, layer)
        turns = _in_cells(source, area, crs_of(source, layer))
        frame = shapely.box(0, 0, source.width, source.height)
        whole = shapely.area(turns[0])
        inside = np.sum([shapely.area(shapely.intersection(shapes, frame)) for shapes in turns], axis=0)
        unknown = (whole > 0) & (inside < COVERED_SHARE * whole)
        for row in np.flatnonzero((whole > 0) & ~unknown & (people <= 0)).tolist():
            unknown[row] = not any(_has_numbers(band, shapes[row]) for shapes in turns)
    return [str(code) for code in area.communes["commune_code"].to_numpy()[unknown]]


def _in_cells(source: rasterio.DatasetReader, area: StudyArea, crs: str) -> list[npt.NDArray[np.object_]]:
    """Communes in columns and rows of the raster; in degrees also a turn east and a turn west."""
    shapes = area.communes.geometry.to_crs(crs).to_numpy()
    turns = (0.0, _TURN, -_TURN) if CRS.from_user_input(crs).is_geographic else (0.0,)
    return [shapely.make_valid(shapely.transform(shapes, partial(_to_cells, source.transform, by))) for by in turns]


def _to_cells(transform: rasterio.Affine, by: float, xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.column_stack(~transform @ (xy[:, 0] + by, xy[:, 1]))


def _has_numbers(band: Band, shape: shapely.Geometry) -> bool:
    """Whether a cell that a shape touches holds a number; 0 is one."""
    west, south, east, north = shapely.bounds(shape)
    size = band.source.width, band.source.height
    column, right = (int(each) for each in np.clip([math.floor(west), math.ceil(east)], 0, size[0]))
    row, bottom = (int(each) for each in np.clip([math.floor(south), math.ceil(north)], 0, size[1]))
    if right <= column or bottom <= row:
        return False
    if _holds_a_number(band, shapely.point_on_surface(shape)):
        return True
    shifted = rasterio.Affine.translation(column, row)
    touched = geometry_mask([shape], (bottom - row, right - column), shifted, all_touched=True, invert=True)
    return bool(np.isfinite(band.values((row, column, bottom - row, right - column)))[touched].any())


def _holds_a_number(band: Band, point: shapely.Point) -> bool:
    """Whether the cell under a point does: one cell is enough where there are numbers, as there mostly are."""
    row, column = math.floor(point.y), math.floor(point.x)
    is_on_grid = 0 <= row < band.source.height and 0 <= column < band.source.width
    return is_on_grid and bool(np.isfinite(band.values((row, column, 1, 1))).all())
