"""Which nodes of roads are junctions, by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import shapely

from commune_coverage.travel.graph.edge_times import _stated_min_per_m
from commune_coverage.travel.graph.vertices import Vertices, make_vertices


def _vertices(*lines: list[tuple[float, float]], ferries: tuple[int, ...] = ()) -> Vertices:
    is_ferry = np.isin(np.arange(len(lines)), ferries)
    return make_vertices([np.array([shapely.LineString(line) for line in lines])], is_ferry)


def _junctions(vertices: Vertices) -> set[tuple[float, float]]:
    chosen = vertices.is_junction
    return set(zip(vertices.x_m[chosen].round(1).tolist(), vertices.y_m[chosen].round(1).tolist(), strict=True))


def test_a_road_bends_without_a_junction_and_has_one_at_both_ends() -> None:
    vertices = _vertices([(0, 0), (100, 0), (100, 100), (200, 100)])
    assert len(vertices.x_m) == 4
    assert _junctions(vertices) == {(0, 0), (200, 100)}


def test_roads_meet_at_a_common_point_and_pass_over_each_other_without_one() -> None:
    road = [(0.0, 0.0), (100.0, 0.0), (200.0, 0.0)]
    assert _junctions(_vertices(road, [(100, -50), (100, 0), (100, 50)])) == {
        (0, 0), (200, 0), (100, 0), (100, -50), (100, 50),
    }  # fmt: skip
    assert _junctions(_vertices(road, [(150, -50), (150, 50)])) == {(0, 0), (200, 0), (150, -50), (150, 50)}


def test_steps_of_more_than_250_m_are_parted_without_a_junction() -> None:
    vertices = _vertices([(0, 0), (600, 0)])
    assert sorted(vertices.x_m.round(1).tolist()) == [0, 200, 400, 600]
    assert _junctions(vertices) == {(0, 0), (600, 0)}


def test_a_ferry_is_boarded_where_it_touches_a_road() -> None:
    vertices = _vertices([(0, 0), (100, 0), (200, 0)], [(100, 0), (100, 50), (100, 90)], ferries=(1,))
    assert len(vertices.boards) == 1
    assert _junctions(vertices) == {(0, 0), (100, 0), (200, 0), (100, 90)}


def test_the_stated_minutes_of_a_ferry_are_spread_over_its_length_and_one_without_length_takes_none() -> None:
    vertices = _vertices(
        [(0, 0), (600, 0)], [(600, 0), (600, 300)], [(0, 0), (0, 0.01)], [(0, 0), (0, 90)], ferries=(0, 2)
    )
    speeds: Any = SimpleNamespace(
        ferry_min=np.array([30.0, 5.0, 4.0, np.nan]), is_ferry=np.array([True, False, True, True])
    )
    vertices.step_m[vertices.line == 2] = 0.0
    np.testing.assert_allclose(_stated_min_per_m(vertices, speeds), [30 / 600, np.nan, 0.0, np.nan])
    none: Any = SimpleNamespace(ferry_min=np.full(4, np.nan), is_ferry=np.ones(4, dtype=bool))
    assert np.isnan(_stated_min_per_m(vertices, none)).all()
