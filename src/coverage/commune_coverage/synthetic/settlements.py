"""Where the invented country's people live: cities, towns, commune seats and villages."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from commune_coverage.synthetic.frame import Floats, Integers, Scale, stream
from commune_coverage.synthetic.names import invented_names
from commune_coverage.synthetic.terrain import Terrain

_CITY_DECAY = 0.9
_KINDS = {"city": None, "town": (9.2, 0.40), "seat": (7.3, 0.45), "village": (6.3, 0.55)}
"""Mean and spread of the logarithm of people; cities follow rank instead."""


def settle(terrain: Terrain, communes: gpd.GeoDataFrame, scale: Scale, seed: int) -> pd.DataFrame:
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
        {"lon": lon, "lat": lat, "commune": np.concatenate([np.arange(len(seats)), owner]), "kind": kind,
         "people": _people(kind, hardness, scale, rng), "hardness": hardness}
    )  # fmt: skip
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
