"""Columns of ``commune_gaps`` that tell of delivery, payment and all gaps together."""

from __future__ import annotations

from commune_coverage.config.thresholds import Thresholds
from commune_coverage.schema.inputs import Column, bounded, people, share

METHODS = {"roads": "roads", "friction": "friction raster", "straight": "straight line"}
"""How minutes can be found, in words."""
SEASON_WORDS = {"": "in the dry season", "_wet": "in the wet season"}


def _minutes(name: str, sentence: str) -> Column:
    return Column(name, "number", sentence, "min", 0)


def delivery_columns(limits: Thresholds, currency: str) -> tuple[Column, ...]:
    """Everything of the last mile but its evidence."""
    return (
        *(
            column
            for suffix, season in SEASON_WORDS.items()
            for column in (
                *(
                    each
                    for band in limits.delivery_bands_min
                    for each in bounded(
                        f"within_{band:g}_min{suffix}_share",
                        f"Share of people within {band:g} minutes of a pick-up {season}",
                    )
                ),
                _minutes(f"minutes_to_hub{suffix}_median", f"Median minutes to the nearest pick-up {season}."),
                _minutes(
                    f"parcel_minutes{suffix}_median",
                    f"Median minutes of a parcel from its sorting centre through the branch to the door {season}.",
                ),
                share(
                    f"parcel_promise{suffix}_share",
                    f"Share of people whose parcel takes at most {limits.parcel_promise_min:g} minutes {season}.",
                ),
                share(f"unreachable{suffix}_share", f"Share of people with no way to a pick-up {season}."),
                people(f"unreachable{suffix}_people", f"People with no way to a pick-up {season}."),
                Column(
                    f"parcels_2sfca{suffix}",
                    "number",
                    f"Parcels a day a 1,000 people within the catchment of hubs {season} (2SFCA).",
                    "parcels/day",
                    0,
                ),
                Column(
                    f"parcels_e2sfca{suffix}",
                    "number",
                    f"The same, weighted by minutes, {season} (enhanced 2SFCA).",
                    "parcels/day",
                    0,
                ),
                share(
                    f"overloaded_hub{suffix}_share",
                    f"Share of people whose nearest pick-up {season} gets more parcels than it can handle.",
                ),
                Column(
                    f"cost_per_parcel{suffix}",
                    "number",
                    f"Estimated cost of a parcel to the door {season}, for comparing communes.",
                    currency,
                    0,
                ),
            )
        ),
        people("delivery_wet_loss_people", "People within the delivery threshold in the dry season only."),
        share("delivery_wet_loss_share", "Share of people within the delivery threshold in the dry season only."),
        share("delivery_foot_share", "Share of the minutes to a pick-up that are on foot, mean over people reached."),
        people("rural_people", "People in rural cells by the degree of urbanisation."),
        share("rural_access_share", "Share of rural people within 2 km of an all-season road (SDG 9.1.1)."),
        Column("delivery_method", "text", "How minutes to hubs were found.", values=tuple(METHODS.values())),
    )


def payment_columns(limits: Thresholds) -> tuple[Column, ...]:
    """Everything of payment points but its evidence."""
    walk, urban, rural = (f"{x:g}" for x in (limits.payment_walk_min, limits.payment_urban_km, limits.payment_rural_km))
    near = f"within {urban} km ({rural} km where rural) or {walk} minutes on foot"
    return (
        *(
            column
            for suffix, season in SEASON_WORDS.items()
            for column in (
                *bounded(f"payment_gap{suffix}_share", f"Share of people without a payment point {near}, {season}"),
                people(f"payment_gap{suffix}_people", f"People without a payment point {near}, {season}."),
                *(
                    column
                    for mode, by in (("walk", "on foot"), ("drive", "by road"))
                    for column in (
                        share(
                            f"payment_{mode}_{walk}_min{suffix}_share",
                            f"Share of people within {walk} minutes {by} of a payment point {season}.",
                        ),
                        _minutes(
                            f"minutes_{mode}_to_payment{suffix}_median",
                            f"Median minutes {by} to the nearest payment point {season}.",
                        ),
                    )
                ),
            )
        ),
        share(
            f"payment_within_{urban}_km_share", f"Share of people within {urban} km of a payment point, straight line."
        ),
        share(
            f"payment_within_{rural}_km_rural_share",
            f"Share of rural people within {rural} km of a payment point, straight line.",
        ),
        Column("payment_method", "text", "How minutes to payment points were found.", values=tuple(METHODS.values())),
    )


def composite_columns() -> tuple[Column, ...]:
    return (
        share("composite_gap_share", "Weighted mean of the three gap shares, weights from the country file."),
        Column("composite_rank", "integer", "Rank by that mean, 1 the greatest gap.", minimum=1),
        Column("composite_rank_low", "integer", "The least rank when weights are halved or doubled.", minimum=1),
        Column("composite_rank_high", "integer", "The greatest rank when weights are halved or doubled.", minimum=1),
    )
