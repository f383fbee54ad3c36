"""One PDF for each province: its map, its figures, what changed and the ranking of its communes.

WeasyPrint lays out HTML with the fonts of the pages; Pango shapes Khmer, as browsers do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from commune_coverage.core.errors import CoverageError
from commune_coverage.site.briefs.breaks import BREAK, breakable
from commune_coverage.site.briefs.figures import Book, commune_line, ranked, totals
from commune_coverage.site.briefs.map import legend, province_map
from commune_coverage.site.data.communes import names_of, text_of
from commune_coverage.site.data.ranges import ranges_of, with_drawn_gaps
from commune_coverage.site.geometry.generalise import simplify_boundaries
from commune_coverage.site.i18n.messages import load_words
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.pages.facts import credits_of, warnings_of
from commune_coverage.site.pages.layout import templates
from commune_coverage.site.themes.registry import themes_of

STYLE = Path(__file__).parents[1] / "templates" / "brief.css"
Write = Callable[[str, Path], None]


def write_briefs(
    table: gpd.GeoDataFrame,
    report: Mapping[str, Any],
    folder: Path,
    languages: Sequence[str],
    provinces: Sequence[str],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Path]:
    """Write ``<province>-<language>.pdf`` for every named province and language; their paths.

    ``table`` is commune_gaps, ``report`` report.json with ``changes`` and rows of ``intervals``. Raises CoverageError
    where the PDF library or its system library is not installed.
    """
    write = pdf_writer()
    folder.mkdir(parents=True, exist_ok=True)
    shapes, rows, written = simplify_boundaries(table).near.shapes, provinces_of(table), []
    ranges, table = ranges_of(table, report), with_drawn_gaps(table, report)
    for language in languages:
        words = load_words([language, *(code for code in report["country"]["languages"] if code != language)])
        words = words.of_access(report["thresholds"].get("internet_access", "mobile"))
        themes = tuple(theme.given(report) for theme in themes_of(report["thresholds"]))
        book = Book(table, report, breakable(words), themes, shapes, ranges)
        for code in provinces:
            target = folder / f"{_plain(code)}-{language}.pdf"
            write(brief_html(book, rows[code]), target)
            written.append(target)
            progress(len(written), len(languages) * len(provinces))
    return written


def pdf_writer() -> Write:
    """Writes HTML as a tagged PDF, with the fonts and the style next to the pages and nothing from elsewhere."""
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        raise CoverageError(
            "briefs need WeasyPrint and Pango: pip install 'commune-coverage[briefs]', and the system's package "
            "(Debian: libpango-1.0-0, libpangoft2-1.0-0)"
        ) from error

    fetcher, fonts = URLFetcher(allowed_protocols={"file"}), FontConfiguration()
    style = CSS(filename=STYLE, font_config=fonts, url_fetcher=fetcher)

    def write(html: str, target: Path) -> None:
        document = HTML(string=html, url_fetcher=fetcher)
        aside = target.with_name(f".{target.name}")
        document.write_pdf(aside, stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1")
        aside.replace(target)

    return write


def provinces_of(table: pd.DataFrame) -> dict[str, list[int]]:
    """Rows of the communes of each province by its code."""
    codes = table["province_code"].map(text_of)
    return {code: np.flatnonzero(codes == code).tolist() for code in sorted(set(codes) - {""})}


def _plain(code: str) -> str:
    """A province's code as a file name."""
    return "".join(letter if letter.isalnum() else "_" for letter in code)[:60]


def brief_html(book: Book, rows: list[int]) -> str:
    """The brief of the province of some rows."""
    own, words = book.table.iloc[rows], book.words
    names = names_of(own.iloc[0], "province", words.languages)
    shown = words.name(names) or text_of(own.iloc[0]["province_code"])
    warnings = warnings_of(book.report)
    gaps = [totals(book, theme, rows) | {"map": province_map(book, theme, rows)} for theme in book.themes]
    return (
        templates()
        .get_template("brief.html.j2")
        .render(
            words=words,
            title=words.text_of("brief_title").replace(BREAK, ""),
            report=book.report,
            province=shown,
            also=" · ".join(sorted({name for name in names.values() if name != shown})),
            run_date=words.text(Saying("run_date", {"run_date": book.report["run_date"]})),
            banners=[words.text(banner) for banner, _ in warnings],
            watermark=words.text(warnings[0][1]) if warnings else "",
            gaps=gaps,
            legend=legend(book),
            rows=[commune_line(book, row) for row in ranked(own, rows)],
            credits=credits_of(book.report),
            run=words.text(Saying("run", {"run": book.report["run_id"]})),
        )
    )
