"""The declaration of ``commune_gaps``: one row per commune, with all gaps, their bounds and how sure they are."""

from __future__ import annotations

from collections.abc import Sequence

from coverage.assumptions import Thresholds
from coverage.tables import (
    BOUNDS,
    EVIDENCE_CLASSES,
    TECHNOLOGIES,
    Column,
    Table,
    megabits,
    named_columns,
)

METHOD_WORDS = ("roads", "friction raster", "straight line")
_BOUND = {"": "", "_low": ", low", "_high": ", high"}


def _share(name: str, sentence: str) -> Column:
    return Column(name, "number", sentence, "share", 0, 1)


def _people(name: str, sentence: str) -> Column:
    return Column(name, "number", sentence, "people", 0)


def _bounded(name: str, sentence: str) -> tuple[Column, ...]:
    """A share with its low and high."""
    return tuple(_share(f"{name}{bound}", f"{sentence}{_BOUND[bound]}.") for bound in BOUNDS)


def _of_threshold(speed: float) -> tuple[Column, ...]:
    """The gap at one threshold, and its parts."""
    name = megabits(speed)
    return (
        *_bounded(
            f"internet_gap_{name}_mbps_share",
            f"Share of people without signal or below {speed:g} Mbps downlink in the busy hour",
        ),
        _people(f"internet_gap_{name}_mbps_people", f"People without signal or below {speed:g} Mbps in the busy hour."),
        _people(
            f"too_slow_{name}_mbps_people",
            f"Quality gap: people with signal but below {speed:g} Mbps in the busy hour.",
        ),
        *_bounded(
            f"edge_gap_{name}_mbps_share", f"Share of people below {speed:g} Mbps at the cell edge at the stated load"
        ),
        *_bounded(f"indoor_gap_{name}_mbps_share", f"Share of people below {speed:g} Mbps indoors in the busy hour"),
        *(
            _share(
                f"measured_{net}_gap_{name}_mbps_share", f"Share of {net} speed tests below {speed:g} Mbps downlink."
            )
            for net in ("mobile", "fixed")
        ),
    )


def _internet(thresholds_mbps: Sequence[float], fibre_bands_km: Sequence[float]) -> tuple[Column, ...]:
    """Everything of high-speed internet but its evidence."""
    return (
        *(column for speed in thresholds_mbps for column in _of_threshold(speed)),
        *_bounded("no_signal_share", "Coverage gap: share of people with no signal of any technology outdoors"),
        _people("no_signal_people", "Coverage gap: people with no signal of any technology outdoors."),
        _share("too_slow_share", "Quality gap: share of people with signal but below the headline speed."),
        _people("too_slow_people", "Quality gap: people with signal but below the headline speed in the busy hour."),
        _people("using_people", "People who use the mobile internet, where a table of subscriptions says so."),
        _people("usage_gap_people", "Usage gap: people with signal who do not use the mobile internet."),
        _share("usage_gap_share", "Usage gap: share of people with signal who do not use the mobile internet."),
        *(
            column
            for t in TECHNOLOGIES
            for column in (
                *_bounded(
                    f"covered_{t}_share", f"Share of people with {t.upper()} signal outdoors, best operator (SDG 9.c.1)"
                ),
                *_bounded(f"covered_{t}_in_vehicle_share", f"Share of people with {t.upper()} signal in a car"),
                *_bounded(f"covered_{t}_indoor_share", f"Share of people with {t.upper()} signal indoors"),
            )
        ),
        *(
            column
            for n in (1, 2, 3)
            for column in _bounded(
                f"operators_{n}_share", f"Share of people with high speed from at least {n} operators"
            )
        ),
        *(
            _share(f"fibre_within_{km:g}_km_share".replace(".", "p"), f"Share of people within {km:g} km of fibre.")
            for km in fibre_bands_km
        ),
        _share("stated_radio_share", "Of people with signal, the share whose serving cell a register fully states."),
        *(
            column
            for net in ("mobile", "fixed")
            for column in (
                Column(
                    f"measured_{net}_tests", "integer", f"Speed tests on {net} networks in the commune.", "tests", 0
                ),
                Column(
                    f"measured_{net}_download_mbps", "number", "Mean downlink of those tests, where enough.", "Mbps", 0
                ),
            )
        ),
    )


_SEASONS = {"": "in the dry season", "_wet": "in the wet season"}


def _minutes(name: str, sentence: str) -> Column:
    return Column(name, "number", sentence, "min", 0)


