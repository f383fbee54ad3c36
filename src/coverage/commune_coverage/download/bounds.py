"""The country's bounds: taken from its communes or written by hand, and as a request carries them."""

from __future__ import annotations

import math

from commune_coverage.config.layers import FileRef
from commune_coverage.download.errors import FetchError
from commune_coverage.readers.formats.vector import read_vector

# West, south, east and north, in degrees.
Bounds = tuple[float, float, float, float]


def parse_bounds(text: str) -> Bounds:
    """Bounds from "w,s,e,n" in degrees. Raises FetchError."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = math.nan
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise FetchError('bounds are written "west,south,east,north" in degrees, such as "102.3,9.9,107.7,14.7"')
    return west, south, east, north


def bounds_text(bounds: Bounds) -> str:
    """The bounds in hundredths of a degree, widened to them: a new edition of a border seldom changes them."""
    west, south, east, north = bounds
    low = (max(math.floor(west * 100), -18000), max(math.floor(south * 100), -9000))
    high = (min(math.ceil(east * 100), 18000), min(math.ceil(north * 100), 9000))
    return ",".join(f"{edge / 100:.2f}" for edge in (*low, *high))


def bounds_of(communes: FileRef) -> str:
    """The bounds of all communes of a file, as text. Raises CoverageError when it cannot be read."""
    shapes = read_vector(communes).geometry.to_crs("EPSG:4326")
    west, south, east, north = (float(edge) for edge in shapes.total_bounds)
    if not all(map(math.isfinite, (west, south, east, north))):
        raise FetchError(f"'{communes.path.name}' holds no shape to take bounds from")
    return bounds_text((west, south, east, north))


def widened(bounds: Bounds, margin_deg: float) -> Bounds:
    """The bounds with a margin, still on the globe."""
    west, south, east, north = bounds
    return (
        max(-180.0, west - margin_deg), max(-90.0, south - margin_deg),
        min(180.0, east + margin_deg), min(90.0, north + margin_deg),
    )  # fmt: skip
