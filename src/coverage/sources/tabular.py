"""Any table, flat or spatial, as text columns with the line each row came from."""

from __future__ import annotations

import difflib
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyarrow.lib import ArrowException
from shapely.errors import GEOSException

from coverage.country import FileRef
from coverage.errors import MissingColumnError, MissingCrsError, UnreadableFileError
from coverage.quarantine import Reason, RowLog, printable
from coverage.sources import text
from coverage.sources.files import check_zip, read_bytes, require_file
from coverage.tables import Column, Table

SHEET_SUFFIXES = (".xlsx", ".xlsm")
TEXT_SUFFIXES = (".csv", ".txt", ".tsv", ".gz")
LINE = "line"
_DAMAGED_SHEET = (
    zipfile.BadZipFile, zlib.error, ElementTree.ParseError, EOFError, OSError, RuntimeError, LookupError, TypeError,
    ValueError, AttributeError,
)  # fmt: skip
_DAMAGED_VECTOR = (
    pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, GEOSException, ArrowException, OSError, ValueError,
    IndexError,
)  # fmt: skip


@dataclass(frozen=True)
class Headerless:
    """Column names of a text file without a header, and how to tell that its first row is data."""

    columns: list[str]
    is_data: Callable[[list[str]], bool]


def read_table(ref: FileRef, log: RowLog, headerless: Headerless | None = None) -> pd.DataFrame:
    """A CSV, XLSX or vector file as text columns plus ``line``; ragged rows are quarantined."""
    suffix = ref.path.suffix.lower()
    if suffix in SHEET_SUFFIXES:
        return _as_frame(*_sheet_rows(ref), log)
    if suffix in TEXT_SUFFIXES:
        return _as_frame(*_text_rows(ref, headerless, log), log)
    return vector_as_text(read_vector(ref, log), log)


def is_spatial(ref: FileRef) -> bool:
    """Whether the file carries geometry and a CRS of its own, unlike a sheet or a text file."""
    return ref.path.suffix.lower() not in (*TEXT_SUFFIXES, *SHEET_SUFFIXES)


def _text_rows(
    ref: FileRef, headerless: Headerless | None, log: RowLog
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    content, encoding = text.decode(read_bytes(ref.path), ref.encoding, ref.path.name)
    if encoding not in ("utf-8", "utf-8-sig"):
        log.note(f"{ref.path.name}: decoded as {encoding}")
    found = list(text.rows(content, ref.delimiter))
    if not found:
        raise UnreadableFileError(f"'{ref.path.name}' is empty")
    if headerless is not None and headerless.is_data(found[0][1]):
        return headerless.columns, found
    header = [name.strip() for name in found[0][1]]
    if len(found) == 1:
        raise UnreadableFileError(f"'{ref.path.name}' has a header and no rows")
    return header, found[1:]


def _sheet_rows(ref: FileRef) -> tuple[list[str], list[tuple[int, list[str]]]]:
    check_zip(ref.path).close()
    try:
        found = _cells(ref)
    except _DAMAGED_SHEET as error:
        raise UnreadableFileError(f"'{ref.path.name}' is not a readable XLSX workbook") from error
    if len(found) < 2:
        raise UnreadableFileError(f"'{ref.path.name}' has no rows in its sheet")
    width = len(found[0][1])
    padded = [(number, cells + [""] * (width - len(cells))) for number, cells in found]
    return [name.strip() for name in padded[0][1]], padded[1:]


def _cells(ref: FileRef) -> list[tuple[int, list[str]]]:
    """(sheet row, cells as text) of every row that is not empty."""
    from openpyxl import load_workbook

    book = load_workbook(ref.path, read_only=True, data_only=True)
    if ref.layer is not None and ref.layer not in book.sheetnames:
        raise UnreadableFileError(f"'{ref.path.name}' has no sheet '{ref.layer}'; it has: {', '.join(book.sheetnames)}")
    sheet = book[ref.layer or book.sheetnames[0]]
    found = [
        (number, [_cell_text(value) for value in row])
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1)
        if any(value is not None for value in row)
    ]
    book.close()
    return found


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _as_frame(header: list[str], found: list[tuple[int, list[str]]], log: RowLog) -> pd.DataFrame:
    width = len(header)
    log.read += len(found)
    ragged = [(line, fields) for line, fields in found if len(fields) != width]
    log.set_aside(
        [line for line, _ in ragged],
        Reason.RAGGED_ROW,
        [f"{len(fields)} fields, {width} expected" for _, fields in ragged],
    )
    even = [(line, fields) for line, fields in found if len(fields) == width]
    columns = dict(zip(header, zip(*(fields for _, fields in even), strict=True), strict=True)) if even else {}
    frame = pd.DataFrame({name: pd.Series(columns.get(name, ()), dtype=object) for name in header})
    frame[LINE] = np.array([line for line, _ in even], dtype=np.int64)
    return frame


