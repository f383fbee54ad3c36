"""Files of strangers that are made to harm: each is refused with one sentence before a parser that would suffer."""

import gzip
import http.server
import os
import sqlite3
import struct
import threading
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import psutil
import pytest
import shapely

from commune_coverage.config.layers import FileRef, Layer, PeopleLayer, PointsLayer
from commune_coverage.core.errors import CoverageError, MissingFileError, UnreadableFileError, UnsafeArchiveError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.formats.osm import pbf_points, sqlite_points
from commune_coverage.readers.formats.raster import open_raster
from commune_coverage.readers.formats.vector import read_vector
from commune_coverage.readers.formats.xlsx import sheet_rows
from commune_coverage.readers.ground.roads import read_roads
from commune_coverage.readers.points.reader import read_hubs
from commune_coverage.readers.safety import files
from tests import tiny

BOMB = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
KML = '<?xml version="1.0"?>{}<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>&a;</name></Placemark></kml>'


def _members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def book(tmp_path) -> Path:
    made = openpyxl.Workbook()
    for row in (["lon", "lat"], [104.5, 11.5]):
        made.active.append(row)
    made.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE])
@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml", "docProps/core.xml"]
)
def test_entities_in_any_part_of_a_workbook_are_refused(book, part, doctype):
    members = _members(book)
    text = members[part].decode().removeprefix("<?xml version='1.0' encoding='UTF-8'?>")
    for content in (doctype.encode() + text.encode(), (doctype + text).encode("utf-16")):
        _zip(book, members | {part: content})
        with pytest.raises(UnsafeArchiveError, match=r"'a.xlsx' declares an XML document type"):
            sheet_rows(FileRef(path=book))


@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_in_kml_kmz_and_gpx_are_refused(tmp_path, doctype, encoding):
    kml = KML.format(doctype).encode(encoding)
    (tmp_path / "a.kml").write_bytes(kml)
    (tmp_path / "a.gpx").write_bytes(f'{doctype}<gpx version="1.1"/>'.encode(encoding))
    for path in (tmp_path / "a.kml", tmp_path / "a.gpx", _zip(tmp_path / "a.kmz", {"doc.kml": kml})):
        with pytest.raises(UnsafeArchiveError, match=r"declares an XML document type"):
            read_vector(FileRef(path=path))


def test_a_document_type_behind_a_long_comment_is_found(tmp_path):
    (tmp_path / "a.kml").write_text(KML.format(f"<!-- {'x' * 300_000} -->{BOMB}"))
    with pytest.raises(UnsafeArchiveError, match=r"declares an XML document type"):
        read_vector(FileRef(path=tmp_path / "a.kml"))


@pytest.fixture
def points(tmp_path) -> Path:
    frame = gpd.GeoDataFrame({"name": ["secret"]}, geometry=[shapely.Point(104.5, 11.5)], crs="EPSG:4326")
    frame.to_file(tmp_path / "other.gpkg", layer="t")
    return tmp_path / "other.gpkg"


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "kml", "shp", "gml", "zip", "fgb"])
def test_a_virtual_dataset_under_any_ending_opens_no_other_file(tmp_path, points, ending):
    layer = f'<OGRVRTLayer name="t"><SrcDataSource>{points}</SrcDataSource></OGRVRTLayer>'
    virtual = f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>"
    steps = f'{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {points}"}}'
    for content in (virtual, f"<kml><!-- {virtual} --></kml>", steps):
        (tmp_path / f"a.{ending}").write_text(content)
        with pytest.raises(UnreadableFileError):
            read_vector(FileRef(path=tmp_path / f"a.{ending}"))


def test_a_virtual_dataset_in_an_archive_is_no_layer(tmp_path, points):
    virtual = f"<OGRVRTDataSource><SrcDataSource>{points}</SrcDataSource></OGRVRTDataSource>".encode()
    for name in ("a.vrt", "a.kml", "a.geojson"):
        with pytest.raises(UnreadableFileError):
            read_vector(FileRef(path=_zip(tmp_path / "a.zip", {name: virtual})))


@pytest.mark.parametrize(
    "source",
    [
        "/etc/hostname",
        "../up.tif",
        "/vsicurl/http://x.org/a.tif",
        "https://x.org/a",
        "<VRTDataset/>",
        "&a;",
        "<![CDATA[/a]]>",
    ],
)
def test_a_virtual_raster_reads_in_its_own_folder_only(tmp_path, source):
    text = '<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand><SimpleSource><SourceFilename relativeToVRT="1">'
    path = tmp_path / "a.vrt"
    path.write_text(f"{text}{source}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>")
    with pytest.raises((UnsafeArchiveError, UnreadableFileError)), open_raster(FileRef(path=path)):
        pass
    path.write_text(f"{text}in/a.tif</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>")
    with pytest.raises(MissingFileError, match=r"'a.tif', of which 'a.vrt' is made, is not there"):
        files.require_file(path)
    (tmp_path / "a.asc").write_text(f"<!-- ncols -->{text}")
    with pytest.raises(UnreadableFileError, match=r"does not begin like an ASCII grid"):
        files.require_file(tmp_path / "a.asc")


