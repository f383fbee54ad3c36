"""All that is read with a file makes its digest, or is refused, and reading leaves no trace beside it."""

from __future__ import annotations

import os
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from pyproj import CRS
from rasterio.transform import from_origin

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import CoverageError, MissingFileError, UnreadableFileError, UnsafeArchiveError
from commune_coverage.core.gdal_environment import ALLOWED_DRIVERS
from commune_coverage.core.private_apis import gdal_error
from commune_coverage.readers.formats.raster import RASTER_SUFFIXES, open_plainly, open_raster
from commune_coverage.readers.formats.vector import VECTOR_SUFFIXES, read_vector
from commune_coverage.readers.safety.companions import COMPANIONS, companions
from commune_coverage.readers.safety.files import require_file, sha256
from tests.opened_files import opened_in

SIZE = 4
POINTS = gpd.GeoDataFrame({"code": ["01", "02"]}, geometry=[shapely.Point(1, 2), shapely.Point(3, 4)], crs="EPSG:4326")
NOT_OF_FILES = {"MEM", "Memory"}
VIRTUAL = (
    '<VRTDataset rasterXSize="4" rasterYSize="4"><SRS>EPSG:4326</SRS><GeoTransform>100,1,0,10,0,-1</GeoTransform>'
    '<VRTRasterBand dataType="Float32" band="1"><SimpleSource><SourceFilename relativeToVRT="1">{}</SourceFilename>'
    "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
)


def raster(path: Path, driver: str = "GTiff", value: float = 1.0, **more: object) -> Path:
    where = {"crs": "EPSG:4326", "transform": from_origin(100, 10, 1, 1)}
    profile = {"driver": driver, "height": SIZE, "width": SIZE, "count": 1, "dtype": "float32"} | where | more
    with rasterio.open(path, "w", **profile) as target:
        target.write(np.full((SIZE, SIZE), value, dtype="float32"), 1)
    return path


def _virtual(path: Path) -> None:
    raster(path.with_name("source.tif"))
    path.write_text(VIRTUAL.format("source.tif"))


def _grid(path: Path) -> None:
    path.write_text(f"ncols {SIZE}\nnrows {SIZE}\nxllcorner 100\nyllcorner 6\ncellsize 1\n" + "1 2 3 4\n" * SIZE)
    path.with_suffix(".prj").write_text(CRS.from_epsg(4326).to_wkt("WKT1_ESRI"))


def _points(driver: str, **more: object) -> Callable[[Path], None]:
    return lambda path: pyogrio.write_dataframe(POINTS, path, driver=driver, **more)


def _topology(path: Path) -> None:
    point = '{"type":"Point","coordinates":[1,2],"properties":{"code":"01"}}'
    path.write_text(f'{{"type":"Topology","objects":{{"a":{point}}},"arcs":[]}}')


def _esri(path: Path) -> None:
    feature = '{"attributes":{"code":"01"},"geometry":{"x":1,"y":2}}'
    path.write_text(
        '{"geometryType":"esriGeometryPoint","spatialReference":{"wkid":4326},'
        f'"fields":[{{"name":"code","type":"esriFieldTypeString"}}],"features":[{feature}]}}'
    )


def _gpx(path: Path) -> None:
    path.write_text('<gpx version="1.1" creator="a"><wpt lat="2" lon="1"><name>01</name></wpt></gpx>')


