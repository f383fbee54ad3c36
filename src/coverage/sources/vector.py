"""Vector layers with a reference system, and features as text rows."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyarrow.lib import ArrowException
from shapely.errors import GEOSException

from coverage.country import FileRef
from coverage.errors import MissingCrsError, UnreadableFileError
from coverage.quarantine import Reason, RowLog, printable
from coverage.sources.files import check_zip, require_file

LINE = "line"
_DAMAGED_VECTOR = (
    pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, GEOSException, ArrowException, OSError, ValueError,
    IndexError,
)  # fmt: skip


def cell_text(value: object) -> str:
    """A cell or attribute as text: '' for nothing, whole floats without '.0'."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def read_vector(ref: FileRef, log: RowLog | None = None) -> gpd.GeoDataFrame:
    """A vector layer with a CRS, ``line`` being the feature number from 1.

    Raises UnreadableFileError or MissingCrsError.
    """
    require_file(ref.path)
    address = str(ref.path)
    if ref.path.suffix.lower() == ".zip":
        check_zip(ref.path).close()
        address = f"/vsizip/{address}"
    try:
        frame = _read_any_vector(ref, address)
    except _DAMAGED_VECTOR as error:
        raise UnreadableFileError(f"'{ref.path.name}' is not a readable vector file: {_first_line(error)}") from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise UnreadableFileError(f"'{ref.path.name}' holds a table without geometry")
    if ref.crs is not None:
        frame = frame.set_crs(ref.crs, allow_override=True)
    if frame.crs is None:
        raise MissingCrsError(f"'{ref.path.name}' does not state its coordinate reference system; set crs = \"EPSG:…\"")
    frame[LINE] = np.arange(1, len(frame) + 1, dtype=np.int64)
    if log is not None:
        log.read += len(frame)
    return frame


def _read_any_vector(ref: FileRef, address: str) -> gpd.GeoDataFrame:
    if ref.path.suffix.lower() in (".parquet", ".geoparquet"):
        return gpd.read_parquet(ref.path)
    layers = [str(name) for name, _ in pyogrio.list_layers(address)]
    if ref.layer is None and len(layers) > 1:
        shown = ", ".join(printable(name, 40) for name in layers[:20])
        raise UnreadableFileError(f"'{ref.path.name}' holds {len(layers)} layers: {shown}; set layer = \"…\"")
    options = {"encoding": ref.encoding} if ref.encoding else {}
    return pyogrio.read_dataframe(address, layer=ref.layer, on_invalid="fix", **options)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__


def vector_as_text(frame: gpd.GeoDataFrame, log: RowLog) -> pd.DataFrame:
    """Features as a text table: their attributes plus lon and lat (WGS 84) of a point on each."""
    absent = (frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    log.set_aside(frame[LINE].to_numpy()[absent], Reason.NO_GEOMETRY)
    frame = frame[~absent]
    shapes = frame.geometry.to_crs("EPSG:4326")
    points = shapes.where(shapes.geom_type == "Point", shapes.representative_point())
    table = pd.DataFrame(frame.drop(columns=[frame.geometry.name, LINE])).apply(attribute_text)
    return table.assign(lon=points.x.astype(object), lat=points.y.astype(object), **{LINE: frame[LINE].to_numpy()})


def attribute_text(values: pd.Series) -> pd.Series:
    """Attribute values as text: whole floats without '.0', missing ones as ''."""
    return values.map(lambda value: "" if pd.isna(value) else cell_text(value)).astype(object)
