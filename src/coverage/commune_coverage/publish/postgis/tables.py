"""What the database holds besides ``commune_gaps``, which a run's own data dictionary declares."""

from __future__ import annotations

from commune_coverage.schema.benchmarks import BENCHMARKS
from commune_coverage.schema.inputs import COMMUNES, LAT, LON, POINTS, TECHNOLOGIES, Column, Table, bounded
from commune_coverage.schema.institutions import INSTITUTIONS
from commune_coverage.schema.obligation_trends import OBLIGATION_TRENDS
from commune_coverage.schema.obligations import OBLIGATIONS
from commune_coverage.schema.official import OFFICIAL_INDICATORS

RUN_COLUMNS = ("run_id", "run_date", "synthetic_layers")
"""What the views show of the run next to every row; stored once a run."""

RUNS = Table(
    "runs",
    "One row per run that was written here.",
    (
        Column("run_id", "text", "Name of the run.", required=True),
        Column("run_date", "text", "The date of the run.", required=True),
        Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),
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

_COMMUNE = Column("commune_code", "text", "Code of the commune it stands in; empty outside all communes.")
_POSITION = (LON, LAT)
_POINT = Column("geometry", "geometry", "Position, WGS 84.")

_POINT_COLUMNS = (
    *(POINTS[name] for name in ("point_id", "point_name", "operator", "class", "capacity", "opening", "confidence")),
    *(POINTS[name] for name in ("status", "last_seen")),
    Column("is_active", "flag", "Whether it works, by its status and the day when it was last seen to."),
    Column("is_open", "flag", "Whether it is open when the country file asks for it, or states no hours."),
    Column("open_hours_per_week", "number", "Hours a week of its stated opening.", "h/week", 0, 168),
    Column("files", "integer", "Files that name the point.", minimum=1),
    *_POSITION,
)

_OPERATOR_COVERAGE = Table(
    "operator_coverage",
    "Share of people covered, by commune, operator, technology and place of the receiver.",
    (
        COMMUNES["commune_code"],
        Column("operator", "text", "Operator; 'any' for the best one."),
        Column("technology", "text", "2g, 3g, 4g or 5g.", values=TECHNOLOGIES),
        Column("where", "text", "Where the receiver is: outdoor, in_vehicle or indoor."),
        *bounded("covered_share", "Share of people with signal"),
    ),
)

_SITES = Table(
    "sites",
    "Sites, each once: what one operator has on one mast.",
    (
        Column("site", "integer", "Number of the site in this run."),
        Column("mast", "integer", "Number of the mast in this run, which sites of several operators may share."),
        Column("operator", "text", "Who runs it."),
        *_POSITION,
        Column(
            "position_sigma_m", "number", "Standard error of the position along an axis; none in a register.", "m", 0
        ),
        Column("cells", "integer", "Mobile cells of the site.", "cells", 0),
        Column("stations", "integer", "Base stations of the site as a crowd's cells number them.", "stations", 0),
        Column("samples", "number", "Crowd measurements behind those cells.", "measurements", 0),
        Column("technologies", "text", "Technologies of those cells."),
        Column("azimuths_deg", "text", "Azimuths of those cells, parted by spaces; '' where none is known.", "degrees"),
        Column("is_home", "flag", "Whether its operator serves this country."),
        _COMMUNE,
        _POINT,
    ),
)

_HUBS = Table(
    "hubs",
    "Logistics hubs, each once.",
    (
        *_POINT_COLUMNS,
        Column("tier", "text", "What the hub does: gateway, sorting, branch or pickup."),
        Column("is_stated", "flag", "Whether its capacity is stated and not assumed."),
        *(
            Column(
                f"load_{season}_share", "number", f"Parcels that it gets, of its capacity, {season} season.", "share"
            )
            for season in ("dry", "wet")
        ),
        _COMMUNE,
        _POINT,
    ),
)

_PAYMENTS = Table("payments", "Payment points, each once.", (*_POINT_COLUMNS, _COMMUNE, _POINT))

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
    _OPERATOR_COVERAGE,
    _SITES,
    _HUBS,
    _PAYMENTS,
    _of_run(INSTITUTIONS, _POINT),
    *map(_of_run, (OBLIGATIONS, OBLIGATION_TRENDS, OFFICIAL_INDICATORS, BENCHMARKS)),
)
"""Published as ``<name>.csv``; a run may lack any of them."""
