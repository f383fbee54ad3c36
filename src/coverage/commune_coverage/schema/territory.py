"""The declaration of ``territory_coverage``: land, lines and institutions under the network as modelled."""

from __future__ import annotations

from commune_coverage.schema.inputs import ENVIRONMENTS, TECHNOLOGIES, Column, Table, share

LAND, ROADS, RAILWAYS, BORDERS, INSTITUTIONS = "land", "roads", "railways", "borders", "institutions"
LINES = (ROADS, RAILWAYS, BORDERS)
"""What is measured along lines of the layer of that name."""
ANY, SIGNAL = "any", "signal"
UNITS = {LAND: "km2", **dict.fromkeys(LINES, "km"), INSTITUTIONS: "institutions"}
TERRITORY_COVERAGE = Table(
    "territory_coverage",
    "Land, roads, railways, borders and institutions that the radio model says are covered, by area and operator.",
    (
        Column("level", "text", "Kind of area.", values=("nation", "province", "district", "commune")),
        Column("code", "text", "Code of the area; empty for the nation."),
        Column("measure", "text", "What is covered.", values=tuple(UNITS)),
        Column("kind", "text", "Class of road, railway, border or institution; empty for all."),
        Column("operator", "text", "Operator; 'any' for those that some operator covers."),
        Column("technology", "text", "Technology; 'any' for a speed.", values=(*TECHNOLOGIES, ANY)),
        Column("service_level", "text", "'signal', or the least downlink in the busy hour: '10 Mbps'."),
        Column("where", "text", "Where the receiver is.", values=ENVIRONMENTS),
        Column("unit", "text", "Unit of what is covered.", values=tuple(dict.fromkeys(UNITS.values()))),
        Column("whole", "number", "All there is, in its unit; land without what is under water all year.", "", 0),
        Column("covered", "number", "What is covered of it, as estimated.", "", 0),
        share("covered_share", "Its share; empty where the evidence of every commune is too poor."),
        share("covered_share_low", "Low end of its range, if all communes err the same way."),
        share("covered_share_high", "High end of its range."),
        Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),
    ),
)
