"""The tables of a folder, each with what its columns are: what every open format is made of."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from commune_coverage.publish.exports import read_csv
from commune_coverage.readers.registry import layer_specs
from commune_coverage.schema.access_by_mode import ACCESS_BY_MODE
from commune_coverage.schema.benchmarks import BENCHMARKS
from commune_coverage.schema.declared import DECLARED_COVERAGE
from commune_coverage.schema.ensemble import ENSEMBLE_EVIDENCE, INTERVALS
from commune_coverage.schema.inputs import Column, Table
from commune_coverage.schema.institutions import INSTITUTIONS
from commune_coverage.schema.obligation_trends import OBLIGATION_TRENDS
from commune_coverage.schema.obligations import OBLIGATIONS
from commune_coverage.schema.official import OFFICIAL_INDICATORS
from commune_coverage.schema.people_groups import PEOPLE_GROUPS
from commune_coverage.schema.published import COMMUNE_OF_ROW, PUBLISHED, SYNTHETIC, WITHHELD
from commune_coverage.schema.territory import TERRITORY_COVERAGE
from commune_coverage.schema.travel_comparison import TRAVEL_COMPARISON
from commune_coverage.schema.verification import (
    COVERAGE_CHALLENGES,
    DRIVE_NEXT,
    VERIFICATION,
    VERIFICATION_CELLS,
    VERIFICATION_PLACES,
)

COMMUNES = "commune_gaps"
_COMMUNES_SENTENCE = "One row per commune: the gaps in high-speed internet, last-mile delivery and payment."
_DICTIONARY = "_dictionary"
_MARKS = {column.name: column for column in (COMMUNE_OF_ROW, SYNTHETIC, WITHHELD)}
_DECLARED = PUBLISHED | {
    table.name: table
    for table in (
        ACCESS_BY_MODE, BENCHMARKS, COVERAGE_CHALLENGES, DECLARED_COVERAGE, DRIVE_NEXT, ENSEMBLE_EVIDENCE, INSTITUTIONS,
        INTERVALS, OBLIGATIONS, OBLIGATION_TRENDS, OFFICIAL_INDICATORS, PEOPLE_GROUPS, TERRITORY_COVERAGE,
        TRAVEL_COMPARISON, VERIFICATION, VERIFICATION_CELLS, VERIFICATION_PLACES,
    )
}  # fmt: skip


class TableFile(NamedTuple):
    """A published table.

    Attributes
    ----------
    path : Path
        The CSV file.
    sentence : str
        What one row is; '' where nobody says.
    columns : tuple of Column
        In the order of the file. One that nobody declares has no sentence and is text.
    """

    path: Path
    sentence: str
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @property
    def rows(self) -> int:
        """Rows below the header."""
        with self.path.open(encoding="utf-8-sig", newline="") as stream:
            return max(sum(1 for _ in csv.reader(stream)) - 1, 0)

    def has(self, *names: str) -> bool:
        """Whether there are such columns."""
        return {column.name for column in self.columns} >= set(names)


def tables_in(folder: Path) -> Iterator[TableFile]:
    """List the tables of a folder, the communes first.

    Parameters
    ----------
    folder : Path
        Of an edition; dictionaries of columns are no tables.

    Yields
    ------
    TableFile
    """
    found = [path for path in folder.glob("*.csv") if not path.stem.endswith(_DICTIONARY)]
    for path in sorted(found, key=lambda path: (path.stem != COMMUNES, path.stem)):
        yield table_file(path)


def table_file(path: Path) -> TableFile:
    """Say what a published CSV file holds."""
    table = _declared(path)
    known = {column.name: column for column in table.columns}
    return TableFile(path, table.sentence, tuple(_column(name, known) for name in _header(path)))


def sentence_of(name: str) -> str:
    """What a row of the table of that name is; '' where nobody says."""
    return _COMMUNES_SENTENCE if name == COMMUNES else _table_of(name).sentence


def _declared(path: Path) -> Table:
    """The declaration of a table: of the communes what their dictionary says."""
    if path.stem == COMMUNES:
        return Table(COMMUNES, _COMMUNES_SENTENCE, _columns_in(path.with_name("data_dictionary.csv")))
    return _table_of(path.stem)


def _table_of(name: str) -> Table:
    """A table that is declared here, else a layer of another package."""
    layers = {spec.name: spec.table for spec in layer_specs() if spec.table is not None}
    return _DECLARED.get(name) or layers.get(name) or Table(name, "", ())


def _columns_in(dictionary: Path) -> tuple[Column, ...]:
    return tuple(
        Column(
            row["column"],
            row["kind"],  # type: ignore[arg-type]
            row["meaning"],
            row["unit"],
            minimum=_bound(row["minimum"]),
            maximum=_bound(row["maximum"]),
            values=tuple(row["values"].split(" | ")) if row["values"] else (),
        )
        for row in read_csv(dictionary)
    )


def _bound(text: str) -> float | None:
    return float(text) if text else None


def _column(name: str, known: dict[str, Column]) -> Column:
    return known.get(name) or _MARKS.get(name) or Column(name, "text", "")


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return next(csv.reader(stream), [])
