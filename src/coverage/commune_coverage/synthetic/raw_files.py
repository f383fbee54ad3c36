"""Writers of raw formats whose equal contents are equal bytes: no time of writing gets in."""

from __future__ import annotations

import io
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import openpyxl
import osmium
import shapely
from osmium.osm.mutable import Node, Way

from commune_coverage.core.files import atomic_write
from commune_coverage.readers.formats.provenance import write_sidecar

_THEN = datetime(2000, 1, 1)
_ZIP_THEN = (2000, 1, 1, 0, 0, 0)
_NODE_TABLE = (
    "CREATE TABLE NODE (ID INTEGER NOT NULL, LAT DOUBLE NOT NULL, LON DOUBLE NOT NULL, NAME TEXT, NAME_EN TEXT, "
    "TAG TEXT NOT NULL, VALUE TEXT NOT NULL)"
)


def delimited(rows: Iterable[list[str]], delimiter: str = ",", end: str = "\n") -> str:
    """Rows as text; a field that holds the delimiter, a quote or a line break is quoted."""

    def quoted(field: str) -> str:
        return '"' + field.replace('"', '""') + '"' if any(mark in field for mark in (delimiter, '"', "\n")) else field

    return "".join(delimiter.join(map(quoted, row)) + end for row in rows)


def write_bytes(path: Path, content: bytes) -> None:
    """The content, whole or not at all."""
    with atomic_write(path) as target:
        target.write_bytes(content)


def write_sheet(path: Path, sheet: str, rows: Iterable[list[object]]) -> None:
    """One sheet of an XLSX workbook."""
    book = openpyxl.Workbook()
    book.properties.created = book.properties.modified = _THEN
    page = book.active or book.create_sheet()
    page.title = sheet
    for row in rows:
        page.append(row)
    for row in page.iter_rows():
        for cell in row:
            if cell.data_type == "f":
                cell.data_type = "s"
    content = io.BytesIO()
    book.save(content)
    write_bytes(path, _restamped(content.getvalue()))


def _restamped(content: bytes) -> bytes:
    """The same archive with the time of every member, and of the workbook's last change, fixed."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                start = data.index(b"<dcterms:modified")
                end = data.index(b"</dcterms:modified>")
                opening = data[start : data.index(b">", start) + 1]
                data = data[:start] + opening + b"2000-01-01T00:00:00Z" + data[end:]
            target.writestr(zipfile.ZipInfo(name, _ZIP_THEN), data, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def write_zip(path: Path, members: dict[str, bytes]) -> None:
    """A zip archive with fixed times."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_THEN), data, zipfile.ZIP_DEFLATED)
    write_bytes(path, sink.getvalue())


def write_node_database(path: Path, nodes: list[tuple[int, float, float, str | None, str, str]]) -> None:
    """(id, lat, lon, name, tag, value) as the zipped SQLite that OSM node extracts come in."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "nodes.sqlite"
        connection = sqlite3.connect(database)
        connection.execute(_NODE_TABLE)
        connection.executemany("INSERT INTO NODE VALUES (?, ?, ?, ?, NULL, ?, ?)", nodes)
        connection.commit()
        connection.close()
        write_zip(path, {"nodes.sqlite": database.read_bytes()})


def write_shapefile_zip(path: Path, frame: gpd.GeoDataFrame) -> None:
    """A zipped shapefile; the date that a DBF file carries is fixed."""
    with tempfile.TemporaryDirectory() as folder:
        frame.to_file(Path(folder) / "layer.shp", encoding="UTF-8")
        members = {part.name: part.read_bytes() for part in sorted(Path(folder).iterdir())}
    members["layer.dbf"] = members["layer.dbf"][:1] + bytes([100, 1, 1]) + members["layer.dbf"][4:]
    write_zip(path, members)


def write_road_pbf(path: Path, roads: gpd.GeoDataFrame) -> None:
    """Road lines with their tags as OSM ways; points at one position are one node."""
    points, line = shapely.get_coordinates(roads.geometry.to_numpy(), return_index=True)
    ids: dict[tuple[float, float], int] = {}
    refs: list[list[int]] = [[] for _ in range(len(roads))]
    for (lon, lat), row in zip(points.tolist(), line.tolist(), strict=True):
        refs[row].append(ids.setdefault((lon, lat), len(ids) + 1))
    tags = roads[["highway", "surface", "maxspeed", "route", "duration"]].to_dict("records")
    with (
        atomic_write(path) as target,
        osmium.SimpleWriter(osmium.io.File(str(target), "pbf"), overwrite=True) as writer,
    ):
        for position, number in ids.items():
            writer.add_node(Node(id=number, location=position, version=1))
        for row, nodes in enumerate(refs):
            present = {key: value for key, value in tags[row].items() if value}
            writer.add_way(Way(id=row + 1, nodes=nodes, tags=present, version=1))


def label(path: Path, title: str, seed: int) -> None:
    """The sidecar that says the file is invented."""
    write_sidecar(
        path,
        {
            "title": f"{title} (invented)",
            "publisher": "commune-coverage demo",
            "licence": "CC0-1.0",
            "attribution": "invented, not observed",
            "version": f"seed {seed}",
            "synthetic": True,
            "note": "part of an invented country",
        },
    )
