"""The published site of one run: an overview and one map per theme, in a folder that works from a stick."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd

from coverage.maps.changes import changes_page
from coverage.maps.overview import overview_page
from coverage.maps.page import make_frame
from coverage.maps.page_assets import MAP_SCRIPTS, copy_assets
from coverage.maps.records import commune_records
from coverage.maps.shapes import Geometries, drawn_shapes, outlines
from coverage.maps.theme import Theme
from coverage.maps.theme_map import map_page
from coverage.maps.themes import themes_of
from coverage.maps.words import Words, load_words


def write_site(communes: gpd.GeoDataFrame, report: Mapping[str, Any], folder: Path) -> Path:
    """Write index.html, a page for each theme and assets/ into ``folder``; the path of index.html.

    ``communes`` is the commune_gaps table in EPSG:4326, ``report`` the run's report.json. The same inputs give the
    same bytes. Raises CoverageError when the pages' assets are not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    copy_assets(folder / "assets")
    words = load_words(report["country"]["languages"])
    themes = themes_of(report["thresholds"])
    drawn = Drawn(drawn_shapes(communes))
    for theme in themes:
        page, script = theme_page(communes, report, words, theme, drawn)
        _write(folder / f"{theme.key}.html", page)
        _write(folder / f"{theme.key}.map.js", script)
    _write(folder / "changes.html", changes_page(communes, report, words))
    index = folder / "index.html"
    _write(index, overview_page(communes, report, words, themes))
    return index


class Drawn:
    """Geometries by commune, and the lines around units of them, worked out once for all pages."""

    def __init__(self, shapes: Geometries) -> None:
        self.shapes = shapes
        self.lines = cache(self._lines)

    def _lines(self, units: tuple[int | None, ...]) -> dict[int, Any]:
        return outlines(self.shapes, list(units))


def theme_page(
    communes: gpd.GeoDataFrame, report: Mapping[str, Any], words: Words, theme: Theme, drawn: Drawn
) -> tuple[str, str]:
    """One theme's map page as HTML, and its script; ``drawn`` has one geometry per row of ``communes``."""
    layers = [(layer, theme.evidence_column) for layer in theme.layers]
    records, texts = commune_records(communes, words.languages, theme.figure_columns, layers)
    data = {"themes": [theme.as_json()], "figures": theme.figure_columns, **texts}
    frame = make_frame(theme.key, words, report, [theme], data, MAP_SCRIPTS)
    return map_page(frame, records, drawn.shapes, drawn.lines(tuple(record["province"] for record in records)))


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))
