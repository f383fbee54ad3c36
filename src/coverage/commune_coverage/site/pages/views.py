"""What map pages share: their layers, the columns of the table next to the map, and their content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.pages.page import BASIC, PageContent, Site
from commune_coverage.site.themes.classification import MapLayer
from commune_coverage.site.themes.theme import Theme, people_of

ColumnKind = Literal["people", "share", "minutes", "rank", "evidence", "width", "change", "change_people"]


@dataclass(frozen=True)
class TableColumn:
    """A column of the table; ``theme`` is whose evidence decides whether there is a figure.

    Of what ``is_coverage`` the least is the worst.
    """

    column: str
    title: Saying
    kind: ColumnKind
    theme: str = ""
    other: str = ""
    is_coverage: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "column": self.column,
            "isCoverage": self.is_coverage,
            "title": self.title.as_json(),
            "kind": self.kind,
            "theme": self.theme,
            "other": self.other,
        }


@dataclass(frozen=True)
class View:
    """A map page: ``layers[0]`` is shown first, the table is sorted by its first column.

    The table lists and saves what colours the map: where a layer is chosen it has ``columns_by_layer`` of its key, or
    ``columns`` where there are none.
    """

    page: str
    themes: tuple[Theme, ...]
    layers: tuple[MapLayer, ...]
    columns: tuple[TableColumn, ...]
    columns_by_layer: Mapping[str, tuple[TableColumn, ...]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.page,
            "layers": [
                layer.as_json() | {"columns": [column.as_json() for column in self._columns_of(layer)]}
                for layer in self.layers
            ],
            "columns": [column.as_json() for column in self.columns],
        }

    def _columns_of(self, layer: MapLayer) -> tuple[TableColumn, ...]:
        return self.columns_by_layer.get(layer.key, self.columns)


def gap_table(theme: Theme) -> tuple[TableColumn, ...]:
    """People in the gap, and their share with its low and high."""
    return (
        TableColumn(theme.people_column, Saying(f"column_{theme.key}_people"), "people", theme.key),
        TableColumn(theme.share_column, Saying("column_share"), "share", theme.key),
    )


def layer_table(layer: MapLayer) -> tuple[TableColumn, ...]:
    """What colours a map by one column, with the people of a gap before their share."""
    theme = layer.themes[0]
    if layer.kind == "evidence":
        return (TableColumn(layer.column, layer.title, "evidence", theme),)
    if layer.kind == "minutes":
        return (TableColumn(layer.column, layer.title, "minutes", theme),)
    people = TableColumn(people_of(layer.column), Saying("column_people_in_gap"), "people", theme)
    share = TableColumn(layer.column, layer.title, "share", theme, is_coverage=not layer.rises)
    return (share,) if share.is_coverage else (people, share)


def map_content(
    site: Site,
    view: View,
    tables: Sequence[str] = (BASIC,),
    data: Mapping[str, Any] | None = None,
    further: Mapping[str, Any] | None = None,
) -> PageContent:
    """The content of a page with one map of the communes."""
    pictures = [picture.known for picture in site.extras.pictures if picture.page == view.page]
    shown = {"view": view.as_json(), "pictures": pictures, **(data or {})}
    return PageContent(view.themes, shown, tables, ("shapes",), {"view": view, **(further or {})})
