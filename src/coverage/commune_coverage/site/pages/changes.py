"""What changed since an earlier run, and why."""

from __future__ import annotations

from collections.abc import Sequence

from commune_coverage.site.data.changes import NO_CHANGES, change_lines
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.pages.assets import CHANGES_SCRIPTS
from commune_coverage.site.pages.page import PageContent, Site, SitePage
from commune_coverage.site.pages.views import TableColumn, View, map_content
from commune_coverage.site.themes.classification import CHANGE_BREAKS_SHARE, TEAL_TO_BROWN, MapLayer
from commune_coverage.site.themes.theme import Theme


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
    by_layer = {
        layer.key: (column, TableColumn(layer.column, Saying("column_share"), "change", column.theme))
        for layer, column in zip(layers, columns, strict=True)
    }
    return View("changes", tuple(themes), layers, columns, by_layer)


def changes_content(site: Site) -> PageContent:
    changes = site.report.get("changes") or NO_CHANGES
    further = {"changes": changes, **change_lines(changes, site.communes, site.words)}
    return map_content(site, change_view(site.given), data={"updates": site.earlier}, further=further)


PAGE = SitePage(
    "changes", "tab_changes", "changes.html.j2", CHANGES_SCRIPTS, changes_content, maps=1, shows=(), section="overview"
)
