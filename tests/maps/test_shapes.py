"""Simplified boundaries: light, still without gaps, and empty only where there was nothing."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from coverage.maps import shapes
from tests.maps.invented import UNDRAWN_ROW, commune_grid


def wavy_grid(rows: int, columns: int) -> gpd.GeoDataFrame:
    """A coverage whose edges are curves: the grid bent by a smooth function of the position."""
    bent = shapely.transform(
        commune_grid(rows, columns).geometry.array, lambda xy: xy + 0.015 * np.sin(xy[:, ::-1] * 40)
    )
    return gpd.GeoDataFrame(geometry=bent, crs="EPSG:4326")


def test_a_light_map_has_no_gap_between_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = wavy_grid(10, 10).dropna()
    assert shapely.get_num_coordinates(grid.geometry.array).sum() > 4000
    monkeypatch.setattr(shapes, "MAX_VERTICES", 2000)
    drawn = shapes.drawn_shapes(grid)
    assert shapely.get_num_coordinates(drawn).sum() <= 2000
    assert shapely.coverage_is_valid(drawn)
    assert shapely.area(shapely.union_all(drawn)) == pytest.approx(shapely.area(drawn).sum())


def test_a_commune_without_a_boundary_is_empty_and_keeps_its_row() -> None:
    drawn = shapes.drawn_shapes(commune_grid())
    assert [row for row, shape in enumerate(drawn) if shape.is_empty] == [UNDRAWN_ROW]
    assert len(drawn) == 20


def test_no_boundary_at_all() -> None:
    nothing = gpd.GeoDataFrame(geometry=[None, shapely.Polygon()], crs="EPSG:4326")
    assert [shape.is_empty for shape in shapes.drawn_shapes(nothing)] == [True, True]


def test_outlines_keep_the_outer_line_only() -> None:
    ring = shapely.box(0, 0, 4, 4) - shapely.box(1, 1, 2, 2)
    found = shapes.outlines(np.array([ring, shapely.box(1, 1, 1.9, 2), shapely.Point()], dtype=object), [0, 0, None])
    assert list(found) == [0]
    assert found[0].length == 16
    latitude, longitude = shapes.label_point(found[0])
    assert shapely.box(0, 0, 4, 4).contains(shapely.Point(longitude, latitude))
