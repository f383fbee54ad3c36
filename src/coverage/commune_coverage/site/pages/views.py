"""What each map page shows: its layers, and the columns of the table beside the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.themes.classification import (
    BOTH_BREAKS_SHARE,
    CHANGE_BREAKS_SHARE,
    GAP_BREAKS_SHARE,
    PURPLES,
    TEAL_TO_BROWN,
    TEALS,
    WIDTH_BREAKS_SHARE,
    MapLayer,
)
from commune_coverage.site.themes.theme import Theme

ColumnKind = Literal["people", "share", "rank", "evidence", "width", "change", "change_people"]


@dataclass(frozen=True)
class TableColumn:
    """A column of the table; ``theme`` is whose evidence decides whether there is a figure."""

    column: str
    title: Saying
    kind: ColumnKind
    theme: str = ""
    other: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "column": self.column,
            "title": self.title.as_json(),
            "kind": self.kind,
            "theme": self.theme,
            "other": self.other,
        }


@dataclass(frozen=True)
class View:
    """A map page: ``layers[0]`` is shown first, the table is sorted by its first column."""

    page: str
    themes: tuple[Theme, ...]
    layers: tuple[MapLayer, ...]
    columns: tuple[TableColumn, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.page,
            "layers": [layer.as_json() for layer in self.layers],
            "columns": [column.as_json() for column in self.columns],
        }


def gap_table(theme: Theme) -> tuple[TableColumn, ...]:
    """People in the gap, and their share with its low and high."""
    return (
        TableColumn(theme.people_column, Saying(f"column_{theme.key}_people"), "people", theme.key),
        TableColumn(theme.share_column, Saying("column_share"), "share", theme.key),
    )


def theme_view(theme: Theme) -> View:
    return View(theme.key, (theme,), theme.layers, gap_table(theme))


def overview_view(themes: Sequence[Theme]) -> View:
    columns = [column for theme in themes for column in gap_table(theme)]
    return View("index", tuple(themes), (), tuple(columns))


def priority_view(themes: Sequence[Theme]) -> View:
    """The weighted mean of the gaps, and each two gaps together."""
    together = MapLayer("composite_gap_share", Saying("map_layer_composite"), "share", PURPLES, GAP_BREAKS_SHARE)
    pairs = [
        MapLayer(
            one.share_column,
            Saying("map_layer_both", {"one": [f"tab_{one.key}"], "other": [f"tab_{other.key}"]}),
            "both",
            (),
            BOTH_BREAKS_SHARE,
            other.share_column,
            (one.key, other.key),
            (Saying(f"{one.key}_title"), Saying(f"{other.key}_title")),
        )
        for other, one in combinations(themes, 2)
    ]
    columns = (
        TableColumn("composite_rank", Saying("column_priority_rank"), "rank"),
        TableColumn("composite_gap_share", Saying("map_layer_composite"), "share"),
        *(TableColumn(theme.share_column, Saying(f"tab_{theme.key}"), "share", theme.key) for theme in themes),
    )
    return View("priority", tuple(themes), (together, *pairs), columns)


def confidence_view(themes: Sequence[Theme]) -> View:
    """How far low and high are apart, and what each theme's figures rest on."""
    widths = [
        MapLayer(
            f"{theme.share_column}_high",
            Saying("map_layer_width", {"gap": [f"{theme.key}_title"]}),
            "width",
            TEALS,
            WIDTH_BREAKS_SHARE,
            f"{theme.share_column}_low",
            (theme.key,),
        )
        for theme in themes
    ]
    evidence = [
        MapLayer(
            f"{theme.key}_evidence",
            Saying("map_layer_evidence_of", {"gap": [f"{theme.key}_title"]}),
            "evidence",
            TEALS,
            themes=(theme.key,),
        )
        for theme in themes
    ]
    columns = tuple(
        TableColumn(
            f"{theme.share_column}_high", Saying(f"tab_{theme.key}"), "width", theme.key, f"{theme.share_column}_low"
        )
        for theme in themes
    )
    return View("confidence", tuple(themes), (*widths, *evidence), columns)


def change_view(themes: Sequence[Theme]) -> View:
    """By how many points each gap's share moved since the chosen run."""
    layers = tuple(
        MapLayer(
            theme.share_column,
            Saying("map_layer_change", {"gap": [f"{theme.key}_title"]}),
            "change",
            TEAL_TO_BROWN,
            CHANGE_BREAKS_SHARE,
            themes=(theme.key,),
        )
        for theme in themes
    )
    columns = tuple(
        TableColumn(theme.people_column, Saying(f"tab_{theme.key}"), "change_people", theme.key) for theme in themes
    )
    return View("changes", tuple(themes), layers, columns)


def compare_view(themes: Sequence[Theme]) -> View:
    """All gaps in both seasons on one scale and one ramp."""
    layers = tuple(
        MapLayer(
            f"{theme.key}_gap{season}_share",
            Saying("compare_layer", {"gap": [f"{theme.key}_title"], "season": [said]}),
            "share",
            PURPLES,
            GAP_BREAKS_SHARE,
            themes=(theme.key,),
        )
        for theme in themes
        for season, said in (("", "dry_season"), ("_wet", "wet_season"))
        if (theme.key, season) != ("internet", "_wet")
    )
    columns = tuple(TableColumn(theme.share_column, Saying(f"tab_{theme.key}"), "share", theme.key) for theme in themes)
    return View("compare", tuple(themes), layers, columns)
