"""A Frictionless data package beside the CSV files, and for each the types of its columns as GDAL reads them.

Source: Data Package, https://specs.frictionlessdata.io; of ``.csvt`` files https://gdal.org/drivers/vector/csv.html.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from commune_coverage.core.files import atomic_write, read_json, write_json
from commune_coverage.publish.open_data.about import About, Source
from commune_coverage.publish.open_data.table_files import TableFile
from commune_coverage.readers.safety.files import sha256
from commune_coverage.schema.inputs import Column

DATA_PACKAGE = "datapackage.json"
_TYPES = {"text": "string", "number": "number", "integer": "integer", "flag": "boolean"}
_GDAL_TYPES = {"text": "String", "number": "Real", "integer": "Integer64", "flag": "String"}
_COORDINATES = {"lon": "CoordX", "lat": "CoordY"}
_DIALECT = {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True, "header": True}
_QUOTED = "A text that a spreadsheet would run as a formula begins with an apostrophe."


def write_data_package(tables: Iterable[TableFile], folder: Path, publication: About) -> None:
    """Describe tables in ``datapackage.json`` and the types of each one's columns in ``<name>.csvt``.

    Parameters
    ----------
    tables : iterable of TableFile
        All lie in one folder.
    folder : Path
        Where the descriptions go: to lie beside the tables when they are published.
    publication : About
        What is said of all of them.
    """
    resources = [_described(table, folder) for table in tables]
    write_json(folder / DATA_PACKAGE, _package(publication) | {"resources": resources})


def extend_data_package(tables: Iterable[TableFile], folder: Path) -> None:
    """Describe further tables in the package of a folder, all in the order of their names."""
    package = read_json(folder / DATA_PACKAGE)
    further = [_described(table, folder) for table in tables]
    resources = sorted([*package["resources"], *further], key=lambda resource: str(resource["name"]))
    write_json(folder / DATA_PACKAGE, package | {"resources": resources})


def _described(table: TableFile, folder: Path) -> dict[str, Any]:
    types = [_gdal_type(column, table) for column in table.columns]
    with atomic_write(folder / f"{table.name}.csvt") as path:
        path.write_text(",".join(f'"{each}"' for each in types) + "\n", encoding="ascii")
    return _resource(table)


def _gdal_type(column: Column, table: TableFile) -> str:
    """The type of a column; longitude and latitude, where there are both, make points of the rows."""
    if column.name in _COORDINATES and table.has(*_COORDINATES):
        return _COORDINATES[column.name]
    return _GDAL_TYPES.get(column.kind, "String")


def _package(publication: About) -> dict[str, Any]:
    licence: dict[str, str] = {"name": publication.licence}
    if publication.licence_address:
        licence |= {"path": publication.licence_address}
    return {
        "profile": "tabular-data-package",
        "name": f"commune-coverage-{publication.code.lower()}",
        "title": publication.title,
        "description": f"{publication.description} {_QUOTED}",
        **({"licenses": [licence]} if publication.licence else {}),
        **({"contributors": [_publisher(publication)]} if publication.publisher else {}),
        "sources": [_source(source) for source in publication.sources],
    }


def _publisher(publication: About) -> dict[str, str]:
    return {"title": publication.publisher, "role": "publisher"}


def _source(source: Source) -> dict[str, str]:
    return {"title": source.sentence}


def _resource(table: TableFile) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": table.path.name,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": table.path.stat().st_size,
        "hash": f"sha256:{sha256(table.path)}",
        "dialect": _DIALECT,
        "schema": {"fields": [_field(column) for column in table.columns], "missingValues": [""]},
        **({"description": table.sentence} if table.sentence else {}),
    }


def _field(column: Column) -> dict[str, Any]:
    """A column; its bounds are those that are declared, which the checks of each run hold it against."""
    bounds = {"minimum": column.minimum, "maximum": column.maximum}
    constraints: dict[str, Any] = {name: value for name, value in bounds.items() if value is not None}
    field: dict[str, Any] = {"name": column.name, "type": _TYPES.get(column.kind, "string")}
    if column.kind == "flag":
        field |= {"trueValues": ["True"], "falseValues": ["False"]}
    if column.sentence:
        field |= {"description": f"{column.sentence} Unit: {column.unit}." if column.unit else column.sentence}
    if column.unit:
        field |= {"unit": column.unit}
    if column.values:
        constraints["enum"] = list(column.values)
    return field | ({"constraints": constraints} if constraints else {})
