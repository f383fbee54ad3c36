"""Fixed lines of all files: polygons cut into tiles, addresses with the fastest line of each, shares of areas."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import dataclass, field

import pandas as pd

from commune_coverage.config.layers import FixedFile, FixedLayer
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.declared.claims import ClaimNumbers
from commune_coverage.readers.declared.polygons import PolygonReading, read_polygons
from commune_coverage.readers.declared.tiles import PolygonTiles
from commune_coverage.readers.fixed.addresses import read_addresses
from commune_coverage.readers.fixed.lines import with_lines
from commune_coverage.readers.fixed.shares import read_shares_of_areas
from commune_coverage.readers.formats.vector import shape_kind
from commune_coverage.readers.layer_spec import Assumption, ReadContext, ReadResult
from commune_coverage.schema.inputs import FIXED

FOLDER = "fixed"


@dataclass
class _Reading(PolygonReading):
    """What is read so far; besides polygons addresses and shares of areas, a table for each file."""

    addresses: list[pd.DataFrame] = field(default_factory=list)
    shares: list[pd.DataFrame] = field(default_factory=list)


def read_fixed(layer: FixedLayer, context: ReadContext) -> ReadResult:
    """Read the fixed lines of all files.

    Polygons are written, tile by tile, into the folder ``fixed`` of ``context.folder``, as those of declared coverage.

    Parameters
    ----------
    layer : FixedLayer
        Files of polygons, of addresses or buildings, and tables of shares by area.
    context : ReadContext
        Without an area the files are checked and nothing is written.

    Returns
    -------
    ReadResult
        Table ``fixed``: (lines,) operator, technology and speed of each line with the file that states it.
        ``fixed_addresses`` and ``fixed_shares``: see ``readers.fixed.addresses`` and ``shares``, where a file has them.

    Raises
    ------
    UnreadableFileError
        When a file is damaged.
    MissingCrsError
        When polygons do not state their reference system.
    MissingColumnError
        When a table lacks a column.
    """
    shutil.rmtree(context.folder / FOLDER, ignore_errors=True)
    with ExitStack() as stack:
        tiles = PolygonTiles(context.folder / FOLDER, context.area) if context.area is not None else None
        reading = _Reading(ClaimNumbers(), None if tiles is None else stack.enter_context(tiles))
        logs = [_read_file(number, file, context, reading) for number, file in enumerate(layer.files)]
    lines = reading.claims.table(layer.files, reading.crs).drop(columns=["environment", "date"])
    tables = {"fixed": lines}
    for name, parts in (("fixed_addresses", reading.addresses), ("fixed_shares", reading.shares)):
        if parts:
            tables[name] = pd.concat(parts, ignore_index=True)
    facts = {"lines": len(lines), "repaired_polygons": reading.repaired}
    return ReadResult(tables, logs, facts, assumptions=_assumptions(tables))


def _read_file(number: int, file: FixedFile, context: ReadContext, reading: _Reading) -> RowLog:
    log, area = RowLog("fixed", file.path.name), context.area
    kind = file.kind if file.kind != "vector" else shape_kind(file)
    if kind == "table":
        communes = None if area is None else area.communes
        reading.shares.append(read_shares_of_areas(number, file, communes, reading.claims, log))
    elif kind == "points":
        reading.addresses.append(read_addresses(number, file, area, reading.claims, log))
    else:
        read_polygons(number, file, (FIXED, with_lines), reading, log)
    return log


def _assumptions(tables: dict[str, pd.DataFrame]) -> list[Assumption]:
    kinds = set(tables["fixed"]["kind"])
    texts = {
        "places": "where no polygon and no served address is, there is none" if kinds - {"table"} else "",
        "shares": "shares of households are shares of people" if "table" in kinds else "",
    }
    said = "; ".join(text for text in texts.values() if text)
    return [Assumption("internet", "fixed lines", said, "", "fixed layer")] if said else []
