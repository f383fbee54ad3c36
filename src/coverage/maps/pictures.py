"""Picture layers: classes of places painted on a grid of 100 m, whole for the country and in tiles for nearer by.

A picture is bytes of classes, 0 for nothing, packed and written as text: the pages paint it themselves, so that no
image has to be fetched or decoded, and what is seen can be saved as a picture again.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from coverage.maps.words import Saying

CELL_M = 100.0
WHOLE_PIXELS = 1100
TILE_PIXELS = 1024
EARTH_M = 6_378_137.0
REACH_M = 5_000.0
"""How far from the nearest place isochrones still speak for the land."""

Floats = npt.NDArray[np.float64]
Classes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Ground:
    """The places (degrees) that pictures are painted of; further apart than a cell they are drawn larger."""

    lon: Floats
    lat: Floats
    spacing_m: float = CELL_M

    @cached_property
    def frames(self) -> list[Frame]:
        """The whole in coarse pixels, then tiles of pixels of a cell."""
        x, y = np.radians(self.lon) * EARTH_M, np.log(np.tan(np.pi / 4 + np.radians(self.lat) / 2)) * EARTH_M
        own = CELL_M * (float(1 / np.cos(np.radians(np.median(self.lat)))) if len(x) else 1.0)
        span = max(float(np.ptp(x)), float(np.ptp(y)), own) if len(x) else own
        margin = max(round(self.spacing_m / CELL_M) // 2, 1)
        whole = _frame("whole", np.arange(len(x)), x, y, max(span / WHOLE_PIXELS, own), margin)
        return [whole, *(_frame(name, inside, x, y, own, margin) for name, inside in _tiles(x, y, own))]


class Frame(NamedTuple):
    """Pixels of some places: ``inside`` (their rows), row and column of each, and bounds in degrees."""

    name: str
    inside: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]
    size: tuple[int, int]
    bounds: list[list[float]]
    margin: int


@dataclass(frozen=True)
class Picture:
    """``entries`` are (fill, what it says) of class 1 and on; ``classes`` of each place: 0 none, 1 best, then worse."""

    key: str
    page: str
    title: Saying
    entries: Sequence[tuple[str, Saying]]
    ground: Ground
    classes: Classes


@dataclass(frozen=True)
class Painted:
    """A picture as the site has it: its ``page``, what that has to ``know`` of it, and data files by their names."""

    page: str
    known: Mapping[str, Any]
    files: Mapping[str, Any]


def painted(picture: Picture) -> Painted:
    """The whole first, then tiles."""
    frames = picture.ground.frames
    files = {f"pictures/{picture.key}-{frame.name}": _painted(frame, picture.classes[frame.inside]) for frame in frames}
    return known_as(picture, picture.key, picture.title, files, frames[1:])


def known_as(picture: Picture, key: str, title: Saying, files: Mapping[str, Any], tiles: Sequence[Frame]) -> Painted:
    """What is painted of a picture, with its legend."""
    legend = [{"fill": fill, "said": said.as_json()} for fill, said in picture.entries]
    listed = [{"name": frame.name, "bounds": frame.bounds} for frame in tiles]
    return Painted(picture.page, {"key": key, "title": title.as_json(), "legend": legend, "tiles": listed}, files)


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


def _frame(
    name: str, inside: npt.NDArray[np.int64], every_x: Floats, every_y: Floats, pixel_m: float, margin: int
) -> Frame:
    x, y = every_x[inside], every_y[inside]
    west, north = (float(x.min()), float(y.max())) if len(x) else (0.0, 0.0)
    column, row = ((x - west) / pixel_m).astype(int) + margin, ((north - y) / pixel_m).astype(int) + margin
    size = (int(row.max()) + 1 + margin, int(column.max()) + 1 + margin) if len(x) else (1, 1)
    left, top = west - margin * pixel_m, north + margin * pixel_m
    bounds = [degrees(left, top - size[0] * pixel_m), degrees(left + size[1] * pixel_m, top)]
    return Frame(name, inside, row, column, size, bounds, margin)


def _painted(frame: Frame, classes: Classes) -> dict[str, Any]:
    image = np.zeros(frame.size, dtype=np.uint8)
    np.maximum.at(image, (frame.row, frame.column), classes)
    image = _closed(image) if frame.margin == 1 else _larger(image, frame.margin)
    return {"width": frame.size[1], "height": frame.size[0], "bounds": frame.bounds, "packed": packed(image)}


def packed(image: Classes) -> str:
    """The bytes of an image row by row, compressed, as text."""
    return base64.b64encode(zlib.compress(image.tobytes(), 6)).decode("ascii")


def degrees(x: float, y: float) -> list[float]:
    """Latitude and longitude of a place in Mercator's metres."""
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
