"""The two themes: which layers a page can show and which figures a chosen commune is told by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from coverage.maps.classes import COVERED_BREAKS_SHARE, GAP_BREAKS_SHARE, MAX_CLASSES, MapLayer
from coverage.maps.palette import BLUES, ORANGES
from coverage.maps.words import Saying
from coverage.tables import TECHNOLOGIES, megabits

MAPPED_TECHNOLOGIES = ("4g", "5g")


@dataclass(frozen=True)
class Row:
    """A line of the detail panel: a share with its people where the table has them, minutes or a count."""

    title: Saying
    column: str
    kind: Literal["share", "minutes", "count"]
    people_column: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"title": self.title.as_json(), "column": self.column, "kind": self.kind, "people": self.people_column}


@dataclass(frozen=True)
class Theme:
    """``layers[0]`` is the headline; ``key`` is also the page's name and the prefix of its columns."""

    key: Literal["internet", "delivery"]
    ramp: tuple[str, ...]
    gap: Saying
    about: Saying
    layers: tuple[MapLayer, ...]
    rows: tuple[Row, ...]

    @property
    def people_column(self) -> str:
        return f"{self.key}_gap_people"

    @property
    def share_column(self) -> str:
        return f"{self.key}_gap_share"

    @property
    def evidence_column(self) -> str:
        return f"{self.key}_evidence"

    @property
    def figure_columns(self) -> list[str]:
        """Every number of the table that the theme's page needs, without repeats."""
        shown = [column for row in self.rows for column in (row.column, row.people_column) if column]
        mapped = [layer.column for layer in self.layers if layer.kind != "evidence"]
        return list(dict.fromkeys(["people", self.people_column, self.share_column, *mapped, *shown]))

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "gap": self.gap.as_json(),
            "layers": [layer.as_json(self.ramp) for layer in self.layers],
            "rows": [row.as_json() for row in self.rows],
            "people_column": self.people_column,
            "share_column": self.share_column,
        }


def internet_theme(speeds_mbps: list[float]) -> Theme:
    """Gap layers for every speed (the first is the headline), coverage by the newer technologies, the evidence."""
    headline, *others = speeds_mbps
    layers = (
        _gap_layer("internet_gap_share", "map_layer_gap_headline", mbps=f"{headline:g}"),
        *(_gap_layer(_speed_column(speed, "share"), "map_layer_gap_speed", mbps=f"{speed:g}") for speed in others),
        *(
            _coverage_layer(f"covered_{t}_share", "map_layer_technology", technology=t.upper())
            for t in MAPPED_TECHNOLOGIES
        ),
        MapLayer("internet_evidence", Saying("map_layer_evidence"), "evidence"),
    )
    about = Saying("internet_about", {"mbps": f"{headline:g}"})
    return Theme("internet", BLUES, Saying("internet_gap_people"), about, layers, _internet_rows(speeds_mbps))


def _internet_rows(speeds_mbps: list[float]) -> tuple[Row, ...]:
    return (
        *(_speed_row(speed) for speed in speeds_mbps),
        _share_row("internet_gap_share_low", "row_gap_low", mbps=f"{speeds_mbps[0]:g}"),
        _share_row("internet_gap_share_high", "row_gap_high", mbps=f"{speeds_mbps[0]:g}"),
        Row(Saying("row_no_signal"), "no_signal_share", "share", "no_signal_people"),
        Row(Saying("row_too_slow"), "too_slow_share", "share", "too_slow_people"),
        _share_row(f"indoor_gap_{megabits(speeds_mbps[0])}_mbps_share", "row_indoor", mbps=f"{speeds_mbps[0]:g}"),
        *(_share_row(f"covered_{t}_share", "row_technology", technology=t.upper()) for t in TECHNOLOGIES),
        _share_row("operators_1_share", "row_operators_1"),
        *(_share_row(f"operators_{count}_share", "row_operators", operators=str(count)) for count in (2, 3)),
        Row(Saying("row_cells"), "cells", "count"),
        Row(Saying("row_samples"), "cell_samples", "count"),
    )


def delivery_theme(bands_min: list[float], gap_min: float) -> Theme:
    """The gap, the median minutes, every band but the gap's own, and the evidence."""
    minutes = f"{gap_min:g}"
    bands = sorted(bands_min)
    layers = (
        _gap_layer("delivery_gap_share", "map_layer_gap_minutes", minutes=minutes),
        MapLayer("minutes_to_hub_median", Saying("map_layer_minutes"), "minutes", tuple(bands[: MAX_CLASSES - 1])),
        *(
            _coverage_layer(f"within_{band:g}_min_share", "map_layer_within", minutes=f"{band:g}")
            for band in bands
            if band != gap_min
        ),
        MapLayer("delivery_evidence", Saying("map_layer_evidence"), "evidence"),
    )
    rows = (
        Row(Saying("row_gap_minutes", {"minutes": minutes}), "delivery_gap_share", "share", "delivery_gap_people"),
        Row(Saying("row_minutes"), "minutes_to_hub_median", "minutes"),
        *(_share_row(f"within_{band:g}_min_share", "row_within", minutes=f"{band:g}") for band in bands),
        _share_row("delivery_road_share", "row_road"),
    )
    gap = Saying("delivery_gap_people", {"minutes": minutes})
    return Theme("delivery", ORANGES, gap, Saying("delivery_about"), layers, rows)


def _speed_column(speed_mbps: float, figure: Literal["share", "people"]) -> str:
    return f"internet_gap_{megabits(speed_mbps)}_mbps_{figure}"


def _speed_row(speed_mbps: float) -> Row:
    title = Saying("row_gap_speed", {"mbps": f"{speed_mbps:g}"})
    return Row(title, _speed_column(speed_mbps, "share"), "share", _speed_column(speed_mbps, "people"))


def _share_row(column: str, key: str, **values: str) -> Row:
    return Row(Saying(key, values), column, "share")


def _gap_layer(column: str, key: str, **values: str) -> MapLayer:
    return MapLayer(column, Saying(key, values), "share", GAP_BREAKS_SHARE)


def _coverage_layer(column: str, key: str, **values: str) -> MapLayer:
    return MapLayer(column, Saying(key, values), "share", COVERED_BREAKS_SHARE)


def themes_of(thresholds: dict[str, Any]) -> tuple[Theme, Theme]:
    """Both themes for the thresholds of a report (Mbps and minutes)."""
    return (
        internet_theme(thresholds["high_speed_mbps"]),
        delivery_theme(thresholds["delivery_bands_min"], thresholds["delivery_gap_min"]),
    )
