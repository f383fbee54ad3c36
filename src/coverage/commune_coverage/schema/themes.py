"""Columns of ``commune_gaps`` that each theme declares, and those of all gaps together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from commune_coverage.config.thresholds import Thresholds
from commune_coverage.schema.fixed import WITHOUT, Access, below, declare_fixed
from commune_coverage.schema.inputs import (
    EVIDENCE_CLASSES,
    SOURCES,
    TECHNOLOGIES,
    Column,
    bounded,
    megabits,
    people,
    share,
)

METHODS = {"roads": "roads", "friction": "friction raster", "straight": "straight line"}
"""Methods of timing, in words."""
SEASON_WORDS = {"": "in the dry season", "_wet": "in the wet season"}


class ThemeColumns(NamedTuple):
    """Columns of one theme, in the groups in which the table orders them.

    Attributes
    ----------
    theme : str
        Name that its columns begin with: ``<theme>_gap_share``, ``<theme>_evidence``, ``<theme>_note``.
    headline : tuple of Column
        The gap, and what stands first in the table.
    details : tuple of Column
        What explains the gap.
    notes : tuple of Column
        Texts that follow the note.
    """

    theme: str
    headline: tuple[Column, ...]
    details: tuple[Column, ...] = ()
    notes: tuple[Column, ...] = ()

    @property
    def evidence(self) -> Column:
        """The class of evidence of the theme."""
        return Column(
            f"{self.theme}_evidence", "text", f"How sure the {self.theme} figures are.", values=EVIDENCE_CLASSES
        )

    @property
    def all_notes(self) -> tuple[Column, ...]:
        """The note of the theme and further texts."""
        return (Column(f"{self.theme}_note", "text", f"Why the {self.theme} figures are missing or weak."), *self.notes)

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Every column of the theme."""
        return (*self.headline, *self.details, self.evidence, *self.all_notes)


def at_least(technology: str) -> str:
    """Name of what holds where a technology or a newer one is received outdoors."""
    return f"at_least_{technology}"


def fibre_band(within_km: float) -> str:
    """Return the name of the people within so many km of working fibre."""
    return f"fibre_within_{within_km:g}_km"


class _Counted(NamedTuple):
    """What the sentences say counts: in the gap, as a signal, and as networks of the radio stage."""

    access: Access
    signal: str
    networks: str


_MOBILE = ("mobile signal", "on mobile networks")
_OR_FIBRE = ("mobile signal or a fixed line along fibre", "on mobile networks or a fixed line along fibre")


def _of_threshold(speed: float, counted: _Counted) -> tuple[Column, ...]:
    """The gap at one threshold, and its parts."""
    name, access = megabits(speed), counted.access
    return (
        *bounded(f"internet_gap_{name}_mbps_share", f"Share of people {below(access, speed)}"),
        people(f"internet_gap_{name}_mbps_people", f"People {below(access, speed)}."),
        people(
            f"too_slow_{name}_mbps_people",
            f"Quality gap: people with {counted.signal} but below {speed:g} Mbps in the busy hour.",
        ),
        *bounded(
            f"edge_gap_{name}_mbps_share",
            f"Share of people below {speed:g} Mbps {counted.networks} at the cell edge at the stated load",
        ),
        *bounded(
            f"indoor_gap_{name}_mbps_share",
            f"Share of people below {speed:g} Mbps {counted.networks} indoors in the busy hour",
        ),
        *(
            share(f"measured_{net}_gap_{name}_mbps_share", f"Share of {net} speed tests below {speed:g} Mbps downlink.")
            for net in ("mobile", "fixed")
        ),
    )


def declare_internet(
    limits: Thresholds,
    fibre_bands_km: Sequence[float] = (),
    source: str = "modelled",
    access: Access = "mobile",
    has_fixed_layer: bool = False,
    by_fibre: bool = False,
) -> ThemeColumns:
    """Declare the columns of high-speed internet.

    Parameters
    ----------
    limits : Thresholds
        The ``[thresholds]`` section; the first speed is the headline.
    fibre_bands_km : sequence of float, optional
        Distances to fibre that are counted, km.
    source : {'modelled', 'declared'}
        What the headline rests on.
    access : {'mobile', 'neither', 'bounds'}
        What the gap counts.
    has_fixed_layer : bool
        Whether there is a layer of fixed lines.
    by_fibre : bool
        Whether the distance to fibre tells the speed of fixed lines.

    Returns
    -------
    ThemeColumns
    """
    headline = megabits(limits.high_speed_mbps[0])
    how = _HOW.get(source, "in the busy hour")
    words = f"{WITHOUT[access]} ({headline} Mbps {how})"
    counted = _Counted(access, *(_OR_FIBRE if by_fibre else _MOBILE))
    fixed = () if access == "mobile" else declare_fixed(limits.high_speed_mbps, has_fixed_layer)
    return ThemeColumns(
        "internet",
        (
            *bounded("internet_gap_share", f"Share of people {words}"),
            people("internet_gap_people", f"People {words}."),
            _SOURCE,
        ),
        (*_internet_details(limits.high_speed_mbps, fibre_bands_km, counted), *fixed),
        (Column("internet_doubts", "text", "The greatest doubts in the internet gap, and how many they concern."),),
    )


