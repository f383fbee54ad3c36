"""From a country file's source to the file that its layer reads."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from coverage.country_file import load_country
from coverage.errors import CountryFileError
from coverage.fetch.for_country import fetch_country
from coverage.sources.origin import origin_of
from tests.fetch.faulty_server import FaultyServer, whole
from tests.fetch.trials import Clock, cells, source

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
    (found,) = fetch_country(country, country_file.parent / "data", surroundings=Clock().surroundings())
    assert (found.layer, found.outcome.status) == ("towers", "fetched")
    assert found.path is not None
    assert found.path.read_bytes() == cells()
    assert country.layers.towers is not None
    assert origin_of(country.layers.towers)["publisher"] == "A publisher"


def test_a_failed_fetch_leaves_the_file_that_was_there(country_file: Path, server: FaultyServer) -> None:
    server.give("/cells", whole(cells()))
    country = load_country(country_file)
    fetch_country(country, country_file.parent / "data", surroundings=Clock().surroundings())
    server.give("/cells", whole(b"RATE_LIMITED"))
    (found,) = fetch_country(country, country_file.parent / "data", surroundings=Clock().surroundings())
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
    found = fetch_country(load_country(country_file), country_file.parent / "data", surroundings=Clock().surroundings())
    assert [one.layer for one in found] == ["towers", "towers.also.0"]
    assert len(server.asked) == 1
    assert (country_file.parent / "raw/again.csv.gz").read_bytes() == cells()


def test_the_sidecar_says_where_and_when_the_bytes_came_from(country_file: Path, server: FaultyServer) -> None:
    server.give("/cells", whole(cells()))
    fetch_country(load_country(country_file), country_file.parent / "data", surroundings=Clock().surroundings())
    sidecar = json.loads((country_file.parent / "raw/towers.csv.gz.source.json").read_text())
    assert sidecar["address"] == server.address("/cells")
    assert sidecar["sha256"] == hashlib.sha256(cells()).hexdigest()
    assert (sidecar["bytes"], sidecar["licence"]) == (len(cells()), "CC0-1.0")
    assert sidecar["fetched"].startswith("2026-11-22T")
