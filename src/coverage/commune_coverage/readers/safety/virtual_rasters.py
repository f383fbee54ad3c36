"""Virtual rasters of GDAL (VRT): which are read, by white lists, and the rasters that they are made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree as Xml

from commune_coverage.core.errors import MissingFileError, UnreadableFileError, UnsafeArchiveError

SOURCE_ENDINGS = (".tif", ".tiff", ".img", ".asc")
_MAX_BYTES = 64 << 20
_SOURCES = ("SimpleSource", "ComplexSource")
_RECTANGLE = ("xOff", "yOff", "xSize", "ySize")
# Each element that a mosaic or a change of unit is made of, and the attributes that it may have.
_ALLOWED: dict[str, tuple[str, ...]] = {
    "VRTDataset": ("rasterXSize", "rasterYSize"),
    "SRS": ("dataAxisToSRSAxisMapping", "coordinateEpoch"),
    "GeoTransform": (),
    "VRTRasterBand": ("dataType", "band", "blockXSize", "blockYSize"),
    "NoDataValue": (),
    "HideNoDataValue": (),
    "ColorInterp": (),
    "Description": (),
    "UnitType": (),
    "Offset": (),
    "Scale": (),
    "SimpleSource": ("resampling",),
    "ComplexSource": ("resampling",),
    "SourceFilename": ("relativeToVRT", "relativetoVRT", "shared"),
    "SourceBand": (),
    "SourceProperties": ("RasterXSize", "RasterYSize", "DataType", "BlockXSize", "BlockYSize"),
    "SrcRect": _RECTANGLE,
    "DstRect": _RECTANGLE,
    "NODATA": (),
    "ScaleOffset": (),
    "ScaleRatio": (),
    # What these hold decides no value; they hold texts alone.
    "Metadata": (),
    "MDI": ("key",),
}
_INSIDE = {
    "VRTDataset": ("SRS", "GeoTransform", "VRTRasterBand", "Metadata"),
    "VRTRasterBand": (
        "NoDataValue", "HideNoDataValue", "ColorInterp", "Description", "UnitType", "Offset", "Scale", "Metadata",
        *_SOURCES,
    ),
    "Metadata": ("MDI",),
    **dict.fromkeys(
        _SOURCES,
        (
            "SourceFilename", "SourceBand", "SourceProperties", "SrcRect", "DstRect", "NODATA", "ScaleOffset",
            "ScaleRatio",
        ),
    ),
}  # fmt: skip
_NAME = re.compile(r"[^<>:&\\\x00-\x1f]+")
_MARKED = re.compile(rb"<[!?]")
_DECLARATION = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<\?xml[^<>]*\?>")


def sources_of(path: Path) -> list[Path]:
    """List the rasters that a virtual raster is made of.

    Elements, attributes and sources are held to white lists: what else GDAL would do for a virtual raster, such as
    opening what is not a file, running a pixel function or warping, is no part of a mosaic.

    Parameters
    ----------
    path : Path
        The virtual raster.

    Returns
    -------
    list of Path
        Each once, in the order of the file, below its folder once links are followed.

    Raises
    ------
    UnreadableFileError
        When it is no XML.
    UnsafeArchiveError
        When it is a link, holds what is not on the lists, or a source is no raster in its folder.
    MissingFileError
        When a source is not there.
    """
    if path.is_symlink():  # GDAL looks for sources beside what a link leads to
        raise UnsafeArchiveError(f"'{path.name}' is a link to a virtual raster; name that file itself")
    root = _parsed(path)
    _require(path, root.tag == "VRTDataset", f"begins with '{root.tag}'")
    for element in root.iter():
        _check_element(path, element)
    names = list(dict.fromkeys(_named_sources(path, root)))
    return [_inside(path, name) for name in names]


def _parsed(path: Path) -> Xml.Element:
    content = path.read_bytes()[: _MAX_BYTES + 1]
    _require(path, len(content) <= _MAX_BYTES, "is too long")
    # Without comments, sections and entities any two parsers read the same.
    body = _DECLARATION.sub(b"", content, count=1)
    _require(path, not _MARKED.search(body), "has comments, sections or a document type")
    try:
        return Xml.fromstring(content)  # noqa: S314 - a document type, which entities need, was refused
    except (Xml.ParseError, ValueError, LookupError) as error:
        raise UnreadableFileError(f"'{path.name}' holds damaged XML; fetch it again") from error


def _check_element(path: Path, element: Xml.Element) -> None:
    allowed = _ALLOWED.get(element.tag)
    _require(path, allowed is not None, f"has an element '{element.tag}'")
    for name in element.attrib:
        _require(path, name in (allowed or ()), f"has an attribute '{name}' of '{element.tag}'")
    inside = _INSIDE.get(element.tag, ())
    for child in element:
        _require(path, child.tag in inside, f"has an element '{child.tag}' in '{element.tag}'")
    if element.tag == "SourceBand":
        _require(path, (element.text or "").strip().isdecimal(), "takes a mask for a band")


def _named_sources(path: Path, root: Xml.Element) -> Iterator[str]:
    for source in (element for kind in _SOURCES for element in root.iter(kind)):
        files = source.findall("SourceFilename")
        _require(path, len(files) == 1, "has a source of no file")
        named, relative = files[0].text or "", {**files[0].attrib}
        is_below = relative.get("relativeToVRT", relative.get("relativetoVRT")) == "1"
        if not (is_below and _NAME.fullmatch(named)) or named != named.strip():
            _outside(path)
        yield named


def _inside(path: Path, name: str) -> Path:
    folder, source = path.parent.resolve(), path.parent / name
    if not source.resolve().is_relative_to(folder):
        _outside(path)
    if source.suffix.lower() not in SOURCE_ENDINGS or source.resolve().suffix.lower() not in SOURCE_ENDINGS:
        _require(path, False, f"has a source that is none of {', '.join(SOURCE_ENDINGS)}")
    if not source.is_file():
        raise MissingFileError(f"'{source.name}', of which '{path.name}' is made, is not there")
    return source


def _outside(path: Path) -> NoReturn:
    raise UnsafeArchiveError(f"'{path.name}' points to a file outside its folder; refused, name that file itself")


def _require(path: Path, is_so: bool, what: str) -> None:
    if not is_so:
        raise UnsafeArchiveError(
            f"'{path.name}' {what}, which no plain virtual raster has; name a raster (gdal_translate writes one)"
        )
