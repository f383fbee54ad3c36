"""The published site of one run: its pages and their data, in a folder that works from a stick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from commune_coverage.site.data.communes import Parts, base_of, gap_columns, gaps_of, part_of, parts_of
from commune_coverage.site.data.history import RunHistory, write_history
from commune_coverage.site.data.points import Points, facts_of, write_points
from commune_coverage.site.data.scripts import figures, write_data
from commune_coverage.site.geometry.generalise import (
    SimplifiedBoundaries,
    level_data,
    outline_data,
    simplify_boundaries,
)
from commune_coverage.site.geometry.raster_overlays import RasterOverlay
from commune_coverage.site.i18n.changes import NO_CHANGES, change_lines, changed_data
from commune_coverage.site.i18n.messages import Words, load_words
from commune_coverage.site.pages.assets import (
    CHANGES_SCRIPTS,
    COMMUNE_SCRIPTS,
    COMPARE_SCRIPTS,
    MAP_SCRIPTS,
    OVERVIEW_SCRIPTS,
    POINTS_SCRIPTS,
    copy_assets,
)
from commune_coverage.site.pages.folium_map import map_page
from commune_coverage.site.pages.layout import TABS, PageContext, make_page_context, render_page
from commune_coverage.site.pages.run_report import run_report
from commune_coverage.site.pages.views import (
    View,
    change_view,
    compare_view,
    confidence_view,
    overview_view,
    priority_view,
    theme_view,
)
from commune_coverage.site.themes.registry import themes_of
from commune_coverage.site.themes.theme import Theme


@dataclass(frozen=True)
class SiteExtras:
    """Each part may be absent; the pages then do without it, and draw the boundaries themselves."""

    updates: RunHistory = field(default_factory=RunHistory)
    points: Points | None = None
    pictures: Sequence[RasterOverlay] = ()
    drawn: SimplifiedBoundaries | None = None


BASIC = "gaps"


@dataclass(frozen=True)
class Site:
    """All that the pages are made of; ``earlier`` are the runs that the newest can be compared with."""

    folder: Path
    communes: gpd.GeoDataFrame
    report: Mapping[str, Any]
    words: Words
    themes: Sequence[Theme]
    drawn: SimplifiedBoundaries
    beside: SiteExtras
    earlier: list[str]

    @property
    def tabs(self) -> dict[str, str]:
        without = set() if self.beside.points else {"sites"}
        return {page: key for page, key in TABS.items() if page not in without}

    @property
    def changes(self) -> dict[str, Any]:
        changes = self.report.get("changes") or NO_CHANGES
        return {"changes": changes, **change_lines(changes, self.communes, self.words)}


def write_site(
    communes: gpd.GeoDataFrame, report: Mapping[str, Any], folder: Path, beside: SiteExtras | None = None
) -> Path:
    """Write every page with its data and assets/ into ``folder``; the path of index.html.

    ``communes`` is the commune_gaps table in EPSG:4326, ``report`` the run's report.json. The same inputs give the
    same bytes. Raises CoverageError when the pages' assets are not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    copy_assets(folder / "assets")
    beside, parts = beside or SiteExtras(), parts_of(communes)
    words, themes = load_words(report["country"]["languages"]), themes_of(report["thresholds"])
    drawn = beside.drawn or simplify_boundaries(communes)
    earlier = write_history(folder, beside.updates, communes, report, parts)
    write_data(folder, "updates/changed", changed_data(report.get("changes") or NO_CHANGES))
    site = Site(folder, communes, report, words, themes, drawn, beside, earlier)
    _write_data(site, parts)
    for view in (*map(theme_view, themes), priority_view(themes), confidence_view(themes), change_view(themes)):
        _write_map(site, view)
    _write_others(site)
    return folder / "index.html"