_HOW = {
    "declared": "as operators declare",
    "measured": "by speed tests, and without signal by the radio model",
    "combined": "by speed tests where there are enough, else by the radio model",
}
_SOURCE = Column(
    "internet_gap_source",
    "text",
    "What the internet gap rests on: the radio model, declarations or speed tests; empty where there is none.",
    values=("", *SOURCES),
)


def _internet_details(
    thresholds_mbps: Sequence[float], fibre_bands_km: Sequence[float], counted: _Counted
) -> tuple[Column, ...]:
    """Everything of high-speed internet but its gap and evidence."""
    signal = counted.signal
    return (
        *(column for speed in thresholds_mbps for column in _of_threshold(speed, counted)),
        *bounded("no_signal_share", f"Coverage gap: share of people with no {signal} of any technology outdoors"),
        people("no_signal_people", f"Coverage gap: people with no {signal} of any technology outdoors."),
        share("too_slow_share", f"Quality gap: share of people with {signal} but below the headline speed."),
        people("too_slow_people", f"Quality gap: people with {signal} but below the headline speed in the busy hour."),
        people("using_people", "People who use the mobile internet, where a table of subscriptions says so."),
        people("usage_gap_people", "Usage gap: people with signal who do not use the mobile internet."),
        share("usage_gap_share", "Usage gap: share of people with signal who do not use the mobile internet."),
        *(
            column
            for t in TECHNOLOGIES
            for column in (
                *bounded(f"covered_{t}_share", f"Share of people with {t.upper()} signal outdoors, best operator"),
                *bounded(f"{at_least(t)}_share", f"Share of people with {t.upper()} or newer outdoors (SDG 9.c.1)"),
                *bounded(f"covered_{t}_in_vehicle_share", f"Share of people with {t.upper()} signal in a car"),
                *bounded(f"covered_{t}_indoor_share", f"Share of people with {t.upper()} signal indoors"),
            )
        ),
        *(
            column
            for n in (1, 2, 3)
            for column in bounded(
                f"operators_{n}_share", f"Share of people with high speed from at least {n} mobile operators"
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


def _minutes(name: str, sentence: str) -> Column:
    return Column(name, "number", sentence, "min", 0)


def declare_delivery(limits: Thresholds, currency: str = "USD") -> ThemeColumns:
    """Declare the columns of last-mile delivery.

    Parameters
    ----------
    limits : Thresholds
        The ``[thresholds]`` section.
    currency : str, optional
        Currency of the cost of a parcel.

    Returns
    -------
    ThemeColumns
    """
    farther = f"farther than {limits.delivery_gap_min:g} minutes from the nearest pick-up"
    headline = (
        column
        for suffix, season in SEASON_WORDS.items()
        for column in (
            *bounded(f"delivery_gap{suffix}_share", f"Share of people {farther} {season}"),
            people(f"delivery_gap{suffix}_people", f"People {farther} {season}."),
        )
    )
    return ThemeColumns("delivery", tuple(headline), _delivery_details(limits, currency))


def _delivery_details(limits: Thresholds, currency: str) -> tuple[Column, ...]:
    """Everything of the last mile but its gap and evidence."""
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


def declare_payment(limits: Thresholds) -> ThemeColumns:
    """Declare the columns of payment points.

    Parameters
    ----------
    limits : Thresholds
        The ``[thresholds]`` section.

    Returns
    -------
    ThemeColumns
    """
    walk, urban, rural = (f"{x:g}" for x in (limits.payment_walk_min, limits.payment_urban_km, limits.payment_rural_km))
    near = f"within {urban} km ({rural} km where rural) or {walk} minutes on foot"
    columns = (
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
    return ThemeColumns("payment", columns)


def declare_composite() -> tuple[Column, ...]:
    """Declare the columns of all gaps together."""
    return (
        share("composite_gap_share", "Weighted mean of the three gap shares, weights from the country file."),
        Column("composite_rank", "integer", "Rank by that mean, 1 the greatest gap.", minimum=1),
        Column("composite_rank_low", "integer", "The least rank when weights are halved or doubled.", minimum=1),
        Column("composite_rank_high", "integer", "The greatest rank when weights are halved or doubled.", minimum=1),
    )
