"""The themes: which layers a page can show and which figures a chosen commune has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from commune_coverage.core import plug_ins
from commune_coverage.core.errors import PlugInError
from commune_coverage.schema.inputs import TECHNOLOGIES, megabits
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.themes.classification import MAX_CLASSES, ORANGES, RAMPS, MapLayer
from commune_coverage.site.themes.theme import (
    Row,
    Theme,
    both_seasons,
    coverage_layer,
    evidence_layer,
    gap_layer,
    gap_rows,
    share_row,
)

Thresholds = Mapping[str, Any]
MAPPED_TECHNOLOGIES = ("4g", "5g")


def internet_theme(speeds_mbps: list[float], source: str = "modelled") -> Theme:
    """Gap layers for every speed (the first is the headline), coverage by the newer technologies, the evidence."""
    headline, *others = speeds_mbps
    layers = (
        gap_layer("internet", "internet_gap_share", "map_layer_gap_headline", mbps=f"{headline:g}"),
        *(
            gap_layer("internet", _speed_column(speed, "share"), "map_layer_gap_speed", mbps=f"{speed:g}")
            for speed in others
        ),
        *(
            coverage_layer("internet", f"covered_{t}_share", "map_layer_technology", technology=t.upper())
            for t in MAPPED_TECHNOLOGIES
        ),
        evidence_layer("internet", has_declared=source == "declared"),
    )
    about = Saying("internet_about_declared" if source == "declared" else "internet_about", {"mbps": f"{headline:g}"})
    rows = _internet_rows(speeds_mbps)
    layer = "coverage" if source == "declared" else "towers"
    return Theme("internet", Saying("internet_gap_people"), about, layers, rows, RAMPS["internet"], source=layer)


def _internet_rows(speeds_mbps: list[float]) -> tuple[Row, ...]:
    return (
        *(_speed_row(speed) for speed in speeds_mbps),
        share_row("internet_gap_share_low", "row_gap_low", mbps=f"{speeds_mbps[0]:g}"),
        share_row("internet_gap_share_high", "row_gap_high", mbps=f"{speeds_mbps[0]:g}"),
        Row(Saying("row_no_signal"), "no_signal_share", "share", "no_signal_people"),
        Row(Saying("row_too_slow"), "too_slow_share", "share", "too_slow_people"),
        share_row(f"indoor_gap_{megabits(speeds_mbps[0])}_mbps_share", "row_indoor", mbps=f"{speeds_mbps[0]:g}"),
        *(share_row(f"covered_{t}_share", "row_technology", technology=t.upper()) for t in TECHNOLOGIES),
        share_row("operators_1_share", "row_operators_1"),
        *(share_row(f"operators_{count}_share", "row_operators", operators=str(count)) for count in (2, 3)),
        Row(Saying("row_cells"), "cells", "count"),
        Row(Saying("row_samples"), "cell_samples", "count"),
    )


def delivery_theme(bands_min: list[float], gap_min: float, promise_min: float, currency: str) -> Theme:
    """The gap in both seasons and between them, the median minutes, every band but the gap's own, roads, evidence."""
    minutes = f"{gap_min:g}"
    bands = sorted(bands_min)
    layers = (
        gap_layer("delivery", "delivery_gap_share", "map_layer_gap_minutes", minutes=minutes),
        gap_layer("delivery", "delivery_gap_wet_share", "map_layer_gap_wet_minutes", minutes=minutes),
        gap_layer("delivery", "delivery_wet_loss_share", "wet_loss", minutes=minutes),
        MapLayer(
            "minutes_to_hub_median",
            Saying("map_layer_minutes"),
            "minutes",
            ORANGES,
            tuple(bands[: MAX_CLASSES - 1]),
            themes=("delivery",),
        ),
        *(
            coverage_layer("delivery", f"within_{band:g}_min_share", "map_layer_within", minutes=f"{band:g}")
            for band in bands
            if band != gap_min
        ),
        coverage_layer("delivery", "rural_access_share", "rural_access"),
        evidence_layer("delivery"),
    )
    gap = Saying("delivery_gap_people", {"minutes": minutes})
    rows = _delivery_rows(bands, minutes, f"{promise_min:g}", currency)
    return Theme("delivery", gap, Saying("delivery_about"), layers, rows, RAMPS["delivery"], source="hubs")


