"""Two gaps next to each other, on one scale."""

from __future__ import annotations

from collections.abc import Sequence

from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.pages.assets import COMPARE_SCRIPTS
from commune_coverage.site.pages.page import PageContent, Site, SitePage
from commune_coverage.site.pages.views import TableColumn, View
from commune_coverage.site.themes.classification import GAP_BREAKS_SHARE, PURPLES, MapLayer
from commune_coverage.site.themes.theme import Theme


def compare_view(themes: Sequence[Theme]) -> View:
    """All gaps in both seasons on one scale and one ramp."""
    layers = tuple(
        MapLayer(
            f"{theme.key}_gap{season}_share",
            Saying("compare_layer", {"gap": [f"{theme.key}_title"], "season": [name]}),
            "share",
            PURPLES,
            GAP_BREAKS_SHARE,
            themes=(theme.key,),
        )
        for theme in themes
        for season, name in (("", "dry_season"), ("_wet", "wet_season"))
        if not season or f"{theme.key}_gap_wet_share" in theme.figure_columns
    )
    columns = tuple(TableColumn(theme.share_column, Saying(f"tab_{theme.key}"), "share", theme.key) for theme in themes)
    return View("compare", tuple(themes), layers, columns)


def compare_content(site: Site) -> PageContent:
    view = compare_view(site.given)
    return PageContent(view.themes, {"view": view.as_json()}, files=("shapes",))


PAGE = SitePage(
    "compare",
    "tab_compare",
    "compare.html.j2",
    COMPARE_SCRIPTS,
    compare_content,
    2,
    "compareMaps",
    shows=(),
    section="map",
)
