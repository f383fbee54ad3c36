"""Rows of Overture Maps as flat tables: one column a fact, a geometry, nothing nested.

The columns are those of the releases of 2024 to 2026 as public code uses them; each that a release lacks is empty.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commune_coverage.core.errors import UnreadableFileError

PLACES = pa.schema(
    {
        "id": pa.string(),
        "name": pa.string(),
        "class": pa.string(),
        "confidence": pa.float64(),
        "operator": pa.string(),
        "geometry": pa.binary(),
    }
)
SEGMENTS = pa.schema(
    {"id": pa.string(), "class": pa.string(), "surface": pa.string(), "maxspeed": pa.string(), "geometry": pa.binary()}
)
# GeoParquet without a reference system is longitude and latitude of WGS 84.
_GEO = {
    "version": "1.1.0",
    "primary_column": "geometry",
    "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}},
}


def flat_places(rows: pa.Table) -> pa.Table:
    """Flatten rows of theme places: class is the primary category, operator the brand's name.

    Parameters
    ----------
    rows : pyarrow.Table
        Rows of an Overture release.

    Returns
    -------
    pyarrow.Table
        (rows,) of ``PLACES``, sorted by id.
    """
    kind = _first(rows, "categories.primary", "basic_category", "taxonomy.primary")
    values = [_first(rows, "id"), _first(rows, "names.primary"), kind, _first(rows, "confidence")]
    return _table(PLACES, [*values, _first(rows, "brand.names.primary"), _first(rows, "geometry")])


def flat_segments(rows: pa.Table) -> pa.Table:
    """Flatten the roads among rows of theme transportation; surface and speed are the first rule's.

    A speed in miles is written as OpenStreetMap writes it, such as "30 mph".

    Parameters
    ----------
    rows : pyarrow.Table
        Rows of an Overture release.

    Returns
    -------
    pyarrow.Table
        (roads,) of ``SEGMENTS``, sorted by id.
    """
    if "subtype" in rows.column_names:
        rows = rows.filter(pc.equal(rows["subtype"], "road"))
    surface = [_surface(rules) for rules in _listed(rows, "road_surface")]
    speed = [_max_speed(rules) for rules in _listed(rows, "speed_limits")]
    values = [_first(rows, "id"), _first(rows, "class"), pa.array(surface, pa.string()), pa.array(speed, pa.string())]
    return _table(SEGMENTS, [*values, _first(rows, "geometry")])


def write_flat(parts: list[pa.Table | Path], schema: pa.Schema, target: Path) -> None:
    """Write flat tables one after the other as one GeoParquet file; equal parts give equal bytes.

    Parameters
    ----------
    parts : list of pyarrow.Table | Path
        Tables, or Parquet files of them.
    schema : pyarrow.Schema
        ``PLACES`` or ``SEGMENTS``.
    target : Path
        The file to write.

    Raises
    ------
    UnreadableFileError
        When a part is damaged.
    """
    with pq.ParquetWriter(target, schema.with_metadata({"geo": json.dumps(_GEO)}), compression="zstd") as writer:
        for part in parts:
            table = part if isinstance(part, pa.Table) else _read_flat(part)
            if table.num_rows:
                writer.write_table(table.cast(schema).replace_schema_metadata(writer.schema.metadata))


def _read_flat(path: Path) -> pa.Table:
    try:
        return pq.read_table(path)
    except pa.ArrowInvalid as error:
        raise UnreadableFileError("a part of an Overture extract is damaged; fetch it again") from error


def _table(schema: pa.Schema, values: list[Any]) -> pa.Table:
    table = pa.table(values, names=schema.names).cast(schema)
    return table.sort_by("id")


def _first(rows: pa.Table, *paths: str) -> Any:
    """Return the first of the columns, nested by dots, that is there; of a later one where the first is empty."""
    columns = [column for path in paths if (column := _at(rows, path.split("."))) is not None]
    if not columns:
        return pa.nulls(rows.num_rows)
    return pc.coalesce(*columns) if len(columns) > 1 else columns[0]


def _at(rows: pa.Table, path: list[str]) -> Any:
    if path[0] not in rows.column_names:
        return None
    column = rows[path[0]]
    for name in path[1:]:
        if not pa.types.is_struct(column.type) or column.type.get_field_index(name) < 0:
            return None
        column = pc.struct_field(column, name)
    return column


def _listed(rows: pa.Table, name: str) -> list[Any]:
    return rows[name].to_pylist() if name in rows.column_names else [None] * rows.num_rows


def _surface(rules: Any) -> str | None:
    return next((rule["value"] for rule in rules or [] if rule and rule.get("value")), None)


def _max_speed(rules: Any) -> str | None:
    limits = [limit for rule in rules or [] if rule and (limit := rule.get("max_speed"))]
    limit = next((limit for limit in limits if limit.get("value") is not None), None)
    if limit is None:
        return None
    return f"{limit['value']} mph" if limit.get("unit") == "mph" else str(limit["value"])
