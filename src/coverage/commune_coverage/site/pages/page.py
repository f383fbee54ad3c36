"""What a page of the site is, and what a site has for its pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd

from commune_coverage.site.data.history import RunHistory
from commune_coverage.site.data.points import Points
from commune_coverage.site.data.ranges import NO_RANGES, Ranges
from commune_coverage.site.data.stored_plans import StoredPlans
from commune_coverage.site.geometry.base_map import BaseMap
from commune_coverage.site.geometry.generalise import SimplifiedBoundaries
from commune_coverage.site.geometry.raster_overlays import RasterOverlay
from commune_coverage.site.i18n.messages import Words
from commune_coverage.site.themes.theme import Theme

BASIC = "gaps"
"""The data file with the gaps of all communes."""


@dataclass(frozen=True)
class SiteExtras:
    """Each part may be absent; the pages then do without it, and draw the boundaries themselves.

    ``downloads`` are files that readers may take away, of the edition that the pages are of.
    """

    updates: RunHistory = field(default_factory=RunHistory)
    points: Points | None = None
    pictures: Sequence[RasterOverlay] = ()
    drawn: SimplifiedBoundaries | None = None
    plans: StoredPlans = field(default_factory=StoredPlans)
    downloads: Sequence[Path] = ()
    base: BaseMap | None = None


@dataclass(frozen=True)
class Site:
    """All that the pages are made of; ``earlier`` are the runs that the newest can be compared with.

    ``folder`` is where what the pages load is written, ``ranges`` are those of its shares.
    ``communes`` is the commune_gaps table in EPSG:4326, ``report`` the run's report.json.
    """

    folder: Path
    communes: gpd.GeoDataFrame
    report: Mapping[str, Any]
    words: Words
    themes: Sequence[Theme]
    drawn: SimplifiedBoundaries
    extras: SiteExtras
    earlier: Sequence[str]
    ranges: Ranges = NO_RANGES

    @property
    def given(self) -> Sequence[Theme]:
        """The themes of which there are data; all where there are none of any."""
        return [theme for theme in self.themes if theme.absent is None] or self.themes

    def rows(self, table: str) -> Sequence[Mapping[str, Any]]:
        """Rows of an exported table; none where the run has no such table. What is unknown is None."""
        found: Sequence[Mapping[str, Any]] = self.report.get("tables", {}).get(table, ())
        return found


@dataclass(frozen=True)
class PageContent:
    """What one page is filled with, besides what all pages share.

    ``themes`` are those whose national figures it has, ``data`` is what its scripts read in the page, ``tables`` (of
    figures) and ``files`` are the data files that it brings along, ``further`` are the variables of its template.
    """

    themes: Sequence[Theme] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    tables: Sequence[str] = (BASIC,)
    files: Sequence[str] = ()
    further: Mapping[str, Any] = field(default_factory=dict)


SECTIONS = ("overview", "map", "ranking", "verification", "plan", "data")
"""What readers look for, in the order of the tabs; each leads to its first page."""


class Tabs(NamedTuple):
    """A section of the site as its tabs show it.

    Attributes
    ----------
    title : str
        Key of its name in the words.
    pages : mapping of str to str
        The key of each page that has a tab, and that of its name.
    is_here : bool
        Whether the page that shows the tabs is one of the section.
    """

    title: str
    pages: Mapping[str, str]
    is_here: bool


def always(_: Site) -> bool:
    """Whether a page is written: of every site."""
    return True


@dataclass(frozen=True)
class SitePage:
    """A page as the registry has it: ``<key>.html``, made of a template, scripts and what ``content`` makes of a site.

    ``title`` is the key of its name in the words, ``section`` one of ``SECTIONS``. A page with ``maps`` has so many
    Folium maps, which the scripts' function ``draw`` gets. A page of another package has that package's ``folder``,
    with ``templates/``, with ``static/`` for scripts, and with ``words/<language>.toml``.

    ``shows`` are the layers of which it shows rows, positions, names or counts, as far as the edition that it is drawn
    for has them. A page that does not say is in no public edition of a run with confidential layers.
    """

    key: str
    title: str
    template: str
    scripts: Sequence[str]
    content: Callable[[Site], PageContent]
    maps: int = 0
    draw: str = "showMap"
    has_tab: bool = True
    section: str = "data"
    is_written: Callable[[Site], bool] = always
    folder: Path | None = None
    shows: tuple[str, ...] | None = None

    def is_in(self, report: Mapping[str, Any]) -> bool:
        """Whether the page is in the edition of a report: it is where anything of what it shows may be seen."""
        if report.get("edition") != "public":
            return True
        return self.shows is not None and (not self.shows or not set(self.shows) <= set(report["withheld_layers"]))
