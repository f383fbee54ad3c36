"""Layers of an edition: its areas, and its tables of points, with the kinds of their columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from commune_coverage.core.files import read_geo
from commune_coverage.publish.exports import read_csv
from commune_coverage.publish.open_data.areas import area_layers
from commune_coverage.publish.open_data.table_files import COMMUNES, TableFile
from commune_coverage.schema.inputs import Column

_WGS84 = "EPSG:4326"
_FLAGS = {"True": True, "False": False}


class Layer(NamedTuple):
    """A layer of an edition: its name, what a row is, what its columns are, the rows in WGS 84."""

    name: str
    sentence: str
    columns: tuple[Column, ...]
    rows: gpd.GeoDataFrame

    @property
    def is_points(self) -> bool:
        """Whether its shapes are points, and not areas."""
        return bool((self.rows.geometry.geom_type == "Point").all())


def layers_of(tables: Sequence[TableFile]) -> Iterator[Layer]:
    """List the layers of an edition.

    Parameters
    ----------
    tables : sequence of TableFile
        All tables of an edition. ``commune_gaps.parquet`` lies beside that of the communes.

    Yields
    ------
    Layer
        Communes, provinces and districts, then every table of points that has rows.
    """
    for table in tables:
        if table.name == COMMUNES:
            communes = read_geo(table.path.with_suffix(".parquet")).to_crs(_WGS84)
            yield Layer("communes", table.sentence, table.columns, communes)
            yield from (Layer(*layer) for layer in area_layers(communes))
        elif table.has("lon", "lat") and (rows := read_csv(table.path)):
            frame = _frame(table, rows)
            points = gpd.points_from_xy(frame["lon"], frame["lat"], crs=_WGS84)
            yield Layer(table.name, table.sentence, table.columns, gpd.GeoDataFrame(frame, geometry=points))


def _frame(table: TableFile, rows: Sequence[dict[str, str]]) -> pd.DataFrame:
    """Rows of a CSV file as the kinds of its columns; a number that is not there is missing, a text is ''."""
    return pd.DataFrame({one.name: _typed(one.kind, [row[one.name] for row in rows]) for one in table.columns})


def _typed(kind: str, texts: list[str]) -> pd.Series:
    if kind == "flag":
        return pd.Series([_FLAGS.get(text) for text in texts], dtype="boolean")
    if kind == "integer":
        return pd.Series([int(text) if text else None for text in texts], dtype="Int64")
    if kind == "number":
        return pd.Series([float(text) if text else np.nan for text in texts], dtype="float64")
    return pd.Series(texts, dtype="str")
