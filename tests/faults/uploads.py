"""Uploads of a stranger: sound files of every format that GDAL and others read, changed so that they reach for more.

Each names, somewhere in its structure or beside it, a server or a file that lies outside its folder.
"""

from __future__ import annotations

import io
import json
import random
import re
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import rasterio
import shapely
from rasterio.transform import from_origin

CANARY_VALUE, CANARY_TEXT = 4242.0, "sunkensecret"
SIZE = 8
_POINTS = gpd.GeoDataFrame(
    {"code": [f"{number:02d}" for number in range(9)], "kind": ["bank", "agent", "post office"] * 3},
    geometry=[shapely.Point(104 + number / 20, 11 + number / 30) for number in range(9)],
    crs="EPSG:4326",
)
_XML = "<?xml version='1.0'?>"
_GML = "http://www.opengis.net/gml"


@dataclass(frozen=True)
class Reach:
    """What a stranger would have read: a server, and a folder of files."""

    server: str
    canary: Path

    def names(self) -> list[str]:
        """Ways to name them to GDAL, to XML and to databases."""
        host, port = self.server.removeprefix("http://").split(":")
        files = [str(each) for each in sorted(self.canary.iterdir())]
        up = [f"../canary/{Path(each).name}" for each in files]
        return [
            *files,
            *up,
            *(f"file://{each}" for each in files[:3]),
            *(f"vrt://{each}" for each in files[:3]),
            *(f"{self.server}/{name}" for name in ("a.tif", "a.xsd", "a.gml", "a.json", "epsg/4326", "a.vrt")),
            f"/vsicurl/{self.server}/a.tif",
            f"/vsicurl_streaming/{self.server}/a.json",
            f"/vsicurl?url={self.server}/a.tif",
            f"/vsigzip//vsicurl/{self.server}/a.gz",
            f"/vsizip//vsicurl/{self.server}/a.zip/a.tif",
            f"/vsisubfile/0_100,{files[0]}",
            f"/vsitar/{files[0]}",
            f"WMS:{self.server}/wms?SERVICE=WMS",
            f"WFS:{self.server}/wfs",
            f"{self.server}/wfs?SERVICE=WFS&REQUEST=DescribeFeatureType&TYPENAME=a",
            f"WCS:{self.server}/wcs",
            f"OAPIF:{self.server}",
            f"PG:host={host} port={port}",
            f"MYSQL:a,host={host},port={port}",
            f"ES:{self.server}",
            f"GTI:{files[0]}",
            f"DERIVED_SUBDATASET:AMPLITUDE:{files[0]}",
            f"GPKG:{self.canary / 'canary.gpkg'}:canary",
            f'<GDAL_WMS><Service name="TMS"><ServerUrl>{self.server}/a</ServerUrl></Service></GDAL_WMS>',
            f"<VRTDataset><SourceFilename>{files[0]}</SourceFilename></VRTDataset>",
            f"urn:ogc:def:crs:EPSG::{self.server}",
        ]


def write_canary(folder: Path) -> None:
    """Files that nobody may open, of every kind, with content that would be known again."""
    folder.mkdir()
    _raster(folder / "canary.tif", CANARY_VALUE)
    _raster(folder / "canary.img", CANARY_VALUE, driver="HFA", USE_SPILL="YES")
    points = _POINTS.assign(code=CANARY_TEXT)
    for driver, name in (("GPKG", "canary.gpkg"), ("GeoJSON", "canary.geojson"), ("GML", "canary.gml")):
        pyogrio.write_dataframe(points, folder / name, driver=driver)
    points.to_parquet(folder / "canary.parquet")
    (folder / "canary.csv").write_text(f"lon,lat,code\n104,11,{CANARY_TEXT}\n")


