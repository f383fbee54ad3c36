import re

import geopandas as gpd
import pytest
import shapely
from pyproj import Proj

from commune_coverage.config.country import Country
from commune_coverage.config.layers import CommunesLayer, FileRef, Layers
from commune_coverage.readers.boundaries.study_area import metric_crs_of
from commune_coverage.readers.communes.reader import read_communes
from tests import tiny


def _country(path, **options):
    layer = CommunesLayer(path=path, **options)
    return Country(
        code="KHM",
        name={"en": "T", "km": "ត"},
        languages=["en", "km"],
        metric_crs=tiny.METRIC,
        layers=Layers(communes=layer),
    )


def _read(country):
    return tiny.read(read_communes, country.layers.communes, None, country=country)


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".fgb", ".parquet"])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32648"])
def test_any_vector_format_and_system_gives_the_same_communes(tmp_path, suffix, crs):
    path = tmp_path / f"c{suffix}"
    frame = tiny.communes().drop(columns="province_code").to_crs(crs)
    frame.to_parquet(path) if suffix == ".parquet" else frame.to_file(path)
    communes, logs = _read(_country(path, province_digits=2))
    assert communes["commune_code"].tolist() == tiny.CODES
    assert communes["area_km2"].sum() == pytest.approx(900, rel=2e-3)
    assert communes["province_code"].unique().tolist() == ["01"]
    assert logs[0].is_balanced()


def test_a_coded_row_without_a_shape_stays_and_one_without_a_code_is_set_aside(tmp_path):
    frame = tiny.communes()
    frame.loc[2, "geometry"] = None
    frame.loc[5, "commune_code"] = ""
    frame.to_file(tmp_path / "c.gpkg")
    communes, (log,) = _read(_country(tmp_path / "c.gpkg"))
    assert len(communes) == 8
    assert communes.set_index("commune_code").geometry["010103"].is_empty
    assert [(row["line"], row["reason_code"]) for row in log.rows] == [(6, "missing_code")]
    assert log.is_balanced()


def test_names_come_from_the_gazetteer_where_the_boundaries_lack_them(tmp_path):
    tiny.communes().drop(columns=["commune_name"]).to_file(tmp_path / "c.gpkg")
    rows = "Id;EN;KH\n10101;One;មួយ\n10102;Two;ពីរ\n;lost;\n10102;again;\n990101;Elsewhere;\n"
    (tmp_path / "g.csv").write_bytes(rows.encode("utf-16"))
    ref = FileRef(
        path=tmp_path / "g.csv", columns={"commune_code": "Id", "commune_name": "EN", "commune_name_km": "KH"}
    )
    communes, logs = _read(_country(tmp_path / "c.gpkg", gazetteer=[ref]))
    assert communes["commune_name"].tolist()[:3] == ["One", "Two", ""]
    assert communes["commune_name_km"].tolist()[:2] == ["មួយ", "ពីរ"]
    assert logs[1].reasons() == {"duplicate_id": 1, "missing_code": 1}
    assert logs[1].is_balanced()
    assert "1 communes in g.csv without a boundary: 990101" in logs[0].notes


def test_codes_are_taken_from_another_file_by_overlap(tmp_path):
    tiny.communes()[["commune_name", "geometry"]].to_file(tmp_path / "c.gpkg")
    moved = tiny.communes()[["commune_code", "geometry"]]
    moved.set_geometry(moved.translate(0.002, -0.001)).to_file(tmp_path / "codes.gpkg")
    communes, _ = _read(_country(tmp_path / "c.gpkg", codes=FileRef(path=tmp_path / "codes.gpkg")))
    assert dict(zip(communes["commune_code"], communes["commune_name"], strict=True))["010107"] == "Commune 7"


def test_the_metric_system_is_worked_out():
    assert metric_crs_of(tiny.communes()) == "EPSG:32648"
    wide = gpd.GeoDataFrame(geometry=[shapely.box(60, 10, 95, 30)], crs="EPSG:4326")
    assert "+proj=lcc" in metric_crs_of(wide)
    middling = gpd.GeoDataFrame(geometry=[shapely.box(20, 0, 29.2, 3)], crs="EPSG:4326")
    assert "+proj=laea" in metric_crs_of(middling)


@pytest.mark.parametrize(("stated", "is_off"), [("EPSG:32647", True), ("EPSG:3857", True), ("EPSG:32648", False)])
def test_a_stated_metric_system_that_is_off_is_said_with_its_error(tmp_path, stated, is_off):
    tiny.communes().to_file(tmp_path / "communes.geojson")
    country = Country(
        code="KHM", name={"en": "T"}, metric_crs=stated, layers={"communes": {"path": tmp_path / "communes.geojson"}}
    )
    (log,) = read_communes(country.layers.communes, tiny.context(None, country=country)).row_logs
    said = [note for note in log.notes if "% off over the communes" in note]
    assert len(said) == is_off
    if is_off:
        places = tiny.communes().get_coordinates()
        scales = Proj(stated).get_factors(places["x"], places["y"]).meridional_scale
        off = float(re.search(r"up to ([\d.]+) % off", said[0])[1]) / 100
        assert off == pytest.approx(abs(scales - 1).max(), rel=0.05)
        assert "leave metric_crs out of the country file, and EPSG:32648 is taken" in said[0]
