"""Declared coverage: polygons cut into tiles, rasters looked at, tables of places with people."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from commune_coverage.config.layers import CoverageFile, CoverageLayer
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.declared.claims import CLAIM_COLUMNS, ClaimNumbers, claim_of, with_claims
from commune_coverage.readers.declared.lookup import meets
from commune_coverage.readers.declared.places import read_places
from commune_coverage.readers.declared.tiles import PolygonTiles, bounds_in, tiles_of
from commune_coverage.readers.formats.raster import band_of, crs_of, open_raster
from commune_coverage.readers.formats.vector import require_geographic_crs
from commune_coverage.readers.formats.vector_batches import vector_batches
from commune_coverage.readers.layer_spec import Assumption, ReadContext, ReadResult
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows
from commune_coverage.schema.inputs import COVERAGE

FOLDER = "coverage"


@dataclass
class _Reading:
    """What is read so far: claims, reference systems of polygons, and where these go (None without an area)."""

    claims: ClaimNumbers
    tiles: PolygonTiles | None
    repaired: int = 0
    crs: dict[int, str] = field(default_factory=dict)
    places: pd.DataFrame | None = None


def read_coverage(layer: CoverageLayer, context: ReadContext) -> ReadResult:
    """Read the declared coverage of all files, some features at a time.

    Polygons are written, tile by tile, into the folder ``coverage`` of ``context.folder``, in the reference system of
    their file; invalid ones are repaired and counted. Quarantined are features that are no polygon, that lack an
    operator or a technology, or whose technology, environment or date is none. A raster counts as one row. What touches
    no tile of the country is out of area.

    Parameters
    ----------
    layer : CoverageLayer
        Files of polygons, rasters, and at most one table of places with people.
    context : ReadContext
        Without an area the files are checked and nothing is written.

    Returns
    -------
    ReadResult
        Table ``coverage``: (claims,) who declares what, and in which file. Table ``coverage_places``: of a table of
        places, see ``readers.declared.places``.

    Raises
    ------
    UnreadableFileError
        When a file is damaged.
    MissingCrsError
        When polygons or a raster do not state their reference system.
    MissingColumnError
        When a table of places lacks a column.
    """
    shutil.rmtree(context.folder / FOLDER, ignore_errors=True)
    with ExitStack() as stack:
        tiles = PolygonTiles(context.folder / FOLDER, context.area) if context.area is not None else None
        reading = _Reading(ClaimNumbers(), None if tiles is None else stack.enter_context(tiles))
        logs = [_read_file(number, file, context, reading) for number, file in enumerate(layer.files)]
    claims = reading.claims.table(layer.files, reading.crs)
    facts = {
        "claims": len(claims),
        "operators": sorted(set(claims["operator"])),
        "repaired_polygons": reading.repaired,
        "newest": max(claims["date"], default=""),
    }
    tables = {"coverage": claims}
    if reading.places is not None:
        tables["coverage_places"] = reading.places
    return ReadResult(tables, logs, facts, assumptions=_assumptions(claims))


def _read_file(number: int, file: CoverageFile, context: ReadContext, reading: _Reading) -> RowLog:
    log = RowLog("coverage", file.path.name)
    if file.kind == "raster":
        _look_at_raster(number, file, context, reading, log)
    elif file.kind == "places":
        reading.places = read_places(number, file, context.area, reading.claims, log)
    else:
        _read_polygons(number, file, reading, log)
    return log


def _look_at_raster(number: int, file: CoverageFile, context: ReadContext, reading: _Reading, log: RowLog) -> None:
    """A raster is one row, out of area where it meets no tile; its cells are read when they are looked up."""
    log.read = 1
    with open_raster(file) as source:
        crs, band = crs_of(source, file), band_of(source, file)
        band.stored((0, 0, 1, 1))
        log.note(f"{source.width} x {source.height} cells")
        if context.area is not None:
            bounds = bounds_in(context.area, tiles_of(context.area), require_geographic_crs(crs, file.path.name))
            if not meets(source, bounds):
                log.leave_outside([1])
                return
    log.kept = 1
    rows = pd.DataFrame([claim_of(file)], columns=CLAIM_COLUMNS)
    reading.claims.number(number, rows)


def _read_polygons(number: int, file: CoverageFile, reading: _Reading, log: RowLog) -> None:
    before = reading.repaired
    for batch in vector_batches(file, log):
        reading.crs[number] = batch.crs.to_string()
        shapes = batch.geometry.to_numpy()
        is_area = (shapely.get_dimensions(shapes) == 2) & ~shapely.is_empty(shapes)
        usable = is_area & np.isfinite(shapely.bounds(shapes)).all(axis=1)
        log.set_aside(batch.loc[~usable, LINE], Reason.NO_GEOMETRY)
        picked = pick_columns(pd.DataFrame(batch[usable]), COVERAGE, file)
        rows = with_claims(check_rows(picked, COVERAGE, log, file.number_format), file, log)
        _place(number, rows, batch.loc[rows.index], reading, log)
    if reading.repaired > before:
        log.note(f"{reading.repaired - before:,} invalid polygons were repaired")


def _place(number: int, rows: pd.DataFrame, frame: gpd.GeoDataFrame, reading: _Reading, log: RowLog) -> None:
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


def _assumptions(claims: pd.DataFrame) -> list[Assumption]:
    if claims.empty:
        return []
    text = f"{claims['operator'].nunique():,} operators, newest of {max(claims['date']) or 'no stated day'}"
    return [Assumption("internet", "coverage that operators declare", text, "", "coverage layer")]
