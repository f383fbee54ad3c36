"""The pages of the site, in the order of their tabs: a line each, and after them those of other packages."""

from __future__ import annotations

from collections.abc import Sequence

from commune_coverage.core.errors import PlugInError
from commune_coverage.core.plug_ins import PAGES, load_plug_ins
from commune_coverage.site.pages import (
    changes,
    commune,
    compare,
    confidence,
    obligations,
    official,
    overview,
    points,
    priority,
    rollout,
    run_report,
    validation,
    verification,
)
from commune_coverage.site.pages.page import SECTIONS, SitePage, Tabs
from commune_coverage.site.pages.theme import theme_page
from commune_coverage.site.themes.theme import Theme


def own_pages(themes: Sequence[Theme]) -> list[SitePage]:
    """The pages of this package; each theme has one."""
    return [
        overview.PAGE,
        *(theme_page(theme) for theme in themes),
        priority.PAGE,
        confidence.PAGE,
        changes.PAGE,
        obligations.PAGE,
        verification.PAGE,
        rollout.PAGE,
        official.PAGE,
        validation.PAGE,
        points.PAGE,
        compare.PAGE,
        commune.PAGE,
        run_report.PAGE,
    ]


def site_pages(themes: Sequence[Theme]) -> list[SitePage]:
    """All pages. Raises PlugInError when another package's page cannot be used."""
    pages = own_pages(themes)
    for page in load_plug_ins(PAGES):
        if not isinstance(page, SitePage) or page.folder is None:
            raise PlugInError(f"an entry of {PAGES} is no SitePage with a folder: {page!r:.80}")
        if page.key in {each.key for each in pages}:
            raise PlugInError(f"two pages are called '{page.key}'; rename the one in '{page.folder}'")
        if page.section not in SECTIONS:
            raise PlugInError(
                f"the page '{page.key}' is in the section '{page.section}'; there are: {', '.join(SECTIONS)}"
            )
        pages.append(page)
    return pages


def tabs_of(page: SitePage, written: Sequence[SitePage]) -> list[Tabs]:
    """The sections of a site, as a page shows them.

    Parameters
    ----------
    page : SitePage
        The page.
    written : sequence of SitePage
        All that the site has.

    Returns
    -------
    list of Tabs
        Without sections that have no page.
    """
    found = []
    for section in SECTIONS:
        pages = {one.key: one.title for one in written if one.section == section and one.has_tab}
        if pages:
            found.append(Tabs(f"section_{section}", pages, page.section == section))
    return found
