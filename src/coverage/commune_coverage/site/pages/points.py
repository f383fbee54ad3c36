"""Towers and hubs, where they are known."""

from __future__ import annotations

from commune_coverage.site.pages.assets import POINTS_SCRIPTS
from commune_coverage.site.pages.overview import overview_view
from commune_coverage.site.pages.page import PageContent, Site, SitePage


def points_content(site: Site) -> PageContent:
    view = overview_view(site.themes)
    return PageContent(view.themes, {"view": view.as_json()}, files=("shapes", "sites", "hubs"))


def has_points(site: Site) -> bool:
    points = site.extras.points
    return points is not None and (len(points.sites) > 0 or len(points.hubs) > 0)


PAGE = SitePage(
    "sites",
    "tab_sites",
    "sites.html.j2",
    POINTS_SCRIPTS,
    points_content,
    1,
    "showPoints",
    is_written=has_points,
    shows=("towers", "hubs"),
    section="map",
)
