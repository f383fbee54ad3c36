"""The page of one theme: its layers on a map, and its table."""

from __future__ import annotations

from commune_coverage.site.pages.assets import MAP_SCRIPTS
from commune_coverage.site.pages.page import BASIC, PageContent, Site, SitePage
from commune_coverage.site.pages.views import View, gap_table, map_content
from commune_coverage.site.themes.theme import Theme


def theme_view(theme: Theme) -> View:
    return View(theme.key, (theme,), theme.layers, gap_table(theme))


def theme_page(theme: Theme) -> SitePage:
    def content(site: Site) -> PageContent:
        return map_content(site, theme_view(theme), tables=(BASIC, f"layers-{theme.key}"))

    return SitePage(theme.key, f"tab_{theme.key}", "map.html.j2", MAP_SCRIPTS, content, maps=1, shows=())
