"""The files that are read with a file: all of them make the figures, so that all are hashed and kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from commune_coverage.core.errors import CoverageError, UnreadableFileError
from commune_coverage.readers.safety.virtual_rasters import SOURCE_ENDINGS, sources_of

_SHAPEFILE = (".shp", ".dbf", ".shx", ".prj", ".cpg")
# World files and reference systems beside a raster; overviews and masks have the whole name before their ending.
_OF_RASTERS = (".tfw", ".tifw", ".tiffw", ".wld", ".prj", ".ige", ".rrd", ".hdr", ".aux")
_BEHIND_RASTERS = (".ovr", ".msk", ".msk.ovr")
_OF_GML = (".xsd", ".gfs")
_UNFINISHED = ("-wal", "-journal")
_NOTES_BYTES = 1 << 24
_DECISIVE = re.compile(rb"<(NoDataValue|SRS|GeoTransform|GCPList|Scale|Offset|UnitType|CategoryNames)\b")
_DATABASES = (".gpkg", ".sqlite", ".sqlite3", ".db")


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
    return list(dict.fromkeys(part for part in _named(path) if part == path or part.is_file()))


def _named(path: Path) -> Iterator[Path]:
    ending = path.suffix.lower()
    yield path
    if ending == ".shp":
        yield from (path.with_suffix(suffix) for suffix in _SHAPEFILE)
    elif ending in (*SOURCE_ENDINGS, ".vrt"):
        yield from (path.with_suffix(suffix) for suffix in _OF_RASTERS)
        yield from (path.with_name(path.name + suffix) for suffix in _BEHIND_RASTERS)
        if ending == ".vrt":
            yield from (part for source in _sources(path) for part in _named(source))
    elif ending == ".gml":
        yield from (path.with_suffix(suffix) for suffix in _OF_GML)


def _sources(path: Path) -> list[Path]:
    """Of a virtual raster that is refused where it is opened, none."""
    try:
        return sources_of(path)
    except CoverageError:
        return []


def check_notes(path: Path) -> None:
    """Refuse notes beside a raster (PAM) that say what its values mean or where they lie; they are not read.

    Parameters
    ----------
    path : Path
        The raster.

    Raises
    ------
    UnreadableFileError
        When there are such notes; statistics and histograms are none.
    """
    notes = path.with_name(path.name + ".aux.xml")
    if path.suffix.lower() not in (*SOURCE_ENDINGS, ".vrt") or not notes.is_file():
        return
    with notes.open("rb") as stream:
        found = _DECISIVE.findall(stream.read(_NOTES_BYTES))
    if found:
        named = ", ".join(sorted({name.decode() for name in found}))
        raise UnreadableFileError(
            f"'{notes.name}' says of '{path.name}' what is not in it ({named}) and is not read; write it into the"
            " raster (gdal_translate) and delete the notes"
        )


def check_finished(path: Path) -> None:
    """Refuse a database whose last changes lie in another file.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    UnreadableFileError
        When another program has not finished with it.
    """
    if path.suffix.lower() not in _DATABASES:
        return
    for ending in _UNFINISHED:
        beside = path.with_name(path.name + ending)
        if beside.is_file() and beside.stat().st_size > 0:
            raise UnreadableFileError(
                f"'{path.name}' was not closed by the program that wrote it: changes lie in '{beside.name}';"
                " close that program, or export the file anew"
            )
