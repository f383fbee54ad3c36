"""Picture layers: classes of places painted on a grid of 100 m, whole for the country and in tiles for nearer by.

A picture is bytes of classes, 0 for nothing, packed and written as text: the pages paint it themselves, so that no
image has to be fetched or decoded, and what is seen can be saved as a picture again.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from coverage.maps.data_files import write_data
from coverage.maps.words import Saying

CELL_M = 100.0
WHOLE_PIXELS = 1100
TILE_PIXELS = 1024
EARTH_M = 6_378_137.0

Floats = npt.NDArray[np.float64]
Classes = npt.NDArray[np.uint8]


class Painted(NamedTuple):
    """Places (degrees) with their class: 0 for none, 1 for the best, then worse."""

    lon: Floats
    lat: Floats
    classes: Classes


@dataclass(frozen=True)
class Picture:
    """``entries`` are (fill, what it says) of class 1 and on; places further apart than a cell are drawn larger."""

    key: str
    page: str
    title: Saying
    entries: Sequence[tuple[str, Saying]]
    places: Painted
    spacing_m: float = CELL_M


def write_picture(site: Path, picture: Picture) -> dict[str, Any]:
    """Write the picture's data files; what the page has to know of it."""
    x, y = _mercator(picture.places)
    stretch = float(1 / np.cos(np.radians(np.median(picture.places.lat)))) if len(x) else 1.0
    own = CELL_M * stretch
    span = max(float(np.ptp(x)), float(np.ptp(y)), own) if len(x) else own
    write_data(site, f"pictures/{picture.key}-whole", _tile(x, y, picture, max(span / WHOLE_PIXELS, own)))
    tiles = []
    for name, inside in _tiles(x, y, own):
        tile = _tile(x[inside], y[inside], picture, own, picture.places.classes[inside])
        write_data(site, f"pictures/{picture.key}-{name}", tile)
        tiles.append({"name": name, "bounds": tile["bounds"]})
    legend = [{"fill": fill, "said": said.as_json()} for fill, said in picture.entries]
    return {"key": picture.key, "title": picture.title.as_json(), "legend": legend, "tiles": tiles}


def _mercator(places: Painted) -> tuple[Floats, Floats]:
    x = np.radians(places.lon) * EARTH_M
    return x, np.log(np.tan(np.pi / 4 + np.radians(places.lat) / 2)) * EARTH_M


def _tiles(x: Floats, y: Floats, pixel_m: float) -> Iterator[tuple[str, npt.NDArray[np.int64]]]:
    side = TILE_PIXELS * pixel_m
    column, row = (np.floor(along / side).astype(np.int64) for along in (x, y))
    west, south = int(column.min(initial=0)), int(row.min(initial=0))
    rows = int(row.max(initial=0)) - south + 1
    number = (column - west) * rows + row - south
    # Sixteen bits are sorted in two passes.
    order = np.argsort(number.astype(np.uint16) if number.max(initial=0) < 2**16 else number, kind="stable")
    for tile, inside in zip(*_runs(number, order), strict=True):
        yield f"{tile // rows + west}_{tile % rows + south}", inside


def _runs(number: npt.NDArray[np.int64], order: npt.NDArray[np.int64]) -> tuple[list[int], list[npt.NDArray[np.int64]]]:
    """The numbers that occur, and the rows of each."""
    counts = np.bincount(number)
    occurring = np.flatnonzero(counts)
    return occurring.tolist(), np.split(order, np.cumsum(counts[occurring])[:-1]) if len(order) else []


def _tile(x: Floats, y: Floats, picture: Picture, pixel_m: float, classes: Classes | None = None) -> dict[str, Any]:
    classes = picture.places.classes if classes is None else classes
    margin = max(round(picture.spacing_m / CELL_M) // 2, 1)
    west, north = (float(x.min()), float(y.max())) if len(x) else (0.0, 0.0)
    column, row = ((x - west) / pixel_m).astype(int) + margin, ((north - y) / pixel_m).astype(int) + margin
    size = (int(row.max()) + 1 + margin, int(column.max()) + 1 + margin) if len(x) else (1, 1)
    image = np.zeros(size, dtype=np.uint8)
    np.maximum.at(image, (row, column), classes)
    image = _closed(image) if margin == 1 else _larger(image, margin)
    left, top = west - margin * pixel_m, north + margin * pixel_m
    bounds = [_degrees(left, top - size[0] * pixel_m), _degrees(left + size[1] * pixel_m, top)]
    packed = base64.b64encode(zlib.compress(image.tobytes(), 6)).decode("ascii")
    return {"width": size[1], "height": size[0], "bounds": bounds, "packed": packed}


def _degrees(x: float, y: float) -> list[float]:
    lat = 2 * np.arctan(np.exp(y / EARTH_M)) - np.pi / 2
    return [round(float(np.degrees(lat)), 6), round(float(np.degrees(x / EARTH_M)), 6)]


def _closed(image: Classes) -> Classes:
    """Without the lines of empty pixels that appear where a grid of cells is drawn on another grid."""
    for axis in (0, 1):
        before, after = np.roll(image, 1, axis), np.roll(image, -1, axis)
        between = (image == 0) & (before > 0) & (after > 0)
        image = np.where(between, np.maximum(before, after), image)
    return image


def _larger(image: Classes, margin: int) -> Classes:
    """Every pixel as a square; where squares meet the worse class is seen."""
    found = image
    for axis in (0, 1):
        shifted: Iterable[Classes] = [np.roll(found, step, axis) for step in range(-margin, margin + 1)]
        found = np.maximum.reduce(list(shifted))
    return found
