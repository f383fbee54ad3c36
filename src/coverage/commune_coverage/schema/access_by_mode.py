"""The declaration of ``access_by_mode``: minutes to a pick-up and to cash by what people travel with."""

from __future__ import annotations

from commune_coverage.config.travel import MODES
from commune_coverage.schema.inputs import Column, Table, people, share

_SEASONS = {"": "in the dry season", "_wet": "in the wet season"}


def _minutes(name: str, sentence: str) -> Column:
    return Column(name, "number", sentence, "min", 0)


def _of_season(suffix: str, season: str) -> tuple[Column, ...]:
    return (
        _minutes(f"minutes_to_hub{suffix}_median", f"Median minutes to the nearest pick-up {season}."),
        share(f"delivery_gap{suffix}_share", f"Share of them who are farther than the limit from a pick-up {season}."),
        people(f"delivery_gap{suffix}_people", f"People of the mode who are farther than the limit {season}."),
        _minutes(f"minutes_to_payment{suffix}_median", f"Median minutes to the nearest payment point {season}."),
        share(f"payment_gap{suffix}_share", f"Share of them without a payment point near {season}."),
        people(f"payment_gap{suffix}_people", f"People of the mode without a payment point near {season}."),
    )


ACCESS_BY_MODE = Table(
    "access_by_mode",
    "Minutes to a pick-up and to a payment point, and who is beyond the limits, by what people travel with.",
    (
        Column("level", "text", "Kind of area.", values=("nation", "commune")),
        Column("commune_code", "text", "Code of the commune; empty for the nation."),
        Column("mode", "text", "What people travel with: the fastest that is theirs.", values=MODES),
        share("people_share", "Share of people who travel with it; empty where it is not known."),
        people("people", "People who travel with it."),
        *(column for suffix, season in _SEASONS.items() for column in _of_season(suffix, season)),
        Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),
    ),
)
"""Medians and shares are of the people who have the mode; empty where nobody has."""
