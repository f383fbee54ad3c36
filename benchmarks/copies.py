"""Copies of an invented country side by side, through its raw formats, to see how cost grows with size.

Copies go east, then north, by the width and height of the people raster. Speed tests and subscriptions, known by map
tiles and provinces, are left out, and institutions, railways, the friction surface and what operators declare.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import rasterio
from rasterio.transform import Affine
from rasterio.windows import Window

from commune_coverage.core.errors import BenchError
from commune_coverage.synthetic.raw_files import write_sheet, write_zip

_WIDER = 3
_DIGITS = ("code_width", "district_digits", "province_digits")
_LEFT_OUT = (
    "territory", "layers.speed_tests", "layers.subscriptions", "layers.coverage", "layers.institutions",
    "layers.people_groups", "layers.railways", "layers.borders", "layers.friction",
)  # fmt: skip
_CELL, _LON, _LAT = 4, 6, 7
_CELL_STEP, _NODE_STEP = 256 * 4096, 10_000_000

Shift = tuple[int, float, float]
"""A copy's number, and how far east and north it is, in degrees."""


def write_copies(country_path: Path, folder: Path, copies: int) -> Path:
    """The country file of ``copies`` of the invented country. Raises BenchError for a country of another form."""
    source, text = country_path.parent, country_path.read_text(encoding="utf-8")
    if not all(f"{name} = " in text for name in _DIGITS) or not (source / "gazetteer.xlsx").is_file():
        raise BenchError(f"'{country_path.name}' is not an invented country's; scale copies only those")
    folder.mkdir(parents=True)
    columns = math.ceil(math.sqrt(copies))
    with rasterio.open(source / "people.tif") as raster:
        bounds = raster.bounds
    width, height = bounds.right - bounds.left, bounds.top - bounds.bottom
    shifts = [(n, n % columns * width, n // columns * height) for n in range(copies)]
    for name in ("people.tif", "elevation.tif"):
        _raster(source / name, folder / name, shifts, columns)
    for name, write in _WRITERS.items():
        write(source / name, folder / name, shifts)
    for sidecar in source.glob("*.source.json"):
        shutil.copyfile(sidecar, folder / sidecar.name)
    target = folder / country_path.name
    target.write_text(_country_text(text), encoding="utf-8")
    return target


def _country_text(text: str) -> str:
    for name in _DIGITS:
        text = re.sub(rf"{name} = (\d+)", lambda found: f"{found[0].split(' =')[0]} = {int(found[1]) + _WIDER}", text)
    for section in _LEFT_OUT:
        text = re.sub(rf"\[+{re.escape(section)}(\.\w+)*\]+[^\[]*(\n(?=\[)|\Z)", "", text)
    return text


def _raster(source: Path, target: Path, shifts: list[Shift], columns: int) -> None:
    """One raster with a copy in each square of the grid, nodata where there is none."""
    with rasterio.open(source) as raster:
        values, profile, t = raster.read(1), raster.profile, raster.transform
    rows, (height, width) = math.ceil(len(shifts) / columns), values.shape
    profile |= {"width": width * columns, "height": height * rows, "bigtiff": "if_safer"}
    profile["transform"] = Affine(t.a, t.b, t.c, t.d, t.e, t.f - t.e * height * (rows - 1))
    with rasterio.open(target, "w", **profile) as written:
        for number, _, _ in shifts:
            row, column = rows - 1 - number // columns, number % columns
            written.write(values, 1, window=Window(column * width, row * height, width, height))


def _code(code: Any, number: int) -> Any:
    """A commune's code as that of a copy: its number before the six digits."""
    return code if code is None or pd.isna(code) else (number + 1) * 10**6 + int(code)


def _communes(source: Path, target: Path, shifts: list[Shift]) -> None:
    frame = gpd.read_file(source).to_crs("EPSG:4326")
    parts = [
        frame.assign(COM_CODE=[_code(code, n) for code in frame["COM_CODE"]], geometry=frame.translate(east, north))
        for n, east, north in shifts
    ]
    pd.concat(parts, ignore_index=True).to_file(target, layer="communes", driver="GPKG")


def _gazetteer(source: Path, target: Path, shifts: list[Shift]) -> None:
    book = openpyxl.load_workbook(source, read_only=True)
    header, *rows = (list(row) for row in book["Communes"].iter_rows(values_only=True))
    book.close()
    write_sheet(target, "Communes", [header, *([_code(row[0], n), *row[1:]] for n, _, _ in shifts for row in rows)])


def _roads(source: Path, target: Path, shifts: list[Shift]) -> None:
    frame = gpd.read_file(source)
    parts = [frame.set_geometry(frame.translate(east, north)) for _, east, north in shifts]
    pd.concat(parts, ignore_index=True).to_file(target, layer="roads", driver="GPKG")


def write_towers(source: Path, target: Path, shifts: list[Shift]) -> None:
    """The rows of an OpenCelliD file without a header once for each shift, packed."""
    lines = [line.split(",") for line in gzip.decompress(source.read_bytes()).decode().splitlines()]
    moved = [",".join(_cell(row, shift)) for shift in shifts for row in lines]
    target.write_bytes(gzip.compress(("\n".join(moved) + "\n").encode(), compresslevel=6, mtime=0))


def _cell(row: list[str], shift: Shift) -> list[str]:
    """A row of OpenCelliD as that of a copy; a row that is no cell stays as it is."""
    number, east, north = shift
    fields = [*row]
    try:
        fields[_CELL] = str(int(row[_CELL]) + number * _CELL_STEP)
        fields[_LON], fields[_LAT] = f"{float(row[_LON]) + east:.6f}", f"{float(row[_LAT]) + north:.6f}"
    except (ValueError, IndexError):
        return row
    return fields


def _nodes(source: Path, target: Path, shifts: list[Shift]) -> None:
    """The zipped SQLite of points: each row once a copy, its ID moved on."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(source) as archive:
        name = archive.namelist()[0]
        database = Path(archive.extract(name, folder))
        connection = sqlite3.connect(database)
        columns = "ID, LAT, LON, NAME, NAME_EN, TAG, VALUE"
        rows = connection.execute(f"SELECT {columns} FROM NODE").fetchall()  # noqa: S608
        for number, east, north in shifts[1:]:
            moved = [(row[0] + number * _NODE_STEP, row[1] + north, row[2] + east, *row[3:]) for row in rows]
            connection.executemany("INSERT INTO NODE VALUES (?, ?, ?, ?, ?, ?, ?)", moved)
        connection.commit()
        connection.close()
        write_zip(target, {name: database.read_bytes()})


def _fibre(source: Path, target: Path, shifts: list[Shift]) -> None:
    networks = json.loads(source.read_text(encoding="utf-8"))["networks"]
    moved = [_moved(network, shift) for shift in shifts for network in networks]
    target.write_text(json.dumps({"networks": moved}, ensure_ascii=False), encoding="utf-8")


def _moved(value: Any, shift: Shift) -> Any:
    if isinstance(value, dict):
        return {key: _moved_field(key, part, shift) for key, part in value.items()}
    return [_moved(part, shift) for part in value] if isinstance(value, list) else value


def _moved_field(key: str, value: Any, shift: Shift) -> Any:
    if key == "id":
        return f"{shift[0]}-{value}"
    return _positions(value, shift) if key == "coordinates" else _moved(value, shift)


def _positions(value: list[Any], shift: Shift) -> list[Any]:
    if value and isinstance(value[0], list):
        return [_positions(part, shift) for part in value]
    return [round(value[0] + shift[1], 6), round(value[1] + shift[2], 6)]


_WRITERS: dict[str, Callable[[Path, Path, list[Shift]], None]] = {
    "communes.gpkg": _communes,
    "gazetteer.xlsx": _gazetteer,
    "roads.gpkg": _roads,
    "towers.csv.gz": write_towers,
    "osm_nodes.sqlite.zip": _nodes,
    "fibre.json": _fibre,
}
