"""The shipped catalogue is usable as it stands; a user's rows are checked like it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from commune_coverage.core.errors import CoverageError
from commune_coverage.download.catalogue import Kind, fill, load_catalogue

CATALOGUE = load_catalogue()
VALUES = {
    "ISO3": "KHM",
    "year": "2025",
    "quarter": "3",
    "mcc": "456",
    "token": "a b&c",
    "query": "node(1);out;",
    "continent": "asia",
    "country": "cambodia",
    "release": "2026-10-21.0",
    "file": "part-0001.zstd.parquet",
    "tile": "N11_00_E104_00",
    "bounds": "102.33,9.91,107.63,14.69",
    "resource": "*.zip",
    "level": "ADM3",
    "indicator": "9.c.1",
    "m49": "116",
    "dataset": "highresolutionpopulationdensitymaps-khm",
}
ROW = """[[source]]
id = "own"
kind = "friction"
title = "Own"
publisher = "Own"
address = "https://data.example/{file}"
format = "geotiff"
version = "1"
min_bytes = 1
max_bytes = 2
max_size_change_share = 0.1
max_age_days = 1
"""


@pytest.mark.parametrize("source", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_shipped_row_can_be_filled(source) -> None:  # type: ignore[no-untyped-def]
    assert source.parameters <= VALUES.keys()
    for address in source.addresses:
        assert "{" not in fill(address, VALUES)
        assert address.startswith(("https://", "s3://"))
    assert "{" not in fill(source.version, {**VALUES, "modified": "2026-11-22"})


def test_every_kind_has_a_source() -> None:
    assert {source.kind for source in CATALOGUE.values()} == set(get_args(Kind))


def test_addresses_are_as_published() -> None:
    assert fill(CATALOGUE["worldpop-r2025a"].address, VALUES).endswith(
        "/R2025A/2025/KHM/v1/100m/constrained/khm_pop_2025_CN_100m_R2025A_v1.tif"
    )
    assert fill(CATALOGUE["ookla-mobile"].address, VALUES).endswith(
        "/type=mobile/year=2025/quarter=3/2025-07-01_performance_mobile_tiles.parquet"
    )
    assert fill(CATALOGUE["opencellid"].address, VALUES).endswith("?token=a%20b%26c&type=mcc&file=456.csv.gz")


@pytest.mark.parametrize("value", ["../x", "/etc", "a/../b", "a b", "a?b", "a#b", "", "a//b", "a\n", "https://x"])
def test_values_cannot_change_where_an_address_leads(value: str) -> None:
    with pytest.raises(CoverageError, match="unexpected form"):
        fill("https://data.example/{file}", {"file": value})


def test_missing_value_is_named() -> None:
    with pytest.raises(CoverageError, match="'mcc'"):
        fill("{mcc}", {})


def test_own_rows_join_the_shipped_ones(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(ROW)
    assert load_catalogue(own).keys() == CATALOGUE.keys() | {"own"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("title", "titel"), "titel"),
        (("https://data.example", "file://"), "http"),
        (("https://data.example", "https://{host}"), "whole host"),
        (("{file}", "{token}"), "token_env"),
        (("max_bytes = 2", "max_bytes = 0"), "max_bytes"),
        (('id = "own"', 'id = "../own"'), "id"),
        (('id = "own"', 'id = "objects"'), "folder of the store"),
        (("[[source]]", "[[source"), "not a catalogue"),
    ],
)
def test_wrong_row_is_refused(change: tuple[str, str], words: str, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(ROW.replace(*change))
    with pytest.raises(CoverageError, match=words):
        load_catalogue(own)


def test_no_catalogue_is_said(tmp_path: Path) -> None:
    with pytest.raises(CoverageError, match="no catalogue"):
        load_catalogue(tmp_path / "own.toml")
