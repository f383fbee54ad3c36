"""Declared coverage: polygons cut into tiles, rasters looked at, tables of places with people."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import dataclass

import pandas as pd

from commune_coverage.config.layers import CoverageFile, CoverageLayer
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.declared.claims import CLAIM_COLUMNS, ClaimNumbers, claim_of, with_claims
from commune_coverage.readers.declared.lookup import meets
from commune_coverage.readers.declared.places import read_places
from commune_coverage.readers.declared.polygons import PolygonReading, read_polygons
from commune_coverage.readers.declared.tiles import PolygonTiles, bounds_in, tiles_of
from commune_coverage.readers.formats.raster import band_of, crs_of, open_raster
from commune_coverage.readers.formats.vector import require_geographic_crs
from commune_coverage.readers.layer_spec import Assumption, ReadContext, ReadResult
from commune_coverage.schema.inputs import COVERAGE

FOLDER = "coverage"


@dataclass
class _Reading(PolygonReading):
    """What is read so far; besides polygons a table of places."""

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
        read_polygons(number, file, (COVERAGE, with_claims), reading, log)
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


def _assumptions(claims: pd.DataFrame) -> list[Assumption]:
    if claims.empty:
        return []
    text = f"{claims['operator'].nunique():,} operators, newest of {max(claims['date']) or 'no stated day'}"
    return [Assumption("internet", "coverage that operators declare", text, "", "coverage layer")]