def _delivery_rows(bands_min: list[float], minutes: str, promise: str, currency: str) -> tuple[Row, ...]:
    return (
        *gap_rows("delivery", Saying("row_gap_minutes", {"minutes": minutes})),
        Row(Saying("wet_loss", {"minutes": minutes}), "delivery_wet_loss_share", "share", "delivery_wet_loss_people"),
        both_seasons("minutes_to_hub_median", "row_minutes"),
        *(both_seasons(f"within_{band:g}_min_share", "row_within", minutes=f"{band:g}") for band in bands_min),
        Row(Saying("row_unreachable"), "unreachable_share", "share", "unreachable_people", has_wet=True),
        both_seasons("parcel_minutes_median", "row_parcel_minutes"),
        both_seasons("parcel_promise_share", "row_parcel_promise", minutes=promise),
        Row(Saying("row_parcel_cost", {"currency": currency}), "cost_per_parcel", "money", has_wet=True),
        both_seasons("overloaded_hub_share", "row_overloaded"),
        share_row("delivery_foot_share", "row_foot"),
        share_row("rural_access_share", "rural_access"),
    )


def payment_theme(urban_km: float, rural_km: float, walk_min: float) -> Theme:
    """The gap in both seasons, people within a walk, and the evidence."""
    urban, rural, minutes = f"{urban_km:g}", f"{rural_km:g}", f"{walk_min:g}"
    walk_share = f"payment_walk_{minutes}_min_share"
    layers = (
        gap_layer("payment", "payment_gap_share", "map_layer_payment"),
        gap_layer("payment", "payment_gap_wet_share", "map_layer_payment_wet"),
        coverage_layer("payment", walk_share, "map_layer_payment_walk", minutes=minutes),
        evidence_layer("payment"),
    )
    rows = (
        *gap_rows("payment", Saying("map_layer_payment")),
        share_row(f"payment_within_{urban}_km_share", "row_within_km", km=urban),
        share_row(f"payment_within_{rural}_km_rural_share", "row_within_km_rural", km=rural),
        both_seasons(walk_share, "row_walk_within", minutes=minutes),
        both_seasons("minutes_walk_to_payment_median", "row_walk_minutes"),
        both_seasons(f"payment_drive_{minutes}_min_share", "row_drive_within", minutes=minutes),
        both_seasons("minutes_drive_to_payment_median", "row_drive_minutes"),
    )
    about = Saying("payment_about", {"urban_km": urban, "rural_km": rural, "minutes": minutes})
    return Theme("payment", Saying("payment_gap_people"), about, layers, rows, RAMPS["payment"], source="payments")


def _speed_column(speed_mbps: float, figure: Literal["share", "people"]) -> str:
    return f"internet_gap_{megabits(speed_mbps)}_mbps_{figure}"


def _speed_row(speed_mbps: float) -> Row:
    title = Saying("row_gap_speed", {"mbps": f"{speed_mbps:g}"})
    return Row(title, _speed_column(speed_mbps, "share"), "share", _speed_column(speed_mbps, "people"))


def _internet_of(thresholds: Thresholds) -> Theme:
    return internet_theme(thresholds["high_speed_mbps"], thresholds.get("internet_source", "modelled"))


def _delivery_of(thresholds: Thresholds) -> Theme:
    return delivery_theme(
        thresholds["delivery_bands_min"],
        thresholds["delivery_gap_min"],
        thresholds["parcel_promise_min"],
        thresholds["currency"],
    )


def _payment_of(thresholds: Thresholds) -> Theme:
    return payment_theme(thresholds["payment_urban_km"], thresholds["payment_rural_km"], thresholds["payment_walk_min"])


THEMES = (_internet_of, _delivery_of, _payment_of)


def themes_of(thresholds: Thresholds) -> tuple[Theme, ...]:
    """The package's own themes for the thresholds of a report (Mbps, minutes and kilometres)."""
    return tuple(theme_of(thresholds) for theme_of in THEMES)


def site_themes(thresholds: Thresholds) -> tuple[Theme, ...]:
    """All themes of the pages: after the own ones those that other packages make of the thresholds.

    Raises PlugInError when one of them cannot be used.
    """
    themes = list(themes_of(thresholds))
    for theme_of in plug_ins.load_plug_ins(plug_ins.THEMES):
        theme = theme_of(thresholds)
        if not isinstance(theme, Theme) or theme.folder is None:
            raise PlugInError(f"an entry of {plug_ins.THEMES} makes no Theme with a folder: {theme!r:.80}")
        if theme.key in {each.key for each in themes}:
            raise PlugInError(f"two themes are called '{theme.key}'; rename the one in '{theme.folder}'")
        themes.append(theme)
    return tuple(themes)
