"""Where the invented country's people live: cities, towns, commune seats and villages."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from commune_coverage.synthetic.frame import KM_PER_DEG, Floats, Integers, Scale, invented_names, stream
from commune_coverage.synthetic.terrain import Terrain

_CITY_DECAY = 0.9
_KINDS = {"city": None, "town": (9.2, 0.40), "seat": (7.3, 0.45), "village": (6.3, 0.55)}
"""Mean and spread of the logarithm of people; cities follow rank instead."""


def generate_settlements(terrain: Terrain, communes: gpd.GeoDataFrame, scale: Scale, seed: int) -> pd.DataFrame:
    """Settlements: lon, lat, commune (position), kind, people, hardness (0-1), name, name_km; largest first."""
    rng = stream(seed, "settlements")
    seats = communes[["seat_lon", "seat_lat"]].to_numpy()
    villages, owner = _villages(terrain, communes, scale.settlements - len(communes), rng)
    lon, lat = np.concatenate([seats, villages]).T
    hardness = terrain.hardness(lon, lat)
    kind = np.concatenate(
        [_seat_kinds(communes, hardness[: len(seats)]), np.full(len(villages), "village", dtype=object)]
    )
    settlements = pd.DataFrame(
        {
            "lon": lon,
            "lat": lat,
            "commune": np.concatenate([np.arange(len(seats)), owner]),
            "kind": kind,
            "people": _people(kind, hardness, scale, rng),
            "hardness": hardness,
        }
    )
    names = invented_names(len(settlements), rng)
    own = settlements["kind"].to_numpy() != "village"
    for column, place, level in (("name", 0, "commune_name"), ("name_km", 1, "commune_name_km")):
        invented = np.array([pair[place] for pair in names], dtype=object)
        settlements[column] = np.where(own, communes[level].to_numpy()[settlements["commune"]], invented)
    return settlements.sort_values("people", ascending=False, kind="stable", ignore_index=True)


def _villages(
    terrain: Terrain, communes: gpd.GeoDataFrame, count: int, rng: np.random.Generator
) -> tuple[Floats, Integers]:
    """Positions, fewer in the mountains, and the commune each lies in."""
    habitable = (terrain.elevation_m > 0).astype(float) * np.exp(-np.clip(terrain.elevation_m, 0, None) / 700.0)
    points = terrain.inland_points(2 * count, habitable, rng)
    place, commune = shapely.STRtree(communes.geometry.to_numpy()).query(shapely.points(points), predicate="within")
    return points[place[:count]], commune[:count]


def _seat_kinds(communes: gpd.GeoDataFrame, hardness: Floats) -> Integers:
    """The easiest seat of each province is its city, of each district its town."""
    kinds = np.full(len(communes), "seat", dtype=object)
    order = np.argsort(hardness, kind="stable")
    for level, kind in (("district_code", "town"), ("province_code", "city")):
        first = pd.Series(communes[level].to_numpy()[order]).drop_duplicates().index.to_numpy()
        kinds[order[first]] = kind
    return kinds


def _people(kind: Integers, hardness: Floats, scale: Scale, rng: np.random.Generator) -> Floats:
    people = np.zeros(len(kind))
    for name, spread in _KINDS.items():
        mine = kind == name
        if spread is None:
            rank = rng.permutation(int(mine.sum())) + 1
            people[mine] = scale.largest_city_people * rank**-_CITY_DECAY
        else:
            people[mine] = rng.lognormal(*spread, int(mine.sum()))
    return np.asarray(np.maximum(np.round(people * (1 - 0.5 * hardness)), 20))


_VILLAGE_PEOPLE = 600.0
_VILLAGE_CELLS = 135.0
_GROWTH = 0.66
_STEEPNESS = 2.5
_ROUGHNESS = 0.5
_BATCH_CELLS = 2_000_000


def footprint_cells(people: Floats) -> Floats:
    """How many cells a place of that size covers: villages some 4 people a cell, large cities some 50."""
    return _VILLAGE_CELLS * (np.maximum(people, 1) / _VILLAGE_PEOPLE) ** _GROWTH


def spread_people(
    rows: Integers, columns: Integers, people: Floats, zones: npt.NDArray[np.integer], rng: np.random.Generator
) -> tuple[Integers, Floats]:
    """Flat cell indexes of ``zones`` (ascending) and the people in each, as float64.

    Each place at (row, column) is spread over a disc with a weight that decays exponentially
    from its middle and varies from cell to cell. Only cells of the place's own zone take part,
    and a place's weights are scaled to add up to one: its people stay the same to rounding, and
    none of them cross a shore or a border.
    """
    radius = np.maximum(1, np.ceil(np.sqrt(footprint_cells(people) / np.pi))).astype(np.int64)
    parts = [
        _spread(rows[batch], columns[batch], people[batch], int(radius[batch[0]]), zones, rng)
        for batch in _batches(radius)
    ]
    cells, position = np.unique(np.concatenate([cell for cell, _ in parts]), return_inverse=True)
    people_in = np.bincount(position, weights=np.concatenate([share for _, share in parts]))
    return np.asarray(cells, dtype=np.int64), np.asarray(people_in, dtype=np.float64)


def _batches(radius: Integers) -> Iterator[npt.NDArray[np.intp]]:
    """Places of one radius, few enough at a time to fit the memory."""
    for size in np.unique(radius):
        members = np.flatnonzero(radius == size)
        step = max(1, _BATCH_CELLS // int(4 * size * size))
        yield from (members[start : start + step] for start in range(0, len(members), step))


def _spread(
    rows: Integers,
    columns: Integers,
    people: Floats,
    radius: int,
    zones: npt.NDArray[np.integer],
    rng: np.random.Generator,
) -> tuple[Integers, Floats]:
    down, right = np.mgrid[-radius : radius + 1, -radius : radius + 1].reshape(2, -1)
    away = np.hypot(down, right)
    down, right, away = down[away <= radius], right[away <= radius], away[away <= radius]
    row, column = rows[:, None] + down, columns[:, None] + right
    inside = (row >= 0) & (row < zones.shape[0]) & (column >= 0) & (column < zones.shape[1])
    cell = np.where(inside, row * zones.shape[1] + column, 0)
    allowed = inside & (zones.ravel()[cell] == zones[rows, columns][:, None])
    weight = np.exp(-_STEEPNESS * away / radius) * rng.lognormal(0, _ROUGHNESS, cell.shape)
    weight = np.where(allowed | (away == 0), weight, 0)
    share = weight / weight.sum(axis=1, keepdims=True) * people[:, None]
    return cell[weight > 0], share[weight > 0]


_CITY_REACH_KM = 24.0


def readiness(terrain: Terrain, settlements: pd.DataFrame, lon: Floats, lat: Floats) -> Floats:
    """1 at a city in the plain, towards 0 far from every city, in the mountains and on the lake shore."""
    cities = settlements.loc[settlements["kind"] == "city", ["lon", "lat"]]
    away_km = cKDTree(cities).query(np.column_stack([lon, lat]))[0] * KM_PER_DEG
    return np.asarray(np.exp(-((away_km / _CITY_REACH_KM) ** 2)) * (1 - terrain.hardness(lon, lat)))
