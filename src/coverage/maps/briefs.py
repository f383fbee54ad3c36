"""One PDF for each province: its map, its figures, what changed and the ranking of its communes.

WeasyPrint lays out HTML with the fonts of the pages; Pango shapes Khmer, as browsers do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.errors import CoverageError
from coverage.maps.change_words import signed
from coverage.maps.communes import names_of, text_of
from coverage.maps.facts import credits_of, warnings_of
from coverage.maps.numbers import held, people_text, share_text, unit_of
from coverage.maps.page import templates
from coverage.maps.palette import DATA_POOR_FILL, UNAVAILABLE_FILL
from coverage.maps.shapes import Geometries, drawn_shapes
from coverage.maps.theme import Theme
from coverage.maps.themes import themes_of
from coverage.maps.words import Saying, Words, load_words

STYLE = Path(__file__).parent / "templates" / "brief.css"
MAP_WIDTH, MAP_HEIGHT = 300.0, 300.0
Write = Callable[[str, Path], None]


@dataclass(frozen=True)
class Book:
    """What all briefs of a run in one language have in common; ``shapes`` has one geometry per row of ``table``."""

    table: gpd.GeoDataFrame
    report: Mapping[str, Any]
    words: Words
    themes: tuple[Theme, ...]
    shapes: Geometries


def write_briefs(
    table: gpd.GeoDataFrame, report: Mapping[str, Any], folder: Path, languages: Sequence[str],
    provinces: Sequence[str], progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Path]:  # fmt: skip
    """Write ``<province>-<language>.pdf`` for every named province and language; their paths.

    ``table`` is commune_gaps, ``report`` report.json with ``changes``. Raises CoverageError where the PDF library or
    its system library is not installed.
    """
    write = pdf_writer()
    folder.mkdir(parents=True, exist_ok=True)
    shapes, rows, written = drawn_shapes(table).near.shapes, provinces_of(table), []
    for language in languages:
        words = load_words([language, *(code for code in report["country"]["languages"] if code != language)])
        book = Book(table, report, words, themes_of(report["thresholds"]), shapes)
        for code in provinces:
            target = folder / f"{_plain(code)}-{language}.pdf"
            write(brief_html(book, rows[code]), target)
            written.append(target)
            progress(len(written), len(languages) * len(provinces))
    return written


def pdf_writer() -> Write:
    """Writes HTML as a tagged PDF, with the fonts and the style beside the pages and nothing from elsewhere."""
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
    gaps = [_gap(book, theme, rows) for theme in book.themes]
    return templates().get_template("brief.html.j2").render(
        words=words, report=book.report, province=shown,
        also=" · ".join(sorted({name for name in names.values() if name != shown})),
        night=words.text(Saying("night", {"night": book.report["night"]})),
        banners=[words.text(banner) for banner, _ in warnings],
        watermark=words.text(warnings[0][1]) if warnings else "",
        gaps=gaps, legend=_legend(book), rows=[_row(book, row) for row in _ranked(own, rows)],
        credits=credits_of(book.report), run=words.text(Saying("run", {"run": book.report["run_id"]})),
    )  # fmt: skip


def figure(row: Mapping[Any, Any] | pd.Series, column: str) -> float | None:
    """A figure as the pages hold it."""
    value = held(row.get(column), column)
    return None if value is None else value / unit_of(column)


def _is_graded(row: pd.Series, theme: Theme) -> bool:
    return row.get(theme.evidence_column) != "data-poor" and figure(row, theme.share_column) is not None


def _gap(book: Book, theme: Theme, rows: list[int]) -> dict[str, Any]:
    """Totals over the communes that have a figure, low and high from those of the communes."""
    words = book.words
    known = book.table.iloc[[row for row in rows if _is_graded(book.table.iloc[row], theme)]]
    found = {
        "key": theme.key, "title": words.text_of(f"{theme.key}_title"), "said": words.text(theme.gap),
        "people": words.text_of("not_computed"), "share": "", "bounds": "", "change": "",
        "map": _map(book, theme, rows),
    }  # fmt: skip
    people = float(known["people"].sum())
    if known.empty or not people:
        return found | {"said": ""}
    gap = float(known[theme.people_column].sum())
    low, high = (float((known[f"{theme.share_column}_{bound}"] * known["people"]).sum()) for bound in ("low", "high"))
    values = {"share": share_text(gap / people), "people": people_text(people)}
    between = {"low": share_text(low / people), "high": share_text(high / people)}
    return found | {
        "people": people_text(gap), "share": words.text(Saying("share_of_people", values)),
        "bounds": words.text(Saying("between_shares", between)), "change": _change(book, theme, known),
    }  # fmt: skip


def _change(book: Book, theme: Theme, known: pd.DataFrame) -> str:
    """People who came into the gap since the night before, among the communes that moved most."""
    changes = book.report.get("changes") or {}
    codes = set(known["commune_code"])
    moved = [
        one["change_people"] for one in changes.get("communes", [])
        if one["figure"] == theme.people_column and one["commune_code"] in codes
    ]  # fmt: skip
    if not moved:
        return ""
    said = {"people": signed(sum(moved)), "communes": str(len(moved)), "day": changes["night_before"]}
    return book.words.text(Saying("brief_change", said))


def _map(book: Book, theme: Theme, rows: list[int]) -> str:
    """The province's communes coloured by the gap, as SVG."""
    layer, fills = theme.layers[0], [entry["fill"] for entry in theme.layers[0].legend()]
    drawn = [row for row in rows if not book.shapes[row].is_empty]
    if not drawn:
        return ""
    west, south, east, north = shapely.total_bounds(book.shapes[drawn])
    flat = float(np.cos(np.radians((south + north) / 2)))
    scale = min(MAP_WIDTH / max((east - west) * flat, 1e-9), MAP_HEIGHT / max(north - south, 1e-9))
    paths = []
    for row in drawn:
        commune = book.table.iloc[row]
        number = layer.class_of(figure(commune, layer.column), commune.get(theme.evidence_column))
        path = _path(book.shapes[row], lambda xy: ((xy[:, 0] - west) * flat * scale, (north - xy[:, 1]) * scale))
        paths.append(f'<path d="{path}" fill="{fills[number]}" stroke="#fff" stroke-width="0.7"/>')
    size = f"{(east - west) * flat * scale:.0f} {(north - south) * scale:.0f}"
    return f'<svg viewBox="0 0 {size}" aria-hidden="true">{PATTERNS}{"".join(paths)}</svg>'


