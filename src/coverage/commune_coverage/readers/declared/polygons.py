"""Polygons that declare something: read some features at a time, repaired, numbered by their claims, cut into tiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.declared.claims import ClaimNumbers
from commune_coverage.readers.declared.tiles import PolygonTiles
from commune_coverage.readers.formats.vector_batches import vector_batches
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows
from commune_coverage.schema.inputs import Table

ClaimsOf = Callable[[pd.DataFrame, Any, RowLog], pd.DataFrame]
"""Gives rows that were checked ``CLAIM_COLUMNS``, by the rows themselves or the settings of their file."""


@dataclass
class PolygonReading:
    """What is read so far: claims, where polygons go (None without an area), repaired ones, systems by file."""

    claims: ClaimNumbers
    tiles: PolygonTiles | None
    repaired: int = 0
    crs: dict[int, str] = field(default_factory=dict)


def read_polygons(number: int, file: Any, means: tuple[Table, ClaimsOf], reading: PolygonReading, log: RowLog) -> None:
    """Read the polygons of a file into tiles; invalid ones are repaired, what is no polygon is quarantined.

    Parameters
    ----------
    number : int
        Number of the file.
    file : FileRef
        Its section of the country file.
    means : tuple of Table and function
        The columns that features may have, and what makes claims of them.
    reading : PolygonReading
        Takes claims, polygons and reference system; changed in place.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingCrsError
        When it does not state its reference system.
    """
    table, claims_of = means
    before = reading.repaired
    for batch in vector_batches(file, log):
        reading.crs[number] = batch.crs.to_string()
        shapes = batch.geometry.to_numpy()
        is_area = (shapely.get_dimensions(shapes) == 2) & ~shapely.is_empty(shapes)
        usable = is_area & np.isfinite(shapely.bounds(shapes)).all(axis=1)
        log.set_aside(batch.loc[~usable, LINE], Reason.NO_GEOMETRY)
        picked = pick_columns(pd.DataFrame(batch[usable]), table, file)
        rows = claims_of(check_rows(picked, table, log, file.number_format), file, log)
        _place(number, rows, batch.loc[rows.index], reading, log)
    if reading.repaired > before:
        log.note(f"{reading.repaired - before:,} invalid polygons were repaired")


def _place(number: int, rows: pd.DataFrame, frame: gpd.GeoDataFrame, reading: PolygonReading, log: RowLog) -> None:
    """Repair polygons and write their parts into the tiles that they touch."""
    shapes = shapely.force_2d(frame.geometry.to_numpy())
    invalid = ~shapely.is_valid(shapes)
    shapes[invalid] = shapely.make_valid(shapes[invalid])
    parts, feature = shapely.get_parts(shapes, return_index=True)
    is_area = (shapely.get_dimensions(parts) == 2) & ~shapely.is_empty(parts)
    parts, feature = parts[is_area], feature[is_area]
    has_area = np.isin(np.arange(len(rows)), feature)
    reading.repaired += int((invalid & has_area).sum())
    log.set_aside(rows.loc[~has_area, LINE], Reason.NO_GEOMETRY)
    pairs = reading.tiles.touched(parts, frame.crs) if reading.tiles is not None else (feature, np.arange(len(parts)))
    is_near = np.isin(np.arange(len(rows)), feature[pairs[1]])
    log.leave_outside(rows.loc[has_area & ~is_near, LINE].tolist())
    log.kept += int(is_near.sum())
    claim = np.full(len(rows), -1)
    claim[is_near] = reading.claims.number(number, rows[is_near])
    if reading.tiles is not None:
        reading.tiles.add(number, claim[feature], parts, frame.crs, pairs)
