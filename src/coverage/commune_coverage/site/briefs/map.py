"""The map of a province's brief as SVG, and the legend that its maps share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from markupsafe import escape

from commune_coverage.site.briefs.figures import Book, figure
from commune_coverage.site.i18n.messages import Words
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.themes.theme import Theme

MAP_WIDTH, MAP_HEIGHT = 300.0, 300.0
SCALE_HEIGHT, SCALE_MOST = 28.0, 100.0
METRES_PER_DEGREE = 111_195.0
_PATTERNS = (
    '<defs><pattern id="pattern-data-poor" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="#f1f3f5"/><path d="M0 6L6 0" stroke="#868e96" stroke-width="1.5"/></pattern>'
    '<pattern id="pattern-unavailable" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="#fff"/><circle cx="3" cy="3" r="1" fill="#868e96"/></pattern></defs>'
)


def province_map(book: Book, theme: Theme, rows: list[int]) -> str:
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
    height = (north - south) * scale
    size = f"{max((east - west) * flat * scale, SCALE_MOST):.0f} {height + SCALE_HEIGHT:.0f}"
    bar = _scale_bar(METRES_PER_DEGREE / scale, height + SCALE_HEIGHT - 2, book.words)
    return f'<svg viewBox="0 0 {size}" aria-hidden="true">{_PATTERNS}{"".join(paths)}{bar}</svg>'


def _scale_bar(metres_per_unit: float, bottom: float, words: Words) -> str:
    """A bar of 1, 2 or 5 times a power of ten, at most ``SCALE_MOST`` units long, at the lower left."""
    max_m = SCALE_MOST * metres_per_unit
    power = 10.0 ** math.floor(math.log10(max_m))
    long_m = power * max(step for step in (1, 2, 5) if step * power <= max_m)
    end = long_m / metres_per_unit
    unit, length = ("km", long_m / 1000) if long_m >= 1000 else ("m", long_m)
    said = escape(words.text(Saying(f"scale_{unit}", {"length": f"{length:g}"})))
    top = f"{bottom - 5:.1f}"
    letters = 'font-size="13" font-family="Noto Sans, Noto Sans Khmer" fill="#212529"'
    return (
        f'<path d="M1 {top}V{bottom:.1f}H{end:.1f}V{top}" fill="none" stroke="#212529"/>'
        f'<text x="6" y="{top}" {letters}>{said}</text>'
    )


def _path(shape: Any, placed: Callable[[Any], tuple[Any, Any]]) -> str:
    rings = [
        ring
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon"
        for ring in (part.exterior, *part.interiors)
    ]
    lines = []
    for ring in rings:
        x, y = placed(shapely.get_coordinates(ring))
        lines.append("M" + "L".join(f"{left:.1f} {top:.1f}" for left, top in zip(x, y, strict=True)) + "Z")
    return "".join(lines)


def legend(book: Book) -> list[dict[str, Any]]:
    """The classes that all themes share, each with the fill of every theme."""
    legends = [theme.layers[0].legend() for theme in book.themes]
    return [
        {
            "swatches": [_swatch(fill) for fill in dict.fromkeys(entry["fill"] for entry in entries)],
            "said": book.words.text(Saying(**entries[0]["said"])),
        }
        for entries in zip(*legends, strict=True)
    ]


def _swatch(fill: str) -> str:
    patterns = _PATTERNS if fill.startswith("url(") else ""
    return f'<svg class="swatch" viewBox="0 0 18 12">{patterns}<rect width="18" height="12" fill="{fill}"/></svg>'
