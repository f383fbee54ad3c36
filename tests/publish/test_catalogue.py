"""What catalogues are told of a release: STAC, DCAT-AP, HXL tags and the head of pages."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from rasterio.transform import from_origin

from commune_coverage.config.exports import Exports
from commune_coverage.publish.open_data.about import About, Source
from commune_coverage.publish.open_data.catalogue.dcat import write_dcat
from commune_coverage.publish.open_data.catalogue.release import Earlier, release_of
from commune_coverage.publish.open_data.catalogue.stac import write_stac
from commune_coverage.publish.open_data.write import write_open_data
from tests.publish import small_edition
from tests.publish.small_edition import HOSTILE

_RUN = Earlier("KHM-20260301-abc", "2026-03-01")
_BEFORE = Earlier("KHM-20260201-def", "2026-02-01")
_SOURCE = Source("people", "Census", "Office", "CC0-1.0", "", "2019", is_synthetic=False)
_ABOUT = About("KHM", "Tiny", False, "", "", "", (_SOURCE,))
_STATED = About("KHM", HOSTILE, True, "CC-BY-4.0", "https://example.org/licence", HOSTILE, ())


def _release(folder: Path, about: About = _ABOUT, address: str = "", west: float = 0.0) -> Path:
    small_edition.write(folder, west=west)
    write_open_data(folder, folder, about, Exports(workbook=False, geopackage=False))
    earlier = (_BEFORE,) if address else ()
    release = release_of(folder, _RUN, about, address, earlier)
    write_stac(release, folder)
    write_dcat(release, folder)
    return folder


def _read(folder: Path, name: str) -> dict[str, Any]:
    return json.loads((folder / name).read_text("utf-8"))


def test_links_lead_from_the_catalogue_to_every_file_with_its_checksum(tmp_path: Path) -> None:
    folder = _release(tmp_path) / "stac"
    catalogue, collection, item = (_read(folder, f"{name}.json") for name in ("catalog", "collection", "item"))
    children = [link["href"] for link in catalogue["links"] if link["rel"] == "child"]
    items = [link["href"] for link in collection["links"] if link["rel"] == "item"]
    assert (children, items) == (["./collection.json"], ["./item.json"])
    for record in (catalogue, collection, item):
        assert all((folder / link["href"]).is_file() for link in record["links"])
        assert record["stac_version"] == "1.1.0"
    assert item["collection"] == collection["id"] == "commune-coverage-khm"
    assert item["id"] == _RUN.run_id
    assert item["properties"]["datetime"] == "2026-03-01T00:00:00Z"
    assert item["bbox"] == collection["extent"]["spatial"]["bbox"][0] == [0.0, 0.0, 3.0, 1.0]
    assert shapely.geometry.shape(item["geometry"]).bounds == (0.0, 0.0, 3.0, 1.0)
    assert {"commune_gaps.parquet", "commune_gaps.csv", "hxl-commune_gaps.csv", "hubs.csv", "datapackage.json"} <= set(
        item["assets"]
    )
    for asset in item["assets"].values():
        content = (folder / asset["href"]).read_bytes()
        assert asset["file:size"] == len(content)
        assert asset["file:checksum"] == f"1220{hashlib.sha256(content).hexdigest()}"
    assert item["assets"]["data_dictionary.csv"]["roles"] == ["metadata"]
    assert collection["license"] == "other", "nobody has stated one"
    assert "Census, Office, 2019, licence CC0-1.0" in collection["description"]


def test_earlier_releases_are_linked_where_they_are_served(tmp_path: Path) -> None:
    folder = _release(tmp_path, _STATED, "https://example.org/data/")
    collection = _read(folder, "stac/collection.json")
    items = [link["href"] for link in collection["links"] if link["rel"] == "item"]
    assert items == ["./item.json", "https://example.org/data/KHM-20260201-def/stac/item.json"]
    assert collection["extent"]["temporal"]["interval"] == [["2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"]]
    assert collection["license"] == "CC-BY-4.0"
    assert collection["providers"][0]["name"] == HOSTILE
    graph = _read(folder, "dcat.jsonld")["@graph"]
    places = [each["dcat:accessURL"]["@id"] for each in graph if each["@type"] == "dcat:Distribution"]
    assert "https://example.org/data/KHM-20260301-abc/hubs.csv" in places


def test_a_raster_says_its_system_grid_and_bands(tmp_path: Path) -> None:
    (tmp_path / "rasters").mkdir()
    shape = {"driver": "GTiff", "height": 3, "width": 4, "count": 1, "dtype": "float32", "crs": "EPSG:32648"}
    with rasterio.open(
        tmp_path / "rasters" / "speed.tif", "w", transform=from_origin(5e5, 1e6, 100, 100), nodata=np.nan, **shape
    ) as raster:
        raster.write(np.ones((1, 3, 4), "float32"))
        raster.descriptions, raster.units = ("speed_mbps",), ("Mbps",)
    item = _read(_release(tmp_path), "stac/item.json")
    asset = item["assets"]["rasters-speed.tif"]
    assert (asset["proj:code"], asset["proj:shape"]) == ("EPSG:32648", [3, 4])
    assert asset["proj:transform"] == [100.0, 0.0, 5e5, 0.0, -100.0, 1e6]
    assert asset["bands"] == [
        {"name": "speed_mbps", "data_type": "float32", "nodata": "nan", "unit": "Mbps", "raster:sampling": "area"}
    ]
    named = [address.split("/")[-3] for address in item["stac_extensions"]]
    assert named == ["file", "projection", "raster"]


def test_a_country_across_180_degrees_has_two_outlines(tmp_path: Path) -> None:
    item = _read(_release(tmp_path, west=178.0), "stac/item.json")
    assert item["bbox"] == [178.0, 0.0, -179.0, 1.0]
    assert [shapely.geometry.shape(item["geometry"]).area, item["geometry"]["type"]] == [3.0, "MultiPolygon"]


def test_dcat_lists_distributions_and_names_a_publisher_that_is_stated(tmp_path: Path) -> None:
    graph = _read(_release(tmp_path / "1"), "dcat.jsonld")["@graph"]
    kinds = [each["@type"] for each in graph]
    assert kinds.count("dcat:Dataset") == 1
    assert "dcat:Catalog" not in kinds
    distributions = {each["@id"]: each for each in graph if each["@type"] == "dcat:Distribution"}
    assert [each["@id"] for each in graph[0]["dcat:distribution"]] == list(distributions)
    content = (tmp_path / "1" / "hubs.csv").read_bytes()
    assert distributions["hubs.csv"]["spdx:checksum"]["spdx:checksumValue"]["@value"] == (
        hashlib.sha256(content).hexdigest()
    )
    assert "dct:license" not in distributions["hubs.csv"]
    stated = _read(_release(tmp_path / "2", _STATED), "dcat.jsonld")["@graph"]
    agents = {each["@id"]: each for each in stated if each["@type"] == "foaf:Agent"}
    (catalogue,) = (each for each in stated if each["@type"] == "dcat:Catalog")
    assert agents[catalogue["dct:publisher"]["@id"]]["foaf:name"]["@value"] == HOSTILE
    assert all(
        each["dct:license"] == {"@id": "https://example.org/licence", "@type": "dct:LicenseDocument"}
        for each in stated
        if each["@type"] == "dcat:Distribution"
    )


def test_tags_stand_below_the_names_and_the_rows_are_the_same(tmp_path: Path) -> None:
    _release(tmp_path)
    with (tmp_path / "hxl/commune_gaps.csv").open(encoding="utf-8", newline="") as stream:
        header, tags, *rows = csv.reader(stream)
    with (tmp_path / "commune_gaps.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [header, *rows] == list(csv.reader(stream))
    by_name = dict(zip(header, tags, strict=True))
    assert by_name["commune_code"] == "#adm2+code", "no districts: communes are the second level"
    assert by_name["province_code"] == "#adm1+code"
    assert by_name["people"] == "#population"
    assert all(re.fullmatch(r"#[a-z][a-z0-9_]*(\+[a-z][a-z0-9_]*)*", tag) for tag in tags)


def test_every_tag_of_a_whole_table_is_one(invented_country: Path) -> None:
    latest = invented_country / "data" / "latest"
    with (latest / "hxl/commune_gaps.csv").open(encoding="utf-8", newline="") as stream:
        header, tags, *_ = csv.reader(stream)
    assert all(re.fullmatch(r"#[a-z][a-z0-9_]*(\+[a-z][a-z0-9_]*)*", tag) for tag in tags)
    assert len(set(tags)) == len(tags)
    by_name = dict(zip(header, tags, strict=True))
    assert by_name["commune_name"] == "#adm3+name+i_en"
    assert by_name["internet_gap_people"] == "#affected+internet_gap_people"
    index = (invented_country / "maps/latest/index.html").read_text("utf-8")
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', index, re.DOTALL)
    said = json.loads(block)
    assert said["@type"] == "Dataset"
    assert said["identifier"] == json.loads((latest / "manifest.json").read_text())["run_id"]
    assert said["description"].startswith("An exercise: the country is invented.")
    assert "license" not in said, "nobody has stated one"
