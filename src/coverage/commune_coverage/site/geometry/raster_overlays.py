"""Picture layers: classes of places painted on a grid of 100 m, whole for the country and in tiles for nearer by.

A picture is bytes of classes, 0 for nothing, packed and written as text: the pages paint it themselves, so that no
image has to be fetched or decoded, and what is seen can be saved as a picture again. Places come in groups; a tile
is packed once its last group is painted, so that few images are held at a time.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from commune_coverage.site.geometry.tile_grid import Floats, ImageFrame, Integers, Key, TileGrid, mercator
from commune_coverage.site.i18n.saying import Saying

REACH_M = 5_000.0
"""How far from the nearest place isochrones still speak for the land."""

Classes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class OverlaySpec:
    """``entries`` are (fill, what it says) of class 1, the best, and on; class 0 is nothing."""

    key: str
    page: str
    title: Saying
    entries: Sequence[tuple[str, Saying]]


@dataclass(frozen=True)
class RasterOverlay:
    """A picture as the site has it: its ``page``, what that has to ``know`` of it, and data files by their names."""

    page: str
    known: Mapping[str, Any]
    files: Mapping[str, Any]


class Canvas:
    """Images of some pictures of the same places: ``whole`` (pictures x rows x columns), and tiles."""

    def __init__(self, frames: TileGrid, pictures: Sequence[OverlaySpec]) -> None:
        self.frames, self.pictures = frames, pictures
        self.whole = self._blank(frames.whole)
        self._open: dict[Key, Classes] = {}
        self._packed: list[dict[Key, dict[str, Any]]] = [{} for _ in pictures]

    def paint(self, number: int, lon: Floats, lat: Floats, classes: Classes) -> None:
        """Paint the group of this number: (pictures x places) classes. Where places share a pixel the worst is seen."""
        x_m, y_m = mercator(lon, lat)
        _put(self.whole, self.frames.whole.pixels(x_m, y_m), classes)
        for key, inside in self.frames.by_tile(x_m, y_m):
            frame = self.frames.tile(key)
            if key not in self._open:
                self._open[key] = self._blank(frame)
            _put(self._open[key], frame.pixels(x_m[inside], y_m[inside]), classes[:, inside])
        for key in [key for key in self._open if self.frames.last[key] <= number]:
            self._pack(key, self._open.pop(key))

    def painted(self) -> list[RasterOverlay]:
        """The pictures, once all groups are painted."""
        return [self._painted(*each) for each in zip(self.pictures, self.whole, self._packed, strict=True)]

    def _painted(self, picture: OverlaySpec, whole: Classes, packed: dict[Key, dict[str, Any]]) -> RasterOverlay:
        files = {f"pictures/{picture.key}-whole": self._file(whole, self.frames.whole)}
        tiles = {f"{column}_{row}": packed[column, row] for column, row in sorted(packed)}
        files |= {f"pictures/{picture.key}-{name}": tile for name, tile in tiles.items()}
        return known_as(picture, picture.key, picture.title, files, tiles)

    def _blank(self, frame: ImageFrame) -> Classes:
        return np.zeros((len(self.pictures), frame.rows, frame.columns), dtype=np.uint8)

    def _pack(self, key: Key, images: Classes) -> None:
        rows, columns = _used(images, self.frames.margin)
        frame = self.frames.tile(key).part(rows, columns)
        for image, packed in zip(images[:, rows, columns], self._packed, strict=True):
            packed[key] = self._file(image, frame)

    def _file(self, image: Classes, frame: ImageFrame) -> dict[str, Any]:
        margin = self.frames.margin
        return as_file(_closed(image) if margin == 1 else _larger(image, margin), frame)


def as_file(image: Classes, frame: ImageFrame) -> dict[str, Any]:
    """An image as a data file holds it: the bytes row by row, compressed, as text.

    Classes come in runs: looking for those alone takes a fifth of the time, for texts longer by a hundredth.
    """
    packer = zlib.compressobj(6, strategy=zlib.Z_RLE)
    packed = base64.b64encode(packer.compress(image.tobytes()) + packer.flush()).decode("ascii")
    return {"width": frame.columns, "height": frame.rows, "bounds": frame.bounds, "packed": packed}


def known_as(
    picture: OverlaySpec, key: str, title: Saying, files: Mapping[str, Any], tiles: Mapping[str, dict[str, Any]]
) -> RasterOverlay:
    """What is painted of a picture, with its legend; ``tiles`` by their names."""
    legend = [{"fill": fill, "said": text.as_json()} for fill, text in picture.entries]
    listed = [{"name": name, "bounds": tile["bounds"]} for name, tile in tiles.items()]
    return RasterOverlay(picture.page, {"key": key, "title": title.as_json(), "legend": legend, "tiles": listed}, files)


def _put(images: Classes, pixel: Integers, classes: Classes) -> None:
    for image, values in zip(images, classes, strict=True):
        np.maximum.at(image.reshape(-1), pixel, np.ascontiguousarray(values))


def _used(images: Classes, margin: int) -> tuple[slice, slice]:
    """The rows and columns with anything in them, and the margin around."""
    slices = []
    for axis in (1, 2):
        used = np.flatnonzero(images.any(axis=(0, 3 - axis)))
        first, last = (int(used[0]), int(used[-1])) if len(used) else (0, 0)
        slices.append(slice(max(first - margin, 0), min(last + 1 + margin, images.shape[axis])))
    return slices[0], slices[1]


def _closed(image: Classes) -> Classes:
    """Without the lines of empty pixels that appear where a grid of cells is drawn on another grid."""
    for axis in (0, 1):
        before, after = np.roll(image, 1, axis), np.roll(image, -1, axis)
        between = (image == 0) & (before > 0) & (after > 0)
        image = np.where(between, np.maximum(before, after), image)
    return image


def _larger(image: Classes, margin: int) -> Classes:
    """Every pixel as a square; where squares meet the worse class is seen."""
    widened = image
    for axis in (0, 1):
        shifted: Iterable[Classes] = [np.roll(widened, step, axis) for step in range(-margin, margin + 1)]
        widened = np.maximum.reduce(list(shifted))
    return widened
