"""The page of one theme: its layers on a map, and its table."""

from __future__ import annotations

from commune_coverage.site.pages.assets import MAP_SCRIPTS
from commune_coverage.site.pages.page import BASIC, PageContent, Site, SitePage
from commune_coverage.site.pages.views import View, gap_table, layer_table, map_content
from commune_coverage.site.themes.theme import Theme


def theme_view(theme: Theme) -> View:
    """The layers of a theme, each with a table of its own; that of the first has the gap in people and share."""
    tables = {layer.key: layer_table(layer) for layer in theme.layers[1:]}
    return View(theme.key, (theme,), theme.layers, gap_table(theme), tables)


def theme_page(theme: Theme) -> SitePage:
    def content(site: Site) -> PageContent:
        given = next(each for each in site.themes if each.key == theme.key)
        return map_content(site, theme_view(given), tables=(BASIC, f"layers-{theme.key}"))

    return SitePage(theme.key, f"tab_{theme.key}", "map.html.j2", MAP_SCRIPTS, content, maps=1, shows=(), section="map")
