"""Where first: the gaps as one, and each two together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.pages.assets import MAP_SCRIPTS
from commune_coverage.site.pages.page import PageContent, Site, SitePage
from commune_coverage.site.pages.views import TableColumn, View, map_content
from commune_coverage.site.themes.classification import BOTH_BREAKS_SHARE, GAP_BREAKS_SHARE, PURPLES, MapLayer
from commune_coverage.site.themes.theme import Theme


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
        *map(_share_of, themes),
    )
    by_layer = {pair.key: tuple(_share_of(theme) for theme in themes if theme.key in pair.themes) for pair in pairs}
    return View("priority", tuple(themes), (together, *pairs), columns, by_layer)


def _share_of(theme: Theme) -> TableColumn:
    return TableColumn(theme.share_column, Saying(f"tab_{theme.key}"), "share", theme.key)


def priority_content(site: Site) -> PageContent:
    return map_content(site, priority_view(site.given))


PAGE = SitePage(
    "priority", "tab_priority", "priority.html.j2", MAP_SCRIPTS, priority_content, maps=1, shows=(), section="ranking"
)