# By the driver that opens it: a file of each kind, and how it is written.
SAMPLES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "GTiff": ("a.tif", raster),
    "COG": ("a.tiff", lambda path: raster(path, "COG")),
    "HFA": ("a.img", lambda path: raster(path, "HFA")),
    "AAIGrid": ("a.asc", _grid),
    "VRT": ("a.vrt", _virtual),
    "ESRI Shapefile": ("a.shp", _points("ESRI Shapefile")),
    "GPKG": ("a.gpkg", _points("GPKG")),
    "GML": ("a.gml", _points("GML")),
    "GeoJSON": ("a.geojson", _points("GeoJSON")),
    "GeoJSONSeq": ("a.geojsonl", _points("GeoJSONSeq")),
    "TopoJSON": ("a.topojson", _topology),
    "ESRIJSON": ("a.json", _esri),
    "FlatGeobuf": ("a.fgb", _points("FlatGeobuf")),
    "KML": ("b.kml", _points("KML")),
    "LIBKML": ("a.kml", _points("LIBKML")),
    "GPX": ("a.gpx", _gpx),
}
# What GDAL and others are known to look for beside some file: behind its stem, and behind its name.
BEHIND_STEM = [
    ".tfw",
    ".tifw",
    ".tiffw",
    ".wld",
    ".tab",
    ".prj",
    ".qpj",
    ".cpg",
    ".aux",
    ".ige",
    ".rrd",
    ".hdr",
    ".rpb",
    ".imd",
    ".pvl",
    ".xml",
    ".gfs",
    ".xsd",
    ".sbn",
    ".sbx",
    ".qix",
    ".idm",
    ".ind",
    ".cst",
    ".clr",
    ".txt",
    ".map",
    ".dbt",
    ".ovr",
    ".msk",
    "_rpc.txt",
    "_RPC.TXT",
    "_metadata.txt",
    "_mtl.txt",
    ".TFW",
    ".TAB",
    ".PRJ",
    ".WLD",
    ".IMD",
    ".RPB",
    ".XML",
]
BEHIND_NAME = [
    ".ovr",
    ".OVR",
    ".msk",
    ".MSK",
    ".msk.ovr",
    ".aux",
    ".AUX",
    ".aux.xml",
    ".AUX.XML",
    ".tfw",
    ".xml",
    ".properties",
    ".tab",
    ".wld",
    ".gz",
    ".idx",
    "-wal",
    "-journal",
    "-shm",
]

FEATURES = (
    "<GMLFeatureClassList><GMLFeatureClass><Name>a</Name><ElementPath>a</ElementPath><GeometryType>1</GeometryType>"
    "<PropertyDefn><Name>named</Name><ElementPath>code</ElementPath><Type>String</Type></PropertyDefn>"
    "</GMLFeatureClass></GMLFeatureClassList>"
)
BESIDE = {".gfs": FEATURES, "-wal": "", "-journal": ""}


def read(path: Path, **stated: object) -> object:
    """All that a run could learn of the file."""
    ref = FileRef(path=path, **stated)
    if path.suffix.lower() in RASTER_SUFFIXES:
        with open_raster(ref) as source:
            cells = [source.read(1, masked=True).tolist(), source.read(1, out_shape=(2, 2)).tolist()]
            return cells, tuple(source.transform), str(source.crs), source.nodata, source.overviews(1)
    frame = read_vector(ref)
    return frame.to_json(to_wgs84=True), str(frame.crs)


def _listing(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_ending_and_every_driver_says_what_is_read_beside_it() -> None:
    assert {*RASTER_SUFFIXES, *VECTOR_SUFFIXES, ".ovr", ".msk"} == set(COMPANIONS)
    assert set(SAMPLES) == ALLOWED_DRIVERS - NOT_OF_FILES


@pytest.mark.parametrize("driver", SAMPLES)
def test_nothing_is_opened_or_made_beside_a_file_but_what_is_hashed_with_it(driver: str, tmp_path: Path) -> None:
    name, write = SAMPLES[driver]
    path = tmp_path / name
    write(path)
    names = {*(path.stem + ending for ending in BEHIND_STEM), *(path.name + ending for ending in BEHIND_NAME)}
    for beside in names - set(_listing(tmp_path)):
        if beside.lower().endswith((".ovr", ".msk")):
            _overview(tmp_path / beside)
            continue
        content = next((content for ending, content in BESIDE.items() if beside.endswith(ending)), "1\n")
        (tmp_path / beside).write_text(content)
    before, hashed = _listing(tmp_path), {part.name for part in companions(path)}
    with opened_in(tmp_path) as opened:
        read(path, crs="EPSG:4326", layer={"a.gpx": "waypoints"}.get(name))
    looked_at = {name for name in before if name.lower() == f"{path.name}.aux.xml"}  # by us: what it says is refused
    assert opened - hashed - looked_at == set()
    assert path.name in opened
    assert _listing(tmp_path) == before


WORLD = "2\n0\n0\n-2\n50\n50\n"
TAB = """!table
!version 300
Definition Table
  File "a.tif"
  Type "RASTER"
  (50,50) (0,0) Label "1",
  (60,50) (4,0) Label "2",
  (50,40) (0,4) Label "3"
  CoordSys Earth Projection 1, 104
  Units "degree"
"""


def _flat(path: Path) -> None:
    """A raster that does not say where it lies."""
    with rasterio.open(
        path, "w", driver="GTiff", height=SIZE, width=SIZE, count=1, dtype="float32", crs="EPSG:4326"
    ) as target:
        target.write(np.ones((SIZE, SIZE), dtype="float32"), 1)


def _mask(path: Path) -> None:
    masked = raster(path.with_name("masked.tif"))
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False), rasterio.open(masked, "r+") as target:
        target.write_mask(np.eye(SIZE, dtype=bool))
    masked.with_name("masked.tif.msk").rename(path)


