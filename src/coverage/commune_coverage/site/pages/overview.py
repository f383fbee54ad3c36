"""The first page: national figures, what changed, and all communes."""

from __future__ import annotations

from collections.abc import Sequence

from commune_coverage.site.pages.assets import OVERVIEW_SCRIPTS
from commune_coverage.site.pages.page import PageContent, Site, SitePage
from commune_coverage.site.pages.views import View, gap_table
from commune_coverage.site.themes.theme import Theme


def overview_view(themes: Sequence[Theme]) -> View:
    columns = [column for theme in themes for column in gap_table(theme)]
    return View("index", tuple(themes), (), tuple(columns))


def overview_content(site: Site) -> PageContent:
    view = overview_view(site.themes)
    return PageContent(view.themes, {"view": view.as_json()}, files=("updates/national", "updates/changed"))


PAGE = SitePage(
    "index", "tab_overview", "overview.html.j2", OVERVIEW_SCRIPTS, overview_content, shows=(), section="overview"
)