def read_vector(ref: FileRef, log: RowLog | None = None) -> gpd.GeoDataFrame:
    """A vector layer with a CRS, ``line`` being the feature number from 1.

    Raises UnreadableFileError or MissingCrsError.
    """
    require_file(ref.path)
    address = str(ref.path)
    if ref.path.suffix.lower() == ".zip":
        check_zip(ref.path).close()
        address = f"/vsizip/{address}"
    try:
        frame = _read_any_vector(ref, address)
    except _DAMAGED_VECTOR as error:
        raise UnreadableFileError(f"'{ref.path.name}' is not a readable vector file: {_first_line(error)}") from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise UnreadableFileError(f"'{ref.path.name}' holds a table without geometry")
    if ref.crs is not None:
        frame = frame.set_crs(ref.crs, allow_override=True)
    if frame.crs is None:
        raise MissingCrsError(f"'{ref.path.name}' does not state its coordinate reference system; set crs = \"EPSG:…\"")
    frame[LINE] = np.arange(1, len(frame) + 1, dtype=np.int64)
    if log is not None:
        log.read += len(frame)
    return frame


def _read_any_vector(ref: FileRef, address: str) -> gpd.GeoDataFrame:
    if ref.path.suffix.lower() in (".parquet", ".geoparquet"):
        return gpd.read_parquet(ref.path)
    layers = [str(name) for name, _ in pyogrio.list_layers(address)]
    if ref.layer is None and len(layers) > 1:
        shown = ", ".join(printable(name, 40) for name in layers[:20])
        raise UnreadableFileError(f"'{ref.path.name}' holds {len(layers)} layers: {shown}; set layer = \"…\"")
    options = {"encoding": ref.encoding} if ref.encoding else {}
    return pyogrio.read_dataframe(address, layer=ref.layer, on_invalid="fix", **options)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__


def vector_as_text(frame: gpd.GeoDataFrame, log: RowLog) -> pd.DataFrame:
    """Features as a text table: their attributes plus lon and lat (WGS 84) of a point on each."""
    absent = (frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    log.set_aside(frame[LINE].to_numpy()[absent], Reason.NO_GEOMETRY)
    frame = frame[~absent]
    shapes = frame.geometry.to_crs("EPSG:4326")
    points = shapes.where(shapes.geom_type == "Point", shapes.representative_point())
    table = pd.DataFrame(frame.drop(columns=[frame.geometry.name, LINE])).apply(attribute_text)
    return table.assign(lon=points.x.astype(object), lat=points.y.astype(object), **{LINE: frame[LINE].to_numpy()})


def attribute_text(values: pd.Series) -> pd.Series:
    """Attribute values as text: whole floats without '.0', missing ones as ''."""
    return values.map(lambda value: "" if pd.isna(value) else _cell_text(value)).astype(object)


def pick_columns(frame: pd.DataFrame, table: Table, ref: FileRef, extra: tuple[Column, ...] = ()) -> pd.DataFrame:
    """The declared columns under our names: as mapped in the country file, by own name, or by alias.

    Raises MissingColumnError naming every column that is needed and not there.
    """
    declared = {column.name: column for column in (*table.columns, *extra)}
    by_lower = {str(name).lower(): name for name in frame.columns}
    found: dict[str, str] = {}
    problems = []
    for name in dict.fromkeys([*declared, *ref.columns]):
        column = declared.get(name)
        if column is None:
            near = difflib.get_close_matches(name, list(declared), n=1)
            problems.append(
                f"columns.{name} is not a column of {table.name}" + (f"; did you mean '{near[0]}'?" if near else "")
            )
        elif name in ref.columns:
            wanted = ref.columns[name]
            match = wanted if wanted in frame.columns else by_lower.get(wanted.lower())
            if match is None:
                problems.append(_no_column(wanted, name, frame))
            else:
                found[name] = match
        else:
            match = next((by_lower[alias] for alias in (name, *column.aliases) if alias in by_lower), None)
            if match is not None:
                found[name] = match
            elif column.required:
                problems.append(_no_column(name, name, frame))
    if problems:
        raise MissingColumnError(f"'{ref.path.name}': " + "; ".join(problems))
    picked = pd.DataFrame({name: frame[source] for name, source in found.items()})
    picked[LINE] = frame[LINE]
    return picked


def _no_column(wanted: str, ours: str, frame: pd.DataFrame) -> str:
    names = [printable(name, 40) for name in frame.columns if name not in (LINE, "geometry")]
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"it has: {', '.join(names[:20])}"
    return f"no column '{wanted}' for {ours}; {hint}"
