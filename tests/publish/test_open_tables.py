"""Tables in the formats that others open: what is said of a column is so of every cell; codes are texts."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest

from commune_coverage.config.country import Country
from commune_coverage.config.exports import Exports
from commune_coverage.publish.exports import read_csv
from commune_coverage.publish.open_data.about import About, Source, about
from commune_coverage.publish.open_data.write import write_open_data

_SOURCE = Source("people", "Census", "", "CC0-1.0", "", "", is_synthetic=True)
_ABOUT = About("KHM", "Tiny", False, "CC-BY-4.0", "https://example.org/licence", "The office", (_SOURCE,))
_TYPES = {"number": float, "integer": int, "string": str, "boolean": {"True": True, "False": False}.__getitem__}


@pytest.fixture(scope="module")
def latest(invented_country: Path) -> Path:
    return invented_country / "data" / "latest"


@pytest.fixture(scope="module")
def package(latest: Path) -> dict[str, Any]:
    return json.loads((latest / "datapackage.json").read_text())


def test_the_package_lists_every_table_with_its_bytes(latest: Path, package: dict[str, Any]) -> None:
    tables = sorted(path.name for path in latest.glob("*.csv") if not path.stem.endswith("_dictionary"))
    assert sorted(resource["path"] for resource in package["resources"]) == tables
    assert len(tables) > 20
    for resource in package["resources"]:
        content = (latest / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert any("synthetic, not observed" in source["title"] for source in package["sources"])
    assert "invented" in package["description"]
    assert "licenses" not in package, "nobody has stated one"


def test_every_cell_is_as_its_field_says(latest: Path, package: dict[str, Any]) -> None:
    for resource in package["resources"]:
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        rows = read_csv(latest / resource["path"])
        for name, field in fields.items():
            assert field["description"], f"{resource['name']}.{name} is not declared"
            values = [_TYPES[field["type"]](row[name]) for row in rows if row[name]]
            bounds = field.get("constraints", {})
            assert all(value >= bounds.get("minimum", value) for value in values), (resource["name"], name)
            assert all(value <= bounds.get("maximum", value) for value in values), (resource["name"], name)
            assert set(values) <= set(bounds.get("enum", values)), (resource["name"], name)
            assert field["type"] == "string" or not name.endswith("code"), "codes are texts"


def test_gdal_reads_codes_as_texts_and_places_points(latest: Path) -> None:
    communes = pyogrio.read_dataframe(latest / "commune_gaps.csv")
    parquet = gpd.read_parquet(latest / "commune_gaps.parquet")
    assert communes["commune_code"].tolist() == parquet["commune_code"].tolist()
    assert communes["commune_code"].str.startswith("0").any()
    assert communes["cells"].dtype.kind == "i"
    sites = pyogrio.read_dataframe(latest / "sites.csv")
    rows = pd.read_csv(latest / "sites.csv")
    assert sites.geometry.x.to_numpy() == pytest.approx(rows["lon"].to_numpy())
    assert sites.geometry.y.to_numpy() == pytest.approx(rows["lat"].to_numpy())


def test_sheets_hold_the_tables_with_codes_as_texts(latest: Path) -> None:
    book = openpyxl.load_workbook(latest / "commune_coverage.xlsx", read_only=True)
    assert book.sheetnames[:3] == ["about", "columns", "commune_gaps"]
    header, *rows = book["commune_gaps"].values
    expected = gpd.read_parquet(latest / "commune_gaps.parquet").drop(columns="geometry")
    assert list(header) == list(expected)
    assert [row[0] for row in rows] == expected["commune_code"].tolist()
    people = list(header).index("people")
    assert [row[people] for row in rows] == pytest.approx(expected["people"].tolist(), abs=1e-6)
    said = {(row[0], row[1]) for row in book["columns"].values}
    assert {("commune_gaps", name) for name in header} <= said


_NO_MAP = Exports(geopackage=False, hxl=False, points=False)


def _write_table(folder: Path) -> None:
    (folder / "hubs.csv").write_text("point_id,point_name,lon,lat,capacity\n007,'=1+1\x0b,104.5,11.5,\n", "utf-8")


def test_a_text_is_no_formula_and_what_is_empty_stays_so(tmp_path: Path) -> None:
    _write_table(tmp_path)
    write_open_data(tmp_path, tmp_path, _ABOUT, _NO_MAP)
    book = openpyxl.load_workbook(tmp_path / "commune_coverage.xlsx")
    cells = list(book["hubs"])[1]
    assert [cell.value for cell in cells] == ["007", "=1+1\ufffd", 104.5, 11.5, None]
    assert [cell.data_type for cell in cells[:2]] == ["s", "s"]
    package = json.loads((tmp_path / "datapackage.json").read_text())
    assert package["licenses"] == [{"name": "CC-BY-4.0", "path": "https://example.org/licence"}]
    assert package["contributors"] == [{"title": "The office", "role": "publisher"}]


def test_equal_tables_give_equal_bytes_whatever_the_time(tmp_path: Path) -> None:
    _write_table(tmp_path)
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        write_open_data(tmp_path, folder, _ABOUT, _NO_MAP)
    names = sorted(path.name for path in first.iterdir())
    assert names == ["commune_coverage.xlsx", "datapackage.json", "hubs.csvt"]
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)
    with zipfile.ZipFile(first / "commune_coverage.xlsx") as parts:
        assert {info.date_time[0] for info in parts.infolist()} == {1980}
        assert parts.read("docProps/core.xml").count(b"1980-01-01T00:00:00Z") == 2


@pytest.mark.parametrize(
    ("off", "left"), [("data_package", ["commune_coverage.xlsx"]), ("workbook", ["datapackage.json", "hubs.csvt"])]
)
def test_what_is_switched_off_is_not_written(off: str, left: list[str], tmp_path: Path) -> None:
    _write_table(tmp_path)
    write_open_data(tmp_path, tmp_path / "out", _ABOUT, _NO_MAP.model_copy(update={off: False}))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == left


@pytest.mark.parametrize(
    "stated",
    [{"licence": "free <b>for all</b>"}, {"licence": "MIT", "licence_address": "javascript:alert(1)"},
     {"licence_address": "https://example.org"}, {"xlsx": True}],
)  # fmt: skip
def test_what_is_no_setting_is_refused(stated: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"licence|xlsx"):
        Exports(**stated)


def test_a_layer_of_another_package_has_texts_for_what_it_does_not_declare(tmp_path: Path) -> None:
    (tmp_path / "clinics.csv").write_text("beds,commune_code,synthetic_layers\n5,010203,\n", "utf-8")
    write_open_data(tmp_path, tmp_path, _ABOUT, _NO_MAP)
    (resource,) = json.loads((tmp_path / "datapackage.json").read_text())["resources"]
    fields = {field["name"]: field for field in resource["schema"]["fields"]}
    assert {field["type"] for field in fields.values()} == {"string"}
    assert "description" not in fields["beds"]
    assert fields["commune_code"]["description"].startswith("Code of the commune")


def test_no_mark_that_files_cannot_hold_comes_from_the_country_file() -> None:
    country = Country(
        code="KHM", name={"en": "T\x0bi\x00"}, layers={"communes": {"path": "c"}}, exports={"publisher": "O\x1bf"}
    )
    said = about(country, {"people": {"title": "t", "synthetic": False}, "roads": None}, ["towers"])
    assert not re.search(r"[\x00-\x1f]", said.title + said.publisher)
    assert [source.layer for source in said.sources] == ["people"]
