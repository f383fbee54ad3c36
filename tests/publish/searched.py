"""Everything that is in the files of a folder, as text: tables, databases, archives, pictures and PDF included."""

from __future__ import annotations

import gzip
import os
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pypdfium2
import shapely
from pyarrow import feather, parquet
from pyarrow import lib as arrow


def texts_in(folder: Path) -> Iterator[tuple[str, str]]:
    """(path, text in small letters) of every file, and of the names of all files; links are followed as readers do."""
    files = sorted(Path(inner, name) for inner, _, names in os.walk(folder, followlinks=True) for name in names)
    yield "names", "\n".join(path.relative_to(folder).as_posix() for path in files).lower()
    for path in files:
        yield path.relative_to(folder).as_posix(), text_of(path.name, path.read_bytes()).lower()


def text_of(name: str, content: bytes) -> str:
    """A file's bytes as they are, and what is packed in them."""
    unpack = next((each for end, each in _PACKED.items() if name.endswith(end)), None)
    return content.decode("utf-8", "replace") + "\n" + ("" if unpack is None else unpack(content))


def _parquet(content: bytes) -> str:
    file = parquet.ParquetFile(BytesIO(content))
    return f"{file.schema_arrow.metadata}\n{_frame(file.read().to_pandas())}"


def _feather(content: bytes) -> str:
    try:
        return _frame(feather.read_feather(BytesIO(content)))
    except arrow.ArrowInvalid:
        return ""


def _frame(table: pd.DataFrame) -> str:
    shown = {name: _column(table[name]) for name in table}
    return pd.DataFrame(shown).to_csv(index=False)


def _column(values: pd.Series) -> list[object]:
    cells = values.tolist()
    return [shapely.from_wkb(cell).wkt if isinstance(cell, bytes) and len(cell) > 8 else cell for cell in cells]


def _database(content: bytes) -> str:
    with sqlite3.connect(":memory:") as database:
        database.deserialize(content)
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return "\n".join(str(row) for name in names for row in database.execute(f'SELECT * FROM "{name}"'))


def _arrays(content: bytes) -> str:
    with np.load(BytesIO(content), allow_pickle=False) as archive:
        return "\n".join(f"{name} {archive[name].tolist()}" for name in archive.files)


def _members(content: bytes) -> str:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return "\n".join(f"{name} {text_of(name, archive.read(name))}" for name in archive.namelist())


def _pdf(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    pages = [page.get_textpage().get_text_bounded() for page in document]
    return "\n".join([str(document.get_metadata_dict()), *pages])


_PACKED: dict[str, Callable[[bytes], str]] = {
    ".parquet": _parquet,
    ".feather": _feather,
    ".arrow": _feather,
    ".gpkg": _database,
    ".sqlite": _database,
    ".npz": _arrays,
    ".zip": _members,
    ".xlsx": _members,
    ".pdf": _pdf,
    ".gz": lambda content: gzip.decompress(content).decode("utf-8", "replace"),
}


def found(patterns: dict[str, str], folders: list[Path]) -> dict[str, list[str]]:
    """By what is looked for, given as regular expressions, the files in which it is."""
    hits: dict[str, list[str]] = {what: [] for what in patterns}
    compiled = {what: re.compile(pattern) for what, pattern in patterns.items()}
    for folder in folders:
        for path, text in texts_in(folder):
            for what, pattern in compiled.items():
                if pattern.search(text):
                    hits[what].append(path)
    return hits
