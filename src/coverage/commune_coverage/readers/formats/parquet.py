"""Parquet files without geometry of their own: tables, perhaps with positions in a column of bytes (WKB)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import EmptyTableError, UnreadableFileError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.parsing.text import LINE, attribute_text, require_unicode
from commune_coverage.readers.safety.files import require_file

SUFFIXES = (".parquet", ".geoparquet")


def is_plain_parquet(path: Path) -> bool:
    """Tell whether a file is a Parquet file that declares no geometry.

    Parameters
    ----------
    path : Path
        Any file; what cannot be read is none.

    Returns
    -------
    bool
        Whether it is.
    """
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    try:
        return b"geo" not in (pq.read_schema(path).metadata or {})
    except (OSError, pa.ArrowException):
        return False


def parquet_rows(ref: FileRef, log: RowLog) -> pd.DataFrame:
    """Read a Parquet table as text; a column of WKB gives ``lon`` and ``lat`` of a point on each shape.

    Parameters
    ----------
    ref : FileRef
        The file; its ``crs`` is that of its positions.
    log : RowLog
        Counts and notes of the file; changed in place.

    Returns
    -------
    DataFrame
        (rows,) text columns and ``line``, the number of the row from 1.

    Raises
    ------
    UnreadableFileError
        When the file is damaged or has no row.
    """
    try:
        frame = require_unicode(pd.read_parquet(require_file(ref.path)))
    except (OSError, ValueError, pa.ArrowException) as error:
        raise UnreadableFileError(f"'{ref.path.name}' is not a whole Parquet file; export it again") from error
    if frame.empty:
        raise EmptyTableError(f"'{ref.path.name}' has no rows")
    log.read += len(frame)
    binary = [name for name in frame.columns if _is_binary(frame[name])]
    points = _points(frame, binary, log) if not {"lon", "lat"} <= set(frame.columns) else {}
    texts = frame.drop(columns=binary).apply(attribute_text).assign(**points)
    return texts.assign(**{LINE: np.arange(1, len(frame) + 1, dtype=np.int64)})


def _is_binary(values: pd.Series) -> bool:
    filled = values.dropna()
    return len(filled) > 0 and isinstance(filled.iloc[0], bytes)


def _points(frame: pd.DataFrame, binary: list[str], log: RowLog) -> dict[str, pd.Series]:
    for name in binary:
        shapes = shapely.from_wkb(frame[name].to_numpy(dtype=object), on_invalid="ignore")
        if (~shapely.is_missing(shapes)).any():
            points = shapely.point_on_surface(shapes)
            log.note(f"{log.file}: positions are taken from '{name}' (WKB)")
            x, y = (pd.Series(axis(points), frame.index) for axis in (shapely.get_x, shapely.get_y))
            return {"lon": attribute_text(x), "lat": attribute_text(y)}
    return {}
