"""A page that shows where the rows of an upload would lie: one small map for each reference system that fits."""

from __future__ import annotations

import html
from pathlib import Path

import numpy as np
import shapely

from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import RunError
from commune_coverage.core.files import atomic_write
from commune_coverage.core.longitudes import unwrapped, unwrapped_shapes
from commune_coverage.readers.detection.command import extent_of_country
from commune_coverage.readers.detection.extent import Extent
from commune_coverage.readers.detection.file import Recognition
from commune_coverage.readers.detection.obligations import ObligationsFile
from commune_coverage.readers.detection.other_files import OtherFile
from commune_coverage.readers.parsing.coordinates import Floats

_WIDTH = 460
_MARGIN = 0.05
_TOLERANCE = 400  # outlines are drawn to a part in so many of the width
_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy"
content="default-src 'none'; style-src 'unsafe-inline'"><title>{title}</title><style>
body {{ font: 16px/1.5 sans-serif; margin: 1.5rem; }} figure {{ display: inline-block; margin: 0 1.5rem 1.5rem 0; }}
svg {{ border: 1px solid #999; background: #eef3f7; }} path {{ fill: #fff; stroke: #777; stroke-width: 1; }}
circle {{ fill: #c2185b; fill-opacity: 0.7; }} figcaption {{ max-width: 460px; }}
</style></head><body><h1>{title}</h1>
"""


def write_map(recognition: Recognition | OtherFile | ObligationsFile, country_path: Path | None, page: Path) -> None:
    """Write the page; it loads nothing.

    Parameters
    ----------
    recognition : Recognition, OtherFile or ObligationsFile
        What was recognised.
    country_path : Path or None
        The country file, whose communes are drawn.
    page : Path
        The file to write.

    Raises
    ------
    RunError
        When no positions were recognised, or no country is given.
    """
    places = recognition.places if isinstance(recognition, Recognition) else {}
    extent = None if country_path is None else extent_of_country(load_country(country_path))
    if not places or extent is None:
        raise RunError("--map needs an upload with positions, and --country with communes that can be read")
    title = html.escape(f"Where the rows of {recognition.file} would lie")  # type: ignore[union-attr]
    figures = [_figure(name, lon, lat, extent) for name, (lon, lat) in places.items()]
    with atomic_write(page) as target:
        target.write_text(_HEAD.format(title=title) + "\n".join(figures) + "\n</body></html>\n", encoding="utf-8")


def _figure(name: str, lon: Floats, lat: Floats, extent: Extent) -> str:
    west, south, east, north = extent.bounds
    wide = (east - west) * np.cos(np.radians((south + north) / 2))
    scale = _WIDTH * (1 - 2 * _MARGIN) / max(wide, north - south, 1e-9)
    x_scale = scale * np.cos(np.radians((south + north) / 2))
    edge = _MARGIN * _WIDTH
    height = (north - south) * scale + 2 * edge

    def at(x: float, y: float) -> str:
        return f"{(x - west) * x_scale + edge:.1f} {height - edge - (y - south) * scale:.1f}"

    known = np.isfinite(lon) & np.isfinite(lat)
    dots = "".join(
        '<circle r="2.5" cx="{}" cy="{}"/>'.format(*at(x, y).split())
        for x, y in zip(unwrapped(lon[known], _middle(extent)), lat[known], strict=True)
    )
    outline = " ".join(_path(ring, at) for ring in _rings(extent))
    caption = html.escape(f"{name}: {extent.share(lon, lat):.0%} of {int(known.sum()):,} rows in the country")
    size = f'width="{(east - west) * x_scale + 2 * edge:.0f}" height="{height:.0f}"'
    drawing = f'<svg {size} role="img" aria-label="{caption}"><path d="{outline}"/>{dots}</svg>'
    return f"<figure>{drawing}<figcaption>{caption}</figcaption></figure>"


def _middle(extent: Extent) -> float:
    """Return the longitude around which an extent on both sides of 180 degrees is drawn; 0 for all others."""
    west, _, east, _ = extent.bounds
    return (west + east) / 2 if east > 180.0 else 0.0


def _rings(extent: Extent) -> list[shapely.LinearRing]:
    west, south, east, north = extent.bounds
    if not len(extent.shapes):
        return [shapely.box(*extent.bounds).exterior]
    tolerance = max(east - west, north - south) / _TOLERANCE
    shapes = unwrapped_shapes(extent.shapes, _middle(extent))
    parts = shapely.get_parts(shapely.simplify(shapes, tolerance))
    return [part.exterior for part in parts if part.geom_type == "Polygon" and not part.is_empty]


def _path(ring: shapely.LinearRing, at: object) -> str:
    points = [at(x, y) for x, y in np.asarray(ring.coords)[:, :2]]  # type: ignore[operator]
    return "M" + "L".join(points) + "Z"
