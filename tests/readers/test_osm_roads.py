"""What of an OSM extract becomes a way to go: roads, ferries, rivers that boats use."""

import osmium
import pytest
from osmium.osm.mutable import Node, Way

from commune_coverage.readers.formats.osm import pbf_roads

WAYS = (
    ({"highway": "primary", "bridge": "yes", "oneway": "yes"}, "primary"),
    ({"route": "ferry", "duration": "00:20"}, ""),
    ({"waterway": "river", "boat": "yes"}, "boat"),
    ({"waterway": "river", "boat": "no"}, None),
    ({"waterway": "river"}, None),
    ({"route": "bus"}, None),
    ({"building": "yes"}, None),
)


@pytest.fixture
def extract(tmp_path):
    path = tmp_path / "ways.osm.pbf"
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf")) as writer:
        for number in range(2 * len(WAYS)):
            writer.add_node(Node(id=number + 1, location=(100 + number / 100, 10), version=1))
        for row, (tags, _) in enumerate(WAYS):
            writer.add_way(Way(id=row + 1, nodes=[2 * row + 1, 2 * row + 2], tags=tags, version=1))
    return path


def test_roads_ferries_and_rivers_with_boats_are_read_and_nothing_else(extract):
    found = pbf_roads(extract)
    assert found["highway"].tolist() == [kind for _, kind in WAYS if kind is not None]
    assert found["route"].tolist() == ["", "ferry", ""]
    assert found["duration"].tolist() == ["", "00:20", ""]
    assert found["bridge"].tolist() == ["yes", "", ""]
