"""The GeoPackage of all layers and the QGIS project of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from commune_coverage.config.exports import Exports
from commune_coverage.publish.open_data.about import About
from commune_coverage.publish.open_data.areas import area_layers, polygons_of
from commune_coverage.publish.open_data.write import write_open_data
from tests.publish import small_edition

_ONLY = Exports(data_package=False, workbook=False, hxl=False, points=False)
_HOSTILE = small_edition.HOSTILE
_ABOUT = About("KHM", _HOSTILE, False, "", "", _HOSTILE, ())


@pytest.fixture(scope="module")
def latest(invented_country: Path) -> Path:
    return invented_country / "data" / "latest"


def test_every_layer_is_there_with_its_rows_and_codes(latest: Path) -> None:
    package = latest / "commune_coverage.gpkg"
    layers = {name: kind for name, kind in pyogrio.list_layers(package) if kind}
    assert {"communes", "districts", "provinces"} == {name for name, kind in layers.items() if kind == "MultiPolygon"}
    assert {"sites", "hubs", "payments", "institutions"} <= {name for name, kind in layers.items() if kind == "Point"}
    for name in ("sites", "hubs", "payments"):
        rows = pd.read_csv(latest / f"{name}.csv", dtype={"commune_code": str})
        layer = pyogrio.read_dataframe(package, layer=name)
        assert layer["commune_code"].fillna("").tolist() == rows["commune_code"].fillna("").tolist()
        assert layer.geometry.x.tolist() == rows["lon"].tolist()
    communes = gpd.read_parquet(latest / "commune_gaps.parquet")
    layer = pyogrio.read_dataframe(package, layer="communes")
    assert layer["commune_code"].tolist() == communes["commune_code"].tolist()
    assert layer["internet_gap_share"].tolist() == pytest.approx(communes["internet_gap_share"].tolist(), nan_ok=True)


def test_provinces_and_districts_are_the_sums_of_their_communes(latest: Path) -> None:
    communes = gpd.read_parquet(latest / "commune_gaps.parquet")
    for level, name in (("province", "provinces"), ("district", "districts")):
        layer = pyogrio.read_dataframe(latest / "commune_coverage.gpkg", layer=name).set_index(f"{level}_code")
        for code, inside in communes.groupby(f"{level}_code"):
            assert layer.at[code, "people"] == pytest.approx(inside["people"].sum(), rel=1e-12)
            assert layer.at[code, "communes"] == len(inside)
            gap = inside["internet_gap_people"].where(inside["people"] > 0, 0.0).sum(skipna=False)
            assert layer.at[code, "internet_gap_people"] == pytest.approx(gap, rel=1e-12, nan_ok=True)
        outlines = layer.geometry.to_crs("EPSG:6933").area.sum()
        assert outlines == pytest.approx(communes.geometry.to_crs("EPSG:6933").area.sum(), rel=1e-6)


def test_a_figure_of_an_area_is_unknown_where_that_of_inhabitants_is() -> None:
    (layer,) = area_layers(small_edition.communes())
    rows = layer.rows.set_index("province_code")
    assert rows.loc["A", ["people", "internet_gap_people", "internet_gap_share"]].tolist() == [10.0, 4.0, 0.4]
    assert rows.loc["B", ["internet_gap_people", "internet_gap_share"]].isna().all()
    (layer,) = area_layers(small_edition.communes(people=[10.0, np.nan, 30.0]))
    assert layer.rows.set_index("province_code").loc["A", ["people", "internet_gap_people"]].isna().all()
    (layer,) = area_layers(small_edition.communes(province_code=["A", "", "A"]))
    assert layer.rows["province_code"].tolist() == ["A"]
    assert list(area_layers(small_edition.communes().drop(columns="province_code"))) == []


def test_an_outline_has_no_lines() -> None:
    square, line = shapely.box(0, 0, 1, 1), shapely.LineString([(1, 1), (2, 2)])
    for shape in (square, shapely.MultiPolygon([square]), shapely.GeometryCollection([square, line])):
        assert shapely.equals(polygons_of(shape), square)
    nested = shapely.GeometryCollection([shapely.MultiPolygon([square, shapely.box(5, 5, 6, 6)]), line])
    assert polygons_of(nested).area == 2.0


@pytest.fixture
def written(tmp_path: Path) -> Path:
    small_edition.write(tmp_path, _HOSTILE)
    write_open_data(tmp_path, tmp_path, _ABOUT, _ONLY)
    return tmp_path


def test_columns_have_names_for_people_and_every_layer_a_style(written: Path) -> None:
    with closing(sqlite3.connect(written / "commune_coverage.gpkg")) as database:
        names = dict(database.execute("SELECT column_name, name FROM gpkg_data_columns WHERE table_name = 'provinces'"))
        styles = list(database.execute("SELECT f_table_name, styleName, styleQML FROM layer_styles WHERE useAsDefault"))
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert names["internet_gap_share"] == "Internet gap (share)"
    assert names["province_code"] == "Province code"
    assert sorted(layer for layer, _, _ in styles) == ["communes", "hubs", "provinces"]
    for _, _, style in styles:
        assert ET.fromstring(style).find("renderer-v2") is not None  # noqa: S314 (our own file)


def test_the_project_draws_each_layer_and_shows_what_is_unknown(written: Path) -> None:
    project = ET.fromstring((written / "commune_coverage.qgs").read_text("utf-8"))  # noqa: S314 (our own file)
    assert project.findtext("title") == f"Commune coverage: {_HOSTILE}"
    layers = project.findall("projectlayers/maplayer")
    there = {name for name, _ in pyogrio.list_layers(written / "commune_coverage.gpkg")}
    assert {layer.findtext("datasource") for layer in layers} == {
        f"./commune_coverage.gpkg|layername={name}" for name in there - {"layer_styles"}
    }
    assert [each.get("id") for each in project.iter("layer-tree-layer")] == [each.findtext("id") for each in layers]
    communes = next(layer for layer in layers if layer.findtext("id") == "communes_internet_gap")
    rules = {rule.get("label"): rule.get("filter") for rule in communes.iter("rule")}
    assert rules["not known"] == '"internet_gap_share" IS NULL'
    rows = pyogrio.read_dataframe(written / "commune_coverage.gpkg", layer="communes")
    assert rows.query("0.4 <= internet_gap_share < 0.6").shape[0] == 1
    assert rules["40% to 60%"] == '"internet_gap_share" >= 0.4 AND "internet_gap_share" < 0.6'
    assert rules["80% to 100%"].endswith('"internet_gap_share" <= 1.0')
    symbols = communes.findall("renderer-v2/symbols/symbol")
    assert sorted(rule.get("symbol", "") for rule in communes.iter("rule")) == sorted(
        symbol.get("name", "") for symbol in symbols
    )


def test_equal_tables_give_equal_maps(written: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    write_open_data(written, again, _ABOUT, _ONLY)
    for name in ("commune_coverage.gpkg", "commune_coverage.qgs"):
        assert (again / name).read_bytes() == (written / name).read_bytes()


def test_maps_can_be_switched_off(written: Path, tmp_path: Path) -> None:
    write_open_data(written, tmp_path / "out", _ABOUT, _ONLY.model_copy(update={"geopackage": False}))
    assert list((tmp_path / "out").iterdir()) == []
