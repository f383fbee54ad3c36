"""The commune table as users take it away: GeoParquet, GeoPackage, CSV, and a dictionary of its columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from commune_coverage.core.errors import DiskError
from commune_coverage.core.files import atomic_write
from commune_coverage.core.quarantine import printable
from commune_coverage.schema.inputs import Table

SIX_DECIMALS = "%.6f"
_ROWS_AT_ONCE = 5_000
GPKG = {"driver": "GPKG", "dataset_options": {"VERSION": "1.2"}}
"""The version that GDAL and QGIS of ten years read without a warning."""
_NO_TIME = "1970-01-01T00:00:00.000Z"
_FORMULA = re.compile(r"(^|[;\t\n])(?=[=+\-@\t])")
_WITH_APOSTROPHE = re.compile(r"(^|[;\t\n])'(?=[=+\-@\t])")


def export_commune_gaps(table: gpd.GeoDataFrame, declared: Table, folder: Path) -> None:
    """Write commune_gaps.parquet, .gpkg and .csv, and what the columns are; equal tables give equal bytes."""
    write_zstd(folder / "commune_gaps.parquet", table)
    _write_gpkg(table, folder / "commune_gaps.gpkg")
    attributes = pd.DataFrame(table.drop(columns=table.geometry.name))
    write_csv(with_whole_numbers(attributes, declared), folder / "commune_gaps.csv")
    write_dictionary(declared, folder / "data_dictionary.csv")


def _write_gpkg(table: gpd.GeoDataFrame, target: Path) -> None:
    shapes = multi_polygons(table.geometry)
    try:
        with atomic_write(target) as path, timeless_gdal():
            pyogrio.write_dataframe(table.set_geometry(shapes), path, layer="commune_gaps", **GPKG)
    except RuntimeError as error:  # which GDAL's errors are
        raise DiskError(f"'{target.name}' could not be written: {printable(str(error), 200)}; see the disk") from error


@contextmanager
def timeless_gdal() -> Iterator[None]:
    """GDAL stamps files with the time of writing, which would change those of equal tables: here it does not."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _NO_TIME})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def multi_polygons(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Polygons and multipolygons, all as multipolygons."""
    return shapes.map(lambda shape: shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape]))


def write_csv(frame: pd.DataFrame, target: Path) -> None:
    """UTF-8 with a byte order mark, so that spreadsheets show Khmer; texts that would run as formulas are quoted."""
    # The codec that writes the mark itself encodes every row by Python.
    with atomic_write(target) as path, path.open("w", encoding="utf-8", newline="") as stream:
        stream.write("\ufeff")
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(frame.columns)
        for start in range(0, len(frame), _ROWS_AT_ONCE):
            rows = frame.iloc[start : start + _ROWS_AT_ONCE]
            writer.writerows(zip(*(_texts(rows[name]) for name in rows.columns), strict=True))


def write_zstd(target: Path, frame: pd.DataFrame) -> None:
    """A table for others, as (Geo)Parquet 1.1 with Zstandard; shapes have a covering by which readers skip rows."""
    with atomic_write(target) as path:
        if isinstance(frame, gpd.GeoDataFrame):
            frame.to_parquet(path, False, "zstd", schema_version="1.1.0", write_covering_bbox=True)
        else:
            frame.to_parquet(path, index=False, compression="zstd")


def with_whole_numbers(frame: pd.DataFrame, declared: Table) -> pd.DataFrame:
    """The table with the columns that are declared as integers held as such, though some be missing."""
    names = [column.name for column in declared.columns if column.kind == "integer" and column.name in frame]
    floats = [name for name in names if pd.api.types.is_float_dtype(frame[name].dtype)]
    return frame.assign(**{name: frame[name].astype("Int64") for name in floats if _is_whole(frame[name])})


def _is_whole(values: pd.Series) -> bool:
    known = values.dropna().to_numpy(np.float64)
    return bool((known == np.floor(known)).all() and np.isfinite(known).all())


def _texts(values: pd.Series) -> list[str]:
    """A column as it is written; what is missing is ''."""
    if pd.api.types.is_float_dtype(values.dtype):
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan).tolist()
        return ["" if number != number else SIX_DECIMALS % number for number in numbers]  # noqa: PLR0124
    cells = values.to_numpy(dtype=object)
    known = {cell: _safe(cell) for cell in {cell for cell in cells if isinstance(cell, str)}}
    return [
        known[cell] if isinstance(cell, str) else "" if is_missing else str(cell)
        for cell, is_missing in zip(cells, pd.isna(cells), strict=True)
    ]


def _safe(value: str) -> str:
    """No formula, nor one behind what parts cells in many countries (semicolon, tab, new line), and no lone CR.

    The csv module leaves a CR without quotes where it would end the row.
    """
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return _FORMULA.sub(r"\1'", text)


def read_csv(source: Path) -> list[dict[str, str]]:
    """The rows of what ``write_csv`` wrote, column -> text, without the apostrophes before would-be formulas."""
    with source.open(encoding="utf-8-sig", newline="") as stream:
        return [{name: _as_it_was(text) for name, text in row.items()} for row in csv.DictReader(stream)]


def _as_it_was(text: str) -> str:
    return _WITH_APOSTROPHE.sub(r"\1", text)


def write_dictionary(declared: Table, target: Path) -> None:
    """One row per column of the commune table: kind, unit, bounds, values and what it says."""
    rows = [
        {
            "column": column.name,
            "kind": column.kind,
            "unit": column.unit,
            "minimum": column.minimum,
            "maximum": column.maximum,
            "values": " | ".join(column.values),
            "meaning": column.sentence,
        }
        for column in declared.columns
    ]
    write_csv(pd.DataFrame(rows), target)