def _write_data(site: Site, parts: Parts) -> None:
    table, folder = site.communes, site.folder
    for code, texts in site.words.texts.items():
        write_data(folder, f"words-{code}", texts)
    base = base_of(table, site.words.languages, parts)
    write_data(folder, "communes", base)
    write_data(folder, BASIC, gaps_of(table))
    for theme in site.themes:
        own = [column for column in theme.layer_columns if column not in gap_columns()]
        write_data(folder, f"layers-{theme.key}", figures(table, own))
    every = list(dict.fromkeys(column for theme in site.themes for column in theme.figure_columns))
    whole, near = site.drawn
    rows = np.arange(len(table))
    outlined = {"outlines": outline_data(whole, base["province"])}
    write_data(folder, "shapes", level_data(whole, rows) | outlined)
    for part in range(int(parts.max()) + 1 if len(parts) else 0):
        of_part = np.flatnonzero(parts == part)
        facts = facts_of(site.beside.points, of_part.tolist()) if site.beside.points else {}
        write_data(folder, f"parts/{part}", part_of(table, of_part, every) | facts)
        write_data(folder, f"shapes/{part}", level_data(near, of_part))
    if site.beside.points:
        write_points(folder, site.beside.points)
    for picture in site.beside.pictures:
        for name, value in picture.files.items():
            write_data(folder, name, value)


def _write_map(site: Site, view: View) -> None:
    """A page with one map, its layers and its table."""
    is_theme = view.page in {theme.key for theme in site.themes}
    tables = [BASIC, *([f"layers-{view.page}"] if is_theme else [])]
    pictures = [picture.known for picture in site.beside.pictures if picture.page == view.page]
    is_change = view.page == "changes"
    data = {"view": view.as_json(), "pictures": pictures} | ({"updates": site.earlier} if is_change else {})
    further = {"view": view, **(site.changes if is_change else {})}
    frame = make_page_context(
        view.page,
        site.words,
        site.report,
        view.themes,
        data,
        CHANGES_SCRIPTS if is_change else MAP_SCRIPTS,
        tables=tables,
        files=["shapes"],
        tabs=site.tabs,
        further=further,
    )
    template = "map.html.j2" if is_theme else f"{view.page}.html.j2"
    _write_pages(site, view.page, *map_page(template, frame, site.drawn.whole.shapes))


def _write_others(site: Site) -> None:
    """Overview, how the run was made, commune page, comparison, and towers and hubs where they are known."""

    def frame(page: str, view: View, scripts: Sequence[str], files: Sequence[str]) -> PageContext:
        return make_page_context(
            page,
            site.words,
            site.report,
            view.themes,
            {"view": view.as_json()},
            scripts,
            tables=[BASIC],
            files=files,
            tabs=site.tabs,
        )

    overview, compare = overview_view(site.themes), compare_view(site.themes)
    index = frame("index", overview, OVERVIEW_SCRIPTS, ["updates/national", "updates/changed"])
    _write(site.folder / "index.html", render_page("overview.html.j2", index))
    of_run = make_page_context(
        "run", site.words, site.report, [], {}, (), tabs=site.tabs, further=run_report(site.report)
    )
    _write(site.folder / "run.html", render_page("run.html.j2", of_run))
    commune = frame("commune", overview, COMMUNE_SCRIPTS, ["shapes"])
    _write(site.folder / "commune.html", render_page("commune.html.j2", commune))
    pair = frame("compare", compare, COMPARE_SCRIPTS, ["shapes"])
    shapes = site.drawn.whole.shapes
    _write_pages(site, "compare", *map_page("compare.html.j2", pair, shapes, "compareMaps", count=2))
    if site.beside.points:
        points = frame("sites", overview, POINTS_SCRIPTS, ["shapes", "sites", "hubs"])
        _write_pages(site, "sites", *map_page("sites.html.j2", points, shapes, "showPoints"))


def _write_pages(site: Site, page: str, html: str, script: str) -> None:
    _write(site.folder / f"{page}.html", html)
    _write(site.folder / f"{page}.map.js", script)


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))
