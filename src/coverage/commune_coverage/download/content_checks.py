"""Are the fetched bytes whole, and what the source should give? Asked before they get their final name."""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import rasterio

from commune_coverage.core.errors import UnreadableFileError, UnsafeArchiveError
from commune_coverage.core.gdal_environment import READING
from commune_coverage.download.catalogue import Format
from commune_coverage.readers.formats.osm import overpass_elements
from commune_coverage.readers.formats.raster import DAMAGED_RASTER
from commune_coverage.readers.safety.files import MAX_UNPACKED_BYTES, check_zip, sniff

_CHUNK_BYTES = 1 << 20
_MAX_PARSED_BYTES = 256 << 20
_STARTS: dict[Format, tuple[bytes, ...]] = {
    "geotiff": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    "csv": (b"",),
    "csv-gz": (b"\x1f\x8b",),
    "xlsx": (b"PK\x03\x04",),
    "gpkg": (b"SQLite format 3\x00",),
    "overpass": (b"{",),
    "geojson": (b"{",),
    "json": (b"{", b"["),
    "parquet": (b"PAR1",),
    "zip": (b"PK\x03\x04",),
}
_ENDS: dict[Format, tuple[bytes, ...]] = {
    "geojson": (b"}",),
    "json": (b"}", b"]"),
    "overpass": (b"}",),
    "parquet": (b"PAR1",),
}
_PBF_MARK = b"OSMHeader"


def check_content(path: Path, form: Format, name: str) -> None:
    """Raise UnreadableFileError or UnsafeArchiveError when the bytes are not a whole file of that format."""
    with path.open("rb") as stream:
        head = stream.read(1024)
        stream.seek(max(0, path.stat().st_size - 1024))
        tail = stream.read().rstrip()
    sniff(head, name)
    if not _starts_like(head, form):
        raise UnreadableFileError(f"'{name}' is not {form} data")
    if form in _ENDS and not tail.endswith(_ENDS[form]):
        raise UnreadableFileError(f"'{name}' is cut short")
    if form in _CHECKS:
        _CHECKS[form](path, name)


def _starts_like(head: bytes, form: Format) -> bool:
    if form == "osm-pbf":
        return _PBF_MARK in head[:64]
    text = form in ("json", "geojson", "overpass")
    return (head.lstrip(b"\xef\xbb\xbf \t\r\n") if text else head).startswith(_STARTS[form])


def _check_gzip(path: Path, name: str) -> None:
    size = 0
    try:
        with gzip.open(path) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                if size == 0:
                    sniff(chunk[:1024], name)
                size += len(chunk)
                if size > MAX_UNPACKED_BYTES:
                    raise UnsafeArchiveError(f"'{name}' unpacks to more than {MAX_UNPACKED_BYTES:,} bytes; refused")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableFileError(f"'{name}' is a damaged or half-written gzip file") from error
    if size == 0:
        raise UnreadableFileError(f"'{name}' is empty")


def _check_geotiff(path: Path, name: str) -> None:
    """The last block is read: a file that was cut lacks it."""
    try:
        with rasterio.Env(**READING), rasterio.open(path, driver="GTiff") as raster:
            _, window = list(raster.block_windows(raster.count))[-1]
            raster.read(raster.count, window=window)
    except DAMAGED_RASTER as error:
        raise UnreadableFileError(f"'{name}' is a damaged or half-written GeoTIFF") from error


def _check_zip(path: Path, name: str) -> None:
    try:
        with check_zip(path) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise UnreadableFileError(f"'{name}' is a damaged zip archive") from error
    if damaged is not None:
        raise UnreadableFileError(f"'{name}' is a damaged zip archive")


def _check_json(path: Path, name: str) -> None:
    """A cut that ends in a bracket is detected by parsing; what is too large for that is judged by its end only."""
    if path.stat().st_size > _MAX_PARSED_BYTES:
        return
    try:
        json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(f"'{name}' is cut short or is no JSON") from error


def _check_parquet(path: Path, name: str) -> None:
    try:
        pq.read_metadata(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableFileError(f"'{name}' is cut short or is no Parquet file") from error


_CHECKS: dict[Format, Callable[[Path, str], object]] = {
    "csv-gz": _check_gzip,
    "zip": _check_zip,
    "xlsx": _check_zip,
    "geotiff": _check_geotiff,
    "overpass": overpass_elements,
    "geojson": _check_json,
    "json": _check_json,
    "parquet": _check_parquet,
}


def check_md5(path: Path, published: bytes, name: str) -> None:
    """Raise UnreadableFileError unless the file has the checksum that ``published`` starts with."""
    expected = published.split()[0].decode("ascii", "replace").lower() if published.split() else ""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if digest != expected:
        raise UnreadableFileError(f"'{name}' does not have the checksum that its publisher states")