@pytest.fixture
def listener():
    """An address, and the requests that came to it."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_):
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/crs", asked
        server.shutdown()


LINKS = [
    '"crs": {"type": "link", "properties": {"href": "ADDRESS", "type": "ogcwkt"}}',
    '"CRS"   :\n{"properties": {"url": "ADDRESS"}, "type": "URL"}',
    '"\\u0063rs": {"type": "\\u006cink", "properties": {"href": "ADDRESS"}}',
    "'crs': {'type': 'link', 'properties': {'href': 'ADDRESS'}}",
    '"crs"/* */: {"type": "link", "properties": {"href": "ADDRESS"}}',
]


@pytest.mark.parametrize("crs", LINKS)
@pytest.mark.parametrize("in_geometry", [False, True])
def test_no_file_makes_us_ask_the_network(tmp_path, listener, crs, in_geometry):
    address, asked = listener
    link = crs.replace("ADDRESS", address) + ","
    inner, outer = (link, "") if in_geometry else ("", link)
    point = f'{{{inner} "type": "Point", "coordinates": [104.5, 11.5]}}'
    feature = f'{{"type": "Feature", "properties": {{"note": "crs"}}, "geometry": {point}}}'
    (tmp_path / "a.geojson").write_text(f'{{{outer} "type": "FeatureCollection", "features": [{feature}]}}')
    with pytest.raises(UnsafeArchiveError, match=r"'a.geojson' states its reference system by a link"):
        read_vector(FileRef(path=tmp_path / "a.geojson"))
    assert asked == []


def test_addresses_in_kml_and_gml_are_not_asked(tmp_path, listener):
    address, asked = listener
    link = f"<NetworkLink><Link><href>{address}</href></Link></NetworkLink><styleUrl>{address}#a</styleUrl>"
    point = "<Placemark><Point><coordinates>104,11</coordinates></Point></Placemark>"
    kml = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{link}{point}</Document></kml>'
    (tmp_path / "a.kml").write_text(kml)
    gml = (
        '<g:FeatureCollection xmlns:g="http://www.opengis.net/gml" xmlns:x="http://www.w3.org/1999/xlink" '
        f'xmlns:s="http://www.w3.org/2001/XMLSchema-instance" s:schemaLocation="a {address}.xsd"><g:featureMember><a>'
        f'<b><g:Point srsName="{address}"><g:pos>104 11</g:pos></g:Point></b><c x:href="{address}"/></a>'
        "</g:featureMember></g:FeatureCollection>"
    )
    (tmp_path / "a.gml").write_text(gml)
    assert len(read_vector(FileRef(path=tmp_path / "a.kml"))) == 1
    assert len(read_vector(FileRef(path=tmp_path / "a.gml", crs="EPSG:4326"))) == 1
    assert asked == []


def test_a_reference_system_by_name_is_no_danger(tmp_path, points):
    frame = gpd.read_file(points).to_crs("EPSG:32648")
    frame.assign(crs="crs", note='"crs": {"type": "link"}').to_file(tmp_path / "a.geojson", driver="GeoJSON")
    assert read_vector(FileRef(path=tmp_path / "a.geojson")).crs == "EPSG:32648"


def _sql(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    connection.create_function("ST_IsEmpty", 1, lambda _: 0)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("CREATE VIEW v AS SELECT load_extension('/tmp/x.so')", "calls functions in a view"),
        ("CREATE VIEW v AS SELECT * FROM t WHERE /* ( */ ogr_geocode (name) IS NULL", "calls functions in a view"),
        ("CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n", "without end"),
        ("CREATE VIRTUAL TABLE v USING dbstat", "reaches out of itself"),
    ],
)
def test_a_database_that_does_more_than_hold_rows_is_refused(points, statement, words):
    _sql(points, statement)
    with pytest.raises(UnsafeArchiveError, match=words):
        read_vector(FileRef(path=points, layer="t"))


def test_a_plain_view_is_no_danger_and_a_trigger_never_fires(points):
    _sql(
        points,
        "CREATE VIEW v AS SELECT upper(name) AS n, count(*) FROM t GROUP BY name",
        "CREATE TRIGGER evil AFTER UPDATE ON gpkg_contents BEGIN DELETE FROM t; END",
    )
    before = points.read_bytes()
    assert len(read_vector(FileRef(path=points, layer="t"))) == 1
    assert points.read_bytes() == before
    assert sorted(part.name for part in points.parent.iterdir()) == ["other.gpkg"]


def test_an_endless_view_in_an_osm_extract_is_refused(tmp_path):
    _sql(
        tmp_path / "n.sqlite",
        "CREATE VIEW NODE AS WITH RECURSIVE n(ID) AS (SELECT 1 UNION ALL SELECT ID FROM n) "
        "SELECT ID, 1 AS LAT, 1 AS LON, '' AS NAME, '' AS TAG, '' AS VALUE FROM n",
    )
    path = _zip(tmp_path / "a.sqlite.zip", {"n.sqlite": (tmp_path / "n.sqlite").read_bytes()})
    with pytest.raises(UnsafeArchiveError, match=r"has a view without end"):
        sqlite_points(path, ["amenity=bank"])


SPARSE = [
    ".csv",
    ".txt",
    ".tsv",
    ".csv.gz",
    ".xlsx",
    ".xlsm",
    ".kml",
    ".kmz",
    ".gpx",
    ".gml",
    ".gpkg",
    ".geojson",
    ".json",
    ".topojson",
    ".shp",
    ".zip",
    ".sqlite.zip",
    ".fgb",
    ".parquet",
    ".geoparquet",
    ".osm.pbf",
    ".tif",
    ".tiff",
    ".img",
    ".asc",
    ".vrt",
    ".toml",
]


def _read_anything(path: Path) -> None:
    ref, name = FileRef(path=path), path.name
    if name.endswith((".tif", ".tiff", ".img", ".asc", ".vrt")):
        with open_raster(ref):
            return
    if name.endswith(".osm.pbf"):
        pbf_points(path, ["amenity=bank"])
    elif name.endswith(".sqlite.zip"):
        sqlite_points(path, ["amenity=bank"])
    elif name.endswith(".toml"):
        files.require_file(path)
    else:
        read_table(ref, RowLog("t", name))


MUCH = 100 * 1024**2


def _bytes_read(process):
    """What the process has read so far, holes of files included."""
    return process.io_counters().read_chars


@pytest.mark.parametrize("head", [b"", b"true"])
@pytest.mark.parametrize("ending", SPARSE)
def test_ten_empty_gigabytes_are_refused_at_once_with_memory_flat(tmp_path, ending, head):
    path = tmp_path / f"a{ending}"
    path.write_bytes(head)
    os.truncate(path, 10 * 1024**3)
    process = psutil.Process()
    resident, read = process.memory_info().rss, _bytes_read(process)
    with pytest.raises(CoverageError, match=rf"'a{ending}'") as caught:
        _read_anything(path)
    assert _bytes_read(process) - read < MUCH
    assert process.memory_info().rss - resident < 100 * 1024**2
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("ending", [".csv", ".geojson", ".shp", ".zip", ".gpkg", ".parquet", ".osm.pbf", ".tif"])
def test_the_readers_of_layers_refuse_ten_empty_gigabytes_too(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    path.touch()
    os.truncate(path, 10 * 1024**3)
    process = psutil.Process()
    readers = (
        lambda: tiny.read_people(PeopleLayer(path=path), None, tmp_path),
        lambda: tiny.read(read_roads, Layer(path=path), None),
        lambda: tiny.read(read_hubs, PointsLayer(path=path, classes={"amenity=bank": "bank"}), None),
    )
    for read in readers:
        before = _bytes_read(process)
        with pytest.raises(CoverageError, match=rf"'a{ending}'"):
            read()
        assert _bytes_read(process) - before < MUCH


HEADS = {
    ".csv": b"lon,lat\n1,2\n",
    ".geojson": b'{"type":"FeatureCollection","features":[',
    ".kml": b"<kml>",
    ".json": b'{"a":',
    ".csv.gz": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
    ".gpx": b"<gpx>",
    ".gpkg": b"SQLite format 3\x00",
    ".zip": b"PK\x03\x04",
    ".xlsx": b"PK\x03\x04",
    ".kmz": b"PK\x03\x04",
    ".shp": b"\x00\x00\x27\x0a",
    ".parquet": b"PAR1",
    ".tif": b"II*\x00\x08\x00\x00\x00",
    ".osm.pbf": b"\x00\x00\x00\x0d\n\tOSMHeader\x18\x0a",
}


@pytest.mark.parametrize("ending", HEADS)
def test_a_real_head_with_holes_behind_it_costs_neither_time_nor_memory(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    path.write_bytes(HEADS[ending])
    os.truncate(path, files.max_bytes(path) - 1)
    process = psutil.Process()
    resident, read = process.memory_info().rss, _bytes_read(process)
    with pytest.raises(UnreadableFileError, match=rf"'a{ending}'"):
        _read_anything(path)
    assert _bytes_read(process) - read < MUCH
    assert process.memory_info().rss - resident < 100 * 1024**2


def test_a_hole_in_the_midst_of_text_is_found_and_whole_text_is_not_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"lon,lat\n" + b"104.5,11.5\n" * 100_000)
    assert files.require_file(path) == path
    with path.open("r+b") as stream:
        stream.seek(50_000_000)
        stream.write(b"104.5,11.5\n")
    with pytest.raises(UnreadableFileError, match=r"'a.csv' is partly empty \(sparse\)"):
        files.require_file(path)


def test_the_limits_are_by_kind(tmp_path):
    limits = {
        name: files.max_bytes(tmp_path / name) for name in ("a.csv", "a.xlsx", "a.kml", "a.gpkg", "a.zip", "a.tif")
    }
    assert list(limits.values()) == [files.MAX_TEXT_BYTES] * 3 + [files.MAX_DATABASE_BYTES] * 2 + [
        files.MAX_RASTER_BYTES
    ]


def test_an_archive_inside_gzip_is_refused(tmp_path):
    path = tmp_path / "a.csv.gz"
    for inner in (gzip.compress(b"a,b\n1,2\n"), b"PK\x03\x04 and more"):
        path.write_bytes(gzip.compress(inner))
        with pytest.raises(UnsafeArchiveError, match=r"an archive inside an archive"):
            files.read_bytes(path)


@pytest.mark.parametrize("name", ["a.zip", "a.kmz", "a.xlsx"])
def test_a_bomb_in_any_archive_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr(files, "_SMALL_BYTES", 1000)
    member = {"a.zip": "a.geojson", "a.kmz": "doc.kml", "a.xlsx": "xl/worksheets/sheet1.xml"}[name]
    path = _zip(tmp_path / name, {member: b"<kml>" + b" " * 3_000_000})
    with pytest.raises(UnsafeArchiveError, match=r"unpacks to 3,000,005 bytes"):
        read_table(FileRef(path=path), RowLog("t", name))


def _lie(path: Path, size: int) -> None:
    """Make the archive say, in both its lists, that its only member has ``size`` bytes."""
    content = bytearray(path.read_bytes())
    central = content.find(b"PK\x01\x02")
    content[22:26] = content[central + 24 : central + 28] = struct.pack("<I", size)
    path.write_bytes(content)


def test_a_bomb_that_lies_about_its_size_unpacks_no_more_than_it_says(tmp_path):
    path = _zip(tmp_path / "a.zip", {"a.geojson": b"{" + b" " * 50_000_000})
    _lie(path, 1000)
    before = psutil.Process().memory_info().rss
    with pytest.raises(CoverageError, match=r"'a.zip'"):
        read_vector(FileRef(path=path))
    assert psutil.Process().memory_info().rss - before < 30 * 1024**2


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("name", ["a.zip", "a.kmz", "a.xlsx", "a.xlsm", "a.sqlite.zip"])
def test_a_packing_that_unpacks_without_bounds_is_refused_before_it_is_unpacked(tmp_path, name, packing):
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("doc.kml", b"<kml>" + b" " * 20_000_000)
    _lie(path, 1000)
    process = psutil.Process()
    resident, read = process.memory_info().rss, _bytes_read(process)
    with pytest.raises(UnsafeArchiveError, match=rf"'{name}' is packed in an unusual way"):
        _read_anything(path)
    assert _bytes_read(process) - read < MUCH
    assert process.memory_info().rss - resident < 10 * 1024**2


def test_two_members_of_one_name_and_too_many_are_refused(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.geojson", "{}")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.geojson", "[]")
    with pytest.raises(UnsafeArchiveError, match=r"two of one name"):
        files.check_zip(tmp_path / "a.zip")
    monkeypatch.setattr(files, "MAX_MEMBERS", 2)
    with pytest.raises(UnsafeArchiveError, match=r"too many members"):
        files.check_zip(_zip(tmp_path / "b.zip", {str(n): b"" for n in range(3)}))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"PK\x03\x04rest", "is not text but a workbook or zip archive; give it the ending .xlsx or .zip"),
        ("a.csv", b"\xd0\xcf\x11\xe0rest", "save it as .xlsx"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0rest", "old Excel workbook or has a password"),
        ("a.csv", b"%PDF-1.7", "a PDF document"),
        ("a.xlsx", b"lon,lat\n", "is not a readable XLSX workbook"),
    ],
)
def test_a_file_under_the_wrong_ending_says_which_it_is(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFileError, match=words):
        read_table(FileRef(path=tmp_path / name), RowLog("t", name))