def _raster(path: Path, value: float, size: int = SIZE, **more: object) -> Path:
    profile = {"driver": "GTiff", "height": size, "width": size, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(path, "w", transform=from_origin(104, 12, 1 / size, 1 / size), **(profile | more)) as target:
        target.write(np.full((size, size), value, dtype="float32"), 1)
    return path


def _in_text(content: str, names: list[str], chance: random.Random) -> str:
    """One to three values of the text changed for names: of attributes, elements or strings."""
    values = [match.span(group) for match in _VALUES.finditer(content) for group in (1, 2) if match[group] is not None]
    for start, end in sorted(chance.sample(values, min(len(values), chance.randrange(1, 4))), reverse=True):
        name = chance.choice(names)
        written = chance.choice((name, quoteattr(name)[1:-1], f"<![CDATA[{name}]]>"))
        content = content[:start] + written + content[end:]
    return content


_VALUES = re.compile(r"""=\s*["']([^"'<>]*)["']|>\s*([^<>\s][^<>]*)<""")


def _with_element(content: str, element: str, chance: random.Random) -> str:
    """An element put behind one of those that begin or end."""
    ends = [match.end() for match in re.finditer(r"<[^?!][^>]*>", content)][:-1]
    at = chance.choice(ends)
    return content[:at] + element + content[at:]


def _with_noise(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randrange(1, 12)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _doctype(name: str, root: str) -> str:
    return f"<!DOCTYPE {root} [<!ENTITY a SYSTEM {quoteattr(name)}>]>"


def _virtual(folder: Path, reach: Reach, chance: random.Random) -> Path:
    _raster(folder / "a.tif", 1.0)
    name = chance.choice(reach.names())
    shown = quoteattr(name)[1:-1]
    (folder / "nested.vrt").write_text(_vrt(f'<SourceFilename relativeToVRT="0">{shown}</SourceFilename>'))
    if chance.random() < 0.3:
        (folder / "link.tif").symlink_to(reach.canary / "canary.tif")
    source = chance.choice(
        (
            '<SourceFilename relativeToVRT="1">a.tif</SourceFilename>',
            f'<SourceFilename relativeToVRT="0">{shown}</SourceFilename>',
            f'<SourceFilename relativeToVRT="1">{shown}</SourceFilename>',
            f"<SourceFilename>{shown}<relativeToVRT>1</relativeToVRT></SourceFilename>",
            f'<SourceFilename SourceFilename="{shown}" relativeToVRT="1">a.tif</SourceFilename>',
            f'<SourceFilename relativeToVRT="1" x=">a">{shown}</SourceFilename>',
            '<SourceFilename relativeToVRT="1">link.tif</SourceFilename>',
            '<SourceFilename relativeToVRT="1">nested.vrt</SourceFilename>',
            f'<SourceFilename relativeToVRT="1">a.tif</SourceFilename><SourceFilename>{shown}</SourceFilename>',
        )
    )
    element = chance.choice(
        (
            "",
            f"<SourceDataset>{shown}</SourceDataset>",
            f"<Overview><SourceFilename>{shown}</SourceFilename><SourceBand>1</SourceBand></Overview>",
            f"<MaskBand>{_band(f'<SourceFilename>{shown}</SourceFilename>')}</MaskBand>",
            f'<OpenOptions><OOI key="OVERVIEW_FILE">{shown}</OOI></OpenOptions>',
            f'<Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">{shown}</MDI></Metadata>',
            "<PixelFunctionLanguage>Python</PixelFunctionLanguage><PixelFunctionType>os.system</PixelFunctionType>",
            f"<GDALWarpOptions><SourceDataset>{shown}</SourceDataset></GDALWarpOptions>",
            f"<SRS>{shown}</SRS>",
            f'<Group name="/"><Array name="a"><SourceFilename>{shown}</SourceFilename></Array></Group>',
        )
    )
    text = _vrt(source)
    text = _with_element(text, element, chance) if element else text
    text = text.replace("<VRTRasterBand", f'<VRTRasterBand subClass="{chance.choice(_BANDS)}"', chance.random() < 0.2)
    text = _in_text(text, reach.names(), chance) if chance.random() < 0.3 else text
    is_sound = chance.random() < 0.1
    (folder / "u.vrt").write_text(
        _vrt('<SourceFilename relativeToVRT="1">a.tif</SourceFilename>') if is_sound else text
    )
    return folder / "u.vrt"


_BANDS = ("VRTRawRasterBand", "VRTDerivedRasterBand", "VRTWarpedRasterBand", "VRTSourcedRasterBand")


def _band(source: str) -> str:
    source = f"<SimpleSource>{source}<SourceBand>1</SourceBand></SimpleSource>"
    return f'<VRTRasterBand dataType="Float32" band="1">{source}</VRTRasterBand>'


def _vrt(source: str) -> str:
    where = "<SRS>EPSG:4326</SRS><GeoTransform>104,0.125,0,12,0,-0.125</GeoTransform>"
    return f'<VRTDataset rasterXSize="{SIZE}" rasterYSize="{SIZE}">{where}{_band(source)}</VRTDataset>'


def _tiff(folder: Path, reach: Reach, chance: random.Random) -> Path:
    """Sidecars that are something else than they are called, and tags that name files."""
    name = chance.choice(reach.names())
    path = _raster(folder / "u.tif", 1.0, **chance.choice(({}, {"crs": None}, {"tiled": True, "blockxsize": 16})))
    with rasterio.Env(GDAL_PAM_ENABLED="NO"), rasterio.open(path, "r+") as target:
        for domain in ("OVERVIEWS", "RPC", "xml:ESRI", "GEOLOCATION", "SUBDATASETS"):
            target.update_tags(ns=domain, OVERVIEW_FILE=name, X_DATASET=name, SUBDATASET_1_NAME=name)
    virtual = _vrt(f'<SourceFilename relativeToVRT="0">{quoteattr(name)[1:-1]}</SourceFilename>')
    notes = (
        f'<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">{quoteattr(name)[1:-1]}</MDI></Metadata>'
        f"<SRS>{quoteattr(name)[1:-1]}</SRS>{_band(virtual)}</PAMDataset>"
    )
    table = f'!table\n!version 300\nDefinition Table\n  File "{name}"\n  Type "RASTER"\n'
    for beside in chance.sample(_BESIDE_TIFF, 3):
        content = chance.choice((virtual, notes, table, name, f"http://{name}"))
        if beside == "u.tif.aux.xml":
            content = _in_text(notes, reach.names(), chance)
        (folder / beside).write_text(content)
    if chance.random() < 0.3:
        path.write_bytes(_with_noise(path.read_bytes(), chance))
    return path


_BESIDE_TIFF = ["u.tif.ovr", "u.tif.msk", "u.tif.OVR", "u.tif.aux.xml", "u.tab", "u.tfw", "u.prj", "u.xml", "u.aux"]
_BESIDE_TIFF += ["u.imd", "u.RPB", "u_rpc.txt", "u.tif.aux", "u.wld"]


def _image(folder: Path, reach: Reach, chance: random.Random) -> Path:
    """An ERDAS image whose cells and overviews lie in files that it names."""
    path = _raster(folder / "uuuuuuuuuuuuuu.img", 1.0, driver="HFA", USE_SPILL="YES")
    if chance.random() < 0.1:
        return path
    named = f"../canary/canary.{chance.choice(('ige', 'img', 'rrd'))}".encode()
    content = path.read_bytes().replace(b"uuuuuuuuuuuuuu.ige", named[:18].ljust(18, b"\0"))
    path.write_bytes(_with_noise(content, chance) if chance.random() < 0.3 else content)
    if chance.random() < 0.5:
        (folder / "uuuuuuuuuuuuuu.ige").unlink()
    return path


def _grid(folder: Path, reach: Reach, chance: random.Random) -> Path:
    text = f"ncols 4\nnrows 4\nxllcorner 104\nyllcorner 11\ncellsize 0.2\nNODATA_value -1\n{'1 2 3 4 ' * 4}\n"
    words = text.split(" ")
    words[chance.randrange(len(words))] = chance.choice(reach.names())
    (folder / "u.asc").write_text(chance.choice((text, " ".join(words))))
    (folder / "u.prj").write_text(chance.choice((*reach.names(), "EPSG:4326")))
    if chance.random() < 0.5:
        (folder / "u.asc.ovr").write_text(_vrt(f"<SourceFilename>{reach.canary}/canary.tif</SourceFilename>"))
    return folder / "u.asc"


def _gml(folder: Path, reach: Reach, chance: random.Random) -> Path:
    path, name = folder / "u.gml", chance.choice(reach.names())
    pyogrio.write_dataframe(_POINTS, path, driver="GML")
    text, shown = path.read_text(), quoteattr(name)[1:-1]
    schema = path.with_suffix(".xsd")
    ways: tuple[Callable[[], str], ...] = (
        lambda: re.sub(r'schemaLocation="[^"]*"', f'schemaLocation="http://ogr.maptools.org/ {shown}"', text),
        lambda: _with_element(
            text, f'<gml:x xlink:href="{shown}" xmlns:xlink="http://www.w3.org/1999/xlink"/>', chance
        ),
        lambda: re.sub(r'srsName="[^"]*"', f'srsName="{shown}"', text),
        lambda: text.replace("?>", f"?>{_doctype(name, 'ogr:FeatureCollection')}", 1),
        lambda: text.replace("?>", f'?><?xml-stylesheet href="{shown}"?>', 1),
        lambda: _with_element(text, f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{shown}"/>', chance),
        lambda: _in_text(text, reach.names(), chance),
        lambda: text,
    )
    path.write_text(chance.choice(ways)())
    kind = chance.choice(("include", "import", "redefine", "INCLUDE"))
    within = f'<xs:{kind} namespace="{_GML}" schemaLocation="{shown}"/>'
    described = chance.choice(("", schema.read_text(), _with_element(schema.read_text(), within, chance)))
    schema.unlink()
    if described:
        path.with_suffix(chance.choice((".xsd", ".XSD"))).write_text(described)
    if chance.random() < 0.2:
        path.with_suffix(".gfs").write_text(f"<GMLFeatureClassList><SRSName>{shown}</SRSName></GMLFeatureClassList>")
    return _perhaps_zipped(path, chance)


def _kml(folder: Path, reach: Reach, chance: random.Random) -> Path:
    path, name = folder / "u.kml", chance.choice(reach.names())
    pyogrio.write_dataframe(_POINTS, path, driver="KML")
    text, shown = path.read_text(), quoteattr(name)[1:-1]
    element = chance.choice(
        (
            f"<NetworkLink><Link><href>{shown}</href></Link></NetworkLink>",
            f"<GroundOverlay><Icon><href>{shown}</href></Icon></GroundOverlay>",
            f"<styleUrl>{shown}#a</styleUrl>",
            f'<ExtendedData><SchemaData schemaUrl="{shown}"/></ExtendedData>',
            f"<Model><Link><href>{shown}</href></Link></Model>",
        )
    )
    text = _with_element(text, element, chance)
    text = text.replace("?>", f"?>{_doctype(name, 'kml')}", 1) if chance.random() < 0.2 else text
    path.write_text(_in_text(text, reach.names(), chance) if chance.random() < 0.4 else text)
    return _perhaps_zipped(path, chance, "u.kmz")


def _json(folder: Path, reach: Reach, chance: random.Random) -> Path:
    path, name = (
        folder / f"u.{chance.choice(('geojson', 'json', 'topojson', 'geojsonl'))}",
        chance.choice(reach.names()),
    )
    content = json.loads(_POINTS.to_json())
    link = chance.choice(
        (
            {"type": "link", "properties": {"href": name, "type": chance.choice(("ogcwkt", "proj4", "esriwkt"))}},
            {"type": "url", "properties": {"url": name}},
            {"type": "name", "properties": {"name": name}},
            {"type": "EPSG", "properties": {"code": name}},
        )
    )
    place = chance.choice((content, content["features"][0], content["features"][0]["geometry"]))
    place[chance.choice(("crs", "CRS", "coordRefSys", "spatialReference"))] = link
    content |= chance.choice(
        (
            {},
            {"assets": {"data": {"href": name}}, "stac_version": "1.0.0"},
            {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {name}"},
            {"conformsTo": ["[ogc-json-fg-1-0.1:core]"], "coordRefSys": name},
            {"type": "Topology", "objects": {"a": {"type": "Point", "crs": link}}, "arcs": []},
            {"geometryType": "esriGeometryPoint", "spatialReference": {"wkt": name}, "features": []},
        )
    )
    path.write_text(json.dumps(content, indent=chance.choice((None, 1))))
    return _perhaps_zipped(path, chance)


_STATEMENTS = (
    "CREATE VIEW v AS SELECT load_extension('{name}')",
    "CREATE VIEW v AS SELECT readfile('{name}') AS geom, 1 AS fid",
    "CREATE VIEW v AS SELECT * FROM ogr_datasource_load_layers('{name}')",
    "CREATE VIEW v AS SELECT gdal_get_pixel_value('{name}', 1, 'pixel', 0, 0) AS p FROM u",
    "CREATE TRIGGER t AFTER UPDATE ON u BEGIN SELECT load_extension('{name}'); END",
    "CREATE TRIGGER t INSTEAD OF INSERT ON v BEGIN SELECT writefile('{name}', 'x'); END",
    "INSERT INTO gpkg_extensions VALUES ('u', NULL, 'gdal_aspatial', '{name}', 'read-write')",
    "UPDATE gpkg_spatial_ref_sys SET definition = '{name}'",
    "UPDATE gpkg_contents SET identifier = '{name}', table_name = '{name}'",
    "UPDATE gpkg_geometry_columns SET column_name = '{name}'",
    "UPDATE u SET code = '{name}'",
    "INSERT INTO gpkg_contents (table_name, data_type, srs_id) VALUES ('{name}', '2d-gridded-coverage', 4326)",
    "PRAGMA user_version = 10400; PRAGMA journal_mode = WAL",
    'CREATE TABLE "{name}" (a INTEGER)',
    "CREATE TABLE c (a TEXT, b TEXT GENERATED ALWAYS AS (load_extension('{name}')) VIRTUAL)",
)
_VIRTUAL_TABLES = (
    "CREATE VIRTUAL TABLE v USING VirtualOGR('{name}')",
    "CREATE VIRTUAL TABLE v USING VirtualText('{name}', 'UTF-8', 1, POINT, DOUBLEQUOTE, ',')",
    "CREATE VIRTUAL TABLE v USING VirtualShape('{name}', 'UTF-8', 4326)",
    "CREATE VIRTUAL TABLE v USING csv(filename='{name}')",
)


def _database(folder: Path, reach: Reach, chance: random.Random) -> Path:
    path = folder / "u.gpkg"
    pyogrio.write_dataframe(_POINTS, path, driver="GPKG")
    statement = chance.choice((*_STATEMENTS, *_VIRTUAL_TABLES)).replace("{name}", chance.choice(reach.names()))
    with closing(sqlite3.connect(path)) as connection, suppress(sqlite3.Error):
        for function, arguments in (("ST_IsEmpty", 1), ("ST_MinX", 1), ("ST_MaxX", 1), ("ST_MinY", 1), ("ST_MaxY", 1)):
            connection.create_function(function, arguments, lambda _: 0)
        if statement in _VIRTUAL_TABLES or "VIRTUAL TABLE" in statement:
            connection.executescript("PRAGMA writable_schema = ON")
            row = ("table", "v", "v", 0, statement)
            connection.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", row)
        else:
            connection.executescript(statement)
        if " VIEW v " in statement or "VIRTUAL" in statement:
            values = "('v', 'features', 'v', 4326)"
            connection.execute(f"INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES {values}")
            connection.execute("INSERT INTO gpkg_geometry_columns VALUES ('v', 'geom', 'POINT', 4326, 0, 0)")
        connection.commit()
    if chance.random() < 0.3:
        path.write_bytes(_with_noise(path.read_bytes(), chance))
    return _perhaps_zipped(path, chance)


def _workbook(folder: Path, reach: Reach, chance: random.Random) -> Path:
    book = openpyxl.Workbook()
    name = chance.choice(reach.names())
    for row in (["lon", "lat", "code"], [104.5, 11.5, f'=WEBSERVICE("{name}")'], [104.6, 11.6, "a"]):
        book.active.append(row)
    book.active["C3"].hyperlink = name
    made = io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as archive:
        members = {each: archive.read(each).decode() for each in archive.namelist()}
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    link = f'<Relationship Id="rId77" Type="{relations}/{chance.choice(_LINKS)}" Target={quoteattr(name)}'
    link += chance.choice((' TargetMode="External"/>', "/>"))
    part = chance.choice(sorted(members))
    members["xl/_rels/workbook.xml.rels"] = members["xl/_rels/workbook.xml.rels"].replace(
        "</Relationships>", link + "</Relationships>"
    )
    changed = chance.choice(
        (
            members[part],
            _in_text(members[part], reach.names(), chance),
            _doctype(name, "a") + members[part].partition("?>")[2],
            _with_element(members[part], f"<externalReference xmlns='a' id={quoteattr(name)}/>", chance),
        )
    )
    members[part] = changed
    members["xl/externalLinks/externalLink1.xml"] = (
        f"{_XML}<externalLink><externalBook id={quoteattr(name)}/></externalLink>"
    )
    return _zipped(folder / "u.xlsx", members)


_LINKS = ("externalLink", "externalLinkPath", "worksheet", "sharedStrings", "styles", "connections", "attachedTemplate")


def _parquet(folder: Path, reach: Reach, chance: random.Random) -> Path:
    """A footer whose columns lie in another file, or metadata that name one."""
    path, name = folder / "u.parquet", chance.choice(reach.names())
    _POINTS.to_parquet(path)
    way = chance.randrange(4)
    if way == 0:
        pq.write_table(pq.read_table(path), path, metadata_collector=(collected := []))
        collected[0].set_file_path(name)
        collected[0].write_metadata_file(str(path))
    elif way < 3:
        table = pq.read_table(path)
        geo = json.loads(table.schema.metadata[b"geo"])
        geo["columns"]["geometry"]["crs"] = chance.choice((name, {"type": "link", "href": name}, {"$schema": name}))
        metadata = {b"geo": json.dumps(geo).encode(), b"pandas": name.encode(), name.encode(): b"1"}
        pq.write_table(table.replace_schema_metadata(metadata), path)
    else:
        pq.write_table(pa.table({name: [1.0], "lon": [104.5], "lat": [11.5]}), path)
    if chance.random() < 0.4:
        path.write_bytes(_with_noise(path.read_bytes(), chance))
    return path


def _flat(folder: Path, reach: Reach, chance: random.Random) -> Path:
    path = folder / "u.fgb"
    name = chance.choice(reach.names())
    pyogrio.write_dataframe(_POINTS.rename(columns={"kind": name}), path, driver="FlatGeobuf")
    content = path.read_bytes()
    start = content.find(b"GEOGCS")
    if start > 0 and chance.random() < 0.6:
        content = content[:start] + name.encode()[:80].ljust(80) + content[start + 80 :]
    path.write_bytes(_with_noise(content, chance) if chance.random() < 0.6 else content)
    return _perhaps_zipped(path, chance)


def _shapes(folder: Path, reach: Reach, chance: random.Random) -> Path:
    path = folder / "u.shp"
    pyogrio.write_dataframe(_POINTS, path, driver="ESRI Shapefile")
    for ending in chance.sample((".prj", ".cpg", ".PRJ", ".qix", ".sbn", ".shp.xml", ".qpj"), 3):
        path.with_name("u" + ending).write_text(chance.choice(reach.names()))
    part = path.with_suffix(chance.choice((".shp", ".shx", ".dbf")))
    part.write_bytes(_with_noise(part.read_bytes(), chance))
    return _perhaps_zipped(path, chance)


def _perhaps_zipped(path: Path, chance: random.Random, name: str = "u.zip") -> Path:
    """The upload as it is, or everything in an archive."""
    if chance.random() < 0.6:
        return path
    parts = sorted(path.parent.iterdir())
    members: dict[str, str | bytes] = {f"in/{part.name}": part.read_bytes() for part in parts}
    for part in parts:
        part.unlink()
    return _zipped(path.parent / name, members)


def _zipped(path: Path, members: dict[str, str] | dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


UPLOADS: dict[str, Callable[[Path, Reach, random.Random], Path]] = {
    "VRT": _virtual,
    "TIFF": _tiff,
    "ERDAS": _image,
    "ASCII grid": _grid,
    "GML": _gml,
    "KML": _kml,
    "JSON": _json,
    "GeoPackage": _database,
    "XLSX": _workbook,
    "Parquet": _parquet,
    "FlatGeobuf": _flat,
    "shapefile": _shapes,
}
"""By what an upload is: writes one into a folder, changed by chance, and gives the path that a country file would."""
