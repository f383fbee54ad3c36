"""The square of ocean that the invented country stands in, and how much of everything each scale holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from zlib import crc32

import numpy as np
import numpy.typing as npt
from rasterio.transform import Affine, from_origin

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
ScaleName = Literal["default", "national"]
CELL_DEG = 1 / 1200
"""Three arc-seconds, about 100 m: the cell of the people raster."""
RELIEF_CELLS = 5
"""Side of one elevation cell in people cells (15 arc-seconds)."""
CENTRE_LON, CENTRE_LAT = -27.0, 10.0
METRIC_CRS = "EPSG:32626"
KM_PER_DEG = 110.6
"""Near the equator, along both axes; good enough to invent with."""


@dataclass(frozen=True)
class Scale:
    """How many of each thing; ``cells`` is the side of the square frame in people cells."""

    cells: int
    communes: int
    communes_per_district: int
    provinces: int
    settlements: int
    largest_city_people: float
    sites: int
    hubs: int
    payments: int


SCALES: dict[str, Scale] = {
    "default": Scale(1900, 150, 8, 5, 1_300, 240_000, 1_800, 250, 420),
    "national": Scale(6000, 1650, 8, 25, 14_000, 900_000, 10_000, 3_000, 5_000),
}


@dataclass(frozen=True)
class Frame:
    """A square of ``cells`` x ``cells`` people cells around the centre, in WGS 84."""

    cells: int

    @property
    def size_deg(self) -> float:
        return self.cells * CELL_DEG

    @property
    def west(self) -> float:
        return CENTRE_LON - self.size_deg / 2

    @property
    def south(self) -> float:
        return CENTRE_LAT - self.size_deg / 2

    @property
    def north(self) -> float:
        return CENTRE_LAT + self.size_deg / 2

    def place(self, u: npt.ArrayLike, v: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Longitude and latitude of shares of the frame counted from its south-west corner."""
        return self.west + np.asarray(u, float) * self.size_deg, self.south + np.asarray(v, float) * self.size_deg

    def transform(self, cells_per_pixel: int = 1) -> Affine:
        """North-up raster transform with pixels of that many people cells."""
        return from_origin(self.west, self.north, CELL_DEG * cells_per_pixel, CELL_DEG * cells_per_pixel)

    def pixel(self, lon: Floats, lat: Floats, cells_per_pixel: int = 1) -> tuple[Integers, Integers]:
        """Row and column of each position, clipped to the frame."""
        last = self.cells // cells_per_pixel - 1
        step = CELL_DEG * cells_per_pixel
        rows = np.floor((self.north - lat) / step).astype(np.int64)
        columns = np.floor((lon - self.west) / step).astype(np.int64)
        return np.clip(rows, 0, last), np.clip(columns, 0, last)


def stream(seed: int, subject: str) -> np.random.Generator:
    """Random numbers for one subject: what is drawn for another never shifts them."""
    return np.random.default_rng([seed, crc32(subject.encode())])


# Clusters that no place name is known to begin with, so that nobody takes a name for a real place's.
_HEADS = (
    ("Vr", "វ្រ"),
    ("Kv", "ក្វ"),
    ("Zl", "ស្ល"),
    ("Mv", "ម្វ"),
    ("Dv", "ដ្វ"),
    ("Tl", "ត្ល"),
    ("Gv", "គ្វ"),
    ("Pn", "ព្ន"),
    ("Bz", "ប្ស"),
    ("Xn", "ស្ន"),
)
_CONSONANTS = (
    ("k", "ក"),
    ("l", "ល"),
    ("m", "ម"),
    ("n", "ន"),
    ("r", "រ"),
    ("s", "ស"),
    ("t", "ត"),
    ("v", "វ"),
    ("b", "ប"),
    ("d", "ដ"),
)
# Three of the vowels are where 8-bit encodings disagree.
_VOWELS = (("a", "ា"), ("i", "ី"), ("u", "ូ"), ("é", "េ"), ("ô", "ោ"), ("ü", "ឹ"))
_PARTS = (_HEADS, _VOWELS, _CONSONANTS, _VOWELS, _CONSONANTS, _VOWELS)


def invented_names(count: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """``count`` distinct (Latin, Khmer) names of three syllables; at most 216,000."""
    sizes = tuple(len(part) for part in _PARTS)
    chosen = rng.choice(int(np.prod(sizes)), size=count, replace=False)
    digits = np.stack(np.unravel_index(chosen, sizes), axis=1)
    return [_spell(row) for row in digits.tolist()]


def _spell(choice: list[int]) -> tuple[str, str]:
    pairs = [part[index] for part, index in zip(_PARTS, choice, strict=True)]
    return "".join(latin for latin, _ in pairs), "".join(khmer for _, khmer in pairs)
