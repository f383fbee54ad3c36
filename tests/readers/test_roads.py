"""Roads of odd shapes: what is kept of lines in parts, with heights, or without length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from commune_coverage.config.layers import Layer
from commune_coverage.readers.ground.roads import read_roads
from commune_coverage.travel.graph.vertices import make_vertices
from tests import tiny

WEST, EAST, NORTH = tiny.at(0, 0), tiny.at(1, 0), tiny.at(1, 1)


def test_a_part_of_a_road_without_length_is_left_out_and_the_others_are_kept(tmp_path: Path) -> None:
    """Every line of the road network has two different ends."""
    parts = shapely.MultiLineString([[WEST, EAST], [EAST, EAST], [EAST, NORTH]])
    tiny.write_shapes(tmp_path / "roads.geojson", [parts], highway=["primary"])
    roads, [log] = tiny.read(read_roads, Layer(path=tmp_path / "roads.geojson"), tiny.area())
    assert (log.read, log.kept, log.quarantined) == (1, 1, 0)
    assert roads.length.tolist() == pytest.approx([10_000, 10_000], abs=0.1)
    assert roads["class"].tolist() == ["primary", "primary"]
    assert make_vertices([roads.geometry.to_numpy()], np.zeros(2, dtype=bool)).is_junction.sum() == 3


def test_a_road_without_length_is_set_aside(tmp_path: Path) -> None:
    lines = [shapely.LineString([WEST, EAST]), shapely.LineString([EAST, EAST]), shapely.Point(WEST)]
    tiny.write_shapes(tmp_path / "roads.geojson", lines, highway=["primary"] * 3)
    roads, [log] = tiny.read(read_roads, Layer(path=tmp_path / "roads.geojson"), tiny.area())
    assert (log.read, log.kept, log.quarantined) == (3, 1, 2)
    assert len(roads) == 1
