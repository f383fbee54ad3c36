"""What the database holds besides ``commune_gaps``, which a run's own data dictionary declares."""

from __future__ import annotations

from commune_coverage.schema.benchmarks import BENCHMARKS
from commune_coverage.schema.inputs import Column, Table
from commune_coverage.schema.institutions import INSTITUTIONS
from commune_coverage.schema.obligation_trends import OBLIGATION_TRENDS
from commune_coverage.schema.obligations import OBLIGATIONS
from commune_coverage.schema.official import OFFICIAL_INDICATORS
from commune_coverage.schema.published import HUBS, OPERATOR_COVERAGE, PAYMENTS, SITES, SYNTHETIC

RUN_COLUMNS = ("run_id", "run_date", "synthetic_layers")
"""What the views show of the run next to every row; stored once a run."""

RUNS = Table(
    "runs",
    "One row per run that was written here.",
    (
        Column("run_id", "text", "Name of the run.", required=True),
        Column("run_date", "text", "The date of the run.", required=True),
        SYNTHETIC,
        Column("held_layers", "text", "Layers of which the last good version was used; empty when none."),
        Column("country_code", "text", "ISO 3166-1 code of the country."),
        Column("country_name", "text", "Name of the country."),
        Column("status", "text", "Whether the country is real or invented.", values=("real", "invented")),
        Column("software_version", "text", "Version of commune-coverage."),
        Column("code_hash", "text", "Hash of its source files."),
        Column("is_latest", "flag", "Whether the views that end in _now show this run."),
    ),
)

FILE_ROW = Column("file_row", "integer", "Number of the row in the published file, from 1.")

_POINT = Column("geometry", "geometry", "Position, WGS 84.")

NATIONAL = Table(
    "national_figures",
    "Figures of the whole country, one row each.",
    (
        Column("figure", "text", "Name of the figure; its unit is the last part of the name."),
        Column("value", "number", "The figure; empty when it cannot be had."),
    ),
)


def _of_run(table: Table, *further: Column) -> Table:
    """A declared table without what is stored once a run."""
    own = tuple(column for column in table.columns if column.name not in RUN_COLUMNS)
    return Table(table.name, table.sentence, (*own, *further))


CSV_TABLES = (
    _of_run(OPERATOR_COVERAGE),
    *(_of_run(table, _POINT) for table in (SITES, HUBS, PAYMENTS, INSTITUTIONS)),
    *map(_of_run, (OBLIGATIONS, OBLIGATION_TRENDS, OFFICIAL_INDICATORS, BENCHMARKS)),
)
"""Published as ``<name>.csv``; a run may lack any of them."""
