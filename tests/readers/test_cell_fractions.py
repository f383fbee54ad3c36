"""Exact parts of cells against GEOS and exactextract: holes, parts, slivers, edges on the grid, shapes beyond it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from pyproj import CRS

from commune_coverage.readers.boundaries.coverage_fractions import Outlines, coverage_fractions


def _shapes(rng: np.random.Generator, kind: str) -> np.ndarray:
    points = shapely.MultiPoint(rng.uniform(-5, 45, (12, 2)))
    shapes = list(shapely.voronoi_polygons(points, extend_to=shapely.box(-5, -5, 45, 45)).geoms)
    if kind == "holes":
        shapes = [one.difference(one.centroid.buffer(rng.uniform(0.2, 3))) for one in shapes]
    if kind == "parts":
        shapes[0] = shapely.MultiPolygon([shapely.box(11, 1, 13, 4), shapely.box(20, 5, 22.5, 7.25)])
    if kind == "on the grid":
        snapped = [shapely.set_precision(shapely.set_precision(one, 1.0), 0) for one in shapes]
        shapes = [one for one in snapped if one.geom_type in ("Polygon", "MultiPolygon") and not one.is_empty]
    return np.array(shapes, dtype=object)


@pytest.mark.parametrize("kind", ["plain", "holes", "parts", "on the grid"])
@pytest.mark.parametrize("seed", range(5))
def test_fractions_equal_areas_of_intersection(kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes, (height, width) = _shapes(rng, kind), rng.integers(3, 40, 2)
    wide, tall = rng.choice([1.0, 1.5]), rng.choice([1.0, 1.25])
    numbers = np.where(rng.random((height, width)) < 0.8, np.arange(height * width).reshape(height, width), -1)
    transform = rasterio.Affine(wide, 0, -2, 0, -tall, 40)
    found = coverage_fractions(Outlines.of(shapes), transform, numbers.astype(np.int32))
    got = np.zeros((len(shapes), height * width))
    got[found[1], found[0]] = found[2]
    row, column = np.divmod(np.arange(height * width), width)
    cells = shapely.box(-2 + column * wide, 40 - (row + 1) * tall, -2 + (column + 1) * wide, 40 - row * tall)
    areas = shapely.area(shapely.intersection(shapes[:, None], cells[None])) / (wide * tall)
    wanted = np.where(numbers.ravel() >= 0, areas, 0.0)
    assert np.abs(got - wanted).max() < 1e-9
    assert (np.diff(found[0]) >= 0).all()


def test_people_by_shape_equal_exactextract() -> None:
    rng = np.random.default_rng(7)
    shapes = _shapes(rng, "holes")
    people = np.where(rng.random((50, 60)) < 0.4, rng.gamma(1, 9, (50, 60)), 0.0)
    numbers = np.full(people.shape, -1, dtype=np.int32)
    numbers[people > 0] = np.arange((people > 0).sum())
    transform = rasterio.Affine(0.75, 0, -3, 0, -0.75, 39)
    number, shape, fraction = coverage_fractions(Outlines.of(shapes), transform, numbers)
    ours = np.bincount(shape, people[people > 0][number] * fraction, len(shapes))
    crs = CRS.from_epsg(32648).to_wkt()
    source = NumPyRasterSource(people, xmin=-3, ymin=39 - 50 * 0.75, xmax=-3 + 60 * 0.75, ymax=39, srs_wkt=crs)
    features = gpd.GeoDataFrame(geometry=shapes, crs=crs)
    theirs = exact_extract(source, features, ["sum"], output="pandas")["sum"].to_numpy()
    assert ours == pytest.approx(theirs, rel=1e-6)
