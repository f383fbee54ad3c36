"""From a country file's source to the file that its layer reads."""

from __future__ import annotations

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
