"""Communes of the invented country: a partition of its land, grouped in districts and provinces, coded and named."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from commune_coverage.synthetic.frame import KM_PER_DEG, Floats, Integers, Scale, invented_names, stream
from commune_coverage.synthetic.terrain import Terrain

_EDGE_DEG = 0.005
_DECIMALS = 7
_MIN_PART_KM2 = 0.05
_CROWDING = 5.0
_CROWDING_DEG = 0.12


def partition_land(terrain: Terrain, scale: Scale, seed: int) -> gpd.GeoDataFrame:
    """One row per commune in code order: codes, names, seat position and polygon in WGS 84.

    The polygons share their vertices, so the land is covered without gaps or overlaps.
    """
    rng = stream(seed, "communes")
    easy = terrain.elevation_m > 0
    capitals = _centres(terrain.inland_points(40 * scale.provinces, easy.astype(float), rng), scale.provinces, rng)
    seats = _seats(terrain, scale, capitals, easy, rng)
    polygons = _polygons(terrain, seats, rng)
    seats = np.array([_inside(shape, seat) for shape, seat in zip(polygons, seats, strict=True)])
    codes = _codes(seats, capitals, scale, rng)
    communes = gpd.GeoDataFrame(
        {"commune_code": codes, "seat_lon": seats[:, 0], "seat_lat": seats[:, 1]}, geometry=polygons, crs="EPSG:4326"
    )
    communes = communes.sort_values("commune_code", ignore_index=True)
    communes["district_code"] = communes["commune_code"].str[:4]
    communes["province_code"] = communes["commune_code"].str[:2]
    return _named(communes, stream(seed, "commune names"))


def _centres(samples: Floats, count: int, rng: np.random.Generator, rounds: int = 6) -> Floats:
    """``count`` centres spread as the samples are (Lloyd's relaxation)."""
    centres = samples[rng.choice(len(samples), count, replace=False)]
    for _ in range(rounds):
        owner = cKDTree(centres).query(samples)[1]
        size = np.bincount(owner, minlength=count)
        sums = np.column_stack([np.bincount(owner, weights=samples[:, axis], minlength=count) for axis in (0, 1)])
        centres = np.where(size[:, None] > 0, sums / np.maximum(size, 1)[:, None], centres)
    return np.asarray(centres)


def _seats(
    terrain: Terrain, scale: Scale, capitals: Floats, land: npt.NDArray[np.bool_], rng: np.random.Generator
) -> Floats:
    """Seats of the communes: closer together around the capitals, all of them inland."""
    row, column = np.indices(land.shape)
    lon, lat = terrain.frame.place((column + 0.5) / land.shape[1], 1 - (row + 0.5) / land.shape[0])
    away = cKDTree(capitals).query(np.column_stack([lon.ravel(), lat.ravel()]))[0].reshape(land.shape)
    weight = land * (1 + _CROWDING * np.exp(-((away / _CROWDING_DEG) ** 2)))
    samples = terrain.inland_points(40 * scale.communes, weight, rng)
    seats = _centres(samples, scale.communes, rng)
    astray = ~terrain.is_inland(seats[:, 0], seats[:, 1])
    seats[astray] = samples[cKDTree(samples).query(seats[astray])[1]]
    return seats


def _polygons(terrain: Terrain, seats: Floats, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """Voronoi cells with their edges bent, cut at the shores and the border."""
    bend = _Bend(rng)
    frame = shapely.box(
        terrain.frame.west - 1, terrain.frame.south - 1, terrain.frame.west + 7, terrain.frame.south + 7
    )
    flat = shapely.MultiPoint(seats - bend.shift(seats))
    cells = shapely.get_parts(shapely.voronoi_polygons(flat, extend_to=frame, ordered=True))
    cells = shapely.transform(shapely.segmentize(cells, _EDGE_DEG), lambda xy: np.round(xy + bend.shift(xy), _DECIMALS))
    shapely.prepare(terrain.country)
    cut = ~shapely.contains_properly(terrain.country, cells)
    cells[cut] = shapely.intersection(cells[cut], terrain.country)
    return np.array([_tidy(cell) for cell in cells], dtype=object)


def _tidy(shape: shapely.Geometry) -> shapely.Geometry:
    rounded = shapely.make_valid(shapely.transform(shape, lambda xy: np.round(xy, _DECIMALS)))
    parts = [part for part in shapely.get_parts(shapely.get_parts(rounded)) if part.geom_type == "Polygon"]
    large = [part for part in parts if part.area * KM_PER_DEG**2 > _MIN_PART_KM2]
    return large[0] if len(large) == 1 else shapely.MultiPolygon(large)


def _inside(shape: shapely.Geometry, seat: Floats) -> tuple[float, float]:
    point = shapely.Point(seat)
    inner = point if shapely.contains(shape, point) else shapely.point_on_surface(shape)
    return float(shapely.get_x(inner)), float(shapely.get_y(inner))


class _Bend:
    """A smooth shift of positions that turns straight borders into natural ones without folding them."""

    def __init__(self, rng: np.random.Generator) -> None:
        length_deg = rng.uniform(0.07, 0.22, (2, 5))
        turn = rng.uniform(0, 2 * np.pi, (2, 5))
        self._wave = 2 * np.pi / length_deg[..., None] * np.stack([np.cos(turn), np.sin(turn)], axis=-1)
        self._size = 0.025 * length_deg
        self._phase = rng.uniform(0, 2 * np.pi, (2, 5))

    def shift(self, xy: Floats) -> Floats:
        angle = np.einsum("nd,akd->nak", xy, self._wave) + self._phase
        return np.asarray((self._size * np.sin(angle)).sum(axis=2))


def _codes(seats: Floats, capitals: Floats, scale: Scale, rng: np.random.Generator) -> list[str]:
    """PPDDCC, counted from north to south within each parent."""
    province = _north_first(cKDTree(capitals).query(seats)[1], seats)
    codes = np.empty(len(seats), dtype=object)
    for number in np.unique(province):
        members = np.flatnonzero(province == number)
        count = max(1, round(len(members) / scale.communes_per_district))
        own = seats[members]
        district = _north_first(cKDTree(_centres(own, count, rng)).query(own)[1], own)
        for row, member in enumerate(members):
            below = np.flatnonzero(district == district[row])
            rank = int((own[below, 1] > own[row, 1]).sum())
            codes[member] = f"{number + 1:02d}{district[row] + 1:02d}{rank + 1:02d}"
    return list(codes)


def _north_first(group: npt.NDArray[np.intp], seats: Floats) -> Integers:
    """Group numbers from 0 without gaps, the northernmost group first."""
    numbers, compact = np.unique(group, return_inverse=True)
    north = np.bincount(compact, weights=seats[:, 1]) / np.bincount(compact)
    order = np.empty(len(numbers), dtype=np.int64)
    order[np.argsort(-north, kind="stable")] = np.arange(len(numbers))
    return np.asarray(order[compact])


def _named(communes: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    for level in ("commune", "district", "province"):
        position, codes = pd.factorize(communes[f"{level}_code"])
        names = invented_names(len(codes), rng)
        communes[f"{level}_name"] = [names[row][0] for row in position]
        communes[f"{level}_name_km"] = [names[row][1] for row in position]
    return communes
