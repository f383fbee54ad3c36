"""Coast, lake, border and mountains of the invented country."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from commune_coverage.core.rasterizing import rasterize
from commune_coverage.synthetic.frame import KM_PER_DEG, RELIEF_CELLS, Flags, Floats, Frame

SEA_NODATA = -32768
LAKE_LEVEL_M = 12
_INSET_DEG = 0.003
_LAKE_SHORE_KM = 7.0
_HARD_FROM_M, _HARD_UNTIL_M = 300.0, 900.0


@dataclass(frozen=True)
class Terrain:
    """``country`` is the part of ``landmass`` west of the border; ``elevation_m`` has row 0 in the north."""

    frame: Frame
    landmass: BaseGeometry
    country: BaseGeometry
    lake: Polygon
    elevation_m: npt.NDArray[np.int16]

    @cached_property
    def inland(self) -> BaseGeometry:
        """The country without a strip of some 300 m along every shore and border, prepared for point tests."""
        inner = self.country.buffer(-_INSET_DEG)
        shapely.prepare(inner)
        return inner

    def is_inland(self, lon: Floats, lat: Floats) -> Flags:
        return np.asarray(shapely.contains_xy(self.inland, lon, lat), dtype=bool)

    def elevation_at(self, lon: Floats, lat: Floats) -> Floats:
        rows, columns = self.frame.pixel(lon, lat, RELIEF_CELLS)
        return self.elevation_m[rows, columns].astype(float)

    def hardness(self, lon: Floats, lat: Floats) -> Floats:
        """0 where building is easy, 1 high in the mountains or on the lake shore."""
        mountain = (self.elevation_at(lon, lat) - _HARD_FROM_M) / (_HARD_UNTIL_M - _HARD_FROM_M)
        lake_km = shapely.distance(self.lake, shapely.points(lon, lat)) * KM_PER_DEG
        return np.clip(np.maximum(mountain, 1 - lake_km / _LAKE_SHORE_KM), 0, 1)

    def inland_points(self, count: int, weight: npt.NDArray[np.float64], rng: np.random.Generator) -> Floats:
        """``count`` inland positions, shape (count, 2), drawn by a weight for each elevation cell."""
        chance = (weight / weight.sum()).ravel()
        points = np.empty((0, 2))
        while len(points) < count:
            cell = rng.choice(chance.size, size=2 * count, p=chance)
            row, column = np.divmod(cell, weight.shape[1])
            u = (column + rng.random(cell.size)) / weight.shape[1]
            v = 1 - (row + rng.random(cell.size)) / weight.shape[0]
            lon, lat = self.frame.place(u, v)
            inside = self.is_inland(lon, lat)
            points = np.concatenate([points, np.column_stack([lon, lat])[inside]])
        return points[:count]


def shape_terrain(frame: Frame, rng: np.random.Generator) -> Terrain:
    """One island with a lake and a mountain range; its east belongs to an invented neighbour."""
    lake = _blob(frame, (0.40, 0.36), (0.10, 0.055), 0.25, rng)
    body = _blob(frame, (0.50, 0.50), (0.42, 0.40), 0.16, rng)
    islets = [_blob(frame, centre, (0.018, 0.014), 0.3, rng) for centre in ((0.06, 0.30), (0.04, 0.55))]
    landmass = shapely.difference(shapely.union_all([body, *islets]), lake)
    country = shapely.intersection(landmass, _west_of_border(frame, rng))
    parts = [part for part in shapely.get_parts(country) if part.area > 1e-4]
    return Terrain(frame, landmass, MultiPolygon(parts), lake, _relief(frame, landmass, lake, rng))


def _blob(
    frame: Frame, centre: tuple[float, float], radii: tuple[float, float], roughness: float, rng: np.random.Generator
) -> Polygon:
    """A closed shore around ``centre``, both in shares of the frame; rough at every wavelength."""
    angle = np.linspace(0, 2 * np.pi, 1440, endpoint=False)
    waves = np.arange(2, 60)
    size = rng.normal(0, roughness, waves.size) / waves**1.15
    phase = rng.uniform(0, 2 * np.pi, waves.size)
    stretch = 1 + (size[:, None] * np.cos(waves[:, None] * angle + phase[:, None])).sum(axis=0)
    radius = np.clip(stretch, 0.5, 1.13)
    lon, lat = frame.place(centre[0] + radii[0] * radius * np.cos(angle), centre[1] + radii[1] * radius * np.sin(angle))
    return shapely.make_valid(Polygon(np.column_stack([lon, lat]))).buffer(0)


def _west_of_border(frame: Frame, rng: np.random.Generator) -> Polygon:
    v = np.linspace(-0.1, 1.1, 240)
    phase = rng.uniform(0, 2 * np.pi, 4)
    wave = sum(np.sin(2 * np.pi * k * v + phase[k - 1]) / k for k in (1, 2, 3, 4))
    lon, lat = frame.place(0.80 + 0.02 * np.asarray(wave), v)
    west = frame.west - 1
    return Polygon([*zip(lon, lat, strict=True), (west, lat[-1]), (west, lat[0])])


def _relief(frame: Frame, landmass: BaseGeometry, lake: Polygon, rng: np.random.Generator) -> npt.NDArray[np.int16]:
    size = frame.cells // RELIEF_CELLS
    transform = frame.transform(RELIEF_CELLS)
    land = rasterize([(landmass, 1), (lake, 2)], (size, size), transform=transform, dtype="uint8")
    v, u = np.mgrid[1 : 0 : size * 1j, 0 : 1 : size * 1j]
    crest = 0.74 + 0.08 * np.sin(5 * u) - 0.15 * u**2
    ridge = np.exp(-(((v - crest) / 0.11) ** 2)) * np.clip((0.72 - u) / 0.12, 0, 1)
    peaks = 1 - np.abs(2 * _rolling(size, rng) - 1)
    from_sea = np.clip(ndimage.distance_transform_edt(land > 0) / (0.03 * size), 0, 1)
    height = 8 + from_sea * (90 * _rolling(size, rng) + 1700 * ridge * (0.12 + 0.88 * peaks**1.5))
    height = np.where(land == 2, LAKE_LEVEL_M, height)
    return np.where(land == 0, SEA_NODATA, height).astype(np.int16)


def _rolling(size: int, rng: np.random.Generator) -> Floats:
    """Noise from 0 to 1 whose strength falls with its frequency, as hills do."""
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :])
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(rng.standard_normal((size, size))) / np.maximum(frequency, 3 / size) ** 1.7
    noise = np.fft.irfft2(spectrum, (size, size))
    return np.asarray((noise - noise.min()) / np.ptp(noise))
