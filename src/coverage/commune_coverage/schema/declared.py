"""The declaration of ``declared_coverage``: what operators declare, by area."""

from __future__ import annotations

from commune_coverage.schema.inputs import ENVIRONMENTS, TECHNOLOGIES, Column, Table, people, share

DECLARED, NOT_DECLARED = "declared", "not declared"
OF_LAYER, OF_PLACES = "people layer", "places of the declaration"
DECLARED_COVERAGE = Table(
    "declared_coverage",
    "Coverage that operators declare, by area, operator, technology, service level and environment of the receiver.",
    (
        Column("level", "text", "Kind of area.", values=("nation", "province", "district", "commune")),
        Column("code", "text", "Code of the area; empty for the nation."),
        Column("operator", "text", "Operator; 'any' for all that declare something, each place counted once."),
        Column("technology", "text", "Technology; 'any' for all that are declared.", values=(*TECHNOLOGIES, "any")),
        Column("service_level", "text", "'signal', or the least downlink that is declared: '10 Mbps'."),
        Column("environment", "text", "Where the receiver is.", values=ENVIRONMENTS),
        Column(
            "status",
            "text",
            "Whether anything is declared; where it is not, what is covered is unknown, and empty.",
            values=(DECLARED, NOT_DECLARED),
        ),
        Column("declared_by", "text", "Operators whose declarations are counted."),
        Column("date", "text", "The oldest day of those declarations, ISO; empty where one states none."),
        Column("people_basis", "text", "Whose people are counted.", values=(OF_LAYER, OF_PLACES)),
        people("people", "People of the area."),
        people("covered_people", "People at places that are covered as declared."),
        share("covered_people_share", "Their share of the people."),
        Column("land_km2", "number", "Land, without what is under water all year.", "km2", 0),
        Column("covered_land_km2", "number", "Land that is covered as declared.", "km2", 0),
        share("covered_land_share", "Its share of the land."),
        Column("road_km", "number", "Length of roads, where a roads layer is there.", "km", 0),
        Column("covered_road_km", "number", "Length of roads that is covered as declared.", "km", 0),
        share("covered_road_share", "Its share of the length."),
        Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),
    ),
)
