"""The base map: within its bytes, least roads first to go; names ranked; nothing confidential in it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from commune_coverage.site.build import write_site
from commune_coverage.site.geometry.base_map import INDEX, MAX_BYTES, WATER, BaseMap, base_files
from commune_coverage.site.pages.page import SiteExtras
from tests.site.invented import commune_grid, make_report
from tests.site.pages import taken

ROADS_OF_RANK = 30


def wiggly(rng: np.random.Generator, vertices: int) -> shapely.LineString:
    start = rng.uniform((104, 11), (104.4, 11.3))
    return shapely.LineString(start + np.cumsum(rng.normal(0, 0.002, (vertices, 2)), axis=0))


@pytest.fixture(scope="module")
def base() -> BaseMap:
    """Roads of every rank, a railway, a lake with an island, and names of which two have no place."""
    rng, lake = np.random.default_rng(3), shapely.box(104.2, 11.2, 104.25, 11.25)
    roads = [("roads", rank, wiggly(rng, 200)) for rank in range(4) for _ in range(ROADS_OF_RANK)]
    water = ("water", 0, lake - shapely.box(104.22, 11.22, 104.23, 11.23))
    features = pd.DataFrame([*roads, ("railways", 0, wiggly(rng, 50)), water], columns=["layer", "rank", "geometry"])
    lon, lat = 104.05 + np.arange(20) % 5 / 10, 11.05 + np.arange(20) // 5 / 10
    lon[3] = lat[3] = np.nan
    return BaseMap(features, pd.DataFrame({"lon": lon, "lat": lat, "rank": [0, 1, 2, *[3] * 17]}))


def drawn(files: dict, name: str) -> set[str]:
    return set(files[name]["lines"])


def size(files: dict) -> int:
    return sum(len(json.dumps(value, separators=(",", ":"))) for value in files.values())


def test_all_files_are_within_the_bytes_and_the_least_roads_go_first(base: BaseMap) -> None:
    all_of_it = base_files(base, 100_000_000)
    tiles = [f"base/{tile['name']}" for tile in all_of_it[INDEX]["tiles"]]
    assert drawn(all_of_it, "base/whole") == {"roads-0", "roads-1", "railways-0"}
    assert {name for tile in tiles for name in drawn(all_of_it, tile)} == {
        *(f"roads-{r}" for r in range(4)),
        "railways-0",
    }
    fewer = base_files(base, size(all_of_it) - 1)
    assert not any("roads-3" in drawn(fewer, name) for name in fewer if name != INDEX)
    for most in (MAX_BYTES, 20_000):
        assert size(base_files(base, most)) <= most
    assert base_files(base) == base_files(base)


def test_lines_and_water_are_where_the_features_are(base: BaseMap) -> None:
    files = base_files(base)
    whole = files["base/whole"]
    [[outer, island]] = whole[WATER]
    corners = np.cumsum(np.reshape(outer, (-1, 2)), axis=0) / whole["unit"]
    np.testing.assert_allclose([*corners.min(axis=0), *corners.max(axis=0)], [104.2, 11.2, 104.25, 11.25], atol=2e-4)
    assert len(island) == 8
    [railway] = base.features.loc[base.features["layer"] == "railways", "geometry"]
    [steps] = whole["lines"]["railways-0"]
    line = shapely.LineString(np.cumsum(np.reshape(steps, (-1, 2)), axis=0) / whole["unit"])
    assert shapely.hausdorff_distance(line, railway) < 1e-3


def test_names_have_their_rank_and_none_without_a_place_has_one(base: BaseMap) -> None:
    index = base_files(base)[INDEX]
    assert index["ranks"] == {"0": [0], "1": [1], "2": [2]}
    assert [place is None for place in index["at"]] == [row == 3 for row in range(20)]
    assert index["at"][0] == [110500, 1040500]


def test_nothing_confidential_is_on_the_public_map(base: BaseMap) -> None:
    public = base_files(base.without(["roads", "people"]))
    assert public[INDEX]["layers"] == ["railways", "water"]
    assert not any(name.startswith("roads") for key in public if key != INDEX for name in drawn(public, key))
    assert set(map(str, public[INDEX]["at"])) == {"None"}
    assert public[INDEX]["ranks"] == {"0": [0], "1": [1], "2": []}


def test_a_site_has_it_beside_its_maps_only(base: BaseMap, tmp_path: Path) -> None:
    write_site(commune_grid(), make_report(), tmp_path, SiteExtras(base=base))
    assert taken(tmp_path, "base/index")["layers"] == ["railways", "roads", "water"]
    assert "base/index.js" in (tmp_path / "internet.html").read_text(encoding="utf-8")
    assert "base/index.js" not in (tmp_path / "index.html").read_text(encoding="utf-8")
    empty = BaseMap(base.features.iloc[:0], base.labels)
    assert list(base_files(empty)) == [INDEX]
