"""Content that could make a parser run code, read other files or grow without end; refused before a parser sees it."""

from __future__ import annotations

import json
import mmap
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO
from xml.parsers import expat

from commune_coverage.core.errors import UnreadableFileError, UnsafeArchiveError

_CHUNK_BYTES = _CRS_BYTES = 1 << 16
_VIRTUAL = re.compile(r"\bUSING\s+[\"'`\[]?(\w+)", re.IGNORECASE)
_CALL = re.compile(r"[\"'`\[]?(\w+)[\"'`\]]?\s*\(")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_CRS_KEY = re.compile(rb"[\"'](?:c|\\u00[46]3)(?:r|\\u00[57]2)(?:s|\\u00[57]3)[\"']", re.IGNORECASE)
_OTHER_SCHEMAS = ("include", "redefine", "override")
_CRS_TYPES = ("name", "epsg", "ogc")
_INDEX_MODULES = {"rtree", "rtree_i32", "fts3", "fts4", "fts5"}
# What a view or a computed column may call; the words before a bracket that are no functions are here too.
_HARMLESS_TEXT = """
    abs avg cast ceil char coalesce count date datetime floor format glob hex ifnull iif instr julianday length
    like lower ltrim max min nullif printf replace round rtrim sign strftime substr substring sum time total
    trim typeof unicode upper st_minx st_maxx st_miny st_maxy st_isempty st_srid st_geometrytype row_number over
    partition and as by case distinct else exists from in join not on or select then union using values when
    where always
"""
_HARMLESS = frozenset(_HARMLESS_TEXT.split())


def root_element(stream: IO[bytes], name: str) -> str:
    """Read the local name of an XML document's root, and no farther.

    Parameters
    ----------
    stream : IO[bytes]
        The document.
    name : str
        The file's name, for messages.

    Returns
    -------
    str
        The name without its prefix.

    Raises
    ------
    UnsafeArchiveError
        When it declares a document type (entities can only be declared there), in whatever encoding.
    UnreadableFileError
        When it is no XML.
    """
    roots: list[str] = []

    def refuse(*_: object) -> None:
        raise UnsafeArchiveError(f"'{name}' declares an XML document type, which can hold entity bombs; refused")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = lambda tag, _: roots.append(tag.rpartition(":")[2])
    try:
        while not roots and (chunk := stream.read(_CHUNK_BYTES)):
            parser.Parse(chunk, False)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two: an encoding that there is not
        if not roots:
            raise UnreadableFileError(f"'{name}' holds damaged XML; fetch it again") from error
    if not roots:
        raise UnreadableFileError(f"'{name}' holds damaged XML; fetch it again")
    return roots[0]


def check_schema(path: Path) -> None:
    """Refuse a schema beside GML that takes in other schemas, which GDAL would fetch from wherever they are said to be.

    Parameters
    ----------
    path : Path
        The schema, or GDAL's own description of the features.

    Raises
    ------
    UnsafeArchiveError
        When it does, or declares a document type.
    UnreadableFileError
        When it is no XML.
    """
    advice = "delete it, or write the file and its schema anew (ogr2ogr -f GML)"

    def look(tag: str, _: object) -> None:
        if tag.rpartition(":")[2].lower() in _OTHER_SCHEMAS:
            raise UnsafeArchiveError(f"'{path.name}' takes in other schemas; {advice}")

    def refuse(*_: object) -> None:
        raise UnsafeArchiveError(f"'{path.name}' declares an XML document type; {advice}")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.StartDoctypeDeclHandler, parser.EntityDeclHandler = look, refuse, refuse
    try:
        with path.open("rb") as stream:
            parser.ParseFile(stream)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise UnreadableFileError(f"'{path.name}' holds damaged XML; {advice}") from error


def check_json(path: Path, name: str) -> None:
    """Refuse a JSON file that states its reference system by an address, which GDAL would fetch.

    Every string that reads 'crs', however it is quoted or escaped, must be followed by a plain statement.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its name, for messages.

    Raises
    ------
    UnsafeArchiveError
        When it does.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for match in _CRS_KEY.finditer(content):
            after = bytes(content[match.end() : match.end() + _CRS_BYTES]).lstrip()
            if after.startswith((b":", b"/", b"#")) and not _is_plain_crs(after[1:].lstrip()):
                raise UnsafeArchiveError(
                    f"'{name}' states its reference system by a link; refused, set crs and drop it"
                )


def _is_plain_crs(value: bytes) -> bool:
    try:
        crs, _ = json.JSONDecoder().raw_decode(value.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return False
    if not isinstance(crs, dict):
        return True
    return all(str(kind).lower() in _CRS_TYPES for key, kind in crs.items() if key.lower() == "type")


def check_database(path: Path, name: str) -> None:
    """Refuse a SQLite file that could do more than hold rows: foreign modules, code or endless loops in views.

    Triggers cannot fire, for every reader opens the file read-only.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its name, for messages.

    Raises
    ------
    UnsafeArchiveError
        When it could.
    UnreadableFileError
        When it is no database, or damaged.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            rows = connection.execute("SELECT type, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        raise UnreadableFileError(f"'{name}' is not a readable vector file: its database is damaged") from error
    for kind, sql in rows:
        for danger in _dangers(str(kind), _COMMENT.sub(" ", str(sql))):
            raise UnsafeArchiveError(f"'{name}' holds a database that {danger}; refused, export plain tables instead")


def _dangers(kind: str, sql: str) -> Iterator[str]:
    if re.match(r"\s*CREATE\s+VIRTUAL\b", sql, re.IGNORECASE):
        module = _VIRTUAL.search(sql)
        if module is None or module[1].lower() not in _INDEX_MODULES:
            yield "reaches out of itself through a virtual table"
        return
    computed = kind == "table" and re.search(r"\bGENERATED\b|\bAS\s*\(", sql, re.IGNORECASE)
    if kind == "view" and re.search(r"\bRECURSIVE\b", sql, re.IGNORECASE):
        yield "has a view without end"
    if kind == "view":
        body = re.split(r"\bAS\b", sql, maxsplit=1, flags=re.IGNORECASE)[-1]
        if any(call.lower() not in _HARMLESS for call in _CALL.findall(body)):
            yield "calls functions in a view"
    elif computed and any(call.lower() not in _HARMLESS for call in _CALL.findall(sql[computed.start() :])):
        yield "calls functions in a computed column"
