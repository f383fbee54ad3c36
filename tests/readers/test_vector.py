"""Vector files as strangers send them: KML, KMZ, archives of several files, encodings, systems that are missing."""

import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import MissingCrsError, UnreadableFileError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.formats.vector import layer_names, read_vector

KML = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>"""
PLACEMARK = (
    "<Placemark><name>{}</name><ExtendedData><Data name='height'><value>{}</value></Data></ExtendedData>"
    "<Point><coordinates>{},{},0</coordinates></Point></Placemark>"
)
NAMES = ["ភ្នំពេញ", "Siem Reap"]


def _kml(path: Path) -> Path:
    marks = (PLACEMARK.format(name, 30 + n, 104 + n, 11 + n) for n, name in enumerate(NAMES))
    path.write_text(KML.format("".join(marks)), encoding="utf-8")
    return path


def _zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _table(path: Path, **options):
    return read_table(FileRef(path=path, **options), RowLog("hubs", path.name))


def test_kml_gives_positions_names_and_extended_data(tmp_path):
    table = _table(_kml(tmp_path / "a.kml"))
    assert table["Name"].tolist() == NAMES
    assert table["height"].tolist() == ["30", "31"]
    assert table[["lon", "lat"]].to_numpy().tolist() == [[104.0, 11.0], [105.0, 12.0]]
    own = gpd.read_file(tmp_path / "a.kml")
    assert own.geometry.x.tolist() == table["lon"].tolist()


def test_of_several_folders_of_a_kml_one_must_be_named(tmp_path):
    marks = {"North": PLACEMARK.format("a", 30, 104, 11), "South": PLACEMARK.format("b", 31, 105, 12)}
    kml = KML.format("".join(f"<Folder><name>{name}</name>{mark}</Folder>" for name, mark in marks.items()))
    (tmp_path / "a.kml").write_text(kml)
    for path in (tmp_path / "a.kml", _zip(tmp_path / "a.kmz", {"doc.kml": kml.encode()})):
        assert layer_names(FileRef(path=path)) == ["North", "South"]
        with pytest.raises(UnreadableFileError, match=r"holds 2 layers: North, South; set layer"):
            _table(path)
        table = _table(path, layer="South")
        assert table[["Name", "height", "lon", "lat"]].to_numpy().tolist() == [["b", "31", 105.0, 12.0]]


def test_a_schema_of_a_kml_gives_columns(tmp_path):
    schema = '<Schema name="s" id="s"><SimpleField name="operator" type="string"/></Schema>'
    data = '<SchemaData schemaUrl="#s"><SimpleData name="operator">Smart</SimpleData></SchemaData>'
    mark = f"<Placemark><ExtendedData>{data}</ExtendedData><Point><coordinates>104,11</coordinates></Point></Placemark>"
    (tmp_path / "a.kml").write_text(KML.format(schema + mark))
    assert _table(tmp_path / "a.kml")["operator"].tolist() == ["Smart"]


def test_the_waypoints_of_a_gpx_are_a_layer(tmp_path):
    point = '<wpt lat="11" lon="104"><name>a</name></wpt>'
    path = tmp_path / "a.gpx"
    path.write_text(f'<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">{point}</gpx>')
    table = _table(path, layer="waypoints")
    assert table[["name", "lon", "lat"]].to_numpy().tolist() == [["a", 104.0, 11.0]]


def test_kmz_is_the_same_as_its_kml(tmp_path):
    kml = _kml(tmp_path / "a.kml")
    path = _zip(tmp_path / "a.kmz", {"doc.kml": kml.read_bytes(), "icons/a.png": b"\x89PNG"})
    assert _table(path).equals(_table(kml))


def test_topojson_is_read_once_its_system_is_stated(tmp_path):
    (tmp_path / "a.topojson").write_text(
        '{"type":"Topology","objects":{"a":{"type":"GeometryCollection","geometries":[{"type":"Point",'
        '"coordinates":[104.5,11.5],"properties":{"n":"x"}}]}},"arcs":[]}'
    )
    table = _table(tmp_path / "a.topojson", crs="EPSG:4326")
    assert (table["n"][0], table["lon"][0], table["lat"][0]) == ("x", 104.5, 11.5)


def _shapefile(folder: Path, stem: str, name: str, encoding: str = "utf-8", crs: str | None = "EPSG:4326"):
    folder.mkdir(exist_ok=True)
    frame = gpd.GeoDataFrame({"name": [name]}, geometry=[shapely.Point(104.5, 11.5)], crs=crs)
    frame.to_file(folder / f"{stem}.shp", encoding=encoding)
    return {part.name: part.read_bytes() for part in sorted(folder.glob(f"{stem}.*"))}


def test_a_shapefile_in_a_nested_folder_with_odd_capitals(tmp_path):
    parts = {f"Data/In/{name.upper()}": content for name, content in _shapefile(tmp_path / "s", "a", "x").items()}
    table = _table(_zip(tmp_path / "a.zip", {**parts, "__MACOSX/Data/._A.SHP": b"junk", "readme.txt": b"hello"}))
    assert table["name"].tolist() == ["x"]


def test_of_several_shapefiles_in_an_archive_one_must_be_named(tmp_path):
    parts = _shapefile(tmp_path / "s", "old", "o") | _shapefile(tmp_path / "s", "new", "n")
    path = _zip(tmp_path / "a.zip", parts)
    with pytest.raises(UnreadableFileError, match=r"holds 2 layers: old, new; set layer"):
        _table(path)
    assert _table(path, layer="new")["name"].tolist() == ["n"]


@pytest.mark.parametrize(("encoding", "name"), [("utf-8", "ភូមិ"), ("cp1252", "Évora"), ("cp874", "กรุงเทพ")])
def test_the_encoding_beside_a_shapefile_is_kept(tmp_path, encoding, name):
    path = _zip(tmp_path / "a.zip", _shapefile(tmp_path / "s", "a", name, encoding))
    assert _table(path)["name"].tolist() == [name]


def test_without_its_encoding_a_shapefile_is_read_as_stated(tmp_path):
    parts = _shapefile(tmp_path / "s", "a", "กรุงเทพ", "cp874")
    path = _zip(tmp_path / "a.zip", {name: content for name, content in parts.items() if not name.endswith(".cpg")})
    assert _table(path, encoding="cp874")["name"].tolist() == ["กรุงเทพ"]


def test_a_zipped_shapefile_without_prj_needs_a_system(tmp_path):
    parts = _shapefile(tmp_path / "s", "a", "x")
    path = _zip(tmp_path / "a.zip", {name: content for name, content in parts.items() if not name.endswith(".prj")})
    with pytest.raises(MissingCrsError, match=r"'a.zip' does not state"):
        read_vector(FileRef(path=path))
    assert len(read_vector(FileRef(path=path, crs="EPSG:4326"))) == 1


def test_a_geopackage_in_an_archive_and_its_layers(tmp_path):
    frame = gpd.GeoDataFrame({"name": ["x"]}, geometry=[shapely.Point(104.5, 11.5)], crs="EPSG:32648")
    for layer in ("a", "b"):
        frame.to_file(tmp_path / "a.gpkg", layer=layer)
    path = _zip(tmp_path / "a.zip", {"a.gpkg": (tmp_path / "a.gpkg").read_bytes()})
    assert layer_names(FileRef(path=path)) == ["a", "b"]
    assert len(read_vector(FileRef(path=path, layer="b"))) == 1


def test_an_archive_in_an_archive_is_said_to_be_one(tmp_path):
    path = _zip(tmp_path / "a.zip", {"inner.zip": b"PK\x03\x04"})
    with pytest.raises(UnreadableFileError, match=r"holds no layer \(but inner.zip: unpack it\)"):
        read_vector(FileRef(path=path))


def test_an_unknown_ending_names_the_known_ones(tmp_path):
    (tmp_path / "a.xls").write_bytes(b"some bytes")
    with pytest.raises(UnreadableFileError, match=r"does not end like a vector file; known are \.shp"):
        read_vector(FileRef(path=tmp_path / "a.xls"))


def test_a_damaged_member_is_named_without_our_folder(tmp_path):
    path = _zip(tmp_path / "a.zip", {"x.geojson": b'{"type": "FeatureCollection", "features": [{]}'})
    with pytest.raises(UnreadableFileError, match=r"'a.zip' is not a readable vector file") as caught:
        read_vector(FileRef(path=path))
    assert "/tmp" not in str(caught.value).replace(str(tmp_path), "")  # noqa: S108


MOON = 'GEOGCS["Moon",DATUM["D_Moon",SPHEROID["Moon",1737400,0]],PRIMEM["P",0],UNIT["Degree",0.0174532925]]'


def test_a_system_of_another_world_or_of_none_is_refused(tmp_path):
    parts = _shapefile(tmp_path / "s", "a", "x")
    path = _zip(tmp_path / "a.zip", parts | {"a.prj": MOON.encode()})
    with pytest.raises(MissingCrsError, match=r"no known coordinate reference system of the Earth; set crs"):
        read_vector(FileRef(path=path))
    with pytest.raises(MissingCrsError, match=r"no known coordinate reference system"):
        read_vector(FileRef(path=path, crs="EPSG:nonsense"))
    assert len(read_vector(FileRef(path=path, crs="EPSG:4326"))) == 1
