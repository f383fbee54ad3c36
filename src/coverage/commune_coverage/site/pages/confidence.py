"""How far low and high are apart, and what the figures rest on."""

from __future__ import annotations

from collections.abc import Sequence

from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.pages.assets import MAP_SCRIPTS
from commune_coverage.site.pages.page import PageContent, Site, SitePage
from commune_coverage.site.pages.views import TableColumn, View, map_content
from commune_coverage.site.themes.classification import TEALS, WIDTH_BREAKS_SHARE, MapLayer
from commune_coverage.site.themes.theme import Theme


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


def confidence_content(site: Site) -> PageContent:
    return map_content(site, confidence_view(site.themes))


PAGE = SitePage("confidence", "tab_confidence", "confidence.html.j2", MAP_SCRIPTS, confidence_content, maps=1, shows=())
