"""The page of one commune, which its scripts fill."""

from __future__ import annotations

from commune_coverage.site.pages.assets import COMMUNE_SCRIPTS
from commune_coverage.site.pages.overview import overview_view
from commune_coverage.site.pages.page import PageContent, Site, SitePage


def commune_content(site: Site) -> PageContent:
    view = overview_view(site.themes)
    return PageContent(view.themes, {"view": view.as_json()}, files=("shapes",))


PAGE = SitePage(
    "commune",
    "tab_commune",
    "commune.html.j2",
    COMMUNE_SCRIPTS,
    commune_content,
    has_tab=False,
    shows=(),
    section="map",
)
