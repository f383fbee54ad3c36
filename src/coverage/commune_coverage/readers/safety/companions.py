"""The files that are read with a file: all of them make the figures, so that all are hashed and kept, or refused."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from commune_coverage.core.errors import CoverageError, UnreadableFileError
from commune_coverage.core.quarantine import printable
from commune_coverage.readers.safety.content import check_schema
from commune_coverage.readers.safety.file_types import HEAD_BYTES, check_kind
from commune_coverage.readers.safety.virtual_rasters import SOURCE_ENDINGS, sources_of

_OF_RASTERS = ("{name}.ovr", "{name}.msk", "{name}.msk.ovr", "{name}.aux", "{stem}.aux", "{stem}.rrd", "{stem}.prj")
_WHERE_IT_LIES = ("{stem}.tfw", "{stem}.tifw", "{stem}.tiffw", "{stem}.wld", "{stem}.tab", "{stem}.xml")
_OF_IMAGERY = ("{stem}.imd", "{stem}.rpb", "{stem}.pvl", "{stem}_rpc.txt", "{stem}_metadata.txt", "{stem}_mtl.txt")
_OF_TIFF = (*_OF_RASTERS, *_WHERE_IT_LIES, *_OF_IMAGERY)
OF_CELLS = (".ovr", ".msk")
"""Endings of overviews and masks, which are GeoTIFF, and have overviews and masks themselves."""
_LINES = (".geojsonl", ".geojsons", ".ndjson", ".jsonl")
_ALONE = (".gpkg", ".geojson", ".json", ".topojson", ".kml", ".gpx", ".fgb", ".parquet", ".geoparquet", ".zip", ".kmz")
COMPANIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((".tif", ".tiff", *OF_CELLS), _OF_TIFF),
    ".img": (*_OF_RASTERS, "{stem}.ige"),
    **dict.fromkeys((".asc", ".vrt"), _OF_RASTERS),
    ".shp": ("{stem}.dbf", "{stem}.shx", "{stem}.prj", "{stem}.cpg"),
    ".gml": ("{stem}.xsd", "{stem}.gfs"),
    **dict.fromkeys((*_ALONE, *_LINES), ()),
}
"""Of each ending that GDAL may open, the names of what it reads beside such a file, in capitals or not."""
Listing = Callable[[Path], dict[str, list[str]]]
_UNFINISHED = ("-wal", "-journal")
_NOTES_BYTES = 1 << 24
_DECISIVE = re.compile(rb"<(NoDataValue|SRS|GeoTransform|GCPList|Scale|Offset|UnitType|CategoryNames)\b")
DATABASE_ENDINGS = (".gpkg", ".sqlite", ".sqlite3", ".db")


def companions(path: Path) -> list[Path]:
    """List a file and those that are read with it: parts of a shapefile, of a raster, of a virtual raster, of GML.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of Path
        Those that are there, the file first; all lie below its folder.
    """
    return list(dict.fromkeys(_with_beside(path, listing_once())))


def listing_once() -> Listing:
    """Give a way to list folders that looks into each once; a virtual raster has thousands of parts in one."""
    return cache(_names_in)


def _names_in(folder: Path) -> dict[str, list[str]]:
    """Names of what lies in a folder, by what they are without regard to capitals."""
    names: dict[str, list[str]] = {}
    for name in sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []:
        names.setdefault(name.lower(), []).append(name)
    return names


def _with_beside(path: Path, listing: Listing) -> Iterator[Path]:
    yield path
    yield from _beside(path, listing)
    if path.suffix.lower() == ".vrt":
        yield from (part for source in _sources(path) for part in _with_beside(source, listing))


def _beside(path: Path, listing: Listing) -> Iterator[Path]:
    for pattern in COMPANIONS.get(path.suffix.lower(), ()):
        named = pattern.format(stem=path.stem, name=path.name).lower()
        for part in map(path.with_name, listing(path.parent).get(named, ())):
            if part.is_file():
                yield from (part, *(_beside(part, listing) if part.suffix.lower() in OF_CELLS else ()))


def _sources(path: Path) -> list[Path]:
    """Of a virtual raster that is refused where it is opened, none."""
    try:
        return sources_of(path)
    except CoverageError:
        return []


def check_companions(path: Path, listing: Listing) -> None:
    """Refuse a file beside which lies what would change it and is not read with it, or what reads further files.

    Parameters
    ----------
    path : Path
        The file.
    listing : Listing
        As ``listing_once`` gives it.

    Raises
    ------
    UnreadableFileError
        When another program has not finished with it, notes beside a raster say what is not in it, or its overviews or
        its mask are no GeoTIFF.
    UnsafeArchiveError
        When a schema beside it takes in others.
    """
    _check_finished(path)
    _check_notes(path, listing)
    for part in _beside(path, listing):
        if path.suffix.lower() == ".gml":
            check_schema(part)
        elif part.suffix.lower() in OF_CELLS:
            # GDAL goes by content and would open a virtual raster of files that lie anywhere.
            with part.open("rb") as stream:
                check_kind(stream.read(HEAD_BYTES), ".tif", part.name)


def _check_notes(path: Path, listing: Listing) -> None:
    """Refuse notes beside a raster (PAM) that say what its values mean or where they lie; they are not read.

    Statistics and histograms do not.
    """
    if path.suffix.lower() not in (*SOURCE_ENDINGS, ".vrt"):
        return
    for name in listing(path.parent).get(f"{path.name}.aux.xml".lower(), ()):
        with path.with_name(name).open("rb") as stream:
            found = _DECISIVE.findall(stream.read(_NOTES_BYTES))
        if found:
            named = ", ".join(sorted({element.decode() for element in found}))
            raise UnreadableFileError(
                f"'{name}' says of '{path.name}' what is not in it ({named}) and is not read; write it into the"
                " raster (gdal_translate) and delete the notes"
            )


def _check_finished(path: Path) -> None:
    """Refuse a database whose last changes lie in another file: beside the file itself, whatever link leads to it."""
    if path.suffix.lower() not in DATABASE_ENDINGS:
        return
    database = path.resolve()
    for ending in _UNFINISHED:
        beside = database.with_name(database.name + ending)
        if beside.is_file() and beside.stat().st_size > 0:
            raise _unfinished(path.name, beside.name)


def check_finished_member(archive: zipfile.ZipFile, member: str) -> None:
    """Refuse a database in an archive whose last changes lie in another member.

    Parameters
    ----------
    archive : zipfile.ZipFile
        The open archive.
    member : str
        Name of the database in it.

    Raises
    ------
    UnreadableFileError
        When the program that wrote it had not finished with it.
    """
    if not member.lower().endswith(DATABASE_ENDINGS):
        return
    for ending in _UNFINISHED:
        if any(each.filename == member + ending and each.file_size for each in archive.infolist()):
            raise _unfinished(printable(member, 60), printable(member + ending, 60))


def _unfinished(name: str, beside: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"'{name}' was not closed by the program that wrote it: changes lie in '{beside}';"
        " close that program, or export the file anew"
    )
