"""The map of a province's brief: its colours, its patterns and a scale that is as long as it says."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pyproj
import pytest
import shapely

from commune_coverage.site.briefs.figures import Book
from commune_coverage.site.briefs.map import legend, province_map
from commune_coverage.site.i18n.messages import load_words
from commune_coverage.site.themes.registry import themes_of
from tests.site.invented import DATA_POOR_ROW, UNDRAWN_ROW, commune_grid, make_report

ROWS = list(range(10))  # two rows of five squares of 0.1 degrees
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def book() -> Book:
    table, report = commune_grid(), make_report()
    shapes = np.array([shapely.Polygon() if shape is None else shape for shape in table.geometry], dtype=object)
    return Book(table, report, load_words(["en"]), themes_of(report["thresholds"]), shapes)


def test_every_commune_with_a_boundary_has_its_class(book: Book) -> None:
    theme = book.themes[0]
    drawn = re.findall(r'Z" fill="([^"]+)"', province_map(book, theme, ROWS))
    rows = [row for row in ROWS if row != UNDRAWN_ROW]
    assert len(drawn) == len(rows)
    assert drawn[rows.index(DATA_POOR_ROW)] == "url(#pattern-data-poor)"
    assert drawn[0] == theme.ramp[0]


def test_the_scale_is_as_long_as_it_says(book: Book) -> None:
    drawn = province_map(book, book.themes[0], ROWS)
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', drawn)[1])
    end, km = float(re.search(r"H([\d.]+)V", drawn)[1]), float(re.search(r">(\d+)\skm<", drawn)[1])
    _, _, metres = pyproj.Geod(ellps="WGS84").inv(104, 11.1, 104.5, 11.1)
    assert km * 1000 == pytest.approx(end / width * metres, rel=0.01)


def test_the_legend_hatches_what_the_map_hatches(book: Book) -> None:
    *graded, poor, unknown = legend(book)
    assert [len(entry["swatches"]) for entry in graded] == [3] * 5
    for entry, pattern in ((poor, "pattern-data-poor"), (unknown, "pattern-unavailable")):
        (swatch,) = entry["swatches"]
        assert f'fill="url(#{pattern})"' in swatch
        assert f'id="{pattern}"' in swatch
        assert ElementTree.fromstring(swatch).tag.removeprefix(SVG) == "svg"  # noqa: S314
