"""Fibre in the Open Fibre Data Standard, as lines and points, and as a table."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from commune_coverage.config.layers import FibreLayer
from commune_coverage.core.errors import CoverageError
from commune_coverage.readers.measured.fibre import read_fibre
from tests import tiny


def _point(lon: float, lat: float) -> dict[str, object]:
    return {"type": "Point", "coordinates": [lon, lat]}


def _standard(path: Path) -> Path:
    west, middle = tiny.centres().iloc[0], tiny.centres().iloc[4]
    nodes = [
        {"id": "1", "name": "A", "location": _point(*west), "status": "operational"},
        {"id": "2", "name": "B", "location": _point(*middle), "status": "proposed"},
        {"id": "3", "name": "no place"},
        {"id": "4", "location": _point(200, 95)},
        {"id": "5", "location": _point(1, 50)},
    ]
    spans = [
        {"id": "s", "start": "1", "end": {"id": "2"}},
        {
            "id": "t",
            "route": {"type": "LineString", "coordinates": [list(west), list(middle)]},
            "status": "operational",
        },
        {"id": "u", "start": "1", "end": "99"},
    ]
    path.write_text(json.dumps({"networks": [{"id": "n", "nodes": nodes, "spans": spans}]}))
    return path


def test_nodes_and_spans_of_the_standard(tmp_path: Path) -> None:
    fibre, [log] = tiny.read(read_fibre, FibreLayer(path=_standard(tmp_path / "ofds.json")), tiny.area())
    assert (log.read, log.kept, log.out_of_area, log.quarantined) == (8, 4, 1, 3)
    assert log.is_balanced()
    assert fibre["is_operational"].tolist() == [True, False, True, True]
    assert fibre.length.round(-2).tolist() == [0, 0, 14_100, 14_100]
    assert "straight lines" in log.notes[0]


def test_an_area_is_no_place_of_a_node_and_no_route_of_a_span(tmp_path: Path) -> None:
    west, middle = tiny.centres().iloc[0], tiny.centres().iloc[4]
    area = shapely.geometry.mapping(shapely.Point(middle).buffer(0.01))
    nodes = [
        {"id": "1", "location": _point(*west)},
        {"id": "2", "location": area},
        {"id": "3", "location": _point(*middle)},
    ]
    spans = [{"id": f"to {end}", "start": "1", "end": end, "route": area} for end in ("2", "3")]
    (tmp_path / "o.json").write_text(json.dumps({"networks": [{"id": "n", "nodes": nodes, "spans": spans}]}))
    fibre, [log] = tiny.read(read_fibre, FibreLayer(path=tmp_path / "o.json"), tiny.area())
    assert (log.read, log.kept, log.quarantined) == (5, 3, 2)
    # Without a route a span goes straight, where both of its ends have a place.
    assert fibre.geom_type.tolist() == ["Point", "Point", "LineString"]
    assert fibre.length.round(-2).tolist() == [0, 0, 14_100]


def test_lines_points_and_tables(tmp_path: Path) -> None:
    middle = tiny.centres().iloc[4]
    shapes = [shapely.Point(middle), shapely.LineString([middle, tiny.centres().iloc[5]]), shapely.box(0, 0, 1, 1)]
    frame = gpd.GeoDataFrame({"status": ["", "planned", ""]}, geometry=shapes, crs="EPSG:4326")
    frame.to_file(tmp_path / "lines.gpkg")
    fibre, [log] = tiny.read(read_fibre, FibreLayer(path=tmp_path / "lines.gpkg"), tiny.area())
    assert fibre["is_operational"].tolist() == [True, False]
    assert log.quarantined == 1
    pd.DataFrame({"lon": [middle["lon"], None], "lat": [middle["lat"], 3], "name": ["x", "y"]}).to_csv(
        tmp_path / "nodes.csv", index=False
    )
    nodes, [log] = tiny.read(read_fibre, FibreLayer(path=tmp_path / "nodes.csv"), tiny.area())
    assert nodes["name"].tolist() == ["x"]
    assert (log.read, log.kept, log.quarantined) == (2, 1, 1)


@pytest.mark.parametrize("content", ["", "[]", '{"networks": 5}', '{"networks": [1]}', "[" * 100_000, "<html>"])
def test_what_is_not_the_standard_is_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "o.json").write_text(content)
    with pytest.raises(CoverageError) as caught:
        tiny.read(read_fibre, FibreLayer(path=tmp_path / "o.json"), tiny.area())
    assert "'o.json'" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "odd",
    [
        None,
        5,
        "x",
        {"type": "Point"},
        {"type": "Point", "coordinates": ["a", "b"]},
        {"type": "LineString", "coordinates": [[1, 2]]},
        {"type": "Polygon"},
    ],
)
def test_odd_geometries_are_quarantined(tmp_path: Path, odd: object) -> None:
    nodes = [{"id": "1", "location": odd}, {"id": "2", "location": _point(*tiny.centres().iloc[0])}]
    (tmp_path / "o.json").write_text(json.dumps({"networks": [{"nodes": nodes, "spans": "none"}]}))
    fibre, [log] = tiny.read(read_fibre, FibreLayer(path=tmp_path / "o.json"), tiny.area())
    assert (len(fibre), log.quarantined) == (1, 1)