PATTERNS = (
    '<defs><pattern id="pattern-data-poor" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="#f1f3f5"/><path d="M0 6L6 0" stroke="#868e96" stroke-width="1.5"/></pattern>'
    '<pattern id="pattern-unavailable" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="#fff"/><circle cx="3" cy="3" r="1" fill="#868e96"/></pattern></defs>'
)


def _path(shape: Any, placed: Callable[[Any], tuple[Any, Any]]) -> str:
    rings = [
        ring for part in shapely.get_parts(shape) if part.geom_type == "Polygon"
        for ring in (part.exterior, *part.interiors)
    ]  # fmt: skip
    lines = []
    for ring in rings:
        x, y = placed(shapely.get_coordinates(ring))
        lines.append("M" + "L".join(f"{left:.1f} {top:.1f}" for left, top in zip(x, y, strict=True)) + "Z")
    return "".join(lines)


def _legend(book: Book) -> list[dict[str, Any]]:
    """The classes that all themes share, each with the fill of every theme."""
    legends = [theme.layers[0].legend() for theme in book.themes]
    patterns = {DATA_POOR_FILL: "#ced4da", UNAVAILABLE_FILL: "#ffffff"}
    return [
        {
            "fills": list(dict.fromkeys(patterns.get(entry["fill"], entry["fill"]) for entry in entries)),
            "said": book.words.text(Saying(**entries[0]["said"])),
        }
        for entries in zip(*legends, strict=True)
    ]


def _ranked(own: pd.DataFrame, rows: list[int]) -> list[int]:
    rank = (
        own["composite_rank"].to_numpy(dtype=float, na_value=np.nan) if "composite_rank" in own else np.zeros(len(own))
    )
    return [rows[place] for place in np.argsort(np.where(np.isnan(rank), np.inf, rank), kind="stable")]


def _row(book: Book, row: int) -> dict[str, Any]:
    commune, words = book.table.iloc[row], book.words
    rank = figure(commune, "composite_rank")
    cells = [
        {
            "people": people_text(figure(commune, theme.people_column)),
            "share": share_text(figure(commune, theme.share_column)),
        }
        if _is_graded(commune, theme)
        else {"people": "–", "share": ""}
        for theme in book.themes
    ]
    name = words.name(names_of(commune, "commune", words.languages)) or text_of(commune["commune_code"])
    return {
        "rank": "–" if rank is None else f"{rank:.0f}", "name": name, "cells": cells,
        "where": f"{words.name(names_of(commune, 'district', words.languages))} · {text_of(commune['commune_code'])}",
        "people": people_text(figure(commune, "people")), "is_challenged": bool(text_of(commune.get("challenged"))),
    }  # fmt: skip
