"""All layers in one GeoPackage: with aliases and descriptions of columns, metadata, and styles that QGIS takes.

Source: OGC 12-128r18, GeoPackage 1.2, its schema extension; ``layer_styles`` as QGIS keeps them.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyogrio

from commune_coverage.core.errors import DiskError
from commune_coverage.core.files import atomic_write
from commune_coverage.core.quarantine import printable
from commune_coverage.publish.exports import GPKG, multi_polygons, timeless_gdal
from commune_coverage.publish.open_data.about import About
from commune_coverage.publish.open_data.layers import Layer
from commune_coverage.publish.open_data.styles import Style, styles_of
from commune_coverage.schema.inputs import Column

GEOPACKAGE = "commune_coverage.gpkg"
_FURTHER = {"driver": "GPKG", "append": True}
_UNIT_ENDINGS = re.compile(r"_(share|people|min|m|km|km2|mbps|dbm|db|mhz|deg)$")
_SCHEMA_EXTENSION = """
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
  constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
  max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
INSERT INTO gpkg_extensions VALUES
  ('gpkg_data_columns', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema', 'read-write'),
  ('gpkg_data_column_constraints', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema',
   'read-write');
"""


def write_geopackage(layers: Sequence[Layer], folder: Path, publication: About) -> None:
    """Write ``commune_coverage.gpkg``; equal tables give equal bytes.

    Parameters
    ----------
    layers : sequence of Layer
        What is written, in that order.
    folder : Path
        Where the file goes.
    publication : About
        What its metadata say.

    Raises
    ------
    DiskError
        When the file cannot be written.
    """
    try:
        with atomic_write(folder / GEOPACKAGE) as path, timeless_gdal():
            for layer in layers:
                _write_layer(layer, path, publication)
            _write_styles(layers, path)
            _describe_columns(layers, path)
    except (RuntimeError, sqlite3.Error) as error:  # GDAL raises the first
        raise DiskError(f"'{GEOPACKAGE}' could not be written: {printable(str(error), 200)}; see the disk") from error


def _write_layer(layer: Layer, path: Path, publication: About) -> None:
    rows = layer.rows
    pyogrio.write_dataframe(
        rows if layer.is_points else rows.set_geometry(multi_polygons(rows.geometry)),
        path,
        layer=layer.name,
        **(GPKG | {"dataset_metadata": _metadata(publication)} if not path.exists() else _FURTHER),
        layer_options={"IDENTIFIER": layer.name, "DESCRIPTION": layer.sentence},
    )


def _metadata(publication: About) -> dict[str, str]:
    said = {
        "TITLE": publication.title,
        "ABSTRACT": publication.description,
        "LICENCE": " ".join(filter(None, (publication.licence, publication.licence_address))) or "not stated",
        "PUBLISHER": publication.publisher or "not stated",
    }
    return said | {f"SOURCE_{n:02d}": source.sentence for n, source in enumerate(publication.sources, 1)}


def _write_styles(layers: Sequence[Layer], path: Path) -> None:
    """Write the styles as QGIS finds them: one of each layer is taken without being asked for."""
    rows = [_style(layer, style, n == 0) for layer in layers for n, style in enumerate(styles_of(layer.name))]
    if rows:
        pyogrio.write_dataframe(pd.DataFrame(rows), path, layer="layer_styles", **_FURTHER)


def _style(layer: Layer, style: Style, is_default: bool) -> dict[str, str | bool]:
    return {
        "f_table_catalog": "",
        "f_table_schema": "",
        "f_table_name": layer.name,
        "f_geometry_column": "geom",
        "styleName": style.name,
        "styleQML": style.qml(aliases(layer.columns)),
        "styleSLD": "",
        "useAsDefault": is_default,
        "description": style.title,
        "owner": "",
        "ui": "",
        "update_time": "1970-01-01T00:00:00Z",
    }


def _describe_columns(layers: Sequence[Layer], path: Path) -> None:
    rows = [
        (layer.name, column.name, alias, column.sentence)
        for layer in layers
        for column in layer.columns
        if column.kind != "geometry" and (alias := aliases(layer.columns)[column.name])
    ]
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_SCHEMA_EXTENSION)
        database.executemany(
            "INSERT INTO gpkg_data_columns (table_name, column_name, name, description) VALUES (?, ?, ?, ?)", rows
        )


def aliases(columns: Sequence[Column]) -> dict[str, str]:
    """What columns are called for people: 'Internet gap (share)'; the name itself where that would not be its own."""
    words = {column.name: _alias(column) for column in columns}
    taken = list(words.values())
    return {name: alias if taken.count(alias) == 1 else name for name, alias in words.items()}


def _alias(column: Column) -> str:
    plain = _UNIT_ENDINGS.sub("", column.name) if column.unit else column.name
    said = plain.replace("_", " ")
    return f"{said[:1].upper()}{said[1:]}" + (f" ({column.unit})" if column.unit else "")
