"""A vector layer some features at a time, so that a file may be larger than the memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.formats.parquet import is_plain_parquet
from commune_coverage.readers.formats.row_filter import select_rows
from commune_coverage.readers.formats.vector import (
    DAMAGED_VECTOR,
    PARQUET_SUFFIXES,
    first_line,
    gdal_address,
    require_one_layer,
    stated_crs,
    unpacked,
)
from commune_coverage.readers.parsing.text import LINE, require_unicode
from commune_coverage.readers.safety.files import require_file

_BATCH_BYTES = 32 << 20
_MAX_FEATURES = 20_000
_UNKNOWN_FEATURES = 1000


def vector_batches(ref: FileRef, log: RowLog) -> Iterator[gpd.GeoDataFrame]:
    """Read a vector layer with its reference system, about 32 MB of features at a time.

    Parameters
    ----------
    ref : FileRef
        The file, how it is written and what its columns are called.
    log : RowLog
        Counts and notes of the file; changed in place.

    Yields
    ------
    GeoDataFrame
        (features,) attributes, geometry and ``line``, the number of the feature from 1; rings that are not closed are
        closed, shapes that cannot be read are none.

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
    first = 1
    with unpacked(ref) as (path, layer):
        try:
            for frame in _frames(ref, path, layer):
                lines = np.arange(first, first + len(frame), dtype=np.int64)
                first += len(frame)
                log.read += len(frame)
                yield select_rows(frame.assign(**{LINE: lines}), ref, log)
        except DAMAGED_VECTOR as error:
            reason = first_line(error).replace(str(path), ref.path.name)
            raise UnreadableFileError(f"'{ref.path.name}' is not a readable vector file: {reason}") from error


def _frames(ref: FileRef, path: Path, layer: str | None) -> Iterator[gpd.GeoDataFrame]:
    if path.suffix.lower() in PARQUET_SUFFIXES:
        yield from _parquet_frames(ref, path)
        return
    address = gdal_address(path, ref.path.name)
    require_one_layer(ref, address, layer)
    features = int(pyogrio.read_info(address, layer=layer)["features"])
    options: dict[str, Any] = {"encoding": ref.encoding} if ref.encoding else {}
    rows = _rows_at_once(path.stat().st_size, features)
    with pyogrio.open_arrow(address, layer=layer, batch_size=rows, use_pyarrow=True, **options) as (meta, reader):
        if meta["geometry_type"] is None:
            raise UnreadableFileError(f"'{ref.path.name}' holds a table without geometry")
        crs = stated_crs(meta["crs"], ref)
        for batch in reader:
            yield _frame(batch, meta["geometry_name"] or "wkb_geometry", crs)


def _parquet_frames(ref: FileRef, path: Path) -> Iterator[gpd.GeoDataFrame]:
    if is_plain_parquet(path):
        raise UnreadableFileError(f"'{ref.path.name}' holds a table without geometry")
    file = pq.ParquetFile(path)
    geo = json.loads(file.schema_arrow.metadata[b"geo"])
    name = geo["primary_column"]
    if geo["columns"][name]["encoding"] != "WKB":
        raise UnreadableFileError(f"'{ref.path.name}' does not hold its shapes as WKB; export it again")
    # GeoParquet 1.1: a column that says nothing of its system is in longitude and latitude.
    crs = stated_crs(geo["columns"][name].get("crs", "OGC:CRS84"), ref)
    for batch in file.iter_batches(_rows_at_once(path.stat().st_size, file.metadata.num_rows)):
        yield _frame(batch, name, crs)


def _rows_at_once(file_bytes: int, features: int) -> int:
    if features <= 0:
        return _UNKNOWN_FEATURES
    return max(1, min(_MAX_FEATURES, features * _BATCH_BYTES // max(file_bytes, 1)))


def _frame(batch: pa.RecordBatch, name: str, crs: Any) -> gpd.GeoDataFrame:
    at = batch.schema.get_field_index(name)
    shapes = shapely.from_wkb(batch.column(at).to_numpy(zero_copy_only=False), on_invalid="fix")
    others = [number for number in range(batch.num_columns) if number != at]
    return gpd.GeoDataFrame(require_unicode(batch.select(others).to_pandas()), geometry=shapes, crs=crs)
