"""The declaration of ``commune_gaps``: one row per commune, with all gaps, their bounds and how sure they are."""

from __future__ import annotations

from collections.abc import Sequence

from commune_coverage.config.thresholds import Thresholds
from commune_coverage.schema.inputs import (
    EVIDENCE_CLASSES,
    TECHNOLOGIES,
    Column,
    Table,
    bounded,
    megabits,
    named_columns,
    people,
    share,
)
from commune_coverage.schema.travel_columns import SEASON_WORDS, composite_columns, delivery_columns, payment_columns


def fibre_band(within_km: float) -> str:
    """Name of the people within so many km of working fibre."""
    return f"fibre_within_{within_km:g}_km"


def _of_threshold(speed: float) -> tuple[Column, ...]:
    """The gap at one threshold, and its parts."""
    name = megabits(speed)
    return (
        *bounded(
            f"internet_gap_{name}_mbps_share",
            f"Share of people without signal or below {speed:g} Mbps downlink in the busy hour",
        ),
        people(f"internet_gap_{name}_mbps_people", f"People without signal or below {speed:g} Mbps in the busy hour."),
        people(
            f"too_slow_{name}_mbps_people",
            f"Quality gap: people with signal but below {speed:g} Mbps in the busy hour.",
        ),
        *bounded(
            f"edge_gap_{name}_mbps_share", f"Share of people below {speed:g} Mbps at the cell edge at the stated load"
        ),
        *bounded(f"indoor_gap_{name}_mbps_share", f"Share of people below {speed:g} Mbps indoors in the busy hour"),
        *(
            share(f"measured_{net}_gap_{name}_mbps_share", f"Share of {net} speed tests below {speed:g} Mbps downlink.")
            for net in ("mobile", "fixed")
        ),
    )


def _internet(thresholds_mbps: Sequence[float], fibre_bands_km: Sequence[float]) -> tuple[Column, ...]:
    """Everything of high-speed internet but its evidence."""
    return (
        *(column for speed in thresholds_mbps for column in _of_threshold(speed)),
        *bounded("no_signal_share", "Coverage gap: share of people with no signal of any technology outdoors"),
        people("no_signal_people", "Coverage gap: people with no signal of any technology outdoors."),
        share("too_slow_share", "Quality gap: share of people with signal but below the headline speed."),
        people("too_slow_people", "Quality gap: people with signal but below the headline speed in the busy hour."),
        people("using_people", "People who use the mobile internet, where a table of subscriptions says so."),
        people("usage_gap_people", "Usage gap: people with signal who do not use the mobile internet."),
        share("usage_gap_share", "Usage gap: share of people with signal who do not use the mobile internet."),
        *(
            column
            for t in TECHNOLOGIES
            for column in (
                *bounded(
                    f"covered_{t}_share", f"Share of people with {t.upper()} signal outdoors, best operator (SDG 9.c.1)"
                ),
                *bounded(f"covered_{t}_in_vehicle_share", f"Share of people with {t.upper()} signal in a car"),
                *bounded(f"covered_{t}_indoor_share", f"Share of people with {t.upper()} signal indoors"),
            )
        ),
        *(
            column
            for n in (1, 2, 3)
            for column in bounded(
                f"operators_{n}_share", f"Share of people with high speed from at least {n} operators"
            )
        ),
        *(
            share(f"{fibre_band(km)}_share".replace(".", "p"), f"Share of people within {km:g} km of fibre.")
            for km in fibre_bands_km
        ),
        share("stated_radio_share", "Of people with signal, the share whose serving cell a register fully states."),
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
            people("people", "Residents counted in the commune; empty when no people layer reaches it."),
            Column("area_km2", "number", "Geodesic area on WGS 84.", "km2", 0),
            *bounded(
                "internet_gap_share", f"Share of people without high-speed internet ({headline} Mbps in the busy hour)"
            ),
            people("internet_gap_people", f"People without high-speed internet ({headline} Mbps in the busy hour)."),
            *(
                column
                for suffix, season in SEASON_WORDS.items()
                for column in (
                    *bounded(
                        f"delivery_gap{suffix}_share",
                        f"Share of people farther than {gap_min:g} minutes from the nearest pick-up {season}",
                    ),
                    people(
                        f"delivery_gap{suffix}_people",
                        f"People farther than {gap_min:g} minutes from the nearest pick-up {season}.",
                    ),
                )
            ),
            *payment_columns(limits),
            *composite_columns(),
            *_internet(thresholds_mbps, fibre_bands_km),
            *delivery_columns(limits, currency),
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
            Column("challenged", "text", "Gaps that an accepted challenge sets, and who decided; empty for none."),
            *(
                share(f"{theme}_gap_modelled_share", f"What the model says where a challenge sets the {theme} gap.")
                for theme in ("internet", "delivery", "payment")
            ),
            Column("calibration", "text", "How drive tests shifted the received power; empty when they did not."),
            Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),
            Column("run_id", "text", "The run that made this row.", required=True),
            Column("run_date", "text", "The date of the run, ISO.", required=True),
            Column("geometry", "geometry", "Boundary after repair, WGS 84."),
        ),
    )
