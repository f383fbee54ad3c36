"""Simplified boundaries: light, still without gaps, and empty only where there was nothing."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from commune_coverage.site.geometry import generalise as shapes
from tests.site.invented import UNDRAWN_ROW, commune_grid


def wavy_grid(rows: int, columns: int) -> gpd.GeoDataFrame:
    """A coverage whose edges are curves: the grid bent by a smooth function of the position."""
    bent = shapely.transform(
        commune_grid(rows, columns).geometry.array, lambda xy: xy + 0.015 * np.sin(xy[:, ::-1] * 40)
    )
    return gpd.GeoDataFrame(geometry=bent, crs="EPSG:4326")


def neighbours(coverage: shapes.Geometries) -> set[tuple[int, int]]:
    """Pairs that share an edge, by the library's own relation of all pairs that touch."""
    tree = shapely.STRtree(coverage)
    left, right = tree.query(coverage, predicate="intersects")
    shared = shapely.length(shapely.intersection(coverage[left], coverage[right])) > 0
    return {(int(one), int(other)) for one, other in zip(left[shared], right[shared], strict=True) if one < other}


@pytest.mark.parametrize("level", ["whole", "near"])
def test_a_light_map_is_a_valid_coverage_with_the_same_neighbours(monkeypatch: pytest.MonkeyPatch, level: str) -> None:
    grid = wavy_grid(10, 10).dropna()
    assert shapely.get_num_coordinates(grid.geometry.array).sum() > 4000
    monkeypatch.setattr(shapes, "WHOLE_VERTICES", 2000)
    drawn = getattr(shapes.simplify_boundaries(grid), level).shapes
    assert shapely.get_num_coordinates(drawn).sum() <= (2000 if level == "whole" else 5000)
    assert shapely.coverage_is_valid(drawn)
    assert shapely.area(shapely.union_all(drawn)) == pytest.approx(shapely.area(drawn).sum())
    assert neighbours(drawn) == neighbours(shapely.set_precision(grid.geometry.array, 1e-9))


def test_borders_that_do_not_match_are_made_to_match() -> None:
    apart = np.array([shapely.box(0, 0, 1, 1), shapely.Polygon([(1, 0), (2, 0), (2, 1), (0.9999999, 1), (1, 0.5)])])
    assert not shapely.coverage_is_valid(apart)
    assert shapely.coverage_is_valid(shapes.as_coverage(apart))


def test_steps_lead_back_to_the_boundary() -> None:
    grid = wavy_grid(2, 2)
    level = shapes.simplify_boundaries(grid).whole
    data = shapes.level_data(level, range(len(grid)))
    for shape, polygons in zip(level.shapes, data["shapes"], strict=True):
        rings = [
            np.cumsum(np.reshape(ring, (-1, 2)), axis=0) / data["unit"] for polygon in polygons for ring in polygon
        ]
        assert sum(shapely.Polygon(ring).area for ring in rings) == pytest.approx(shape.area)


def test_a_commune_without_a_boundary_stays_empty() -> None:
    drawn = shapes.simplify_boundaries(commune_grid()).whole.shapes
    assert [shape.is_empty for shape in drawn] == [row == UNDRAWN_ROW for row in range(20)]


def test_no_boundary_at_all() -> None:
    nothing = gpd.GeoDataFrame(geometry=[None, shapely.Polygon()], crs="EPSG:4326")
    assert [shape.is_empty for level in shapes.simplify_boundaries(nothing) for shape in level.shapes] == [True] * 4


def test_outlines_keep_the_outer_line_only() -> None:
    ring = shapely.box(0, 0, 4, 4) - shapely.box(1, 1, 2, 2)
    found = shapes.outlines(np.array([ring, shapely.box(1, 1, 1.9, 2), shapely.Point()], dtype=object), [0, 0, None])
    assert list(found) == [0]
    assert found[0].length == 16
    latitude, longitude = shapes.label_point(found[0])
    assert shapely.box(0, 0, 4, 4).contains(shapely.Point(longitude, latitude))
