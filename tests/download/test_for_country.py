"""From a country file's source to the file that its layer reads."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from urllib.parse import unquote

import pytest

from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import CountryFileError
from commune_coverage.core.toml_text import toml_value
from commune_coverage.download.catalogue import load_catalogue
from commune_coverage.download.country import fetch_country
from commune_coverage.readers.formats.provenance import origin_of
from commune_coverage.readers.measured.benchmarks import read_benchmarks
from commune_coverage.readers.points.reader import read_hubs
from tests import tiny
from tests.download.faulty_server import FaultyServer, whole
from tests.download.trials import Clock, cells, source

COUNTRY = """
code = "KHM"
catalogue = "catalogue.toml"
[name]
en = "T"
[layers.communes]
path = "communes.gpkg"
[layers.towers]
path = "raw/towers.csv.gz"
source = { id = "cells" }
"""


@pytest.fixture
def country_file(tmp_path: Path, server: FaultyServer) -> Path:
    row = source(server).model_dump(mode="json", exclude_defaults=True)
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in row.items())
    (tmp_path / "catalogue.toml").write_text(f"[[source]]\n{lines}", encoding="utf-8")
    (tmp_path / "country.toml").write_text(COUNTRY, encoding="utf-8")
    return tmp_path / "country.toml"


def test_a_source_lands_at_its_layers_path_with_its_origin(country_file: Path, server: FaultyServer) -> None:
    server.give("/cells", whole(cells()))
    country = load_country(country_file)
    (found,) = fetch_country(country, country_file.parent / "data", context=Clock().context())
    assert (found.layer, found.outcome.status) == ("towers", "fetched")
    assert found.path is not None
    assert found.path.read_bytes() == cells()
    assert country.layers.towers is not None
    assert origin_of(country.layers.towers)["publisher"] == "A publisher"


def test_a_failed_fetch_leaves_the_file_that_was_there(country_file: Path, server: FaultyServer) -> None:
    server.give("/cells", whole(cells()))
    country = load_country(country_file)
    fetch_country(country, country_file.parent / "data", context=Clock().context())
    server.give("/cells", whole(b"RATE_LIMITED"))
    (found,) = fetch_country(country, country_file.parent / "data", context=Clock().context())
    assert found.outcome.status == "failed"
    assert found.path is not None
    assert found.path.read_bytes() == cells()


def test_only_one_layer_and_none(country_file: Path) -> None:
    country = load_country(country_file)
    assert fetch_country(country, country_file.parent / "data", only="people") == []


def test_an_unknown_source_is_named_with_the_nearest(country_file: Path) -> None:
    country_file.write_text(COUNTRY.replace('id = "cells"', 'id = "cels"'), encoding="utf-8")
    with pytest.raises(CountryFileError, match=r"no source 'cels'; did you mean 'cells'\?"):
        fetch_country(load_country(country_file), country_file.parent / "data")


def test_what_two_layers_want_is_fetched_once_and_put_in_both_places(country_file: Path, server: FaultyServer) -> None:
    server.give("/cells", whole(cells()))
    more = '[[layers.towers.also]]\npath = "raw/again.csv.gz"\nsource = { id = "cells" }\n'
    country_file.write_text(COUNTRY + more, encoding="utf-8")
    found = fetch_country(load_country(country_file), country_file.parent / "data", context=Clock().context())
    assert [one.layer for one in found] == ["towers", "towers.also.0"]
    assert len(server.asked) == 1
    assert (country_file.parent / "raw/again.csv.gz").read_bytes() == cells()


def test_the_sidecar_says_where_and_when_the_bytes_came_from(country_file: Path, server: FaultyServer) -> None:
    server.give("/cells", whole(cells()))
    fetch_country(load_country(country_file), country_file.parent / "data", context=Clock().context())
    sidecar = json.loads((country_file.parent / "raw/towers.csv.gz.source.json").read_text())
    assert sidecar["address"] == server.address("/cells")
    assert sidecar["sha256"] == hashlib.sha256(cells()).hexdigest()
    assert (sidecar["bytes"], sidecar["licence"]) == (len(cells()), "CC0-1.0")
    assert sidecar["fetched"].startswith("2026-11-22T")


OVERPASS = {
    "version": 0.6,
    "elements": [
        {"type": "node", "id": 1, "lat": 10.9, "lon": 104.1, "tags": {"amenity": "post_office", "name": "<b>A"}},
        {"type": "way", "id": 2, "center": {"lat": 10.91, "lon": 104.11}, "tags": {"amenity": "bank"}},
        {"type": "relation", "id": 3, "tags": {"office": "courier"}},
        {"type": "way", "id": 4, "center": {"lat": 10.95, "lon": 104.15}, "tags": {"office": "courier"}},
    ],
}
HUBS = """
[layers.hubs]
path = "raw/hubs.json"
format = "overpass"
classes = { "amenity=post_office" = "post office", "office=courier" = "courier" }
source = { id = "hubs" }
"""


@pytest.fixture
def asks_overpass(country_file: Path, server: FaultyServer) -> Path:
    row = source(server, "/interpreter", id="hubs", format="overpass", kind="hubs", min_bytes=2)
    row = row.model_copy(update={"address": row.address + "?data={query}"})
    lines = "".join(f"{k} = {json.dumps(v)}\n" for k, v in row.model_dump(mode="json", exclude_defaults=True).items())
    (country_file.parent / "catalogue.toml").write_text(f"[[source]]\n{lines}", encoding="utf-8")
    country_file.write_text(COUNTRY.split("[layers.towers]", maxsplit=1)[0] + HUBS, encoding="utf-8")
    return country_file


def test_overpass_is_asked_for_the_tags_that_the_layer_maps(asks_overpass: Path, server: FaultyServer) -> None:
    server.give("/interpreter", whole(json.dumps(OVERPASS).encode()))
    country = load_country(asks_overpass)
    (found,) = fetch_country(country, asks_overpass.parent / "data", context=Clock().context())
    assert found.outcome.status == "fetched"
    query = unquote(server.queries[0].removeprefix("data="))
    area = 'area["ISO3166-1:alpha3"="KHM"]->.c;'
    parts = 'nwr["amenity"="post_office"](area.c);nwr["office"="courier"](area.c);'
    assert query == f"[out:json][timeout:300];{area}({parts});out center;"
    assert country.layers.hubs is not None
    points, (log,) = tiny.read(read_hubs, country.layers.hubs, tiny.area())
    assert points[["point_id", "class", "point_name"]].to_numpy().tolist() == [
        ["n1", "post office", "<b>A"],
        ["w4", "courier", ""],
    ]
    assert (log.read, log.kept, log.reasons()) == (3, 2, {"coordinate_missing": 1})


@pytest.mark.parametrize(
    ("response", "words"),
    [
        ({"elements": [], "remark": "runtime error: Query timed out"}, "broke off"),
        ({"rows": []}, "has no elements"),
        ([1], "not overpass data"),
    ],
)
def test_what_overpass_broke_off_is_no_data(
    response: object, words: str, asks_overpass: Path, server: FaultyServer
) -> None:
    server.give("/interpreter", whole(json.dumps(response).encode()))
    (found,) = fetch_country(load_country(asks_overpass), asks_overpass.parent / "data", context=Clock().context())
    assert found.outcome.status == "failed"
    assert words in found.outcome.sentence
    assert found.path is None


BENCHMARKS = """
[layers.benchmarks]
path = "raw/sdg_9c1.json"
source = { id = "un-sdg" }
"""


def test_the_sdg_database_is_asked_for_the_country_by_its_area_code(country_file: Path, server: FaultyServer) -> None:
    shipped = load_catalogue()["un-sdg"]
    row = source(server, "/sdg", **shipped.model_dump(mode="json", exclude={"address", "allowed_hosts", "mirrors"}))
    row = row.model_copy(update={"address": server.address("/sdg") + "?" + shipped.address.partition("?")[2]})
    lines = "".join(f"{k} = {toml_value(v)}\n" for k, v in row.model_dump(mode="json", exclude_defaults=True).items())
    (country_file.parent / "catalogue.toml").write_text(f"[[source]]\n{lines}", encoding="utf-8")
    country_file.write_text(COUNTRY.split("[layers.towers]", maxsplit=1)[0] + BENCHMARKS, encoding="utf-8")
    figure = {"series": "IT_MOB_4GNTWK", "geoAreaCode": "116", "timePeriodStart": 2023.0, "value": "93.1"}
    server.give("/sdg", whole(json.dumps({"totalElements": 1, "data": [figure]}).encode()))
    country = load_country(country_file)
    (found,) = fetch_country(country, country_file.parent / "data", context=Clock().context())
    assert found.outcome.status == "fetched"
    assert server.queries == ["indicator=9.c.1&areaCode=116&pageSize=1000"]
    assert country.layers.benchmarks is not None
    table, _ = tiny.read(read_benchmarks, country.layers.benchmarks, tiny.area())
    assert table[["figure", "date"]].to_numpy().tolist() == [["at_least_4g_share", "2023-12-31"]]
    assert table["value"].tolist() == pytest.approx([0.931])
