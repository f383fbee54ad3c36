"""Is this file what it claims to be? Checks that come before any parser sees a byte."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from coverage.errors import MissingFileError, UnreadableFileError, UnsafeArchiveError

MAX_UNPACKED_BYTES = 8 * 1024**3
MAX_UNPACK_RATIO = 200
_SMALL_BYTES = 64 * 1024**2
_CHUNK_BYTES = 1 << 20
_REFUSALS = (b"RATE_LIMITED", b"INVALID_TOKEN", b"TOKEN_", b"ERROR:")
_PAGE_STARTS = (b"<!doctype html", b"<html", b'<?xml version="1.0" encoding="utf-8"?><error')


def require_file(path: Path) -> Path:
    """The path itself, when a non-empty file that is not an error page is there.

    Raises MissingFileError or UnreadableFileError.
    """
    if not path.is_file():
        raise MissingFileError(f"'{path.name}' is not there (looked in '{path.parent}')")
    with path.open("rb") as stream:
        sniff(stream.read(1024), path.name)
    return path


def sniff(head: bytes, name: str) -> None:
    """Raise UnreadableFileError when the first bytes are no data at all."""
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
    """The whole content, gunzipped where it is gzip, checked against truncation and bombs."""
    require_file(path)
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = _gunzip(path)
        sniff(data[:1024], path.name)
    return data


def _gunzip(path: Path) -> bytes:
    limit = max(_SMALL_BYTES, min(MAX_UNPACKED_BYTES, path.stat().st_size * MAX_UNPACK_RATIO))
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
    """The opened archive, once no member can escape its folder or explode.

    Raises UnreadableFileError or UnsafeArchiveError.
    """
    require_file(path)
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise UnreadableFileError(f"'{path.name}' is not a readable zip archive") from error
    for name in archive.namelist():
        member = PurePosixPath(name.replace("\\", "/"))
        if member.is_absolute() or ".." in member.parts or ":" in member.parts[0]:
            raise UnsafeArchiveError(f"'{path.name}' holds a member that would leave its folder; refused")
    size = sum(member.file_size for member in archive.infolist())
    limit = max(_SMALL_BYTES, min(MAX_UNPACKED_BYTES, path.stat().st_size * MAX_UNPACK_RATIO))
    if size > limit:
        raise UnsafeArchiveError(f"'{path.name}' unpacks to {size:,} bytes, more than {limit:,}; refused")
    return archive


def unpack_member(path: Path, suffixes: tuple[str, ...], folder: Path) -> Path:
    """Unpack the one member with such a suffix into ``folder`` under a name of our own."""
    with check_zip(path) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith(suffixes)]
        if len(names) != 1:
            raise UnreadableFileError(f"'{path.name}' holds {len(names)} members ending in {suffixes}; one is needed")
        target = folder / f"member{Path(names[0]).suffix.lower()}"
        declared = archive.getinfo(names[0]).file_size
        try:
            with archive.open(names[0]) as source, target.open("wb") as sink:
                _copy_at_most(source, sink, declared, path.name)
        except (zipfile.BadZipFile, EOFError, zlib.error, OSError, RuntimeError) as error:
            raise UnreadableFileError(f"'{path.name}' is a damaged zip archive; fetch it again") from error
    return target


def _copy_at_most(source: IO[bytes], sink: IO[bytes], limit: int, name: str) -> None:
    size = 0
    while chunk := source.read(_CHUNK_BYTES):
        size += len(chunk)
        if size > limit:
            raise UnsafeArchiveError(f"'{name}' unpacks to more than it declares; refused")
        sink.write(chunk)


def sha256(path: Path) -> str:
    """Hash of a file's bytes; a shapefile's companions are part of it."""
    digest = hashlib.sha256()
    for part in companions(path):
        with part.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
    return digest.hexdigest()


def companions(path: Path) -> list[Path]:
    """The file and, for a shapefile, those that belong to it."""
    if path.suffix.lower() != ".shp":
        return [path]
    suffixes = (".shp", ".dbf", ".shx", ".prj", ".cpg")
    return [part for part in (path.with_suffix(suffix) for suffix in suffixes) if part.is_file()]
