"""Is this file what it claims to be? Checks that come before any parser sees a byte."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO

from commune_coverage.core.errors import MissingFileError, UnreadableFileError, UnsafeArchiveError
from commune_coverage.core.quarantine import printable
from commune_coverage.readers.safety.companions import (
    DATABASE_ENDINGS,
    Listing,
    check_companions,
    check_finished_member,
    companions,
    listing_once,
)
from commune_coverage.readers.safety.content import check_database, root_element
from commune_coverage.readers.safety.file_types import HEAD_BYTES, check_kind
from commune_coverage.readers.safety.virtual_rasters import sources_of

# The largest file that is opened at all: text, XML, JSON and workbooks are read into memory, the others by parts.
# Sizes are as the directory states them; how much is allocated on disk does not count, for it says nothing on a file
# system that compresses. A file of holes is known by its first bytes, which are zeros, or by a hole: text has none.
MAX_TEXT_BYTES = 2 * 1024**3
MAX_DATABASE_BYTES = 8 * 1024**3
MAX_RASTER_BYTES = 32 * 1024**3
MAX_UNPACKED_BYTES = 8 * 1024**3
MAX_UNPACK_RATIO = 200
MAX_MEMBERS = 10_000
_HOLELESS_ENDINGS = (".csv", ".txt", ".tsv", ".gz", ".geojson", ".json", ".topojson", ".kml", ".gpx", ".gml", ".asc")
_RASTER_ENDINGS = (".tif", ".tiff", ".img")
_PACKED_ENDINGS = (*DATABASE_ENDINGS, ".zip", ".kmz", ".pbf", ".fgb", ".parquet", ".geoparquet")
_ARCHIVE_HEADS = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"\xfd7zXZ", b"Rar!")
# The ways of packing that zipfile unpacks by a bounded number of bytes: of others a few bytes can fill the memory.
_BOUNDED_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SMALL_BYTES = 64 * 1024**2
_CHUNK_BYTES = 1 << 20
_REFUSALS = (b"RATE_LIMITED", b"INVALID_TOKEN", b"TOKEN_", b"ERROR:")
_PAGE_STARTS = (b"<!doctype html", b"<html", b'<?xml version="1.0" encoding="utf-8"?><error')
_DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


def require_file(path: Path) -> Path:
    """Check that a file of sensible size that begins as its ending says is there.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Path
        The path itself.

    Raises
    ------
    MissingFileError
        When it is not there, or a folder.
    UnreadableFileError
        When it is empty, too large, sparse, a web page or of another kind than its ending says.
    UnsafeArchiveError
        For XML with a document type, or a virtual raster that points elsewhere.
    """
    return _required(path, listing_once())


def _required(path: Path, listing: Listing) -> Path:
    if path.is_dir():
        raise MissingFileError(f"'{path.name}' is a folder; pack it as a zip archive, or name the file in it")
    if not path.is_file():
        raise MissingFileError(f"'{path.name}' is not there (looked in '{path.parent}')")
    ending, size, limit = path.suffix.lower(), path.stat().st_size, max_bytes(path)
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        if size > limit:
            raise UnreadableFileError(
                f"'{path.name}' has {size:,} bytes, more than the {limit:,} that are read of such a file; split it"
            )
        sniff(head, path.name)
        check_kind(head, ending, path.name)
        if ending in _HOLELESS_ENDINGS and _has_hole(path, size):
            raise UnreadableFileError(
                f"'{path.name}' is partly empty (sparse): it was not wholly written; fetch it again"
            )
        stream.seek(0)
        if ending in (".kml", ".gpx", ".gml", ".vrt"):
            _check_root(stream, ending, path.name)
    if ending == ".vrt":
        for source in sources_of(path):
            _required(source, listing)
    check_companions(path, listing)
    return path


def max_bytes(path: Path) -> int:
    """Give the size of the largest file that is read under this ending.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    int
        Bytes.
    """
    ending = path.suffix.lower()
    if ending in _RASTER_ENDINGS:
        return MAX_RASTER_BYTES
    return MAX_DATABASE_BYTES if ending in _PACKED_ENDINGS else MAX_TEXT_BYTES


def _has_hole(path: Path, size: int) -> bool:
    """Whether a part of the file was never written; False where the file system does not know."""
    with suppress(OSError), path.open("rb", buffering=0) as raw:
        return raw.seek(0, os.SEEK_HOLE) < size
    return False


def _check_root(stream: IO[bytes], ending: str, name: str) -> None:
    root = root_element(stream, name).lower()
    if root not in (ending[1:], "vrtdataset") and not (ending == ".gml" and "collection" in root):
        raise UnreadableFileError(f"'{name}' is not a readable vector file: its XML is no {ending[1:].upper()}")


def sniff(head: bytes, name: str) -> None:
    """Refuse first bytes that are no data at all.

    Parameters
    ----------
    head : bytes
        The first bytes.
    name : str
        The file's name, for messages.

    Raises
    ------
    UnreadableFileError
        When they are empty, a web page or a publisher's refusal.
    """
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise UnreadableFileError(f"'{name}' is empty")
    if start.lower().startswith(_PAGE_STARTS):
        raise UnreadableFileError(f"'{name}' is a web page, not data (an error page saved in its place?)")
    if start.startswith(_REFUSALS):
        raise UnreadableFileError(
            f"'{name}' holds the publisher's refusal, not data; fetch it again with a valid token"
        )


def read_bytes(path: Path) -> bytes:
    """Read a whole file, gunzipped where it is gzip.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bytes
        Its content.

    Raises
    ------
    UnreadableFileError
        When it is damaged or truncated.
    UnsafeArchiveError
        When it unpacks to far more than it should.
    """
    require_file(path)
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = _gunzip(path)
        sniff(data[:HEAD_BYTES], path.name)
        if data.startswith(_ARCHIVE_HEADS):
            raise UnsafeArchiveError(f"'{path.name}' is an archive inside an archive; refused, unpack the inner one")
        check_kind(data[:HEAD_BYTES], ".csv", path.name)
    return data


def _unpack_limit(path: Path, most: int = MAX_UNPACKED_BYTES) -> int:
    return max(_SMALL_BYTES, min(most, path.stat().st_size * MAX_UNPACK_RATIO))


def _gunzip(path: Path) -> bytes:
    limit = _unpack_limit(path, MAX_TEXT_BYTES)
    parts: list[bytes] = []
    size = 0
    try:
        with gzip.open(path) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > limit:
                    raise UnsafeArchiveError(f"'{path.name}' unpacks to more than {limit:,} bytes; refused")
                parts.append(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableFileError(f"'{path.name}' is a damaged or half-written gzip file; fetch it again") from error
    return b"".join(parts)


def check_zip(path: Path) -> zipfile.ZipFile:
    """Open an archive, once no member can escape its folder or explode.

    Parameters
    ----------
    path : Path
        The archive.

    Returns
    -------
    zipfile.ZipFile
        The open archive.

    Raises
    ------
    UnreadableFileError
        When it is no archive, damaged or has a password.
    UnsafeArchiveError
        When a member would leave its folder, or all unpack to far more than they should.
    """
    require_file(path)
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGED_ZIP as error:
        raise UnreadableFileError(f"'{path.name}' is not a readable zip archive") from error
    try:
        _check_members(archive, path)
    except BaseException:
        archive.close()
        raise
    return archive


def _check_members(archive: zipfile.ZipFile, path: Path) -> None:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS or len({member.filename for member in members}) < len(members):
        raise UnsafeArchiveError(f"'{path.name}' holds too many members or two of one name; refused")
    for member in members:
        name = PurePosixPath(member.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or ":" in (name.parts or ("",))[0]:
            raise UnsafeArchiveError(f"'{path.name}' holds a member that would leave its folder; refused")
        if member.flag_bits & 1:
            raise UnreadableFileError(f"'{path.name}' has a password; save it without one")
        if member.compress_type not in _BOUNDED_PACKINGS:
            raise UnsafeArchiveError(f"'{path.name}' is packed in an unusual way; refused, pack it as an ordinary zip")
    size, limit = sum(member.file_size for member in members), _unpack_limit(path)
    if size > limit:
        raise UnsafeArchiveError(f"'{path.name}' unpacks to {size:,} bytes, more than {limit:,}; refused")


def unpack_member(path: Path, suffixes: tuple[str, ...], folder: Path) -> Path:
    """Unpack the one member with such a suffix.

    Parameters
    ----------
    path : Path
        The archive.
    suffixes : tuple[str, ...]
        Endings, lower case.
    folder : Path
        Where it goes, under a name of our own.

    Returns
    -------
    Path
        The unpacked file.

    Raises
    ------
    UnreadableFileError
        When there is none or more than one, or it is damaged.
    UnsafeArchiveError
        As ``check_zip``.
    """
    with check_zip(path) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith(suffixes)]
        if len(names) != 1:
            raise UnreadableFileError(f"'{path.name}' holds {len(names)} members ending in {suffixes}; one is needed")
        target = copy_member(archive, names[0], folder / f"member{Path(names[0]).suffix.lower()}", path)
    return require_member(target, names[0], path)


def copy_member(archive: zipfile.ZipFile, member: str, target: Path, path: Path) -> Path:
    """Unpack one member, no more of it than it declares.

    Parameters
    ----------
    archive : zipfile.ZipFile
        The open archive.
    member : str
        Name of the member.
    target : Path
        Where it goes.
    path : Path
        The archive's path, for messages.

    Returns
    -------
    Path
        ``target``.

    Raises
    ------
    UnreadableFileError
        When the archive is damaged, or the member a database whose last changes lie in another.
    UnsafeArchiveError
        When the member unpacks to more than it declares.
    """
    check_finished_member(archive, member)
    try:
        with archive.open(member) as source, target.open("wb") as sink:
            _copy_at_most(source, sink, archive.getinfo(member).file_size, path.name)
    except _DAMAGED_ZIP as error:
        raise UnreadableFileError(f"'{path.name}' is a damaged zip archive; fetch it again") from error
    return target


def require_member(target: Path, member: str, path: Path) -> Path:
    """Check an unpacked member as ``require_file`` and ``check_database`` check a file.

    Parameters
    ----------
    target : Path
        The unpacked file.
    member : str
        Name of the member, for messages.
    path : Path
        The archive's path, for messages.

    Returns
    -------
    Path
        ``target``.

    Raises
    ------
    UnreadableFileError
        When it is not of the kind that its ending says.
    UnsafeArchiveError
        When it could do more than hold data.
    """
    try:
        require_file(target)
        if target.suffix == ".gpkg":
            check_database(target, path.name)
        elif target.suffix in DATABASE_ENDINGS:
            with suppress(UnreadableFileError):  # the same library reads it next and says which table is missing
                check_database(target, path.name)
    except (UnreadableFileError, UnsafeArchiveError) as error:
        shown = str(error).replace(f"'{target.name}'", f"'{printable(member, 60)}' in '{path.name}'")
        raise type(error)(shown) from error
    return target


def _copy_at_most(source: IO[bytes], sink: IO[bytes], limit: int, name: str) -> None:
    size = 0
    while chunk := source.read(_CHUNK_BYTES):
        size += len(chunk)
        if size > limit:
            raise UnsafeArchiveError(f"'{name}' unpacks to more than it declares; refused")
        sink.write(chunk)


def sha256(path: Path) -> str:
    """Hash a file's bytes; where companions are read with it, their bytes and what each is called too.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        SHA-256, hexadecimal; whatever the file itself is called.
    """
    parts = companions(path)
    if len(parts) == 1:
        return _sha256(path)
    named = [[_role(part, path), _sha256(part)] for part in parts]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()


def _role(part: Path, path: Path) -> str:
    """What a companion is called, without what it shares with the file."""
    return part.relative_to(path.parent).as_posix().removeprefix(path.stem)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