def _overview(path: Path) -> None:
    raster(path.with_name("overview.tif"), value=9.0, height=SIZE // 2, width=SIZE // 2).rename(path)


def _said(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text)


def _numbers(path: Path) -> None:
    """A schema by which the codes are numbers."""
    path.write_text(path.read_text().replace("xs:string", "xs:integer"))


def _other_codes(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"01", b"77"))


_points_of = SAMPLES["ESRI Shapefile"][1]


def _in_capitals(path: Path) -> None:
    _points_of(path.with_name("a.shp"))
    for part in list(path.parent.glob("a.*")):
        part.rename(path.with_name(part.name.upper()))


# A file, how it is written, what beside it changes what is read, and how.
CHANGES: list[tuple[str, Callable[[Path], object], str, Callable[[Path], object]]] = [
    *(("a.tif", _flat, beside, _said(WORLD)) for beside in ("a.tfw", "a.TFW", "a.wld")),
    ("a.tif", _flat, "a.tab", _said(TAB)),
    ("a.tif", _flat, "a.TAB", _said(TAB)),
    *(("a.tif", raster, beside, _mask) for beside in ("a.tif.msk", "a.tif.MSK")),
    *(("a.tif", raster, beside, _overview) for beside in ("a.tif.ovr", "a.tif.OVR")),
    ("a.asc", _grid, "a.asc.msk", _mask),
    ("a.asc", _grid, "a.prj", Path.unlink),
    ("a.vrt", _virtual, "source.tif", lambda path: raster(path, value=2.0)),
    ("a.vrt", _virtual, "a.vrt.msk", _mask),
    *(("a.shp", _points_of, beside, Path.unlink) for beside in ("a.dbf", "a.shx", "a.prj")),
    ("a.shp", _points_of, "a.dbf", _other_codes),
    ("A.SHP", _in_capitals, "A.DBF", _other_codes),
    ("a.gml", SAMPLES["GML"][1], "a.xsd", _numbers),
    ("a.gml", SAMPLES["GML"][1], "a.gfs", _said(FEATURES)),
]


def _read_or_refused(path: Path) -> object:
    try:
        return read(path)
    except CoverageError as error:
        return str(error)


@pytest.mark.parametrize(("name", "write", "beside", "change"), CHANGES)
def test_what_changes_a_file_from_beside_it_changes_its_digest(
    name: str, write: Callable[[Path], object], beside: str, change: Callable[[Path], object], tmp_path: Path
) -> None:
    path = tmp_path / name
    write(path)
    found, digest = _read_or_refused(path), sha256(path)
    change(tmp_path / beside)
    assert _read_or_refused(path) != found
    assert sha256(path) != digest


def test_a_companion_under_another_name_is_another_input(tmp_path: Path) -> None:
    path = raster(tmp_path / "a.tif")
    _mask(tmp_path / "a.tif.msk")
    digest = sha256(path)
    (tmp_path / "a.tif.msk").rename(tmp_path / "a.tif.ovr")
    assert sha256(path) != digest
    for part in companions(path):
        part.rename(part.with_name(part.name.replace("a.tif", "b.tif")))
    (tmp_path / "b.tif.ovr").rename(tmp_path / "b.tif.msk")
    assert sha256(tmp_path / "b.tif") == digest, "what the file itself is called says nothing"


def test_reading_gml_leaves_nothing_beside_it_and_what_describes_it_counts_whatever_its_age(tmp_path: Path) -> None:
    path = tmp_path / "a.gml"
    _points("GML")(path)
    (tmp_path / "a.xsd").unlink()
    found = read(path)
    assert [part.name for part in tmp_path.iterdir()] == ["a.gml"]
    _points("GML")(path)
    described = read(path)
    assert described != found
    for age_s in (1, 2**31):
        os.utime(tmp_path / "a.xsd", (age_s, age_s))
        assert read(path) == described


