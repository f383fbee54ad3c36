"""A published run read back as rows for the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import shapely

from commune_coverage.core.errors import RunError
from commune_coverage.core.files import read_geo
from commune_coverage.core.run_places import Edition, shown_run_in
from commune_coverage.core.state.declared import MANIFEST, REPORT
from commune_coverage.publish.exports import multi_polygons, read_csv
from commune_coverage.publish.postgis.layout import storable
from commune_coverage.publish.postgis.tables import CSV_TABLES, NATIONAL, RUN_COLUMNS, RUNS
from commune_coverage.schema.inputs import Column, Table

Values = list[Any]
_WGS84 = 4326
_VALUE: dict[str, Callable[[Any], Any]] = {
    "text": lambda value: storable(str(value)),
    "number": float,
    "integer": lambda value: int(float(value)),
    "flag": lambda value: str(value) == "True",
}


class Filled(NamedTuple):
    """A table and its rows, values in the order of its columns; geometry is EWKB in WGS 84."""

    table: Table
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True)
class PublishedRun:
    """``facts`` are the run's values of the columns of ``RUNS``."""

    facts: dict[str, Any]
    tables: list[Filled]


def latest_run(data_dir: Path, edition: Edition = "public") -> Path:
    """The folder of the newest published run, which stays the same when another is published meanwhile.

    Raises RunError where none is.
    """
    if not (data_dir / "latest").is_dir():
        raise RunError(f"no published run in '{data_dir}'; commune-coverage run country.toml publishes one")
    return shown_run_in(data_dir, edition).resolve()


def read_published(run_folder: Path) -> PublishedRun:
    """All that goes into the database of the run in ``run_folder``. Raises RunError when it is none."""
    try:
        report, manifest = REPORT.read(run_folder / "report.json"), MANIFEST.read(run_folder / "manifest.json")
        tables = [_commune_gaps(run_folder), *(_of_csv(run_folder, table) for table in CSV_TABLES)]
    except FileNotFoundError as error:
        name = Path(error.filename).name
        raise RunError(f"'{run_folder}' is not a published run: it lacks {name}; name a folder in runs/") from None
    national = [(figure, _value(NATIONAL["value"], value)) for figure, value in sorted(report["national"].items())]
    return PublishedRun(_facts(report, manifest), [*tables, Filled(NATIONAL, national)])


def _facts(report: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    country = report["country"]
    names, versions = country["name"], manifest["versions"]
    facts = {
        "run_id": report["run_id"],
        "status": report["status"],
        "country_code": country["code"],
        "country_name": names.get("en", names[country["languages"][0]]),
        "synthetic_layers": ", ".join(report["synthetic_layers"]),
        "held_layers": ", ".join(report["held_layers"]),
        "software_version": versions["commune-coverage"],
        "code_hash": versions["code"],
    }
    known = {name: _value(RUNS[name], value) for name, value in facts.items()}
    return known | {"run_date": date.fromisoformat(report["run_date"]), "is_latest": True}


def _commune_gaps(folder: Path) -> Filled:
    """The commune table as its own data dictionary declares it, without what is stored once a run."""
    frame = read_geo(folder / "commune_gaps.parquet").to_crs(_WGS84)
    declared = tuple(
        Column(row["column"], row["kind"], row["meaning"], row["unit"])  # type: ignore[arg-type]
        for row in read_csv(folder / "data_dictionary.csv")
        if row["column"] not in RUN_COLUMNS
    )
    columns = [
        _ewkb(multi_polygons(frame.geometry)) if column.kind == "geometry" else _values(column, frame[column.name])
        for column in declared
    ]
    table = Table("commune_gaps", "The gaps of each commune in internet, delivery and payment.", declared)
    return Filled(table, list(zip(*columns, strict=True)))


def _of_csv(folder: Path, table: Table) -> Filled:
    """A published CSV; no rows where the run has none, no value where an older one lacks a column."""
    source = folder / f"{table.name}.csv"
    lines = read_csv(source) if source.is_file() else []
    columns = [
        _points(lines) if column.kind == "geometry" else _values(column, [line.get(column.name) for line in lines])
        for column in table.columns
    ]
    return Filled(table, list(zip(*columns, strict=True)))


def _points(lines: list[dict[str, str]]) -> Values:
    return _ewkb([shapely.Point(float(line["lon"]), float(line["lat"])) for line in lines])


def _ewkb(shapes: Iterable[shapely.Geometry]) -> Values:
    return [shapely.to_wkb(shapely.set_srid(shapely.force_2d(shape), _WGS84), include_srid=True) for shape in shapes]


def _values(column: Column, values: Iterable[Any]) -> Values:
    return [_value(column, value) for value in values]


def _value(column: Column, value: Any) -> Any:
    """None for what is missing; of a text that is there, though empty, itself."""
    if pd.isna(value) or (value == "" and column.kind != "text"):
        return None
    return _VALUE[column.kind](value)
