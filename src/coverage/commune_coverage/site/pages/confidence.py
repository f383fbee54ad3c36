"""How far low and high are apart, and what the figures rest on."""

from __future__ import annotations

from collections.abc import Sequence

from commune_coverage.site.data.ranges import NO_RANGES, Ranges
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.pages.assets import MAP_SCRIPTS
from commune_coverage.site.pages.page import PageContent, Site, SitePage
from commune_coverage.site.pages.views import TableColumn, View, layer_table, map_content
from commune_coverage.site.themes.classification import TEALS, WIDTH_BREAKS_SHARE, MapLayer
from commune_coverage.site.themes.theme import Theme


def confidence_view(themes: Sequence[Theme], ranges: Ranges = NO_RANGES) -> View:
    """How wide the range of each gap is, and what each theme's figures rest on."""
    ends = {theme.key: _ends(theme, ranges) for theme in themes}
    widths = [_width_layer(theme, *ends[theme.key]) for theme in themes]
    evidence = [_evidence_layer(theme) for theme in themes]
    columns = {
        theme.key: TableColumn(ends[theme.key][1], Saying(f"tab_{theme.key}"), "width", theme.key, ends[theme.key][0])
        for theme in themes
    }
    by_layer: dict[str, tuple[TableColumn, ...]] = {layer.key: (columns[layer.themes[0]],) for layer in widths}
    by_layer |= {layer.key: layer_table(layer) for layer in evidence}
    return View("confidence", tuple(themes), (*widths, *evidence), tuple(columns.values()), by_layer)


def _ends(theme: Theme, ranges: Ranges) -> tuple[str, str]:
    """The columns of the low and the high end of the range that the pages show of a gap."""
    source = ranges.columns.get(theme.share_column)
    return (source.low, source.high) if source else (f"{theme.share_column}_low", f"{theme.share_column}_high")


def _width_layer(theme: Theme, low: str, high: str) -> MapLayer:
    title = Saying("map_layer_width", {"gap": [f"{theme.key}_title"]})
    return MapLayer(high, title, "width", TEALS, WIDTH_BREAKS_SHARE, low, (theme.key,))


def _evidence_layer(theme: Theme) -> MapLayer:
    title = Saying("map_layer_evidence_of", {"gap": [f"{theme.key}_title"]})
    return MapLayer(f"{theme.key}_evidence", title, "evidence", TEALS, themes=(theme.key,))


def confidence_content(site: Site) -> PageContent:
    return map_content(site, confidence_view(site.given, site.ranges))


PAGE = SitePage("confidence", "tab_confidence", "confidence.html.j2", MAP_SCRIPTS, confidence_content, maps=1, shows=())