def _with_log(path: Path) -> sqlite3.Connection:
    """A database whose last change lies in its write-ahead log for as long as the connection is open."""
    _points("GPKG")(path)
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a INTEGER);")
    return connection


def test_a_database_with_a_log_is_read_without_a_trace_once_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    with closing(_with_log(path)), pytest.raises(UnreadableFileError, match=r"changes lie in 'a\.gpkg-wal'"):
        read(path)
    before = _listing(tmp_path)
    assert list(before) == ["a.gpkg"]
    with opened_in(tmp_path) as opened:
        assert '"code": "02"' in str(read(path, layer="a"))
    assert opened == {"a.gpkg"}
    assert _listing(tmp_path) == before


def test_the_log_of_a_database_is_looked_for_where_a_link_leads_and_in_an_archive(tmp_path: Path) -> None:
    store, path = tmp_path / "store", tmp_path / "a.gpkg"
    store.mkdir()
    path.symlink_to(store / "b.gpkg")
    with closing(_with_log(store / "b.gpkg")):
        with pytest.raises(UnreadableFileError, match=r"'a\.gpkg' was not closed .* changes lie in 'b\.gpkg-wal'"):
            require_file(path)
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            for part in store.iterdir():
                archive.write(part, f"in/{part.name}")
    with pytest.raises(UnreadableFileError, match=r"'in/b\.gpkg' was not closed"):
        read(tmp_path / "a.zip")


def test_a_virtual_raster_that_is_a_link_is_refused_for_it_reads_beside_what_it_leads_to(tmp_path: Path) -> None:
    for folder, value in (("up", 1.0), ("store", 9.0)):
        (tmp_path / folder).mkdir()
        raster(tmp_path / folder / "source.tif", value=value)
    (tmp_path / "store/a.vrt").write_text(VIRTUAL.format("source.tif"))
    (tmp_path / "up/a.vrt").symlink_to(tmp_path / "store/a.vrt")
    with pytest.raises(UnsafeArchiveError, match=r"'a\.vrt' is a link to a virtual raster; name that file itself"):
        read(tmp_path / "up/a.vrt")


def test_folders_are_listed_as_often_for_many_parts_of_a_virtual_raster_as_for_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, listed = Path.iterdir, []
    monkeypatch.setattr(Path, "iterdir", lambda folder: listed.append(folder) or original(folder))
    head, _, tail = VIRTUAL.partition("<SimpleSource>")
    source, _, end = tail.partition("</SimpleSource>")
    counts = []
    for parts in (1, 9):
        names = [raster(tmp_path / f"{parts}-{part}.tif").name for part in range(parts)]
        sources = "".join(f"<SimpleSource>{source.format(name)}</SimpleSource>" for name in names)
        (tmp_path / "a.vrt").write_text(head + sources + end)
        listed.clear()
        read(tmp_path / "a.vrt")
        counts.append(len(listed))
    assert 0 < counts[0] == counts[1]


@pytest.mark.parametrize("name", ["gtfs", "shapes.shp", "a.gpkg", "a.tif"])
def test_a_folder_is_no_layer_whatever_it_is_called(name: str, tmp_path: Path) -> None:
    """GDAL would read every shapefile in it, and nothing of them would be hashed."""
    (tmp_path / name).mkdir()
    _points("ESRI Shapefile")(tmp_path / name / "a.shp")
    with pytest.raises(
        MissingFileError, match=rf"'{name}' is a folder; pack it as a zip archive, or name the file in it"
    ):
        read(tmp_path / name)


def test_what_an_archive_holds_beside_gml_is_read_with_it(tmp_path: Path) -> None:
    _points("GML")(tmp_path / "a.gml")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for part in ("a.gml", "a.xsd"):
            archive.write(tmp_path / part, f"in/{part}")
    assert read(tmp_path / "a.zip") == read(tmp_path / "a.gml")
    assert '"code": "01"' in str(read(tmp_path / "a.zip")), "by its schema a code is text and keeps its zeros"


def test_a_raster_that_does_not_say_where_it_lies_is_refused(tmp_path: Path) -> None:
    _flat(tmp_path / "a.tif")
    with pytest.raises(UnreadableFileError, match=r"'a\.tif' does not say where its cells lie; put its world file"):
        read(tmp_path / "a.tif")


