"""The declaration of ``obligations``: what operators are obliged to, area by area, and whether it is so."""

from __future__ import annotations

from commune_coverage.schema.inputs import ENVIRONMENTS, TECHNOLOGIES, Column, Table, share
from commune_coverage.schema.territory import UNITS

MET, MISSED, OPEN, UNDECIDED, UNKNOWN = "met", "missed", "open", "not decidable", "not known"
STATUSES = (MET, MISSED, OPEN, UNDECIDED, UNKNOWN)
WHOLE = "all areas"
OBLIGATIONS = Table(
    "obligations",
    "Coverage obligations, one row an area and one for all areas of each: met, missed, open or not decidable.",
    (
        Column("obligation", "text", "Its id in the country file."),
        Column("title", "text", "What it is called."),
        Column("operator", "text", "Who is obliged; 'any' where all operators together are."),
        Column(
            "measure", "text", "What has to be covered.",
            values=("people", *UNITS),
        ),
        Column("kind", "text", "Class of roads, railways, borders or institutions; empty for all."),
        Column("technology", "text", "Technology that has to cover.", values=(*TECHNOLOGIES, "any")),
        Column("speed_mbps", "number", "Least downlink; empty where a signal is enough.", "Mbps", 0),
        Column("where", "text", "Where the receiver is.", values=ENVIRONMENTS),
        Column(
            "level", "text", "Kind of area; 'all areas' in the row that sums up.",
            values=("nation", "province", "district", "commune", WHOLE),
        ),
        Column("code", "text", "Code of the area; empty for the nation and for all areas."),
        Column("name", "text", "Name of the area."),
        Column("by", "text", "The day from which it holds, ISO."),
        Column("days_left", "integer", "Days until then; below 0 since.", "days"),
        share("required_share", "Share that has to be covered."),
        share("covered_share", "Share that is covered, as estimated or declared; of all areas the least."),
        share("covered_share_low", "Low end of its range, if all communes err the same way; empty where declared."),
        share("covered_share_high", "High end of its range."),
        Column("missing", "number", "What is missing to the share that is required, in its unit, as estimated.", "", 0),
        Column("unit", "text", "Unit of what is missing.", values=("people", *dict.fromkeys(UNITS.values()))),
        Column(
            "status",
            "text",
            "met: even the low end is enough. missed: the day has come, and even the high end is not. not decidable: "
            "the day has come and the range holds both. open: not met, and the day has not come. not known: no figure.",
            values=STATUSES,
        ),
        Column("missing_areas", "integer", "Of the row of all areas: how many are not met.", "areas", 0),
        Column("basis", "text", "What the figure rests on.", values=("modelled", "declared")),
        Column("source", "text", "Where the obligation stands."),
        Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),
    ),
)  # fmt: skip
