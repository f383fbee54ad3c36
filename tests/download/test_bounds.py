"""A source in tiles covers the country: its bounds come from the communes, from the file, or are asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import rasterio
import shapely

from commune_coverage.config.layers import FileRef
from commune_coverage.config.loader import load_country
from commune_coverage.download.bounds import bounds_of, copernicus_tiles, ghsl_tiles, parse_bounds, windows_of
from commune_coverage.download.country import LayerOutcome, fetch_country
from tests.download.faulty_server import FaultyServer, whole
from tests.download.test_wholes import Tiles
from tests.download.trials import Clock, source

COUNTRY = """
code = "KHM"
catalogue = "catalogue.toml"
[name]
en = "T"
[layers.communes]
path = "raw/communes.geojson"
{communes}
[layers.elevation]
path = "raw/elevation.tif"
source = {{ id = "copernicus-dem-30m"{values} }}
"""
COMMUNES = gpd.GeoSeries([shapely.box(104.501, 10.602, 105, 11), shapely.box(105, 11, 105.398, 11.399)], crs=4326)


@pytest.fixture
def tiles(server: FaultyServer, tmp_path: Path) -> Tiles:
    tiles = Tiles("copernicus-dem-30m", server)
    rows: list[dict[str, Any]] = [
        tiles.row.model_dump(mode="json", exclude_defaults=True),
        source(server, "/communes", id="borders", format="geojson", kind="communes").model_dump(
            mode="json", exclude_defaults=True
        ),
    ]
    text = "".join("[[source]]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in row.items()) for row in rows)
    (tmp_path / "catalogue.toml").write_text(text, encoding="utf-8")
    return tiles


def _fetch(folder: Path, communes: str = "", values: str = "", only: str | None = None) -> dict[str, LayerOutcome]:
    file = folder / "country.toml"
    file.write_text(COUNTRY.format(communes=communes, values=values), encoding="utf-8")
    found = fetch_country(load_country(file), folder / "data", only=only, context=Clock().context())
    return {one.layer: one for one in found}


def test_communes_are_fetched_first_and_give_the_bounds(tiles: Tiles, tmp_path: Path) -> None:
    tiles.server.give("/communes", whole(COMMUNES.to_json().encode()))
    found = _fetch(tmp_path, 'source = { id = "borders" }')
    assert [one.outcome.status for one in found.values()] == ["fetched", "fetched"]
    assert found["elevation"].outcome.request.parameters == {"bounds": "104.50,10.60,105.40,11.40"}
    with rasterio.open(tmp_path / "raw/elevation.tif") as raster:
        assert raster.bounds.left <= 104.4 and raster.bounds.right >= 105.5  # noqa: PT018
    assert json.loads((tmp_path / "raw/elevation.tif.source.json").read_text())["publisher"] == "Copernicus"


def test_communes_that_are_there_give_the_bounds(tiles: Tiles, tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/communes.geojson").write_text(COMMUNES.to_json())
    assert _fetch(tmp_path, only="elevation")["elevation"].outcome.status == "fetched"


def test_bounds_may_be_written(tiles: Tiles, tmp_path: Path) -> None:
    found = _fetch(tmp_path, values=', values = { bounds = "104.50,10.60,105.40,11.40" }')
    assert found["elevation"].outcome.status == "fetched"


def test_without_bounds_only_that_layer_fails(tiles: Tiles, tmp_path: Path) -> None:
    tiles.server.give("/communes", whole(b"<html>"))
    found = _fetch(tmp_path, 'source = { id = "borders" }')
    assert [one.outcome.status for one in found.values()] == ["failed", "failed"]
    assert 'give values.bounds = "west,south,east,north", or communes' in found["elevation"].outcome.sentence


def test_other_layers_are_fetched_though_there_are_no_bounds(tiles: Tiles, tmp_path: Path) -> None:
    tiles.server.give("/communes", whole(b'{"type": "FeatureCollection", "features": [' + b" " * 200 + b"]}"))
    found = _fetch(tmp_path, 'source = { id = "borders" }')
    assert found["communes"].outcome.status == "fetched"
    assert found["elevation"].outcome.status == "failed"
    assert "\n" not in found["elevation"].outcome.sentence


def test_bounds_across_180_degrees_are_two_windows_and_tiles_of_both_sides(tmp_path: Path) -> None:
    path = tmp_path / "communes.geojson"
    shapes = [shapely.box(177.0, -19.0, 180.0, -16.0), shapely.box(-180.0, -18.0, -178.2, -16.0)]
    gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4326").to_file(path)
    text = bounds_of(FileRef(path=path))
    assert text == "177.00,-19.00,-178.20,-16.00"
    bounds = parse_bounds(text)
    assert windows_of(bounds) == [(177.0, -19.0, 180.0, -16.0), (-180.0, -19.0, pytest.approx(-178.2), -16.0)]
    columns = {name[7:] for name in copernicus_tiles(bounds)}
    assert columns == {"E177_00", "E178_00", "E179_00", "W180_00", "W179_00"}
    assert ghsl_tiles(bounds) == ["R11_C36", "R11_C1"]