@pytest.mark.parametrize("beside", ["", "source.tif", "source.tif.msk"])
def test_a_geotiff_that_says_where_its_overviews_are_is_refused_before_they_are_opened(
    beside: str, tmp_path: Path
) -> None:
    """Also where it is a part of a virtual raster, or the mask of one."""
    (tmp_path / "up").mkdir()
    canary, path = raster(tmp_path / "canary.tif", value=4242.0), tmp_path / "up/a.vrt"
    _virtual(path) if beside else raster(path := tmp_path / "up/a.tif")
    if beside.endswith(".msk"):
        _mask(tmp_path / "up" / beside)
    said_by = tmp_path / "up" / (beside or "a.tif")
    with rasterio.open(said_by, "r+", driver="GTiff") as target:
        target.update_tags(ns="OVERVIEWS", OVERVIEW_FILE=str(canary))
    named = rf"'{said_by.name}' says which file its overviews are in"
    with opened_in(tmp_path) as opened, pytest.raises(UnreadableFileError, match=named):
        read(path)
    assert opened == set()


def test_an_error_of_gdal_that_rasterio_did_not_look_for_is_one_of_the_file(tmp_path: Path) -> None:
    path = raster(tmp_path / "a.tif")
    with pytest.raises(UnreadableFileError, match=r"'a\.tif' is not a whole raster"), open_plainly(path):
        raise gdal_error()(3, 1, "Maximum number of characters allowed reached.")


@pytest.mark.parametrize("beside", ["source.tif.ovr", "source.tif.MSK", "a.vrt.msk", "a.vrt.msk.ovr"])
def test_overviews_and_masks_that_are_virtual_rasters_of_files_elsewhere_are_refused(
    beside: str, tmp_path: Path
) -> None:
    (tmp_path / "up").mkdir()
    _virtual(tmp_path / "up/a.vrt")
    canary = raster(tmp_path / "canary.tif", value=4242.0)
    if beside.endswith(".msk.ovr"):
        _mask(tmp_path / "up/a.vrt.msk")
    (tmp_path / "up" / beside).write_text(VIRTUAL.format(canary).replace('relativeToVRT="1"', 'relativeToVRT="0"'))
    with opened_in(tmp_path) as opened, pytest.raises(UnreadableFileError, match=rf"'{beside}' is not a whole raster"):
        read(tmp_path / "up/a.vrt")
    assert opened == set()


@pytest.mark.parametrize("is_in_virtual", [False, True])
def test_an_image_whose_cells_lie_in_a_file_elsewhere_is_refused(is_in_virtual: bool, tmp_path: Path) -> None:
    """An ERDAS image may name the file that holds its cells, wherever it lies."""
    (tmp_path / "up").mkdir()
    path = raster(tmp_path / "up/source.img", "HFA", 4242.0, USE_SPILL="YES")
    assert "4242" in str(read(path))
    assert companions(path) == [path, tmp_path / "up/source.ige"]
    (tmp_path / "up/source.ige").rename(tmp_path / "uree.ige")
    path.write_bytes(path.read_bytes().replace(b"source.ige", b"../uree.ige"[:10]))
    with pytest.raises(UnreadableFileError, match=r"'source\.img' is (read with files|not a whole raster)"):
        read(path)
    path.write_bytes(path.read_bytes().replace(b"../uree.ig", b"../ur\xe9e.ig"))
    if is_in_virtual:
        path = tmp_path / "up/a.vrt"
        path.write_text(VIRTUAL.format("source.img"))
    with pytest.raises(UnreadableFileError):
        read(path)


@pytest.mark.parametrize("taken", ["include", "redefine"])
def test_a_schema_that_takes_in_others_is_refused_for_they_may_lie_anywhere(taken: str, tmp_path: Path) -> None:
    path, schema = tmp_path / "a.gml", tmp_path / "a.xsd"
    _points("GML")(path)
    other = f'<xs:{taken} schemaLocation="http://127.0.0.1:9/a.xsd"/><xs:element'
    schema.write_text(schema.read_text().replace("<xs:element", other, 1))
    with pytest.raises(UnsafeArchiveError, match=r"'a\.xsd' takes in other schemas; delete it, or write the file"):
        require_file(path)
    schema.write_text("<!DOCTYPE a>" + schema.read_text().partition("?>")[2])
    with pytest.raises(UnsafeArchiveError, match=r"'a\.xsd' declares an XML document type"):
        require_file(path)
