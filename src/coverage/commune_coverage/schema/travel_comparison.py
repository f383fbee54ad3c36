"""The declaration of ``travel_comparison``: minutes by roads beside minutes by a friction surface."""

from __future__ import annotations

from commune_coverage.schema.inputs import Column, Table, people

TRAVEL_COMPARISON = Table(
    "travel_comparison",
    "Minutes to the nearest pick-up in the dry season by the roads, and by the friction surface that is given.",
    (
        Column("level", "text", "Kind of area.", values=("nation", "commune")),
        Column("commune_code", "text", "Code of the commune; empty for the nation."),
        people("people", "People whom both methods lead to a pick-up."),
        Column("minutes_by_roads_median", "number", "Median by the roads.", "min", 0),
        Column("minutes_by_friction_median", "number", "Median by the friction surface.", "min", 0),
        Column("friction_less_roads_minutes", "number", "The second less the first.", "min"),
        people("roads_only_people", "People whom only the roads lead there."),
        people("friction_only_people", "People whom only the friction surface leads there."),
        Column(
            "correlation",
            "number",
            "Of the minutes of all places, by their people (Pearson); of the nation.",
            "",
            -1,
            1,
        ),
        Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),
    ),
)
