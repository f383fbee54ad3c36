"""The declaration of ``obligation_trends``: where obligations that are open are heading."""

from __future__ import annotations

from commune_coverage.schema.inputs import Column, Table, share

ENOUGH, NOT_ENOUGH, UNCLEAR, TOO_FEW = "enough", "not enough", "unclear", "too few runs"
OUTLOOKS = (ENOUGH, NOT_ENOUGH, UNCLEAR, TOO_FEW)
OBLIGATION_TRENDS = Table(
    "obligation_trends",
    "Obligations that are open, area by area: the trend of the runs so far, and what it comes to on the day.",
    (
        Column("obligation", "text", "Its id in the country file."),
        Column("level", "text", "Kind of area."),
        Column("code", "text", "Code of the area; empty for the nation."),
        Column("name", "text", "Name of the area."),
        Column("by", "text", "The day from which it holds, ISO."),
        share("required_share", "Share that has to be covered."),
        share("covered_share", "Share that is covered now."),
        Column("runs", "integer", "Dates of runs that have a figure of it, this one among them.", "runs", 0),
        Column("first_date", "text", "The first of them, ISO."),
        Column("share_per_year", "number", "Median slope of all pairs of dates (Sen 1968).", "a year"),
        Column("share_per_year_low", "number", "Low end of the slope, 90 %.", "a year"),
        Column("share_per_year_high", "number", "High end of the slope, 90 %.", "a year"),
        share("expected_share", "What the trend comes to on the day."),
        share("expected_share_low", "The low slope from the low end of today's range."),
        share("expected_share_high", "The high slope from the high end of today's range."),
        Column(
            "outlook",
            "text",
            "enough: even the low end is. not enough: even the high end is not. unclear: the range holds both. too few "
            "runs: fewer than three dates, or less than 60 days from the first.",
            values=OUTLOOKS,
        ),
        Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),
    ),
)