def _delivery(limits: Thresholds, currency: str) -> tuple[Column, ...]:
    """Everything of the last mile but its evidence."""
    return (
        *(
            column
            for suffix, season in _SEASONS.items()
            for column in (
                *(
                    bounded
                    for band in limits.delivery_bands_min
                    for bounded in _bounded(
                        f"within_{band:g}_min{suffix}_share",
                        f"Share of people within {band:g} minutes of a pick-up {season}",
                    )
                ),
                _minutes(f"minutes_to_hub{suffix}_median", f"Median minutes to the nearest pick-up {season}."),
                _minutes(
                    f"parcel_minutes{suffix}_median",
                    f"Median minutes of a parcel from its sorting centre through the branch to the door {season}.",
                ),
                _share(
                    f"parcel_promise{suffix}_share",
                    f"Share of people whose parcel takes at most {limits.parcel_promise_min:g} minutes {season}.",
                ),
                _share(f"unreachable{suffix}_share", f"Share of people with no way to a pick-up {season}."),
                _people(f"unreachable{suffix}_people", f"People with no way to a pick-up {season}."),
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
                _share(
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
        _people("delivery_wet_loss_people", "People within the delivery threshold in the dry season only."),
        _share("delivery_wet_loss_share", "Share of people within the delivery threshold in the dry season only."),
        _share("delivery_foot_share", "Share of the minutes to a pick-up that are on foot, mean over people reached."),
        _people("rural_people", "People in rural cells by the degree of urbanisation."),
        _share("rural_access_share", "Share of rural people within 2 km of an all-season road (SDG 9.1.1)."),
        Column("delivery_method", "text", "How minutes to hubs were found.", values=METHOD_WORDS),
    )


def _payment(limits: Thresholds) -> tuple[Column, ...]:
    """Everything of payment points but its evidence."""
    walk, urban, rural = (f"{x:g}" for x in (limits.payment_walk_min, limits.payment_urban_km, limits.payment_rural_km))
    near = f"within {urban} km ({rural} km where rural) or {walk} minutes on foot"
    return (
        *(
            column
            for suffix, season in _SEASONS.items()
            for column in (
                *_bounded(f"payment_gap{suffix}_share", f"Share of people without a payment point {near}, {season}"),
                _people(f"payment_gap{suffix}_people", f"People without a payment point {near}, {season}."),
                *(
                    column
                    for mode, by in (("walk", "on foot"), ("drive", "by road"))
                    for column in (
                        _share(
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
        _share(
            f"payment_within_{urban}_km_share", f"Share of people within {urban} km of a payment point, straight line."
        ),
        _share(
            f"payment_within_{rural}_km_rural_share",
            f"Share of rural people within {rural} km of a payment point, straight line.",
        ),
        Column("payment_method", "text", "How minutes to payment points were found.", values=METHOD_WORDS),
    )


def _composite() -> tuple[Column, ...]:
    return (
        _share("composite_gap_share", "Weighted mean of the three gap shares, weights from the country file."),
        Column("composite_rank", "integer", "Rank by that mean, 1 the greatest gap.", minimum=1),
        Column("composite_rank_low", "integer", "The least rank when weights are halved or doubled.", minimum=1),
        Column("composite_rank_high", "integer", "The greatest rank when weights are halved or doubled.", minimum=1),
    )


def commune_gaps_table(
    languages: list[str], limits: Thresholds, fibre_bands_km: Sequence[float] = (), currency: str = "USD"
) -> Table:
    """The declaration of ``commune_gaps`` for one country's languages and thresholds."""
    thresholds_mbps, gap_min = limits.high_speed_mbps, limits.delivery_gap_min
    headline = megabits(thresholds_mbps[0])
    return Table(
        "commune_gaps",
        "One row per commune: the gaps in high-speed internet, last-mile delivery and payment.",
        (
            Column("commune_code", "text", "Official code, text, leading zeros kept.", required=True),
            *named_columns("commune", languages),
            Column("district_code", "text", "Code of the district."),
            *named_columns("district", languages),
            Column("province_code", "text", "Code of the province."),
            *named_columns("province", languages),
            _people("people", "Residents counted in the commune; empty when no people layer reaches it."),
            Column("area_km2", "number", "Geodesic area on WGS 84.", "km2", 0),
            *_bounded(
                "internet_gap_share", f"Share of people without high-speed internet ({headline} Mbps in the busy hour)"
            ),
            _people("internet_gap_people", f"People without high-speed internet ({headline} Mbps in the busy hour)."),
            *(
                column
                for suffix, season in _SEASONS.items()
                for column in (
                    *_bounded(
                        f"delivery_gap{suffix}_share",
                        f"Share of people farther than {gap_min:g} minutes from the nearest pick-up {season}",
                    ),
                    _people(
                        f"delivery_gap{suffix}_people",
                        f"People farther than {gap_min:g} minutes from the nearest pick-up {season}.",
                    ),
                )
            ),
            *_payment(limits),
            *_composite(),
            *_internet(thresholds_mbps, fibre_bands_km),
            *_delivery(limits, currency),
            Column("cells", "integer", "Mobile cells standing in the commune.", "cells", 0),
            Column("sites", "integer", "Sites of those cells: masts, as far as positions tell.", "sites", 0),
            Column("cell_samples", "integer", "Crowd measurements behind those cells, recent ones.", "measurements", 0),
            Column("internet_evidence", "text", "How sure the internet figures are.", values=EVIDENCE_CLASSES),
            Column("delivery_evidence", "text", "How sure the delivery figures are.", values=EVIDENCE_CLASSES),
            Column("payment_evidence", "text", "How sure the payment figures are.", values=EVIDENCE_CLASSES),
            Column("evidence_class", "text", "The weakest of those that can be had.", values=EVIDENCE_CLASSES),
            Column("internet_note", "text", "Why the internet figures are missing or weak."),
            Column("internet_doubts", "text", "The greatest doubts in the internet gap, and how many they concern."),
            Column("delivery_note", "text", "Why the delivery figures are missing or weak."),
            Column("payment_note", "text", "Why the payment figures are missing or weak."),
            Column("calibration", "text", "How drive tests shifted the received power; empty when they did not."),
            Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),
            Column("run_id", "text", "The run that made this row.", required=True),
            Column("night", "text", "The night of the run, ISO date.", required=True),
            Column("geometry", "geometry", "Boundary after repair, WGS 84."),
        ),
    )
