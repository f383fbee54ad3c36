"""The tables that people read, as sheets of a workbook, with a sheet that explains and one that lists all columns."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font

from commune_coverage.core.files import atomic_write
from commune_coverage.publish.exports import read_csv
from commune_coverage.publish.open_data.about import About
from commune_coverage.publish.open_data.table_files import COMMUNES, TableFile

WORKBOOK = "commune_coverage.xlsx"
SHEETS = (COMMUNES, "official_indicators", "benchmarks", "hubs", "payments", "institutions")
"""Tables that have a sheet: of the others, which are long, the workbook says where they are."""
_MOST_ROWS = 1_048_575
_MOST_CHARACTERS = 32_767
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_WRITTEN = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_DEFINITIONS = ("table", "column", "kind", "unit", "minimum", "maximum", "values", "meaning")
_WIDE = {"A": 30, "B": 44, "H": 100}


def write_workbook(tables: Sequence[TableFile], folder: Path, publication: About) -> None:
    """Write ``commune_coverage.xlsx``; equal tables give equal bytes.

    Parameters
    ----------
    tables : sequence of TableFile
        All tables of an edition.
    folder : Path
        Where the workbook goes.
    publication : About
        What the first sheet says.
    """
    book = Workbook(write_only=True)
    _add(book, "about", _explanations(tables, publication), _WIDE)
    _add(book, "columns", _definitions(tables), _WIDE)
    for table in tables:
        if _is_sheet(table):
            _add(book, table.name, _rows(table), {})
    with atomic_write(folder / WORKBOOK) as path:
        book.save(path.with_suffix(".unpacked"))
        _pack_without_time(path.with_suffix(".unpacked"), path)


def _is_sheet(table: TableFile) -> bool:
    return table.name in SHEETS and table.rows <= _MOST_ROWS


def _add(book: Workbook, name: str, rows: Iterable[Sequence[Any]], widths: dict[str, int]) -> None:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for column, width in widths.items():
        sheet.column_dimensions[column].width = width
    for number, row in enumerate(rows):
        sheet.append([_cell(sheet, value, is_head=number == 0) for value in row])


def _cell(sheet: Any, value: Any, *, is_head: bool) -> Any:
    """Texts as texts, whatever they begin with."""
    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)[:_MOST_CHARACTERS]
    if not is_head and not text.startswith("="):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    if is_head:
        cell.font, cell.alignment = Font(bold=True), Alignment(vertical="top", wrap_text=True)
    return cell


def _explanations(tables: Iterable[TableFile], publication: About) -> Iterator[Sequence[str]]:
    yield publication.title, publication.description
    yield "Licence", " ".join(filter(None, (publication.licence, publication.licence_address))) or "not stated"
    yield "Publisher", publication.publisher or "not stated"
    yield "Codes", "Texts: zeros at their beginning are part of them."
    yield "Empty cells", "Not known, or withheld; never 0."
    for source in publication.sources:
        yield f"Source: {source.layer}", source.sentence
    for table in tables:
        where = "" if _is_sheet(table) else f" In the file {table.path.name}."
        yield f"Table: {table.name}", f"{table.sentence}{where}".strip()


def _definitions(tables: Iterable[TableFile]) -> Iterator[Sequence[Any]]:
    yield _DEFINITIONS
    for table in tables:
        for one in table.columns:
            values = " | ".join(one.values)
            yield table.name, one.name, one.kind, one.unit, one.minimum, one.maximum, values, one.sentence


def _rows(table: TableFile) -> Iterator[Sequence[Any]]:
    yield [column.name for column in table.columns]
    for row in read_csv(table.path):
        yield [_value(column.kind, row[column.name]) for column in table.columns]


def _value(kind: str, text: str) -> str | float | bool | None:
    if not text:
        return None
    if kind in ("number", "integer"):
        return float(text)
    return text == "True" if kind == "flag" else text


def _pack_without_time(source: Path, target: Path) -> None:
    """Pack the parts again, and remove the source: the library writes the time into them and their names."""
    with zipfile.ZipFile(source) as parts, zipfile.ZipFile(target, "w") as packed:
        for name in parts.namelist():
            content = _WRITTEN.sub(rb"\g<1>1980-01-01T00:00:00Z", parts.read(name))
            info = zipfile.ZipInfo(name, _NO_TIME)
            packed.writestr(info, content, zipfile.ZIP_DEFLATED)
    source.unlink()
