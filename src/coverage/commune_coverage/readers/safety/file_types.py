"""What a file with each ending must begin with. Parsers go by content, so a wrong beginning never reaches one.

GDAL would else open a virtual dataset (which names other files) under any ending.
"""

from __future__ import annotations

from commune_coverage.core.errors import UnreadableFileError

HEAD_BYTES = 1024
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_SQLITE = (b"SQLite format 3\x00",)
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_JSON = (b"{", b"\x1e{")
_LINES = (".geojsonl", ".geojsons", ".ndjson", ".jsonl")
_GRID = (b"ncols", b"nrows", b"xllcorner", b"yllcorner", b"xllcenter", b"yllcenter", b"cellsize", b"dx", b"dy")
_XML = (b"<", b"\xff\xfe<", b"\xfe\xff\x00<")

# ending -> (what such a file is called, how it may begin after white space and a byte order mark)
_KINDS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    **dict.fromkeys((".tif", ".tiff"), ("whole raster: it does not begin like a GeoTIFF", _TIFF)),
    ".img": ("whole raster: it does not begin like an ERDAS image", (b"EHFA_HEADER_TAG",)),
    ".asc": ("whole raster: it does not begin like an ASCII grid", (*_GRID, *(word.upper() for word in _GRID))),
    ".vrt": ("whole raster: it does not begin like a virtual raster", (b"<VRTDataset",)),
    ".gpkg": ("readable vector file: it does not begin like a GeoPackage", _SQLITE),
    **dict.fromkeys((".sqlite", ".sqlite3", ".db"), ("readable SQLite database", _SQLITE)),
    **dict.fromkeys((".zip", ".kmz"), ("readable zip archive", _ZIP)),
    **dict.fromkeys((".xlsx", ".xlsm"), ("readable XLSX workbook", _ZIP)),
    ".shp": ("readable vector file: it does not begin like a shapefile", (b"\x00\x00\x27\x0a",)),
    **dict.fromkeys(
        (".geojson", ".json", ".topojson", *_LINES), ("readable vector file: it does not begin like JSON", _JSON)
    ),
    **dict.fromkeys((".kml", ".gpx", ".gml"), ("readable vector file: it does not begin like XML", _XML)),
    ".fgb": ("readable vector file: it does not begin like FlatGeobuf", (b"fgb",)),
    **dict.fromkeys((".parquet", ".geoparquet"), ("readable vector file: it does not begin like Parquet", (b"PAR1",))),
}
_TEXT_ENDINGS = (".csv", ".txt", ".tsv")
_NO_TEXT = {
    b"PK\x03\x04": "a workbook or zip archive; give it the ending .xlsx or .zip",
    b"\x1f\x8b": "a gzip file; give it the ending .gz",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save it as .xlsx",
    b"%PDF": "a PDF document; export its table as .csv or .xlsx",
    b"SQLite format 3": "a database; give it the ending .gpkg or zip it",
    b"<VRTDataset": "a virtual raster; name the file that it points to",
}
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def check_kind(head: bytes, ending: str, name: str) -> None:
    """Check that the first bytes can belong to a file with this ending.

    Parameters
    ----------
    head : bytes
        The first bytes.
    ending : str
        The ending, lower case, with its point.
    name : str
        The file's name, for messages.

    Raises
    ------
    UnreadableFileError
        When they cannot.
    """
    if head and not head.strip(b"\x00"):
        raise UnreadableFileError(f"'{name}' begins with nothing but zeros: it was never written; fetch it again")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if head.startswith(_OLD_EXCEL):
        raise UnreadableFileError(f"'{name}' is an old Excel workbook or has a password; save it as .xlsx without one")
    if ending in _KINDS:
        called, beginnings = _KINDS[ending]
        if not (head.startswith(beginnings) or start.startswith(beginnings)):
            raise UnreadableFileError(f"'{name}' is not a {called}")
    if ending in _TEXT_ENDINGS:
        kind = next((what for mark, what in _NO_TEXT.items() if start.startswith(mark)), None)
        if kind:
            raise UnreadableFileError(f"'{name}' is not text but {kind}")
