"""The declarations of what an ensemble says: intervals of figures."""

from __future__ import annotations

from commune_coverage.schema.inputs import TECHNOLOGIES, Column, Table, share

ANY, WEIGHT, SITES, MASTS = "any", "weight", "sites", "masts"
COVERED, INTERNET_GAP = "covered", "internet_gap"
YES, NO = "yes", "no"
INTERVALS = Table(
    "intervals",
    "How sure the modelled figures are: estimates and 90 % intervals of draws of the country, by area and operator. "
    "They hold what radio, masts that the file lacks and people's places leave open; no roads, no travel, nothing "
    "declared.",
    (
        Column("level", "text", "Kind of area.", values=("nation", "province", "district", "commune")),
        Column("code", "text", "Code of the area; empty for the nation."),
        Column(
            "figure",
            "text",
            "covered: people with signal outdoors; internet_gap: people below the headline speed in the busy hour, by "
            "mobile networks and fibre; sites: of an operator, those of the file and those that it lacks.",
            values=(COVERED, INTERNET_GAP, SITES),
        ),
        Column("operator", "text", "Operator; 'any' for all together."),
        Column("technology", "text", "Technology; 'any' for all together.", values=(*TECHNOLOGIES, ANY)),
        Column("unit", "text", "Unit of the figure; shares are of all people of the area.", values=("share", "sites")),
        Column("estimate", "number", "Median of the draws; elsewhere the run's own figure is published.", "", 0),
        Column("low", "number", "Low end of the 90 % interval.", "", 0),
        Column("high", "number", "High end of the 90 % interval.", "", 0),
        Column("run_value", "number", "The run's own figure; empty where its evidence is too poor for one.", "", 0),
        Column(
            "run_outside",
            "text",
            "Whether the run's own figure lies outside the interval, as where the file lacks masts; empty without one.",
            values=(YES, NO),
        ),
        Column("rank", "number", "Median rank among the areas of the level, 1 for the greatest figure.", "", 1),
        Column("rank_low", "number", "Low end of the rank's 90 % interval.", "", 1),
        Column("rank_high", "number", "High end of the rank's 90 % interval.", "", 1),
        Column("obligation", "text", "Obligation that names a target; a row for each, empty without one."),
        share("target_share", "The target: for a gap at most, otherwise at least."),
        share("missed_probability", "Probability of missing the target."),
        Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),
    ),
)
ENSEMBLE_EVIDENCE = Table(
    "ensemble_evidence",
    "What is known besides cells, beside what the draws say of it, and what they would say without it.",
    (
        Column("measure", "text", "Share of what, or masts.", values=("people", "territory", MASTS)),
        Column("operator", "text", "Operator; 'any' for all together."),
        Column("technology", "text", "Technology; 'any' for masts.", values=(*TECHNOLOGIES, ANY)),
        Column("code", "text", "Code of the area; empty for the nation."),
        Column("published", "number", "What is known: a share, or a number of masts.", "", 0),
        Column("tolerance", "number", "Within what it is known, two standard errors.", "", 0),
        Column("date", "text", "The day that it is of, ISO; empty where that is not stated."),
        Column("source", "text", "Who says so."),
        Column("used", "text", "Whether the draws are weighed by it.", values=(YES, NO)),
        Column("estimate", "number", "Median of the draws as they are weighed.", "", 0),
        Column("low", "number", "Low end of their 90 % interval.", "", 0),
        Column("high", "number", "High end of their 90 % interval.", "", 0),
        Column("predicted", "number", "Median of the draws as all else weighs them, this left out.", "", 0),
        Column("predicted_low", "number", "Low end of their 90 % interval.", "", 0),
        Column("predicted_high", "number", "High end of their 90 % interval.", "", 0),
        Column(
            "predicted_within",
            "text",
            "Whether what was published is in the middle 90 % of what would be, with its own error added to the draws.",
            values=(YES, NO),
        ),
        Column("note", "text", "Why it is not used: with what it conflicts, or what the draws do not have."),
        Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),
    ),
)
