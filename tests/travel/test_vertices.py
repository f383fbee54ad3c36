"""Which nodes of roads are junctions, by hand."""

from __future__ import annotations

import numpy as np
import shapely

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
