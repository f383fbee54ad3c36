"""The published site of one run: its pages and their data, in a folder that works from a stick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from commune_coverage.core.errors import PlugInError
from commune_coverage.core.files import link_file, link_tree
from commune_coverage.site.data.changes import NO_CHANGES, changed_data
from commune_coverage.site.data.communes import Parts, base_of, gap_columns, gaps_of, part_of, parts_of
from commune_coverage.site.data.history import write_history
from commune_coverage.site.data.points import facts_of, write_points
from commune_coverage.site.data.ranges import DRAWN_COLUMNS, FILE, ranges_of, with_drawn_gaps
from commune_coverage.site.data.scripts import FOLDER, figures, write_data
from commune_coverage.site.geometry.base_map import INDEX, base_files
from commune_coverage.site.geometry.generalise import level_data, middle_of, outline_data, simplify_boundaries
from commune_coverage.site.i18n.messages import load_words
from commune_coverage.site.pages import rollout
from commune_coverage.site.pages.assets import copy_assets, copy_static
from commune_coverage.site.pages.folium_map import map_page
from commune_coverage.site.pages.layout import has_policy, make_page_context, render_page
from commune_coverage.site.pages.page import BASIC, Site, SiteExtras, SitePage, Tabs
from commune_coverage.site.pages.registry import site_pages, tabs_of
from commune_coverage.site.pages.update_files import POINTER, files_folder, write_pointer
from commune_coverage.site.themes.registry import site_themes
from commune_coverage.site.themes.theme import Theme

PICTURES, POINT_FILES = "pictures/index", ("sites", "hubs", "payments")
"""Data files that a page asks for where it wants to know of one spot."""


def write_site(
    communes: gpd.GeoDataFrame,
    report: Mapping[str, Any],
    folder: Path,
    extras: SiteExtras | None = None,
    data: Path | None = None,
) -> Path:
    """Write every page into ``folder``, its data and assets/ into a folder of the run in it; the path of index.html.

    ``communes`` is the commune_gaps table in EPSG:4326, ``report`` the run's report.json, ``data`` the folder that
    ``write_site_data`` has written of the same figures, so that it need not be done again. The same inputs give the
    same bytes. Raises CoverageError when the pages' assets are not installed, or another package's page cannot be used.
    """
    files = folder / files_folder(report["run_id"])
    site, pages, folders = _begun(communes, report, files, extras or SiteExtras())
    copy_assets(files / "assets")
    copy_static(folders, files / "assets")
    for path in site.extras.downloads:
        link_file(path, files / "downloads" / path.name)
    parts = parts_of(communes)
    if data is None:
        _write_data(site, parts)
    else:
        link_tree(data / FOLDER, files / FOLDER)
    site = replace(site, earlier=write_history(files, site.extras.updates, communes, report, parts))
    write_data(files, "updates/changed", changed_data(report.get("changes") or NO_CHANGES))
    written = [page for page in pages if page.is_in(report) and page.is_written(site)]
    for page in written:
        _write_page(site, page, tabs_of(page, written), folder)
    if rollout.PAGE in written:
        for plan in site.extras.plans.plans:
            link_tree(plan.pages, folder / plan.folder)
    write_pointer(folder, report)
    return folder / "index.html"


def write_site_data(
    communes: gpd.GeoDataFrame, report: Mapping[str, Any], folder: Path, extras: SiteExtras | None = None
) -> None:
    """Write ``data/`` of a site without what tells of other runs: what neither the date nor the name of a run changes.

    Of the ``report`` the languages, the thresholds, the national figures, what they rest on and the tables are read.
    """
    site, _, _ = _begun(communes, report, folder, extras or SiteExtras())
    _write_data(site, parts_of(communes))


def _begun(
    communes: gpd.GeoDataFrame, report: Mapping[str, Any], folder: Path, extras: SiteExtras
) -> tuple[Site, list[SitePage], list[Path]]:
    """A site that is not written yet, its pages, and the folders of other packages that bring some of it."""
    folder.mkdir(parents=True, exist_ok=True)
    themes = tuple(theme.given(report) for theme in site_themes(report["thresholds"]))
    pages = site_pages(themes)
    folders = _folders(themes, pages)
    words = load_words(report["country"]["languages"], [each / "words" for each in folders])
    words = words.of_access(report["thresholds"].get("internet_access", "mobile"))
    drawn = extras.drawn or simplify_boundaries(communes)
    ranges = ranges_of(communes, report, [theme.key for theme in themes])
    return Site(folder, communes, report, words, themes, drawn, extras, (), ranges), pages, folders


def _folders(themes: Sequence[Theme], pages: Sequence[SitePage]) -> list[Path]:
    """Of the other packages that bring themes or pages, each once."""
    folders = [*(theme.folder for theme in themes), *(page.folder for page in pages)]
    return list(dict.fromkeys(folder for folder in folders if folder is not None))


def _write_data(site: Site, parts: Parts) -> None:
    table, folder, told = with_drawn_gaps(site.communes, site.report), site.folder, site.words.told_names
    for code, texts in site.words.texts.items():
        write_data(folder, f"words-{code}", texts)
    base = base_of(table, site.words.languages, parts)
    write_data(folder, "communes", base)
    keys = [theme.key for theme in site.themes]
    write_data(folder, BASIC, gaps_of(table, keys, DRAWN_COLUMNS))
    write_data(folder, FILE, site.ranges.as_json())
    for theme in site.themes:
        own = [column for column in theme.map_columns if column not in gap_columns(keys)]
        write_data(folder, f"layers-{theme.key}", figures(table, own))
    every = list(dict.fromkeys(column for theme in site.themes for column in theme.figure_columns))
    whole, near = site.drawn
    rows = np.arange(len(table))
    outlined = {"outlines": outline_data(whole, base["province"])}
    write_data(folder, "shapes", level_data(whole, rows) | outlined)
    for part in range(int(parts.max()) + 1 if len(parts) else 0):
        of_part = np.flatnonzero(parts == part)
        facts = facts_of(site.extras.points, of_part.tolist(), told) if site.extras.points else {}
        write_data(folder, f"parts/{part}", part_of(table, of_part, every, told, keys) | facts)
        write_data(folder, f"shapes/{part}", level_data(near, of_part))
    if site.extras.points:
        write_points(folder, site.extras.points, told, middle_of(whole))
    if site.extras.base:
        for name, value in base_files(site.extras.base).items():
            write_data(folder, name, value)
    if site.extras.pictures:
        write_data(folder, PICTURES, [picture.known for picture in site.extras.pictures])
    for picture in site.extras.pictures:
        for name, value in picture.files.items():
            write_data(folder, name, value)


def _write_page(site: Site, page: SitePage, tabs: Sequence[Tabs], folder: Path) -> None:
    content = page.content(site)
    base = (INDEX,) if page.maps and site.extras.base else ()
    downloads = [path.name for path in site.extras.downloads]
    lazy = [*(POINT_FILES if site.extras.points else ()), *((PICTURES,) if site.extras.pictures else ())]
    frame = make_page_context(
        page.key,
        page.title,
        site.words,
        site.report,
        content.themes,
        {"pointer": POINTER, "downloads": downloads, "lazy": lazy} | dict(content.data),
        page.scripts,
        tabs=tabs,
        tables=content.tables,
        files=(*content.files, *base),
        further=content.further,
        folder=page.folder,
        ranges=site.ranges,
    )
    if page.maps:
        html, script = map_page(page.template, frame, site.drawn.whole.shapes, page.draw, page.maps)
        _write(site.folder / f"{page.key}.map.js", script)
    else:
        html = render_page(page.template, frame)
    if not has_policy(html, site.report):
        raise PlugInError(f"the template of the page '{page.key}' does not extend page.html.j2")
    _write(folder / f"{page.key}.html", html)


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))
