"""The declaration of ``benchmarks``: what others have published beside ours."""

from __future__ import annotations

from commune_coverage.schema.inputs import Column, Table

WITHIN, OUTSIDE, NO_FIGURE = "within", "outside", "no figure"
BENCHMARKS = Table(
    "benchmarks",
    "National figures that others have published, beside ours.",
    (
        Column("figure", "text", "Name of our figure, or what is covered by whom, with what and where."),
        Column("value", "number", "Ours, as estimated; empty where there is none."),
        Column("value_low", "number", "Low end of its range, where one is known, if all communes err the same way."),
        Column("value_high", "number", "High end of its range."),
        Column("published", "number", "What was published, in the unit of ours."),
        Column("difference", "number", "Ours less what was published."),
        Column("tolerance", "number", "How far apart they may be.", minimum=0),
        Column("status", "text", "Whether they are.", values=(WITHIN, OUTSIDE, NO_FIGURE)),
        Column("date", "text", "The day that it is of, ISO."),
        Column("source", "text", "Who published it."),
        Column("definition", "text", "What exactly was published."),
        Column("ours", "text", "What ours is."),
        Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),
    ),
)
