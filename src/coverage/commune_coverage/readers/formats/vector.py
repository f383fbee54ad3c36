"""Vector layers with a reference system, and features as text rows."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyarrow.lib import ArrowException
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError
from shapely.errors import GEOSException

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import MissingCrsError, UnreadableFileError
from commune_coverage.core.gdal_environment import READING
from commune_coverage.core.quarantine import Reason, RowLog, printable
from commune_coverage.readers.formats.row_filter import select_rows
from commune_coverage.readers.parsing.text import LINE, attribute_text, require_unicode
from commune_coverage.readers.safety.companions import COMPANIONS
from commune_coverage.readers.safety.content import check_database, check_json
from commune_coverage.readers.safety.files import check_zip, copy_member, require_file, require_member
from commune_coverage.readers.safety.set_apart import set_apart

PARQUET_SUFFIXES = (".parquet", ".geoparquet")
_JSON = (".geojson", ".json", ".topojson")
_JSON_LINES = (".geojsonl", ".geojsons", ".ndjson", ".jsonl")
# In the order in which members of an archive are looked for: a sidecar's JSON is no rival of a shapefile.
_IN_ARCHIVES = (".shp", ".gpkg", ".kml", ".geojson", ".topojson", ".fgb", ".gml", ".gpx", ".json")
VECTOR_SUFFIXES = (*_IN_ARCHIVES, *_JSON_LINES, ".zip", ".kmz", *PARQUET_SUFFIXES)
_FEATURE_LINES = re.compile(rb'^\s*\{[^\n]*"Feature"[^\n]*\}\s*\n\s*\{[^\n]*"Feature"')
_HEAD_BYTES = 1 << 16
DAMAGED_VECTOR = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    GEOSException,
    ArrowException,
    OSError,
    ValueError,
    IndexError,
)


def read_vector(ref: FileRef, log: RowLog | None = None) -> gpd.GeoDataFrame:
    """Read a vector layer with its reference system.

    Parameters
    ----------
    ref : FileRef
        The file, how it is written and what its columns are called.
    log : RowLog or None
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    GeoDataFrame
        (features,) attributes, geometry and ``line``, the number of the feature from 1.

    Raises
    ------
    UnreadableFileError
        When the file is damaged, holds no geometry, or several layers of which none is named.
    UnsafeArchiveError
        When it could write outside its folder, unpack without end, fetch or run code.
    MissingCrsError
        When it does not state its reference system.
    """
    require_file(ref.path)
    with unpacked(ref) as (path, layer):
        try:
            frame = _read_any_vector(ref, path, layer)
        except DAMAGED_VECTOR as error:
            reason = first_line(error).replace(str(path), ref.path.name)
            raise UnreadableFileError(f"'{ref.path.name}' is not a readable vector file: {reason}") from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise UnreadableFileError(f"'{ref.path.name}' holds a table without geometry")
    frame = frame.set_crs(stated_crs(frame.crs, ref), allow_override=True)
    frame[LINE] = np.arange(1, len(frame) + 1, dtype=np.int64)
    if log is not None:
        log.read += len(frame)
    return select_rows(frame, ref, log)


def stated_crs(own: object, ref: FileRef) -> CRS:
    """Take the reference system that the country file states, else the vector file's own.

    Parameters
    ----------
    own : object
        What the file states, anything that pyproj reads; None for nothing.
    ref : FileRef
        The file, with ``crs`` where the country file states it.

    Returns
    -------
    CRS
        The reference system.

    Raises
    ------
    MissingCrsError
        When there is none, or it is none of the Earth.
    """
    if ref.crs is None and own is None:
        raise MissingCrsError(f"'{ref.path.name}' does not state its coordinate reference system; set crs = \"EPSG:…\"")
    return require_geographic_crs(ref.crs or own, ref.path.name)


def require_geographic_crs(crs: object, name: str) -> CRS:
    """Take a reference system when positions in it can be carried to WGS 84.

    Parameters
    ----------
    crs : object
        Anything that pyproj reads.
    name : str
        The file's name, for messages.

    Returns
    -------
    CRS
        The reference system.

    Raises
    ------
    MissingCrsError
        When it is none of the Earth.
    """
    try:
        system = CRS.from_user_input(crs)
        Transformer.from_crs(system, "EPSG:4326")
    except ProjError as error:
        raise MissingCrsError(
            f"'{name}' has no known coordinate reference system of the Earth; set crs = \"EPSG:…\""
        ) from error
    return system


def layer_names(ref: FileRef) -> list[str]:
    """List the layers of a vector file, in its order.

    Parameters
    ----------
    ref : FileRef
        The file, how it is written and what its columns are called.

    Returns
    -------
    list of str
        Names; none for GeoParquet.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    UnsafeArchiveError
        When it could write outside its folder or unpack without end.
    """
    require_file(ref.path)
    if ref.path.suffix.lower() in PARQUET_SUFFIXES:
        return []
    with unpacked(ref) as (path, _):
        try:
            return [str(name) for name, _ in pyogrio.list_layers(gdal_address(path, ref.path.name))]
        except DAMAGED_VECTOR as error:
            raise UnreadableFileError(f"'{ref.path.name}' is not a readable vector file") from error


def shape_kind(ref: FileRef) -> str:
    """Tell of what kind a vector layer's shapes are, by its declaration.

    Parameters
    ----------
    ref : FileRef
        The file, and which layer in it.

    Returns
    -------
    str
        'points', 'lines' or 'polygons'; '' where the file does not say.
    """
    if ref.path.suffix.lower() in PARQUET_SUFFIXES:
        return ""
    with unpacked(ref) as (path, layer):
        address = gdal_address(path, ref.path.name)
        try:
            declared = str(pyogrio.read_info(address, layer=layer)["geometry_type"]).lower()
            if declared == "unknown":
                first = pyogrio.read_dataframe(address, layer=layer, max_features=20)
                declared = " ".join(first.geometry.geom_type.dropna()).lower()
        except (*DAMAGED_VECTOR, AttributeError):
            return ""
    return next((f"{kind}s" for kind in ("polygon", "line", "point") if kind in declared), "")


@contextmanager
def unpacked(ref: FileRef) -> Iterator[tuple[Path, str | None]]:
    """Give a plain file that GDAL may open, in a folder of our own with nothing but its companions.

    So what is read is what was checked and hashed, whatever sizes and names an archive declares and whatever else lies
    beside a file.

    Parameters
    ----------
    ref : FileRef
        The file, and which layer in it.

    Yields
    ------
    tuple of (Path, str or None)
        The plain file, and the layer in it.

    Raises
    ------
    UnreadableFileError
        When it is no vector file by its name, or holds several layers of which none is named.
    UnsafeArchiveError
        When it could write outside its folder or unpack without end.
    """
    ending = ref.path.suffix.lower()
    if ending not in VECTOR_SUFFIXES:
        raise UnreadableFileError(
            f"'{ref.path.name}' does not end like a vector file; known are {', '.join(VECTOR_SUFFIXES)}"
        )
    if ending not in (".zip", ".kmz"):
        if ending == ".gpkg":
            check_database(ref.path, ref.path.name)
        with set_apart(ref.path) as path:
            yield path, ref.layer
        return
    with check_zip(ref.path) as archive, tempfile.TemporaryDirectory() as folder:
        member = _member(archive, ref)
        ours = Path(folder) / f"member{PurePosixPath(member).suffix.lower()}"
        for part, target in _parts(archive, member, ours):
            copy_member(archive, part, target, ref.path)
        require_member(ours, member, ref.path)
        named = ours.suffix == ".shp" or _is_called(member, ref.layer)
        yield ours, None if named else ref.layer


def _member(archive: zipfile.ZipFile, ref: FileRef) -> str:
    """Return the member to read: the one of the first kind there is; of several the one that ``layer`` names."""
    names = [name for name in archive.namelist() if "__MACOSX" not in name and PurePosixPath(name).name[:1] != "."]
    if ref.path.suffix.lower() == ".kmz":
        names = [name for name in names if name.lower().endswith(".kml")]
        names = [name for name in names if name.lower() == "doc.kml"] or names
    kinds = ([name for name in names if name.lower().endswith(ending)] for ending in _IN_ARCHIVES)
    members = next((names for names in kinds if names), [])
    called = [name for name in members if _is_called(name, ref.layer)]
    if len(called or members) == 1:
        return (called or members)[0]
    if members:
        shown = ", ".join(printable(PurePosixPath(name).stem, 40) for name in members[:20])
        raise UnreadableFileError(f"'{ref.path.name}' holds {len(members)} layers: {shown}; set layer = \"…\"")
    shown = ", ".join(printable(PurePosixPath(name).name, 40) for name in names[:3] if not name.endswith("/"))
    inner = f" (but {shown}: unpack it)" if shown else ""
    raise UnreadableFileError(f"'{ref.path.name}' is not a readable vector file: it holds no layer{inner}")


def _is_called(member: str, layer: str | None) -> bool:
    return layer is not None and layer in (member, PurePosixPath(member).name, PurePosixPath(member).stem)


def _parts(archive: zipfile.ZipFile, member: str, ours: Path) -> Iterator[tuple[str, Path]]:
    """Return the member, and what is read with it where it is a shapefile or GML, with names of our own."""
    yield member, ours
    stem = str(PurePosixPath(member).with_suffix("")).lower()
    beside = {pattern.format(stem=stem, name=member.lower()): pattern for pattern in COMPANIONS[ours.suffix]}
    for name in archive.namelist():
        if name.lower() in beside:
            yield name, ours.with_name(beside[name.lower()].format(stem=ours.stem, name=ours.name))


def _read_any_vector(ref: FileRef, path: Path, layer: str | None) -> gpd.GeoDataFrame:
    ending = path.suffix.lower()
    if ending in PARQUET_SUFFIXES:
        return require_unicode(gpd.read_parquet(path))
    address = gdal_address(path, ref.path.name)
    require_one_layer(ref, address, layer)
    options = {"encoding": ref.encoding} if ref.encoding else {}
    return pyogrio.read_dataframe(address, layer=layer, on_invalid="fix", **options)


def require_one_layer(ref: FileRef, address: str, layer: str | None) -> None:
    """Refuse a file of several layers of which none is named.

    Parameters
    ----------
    ref : FileRef
        The file, for messages.
    address : str
        The file as GDAL opens it.
    layer : str or None
        The layer that is named.

    Raises
    ------
    UnreadableFileError
        When there are several and none is named; the message lists them.
    """
    layers = [str(name) for name, _ in pyogrio.list_layers(address)]
    if layer is None and len(layers) > 1:
        shown = ", ".join(printable(name, 40) for name in layers[:20])
        raise UnreadableFileError(f"'{ref.path.name}' holds {len(layers)} layers: {shown}; set layer = \"…\"")


def gdal_address(path: Path, name: str) -> str:
    """Return the path as GDAL opens it; refuse its virtual datasets, which open other files.

    Parameters
    ----------
    path : Path
        A plain file.
    name : str
        Its name, for messages.

    Returns
    -------
    str
        The path, with the name of the driver where several could read the file.

    Raises
    ------
    UnreadableFileError
        When it is a virtual dataset.
    UnsafeArchiveError
        When it is JSON that states its reference system by a link.
    """
    pyogrio.set_gdal_config_options(READING)
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if b"<OGRVRT" in head or b"gdal_streamed_alg" in head:
        raise UnreadableFileError(f"'{name}' is not a readable vector file: it is a list of steps, not of places")
    if path.suffix.lower() not in (*_JSON, *_JSON_LINES):
        return str(path)
    check_json(path, name)
    if path.suffix.lower() in _JSON_LINES or _FEATURE_LINES.match(head):
        return f"GeoJSONSeq:{path}"
    drivers = {b'"Topology"': "TopoJSON", b'"esriGeometry': "ESRIJSON"}
    return f"{next((driver for mark, driver in drivers.items() if mark in head), 'GeoJSON')}:{path}"


def first_line(error: Exception) -> str:
    """Return the first line of a library's message, printable: it quotes the file.

    Parameters
    ----------
    error : Exception
        The error.

    Returns
    -------
    str
        The line.
    """
    lines = str(error).strip().splitlines()
    return printable(lines[0], 200) if lines else type(error).__name__


def vector_as_text(frame: gpd.GeoDataFrame, log: RowLog) -> pd.DataFrame:
    """Turn features into a text table; those without geometry are quarantined.

    Parameters
    ----------
    frame : GeoDataFrame
        Features in any reference system, with ``line``.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    DataFrame
        (features,) attributes as text, ``lon`` and ``lat`` (degrees, WGS 84) of a point on each, and ``line``.
    """
    absent = (frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    log.set_aside(frame[LINE].to_numpy()[absent], Reason.NO_GEOMETRY)
    frame = frame[~absent]
    shapes = frame.geometry.to_crs("EPSG:4326")
    points = shapes.where(shapes.geom_type == "Point", shapes.representative_point())
    table = pd.DataFrame(frame.drop(columns=[frame.geometry.name, LINE])).apply(attribute_text)
    return table.assign(lon=points.x.astype(object), lat=points.y.astype(object), **{LINE: frame[LINE].to_numpy()})
