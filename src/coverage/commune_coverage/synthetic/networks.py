"""Where the invented country's three operators stand: one everywhere, one on the main roads, one in the cities."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from commune_coverage.synthetic.frame import KM_PER_DEG, Floats, Integers, stream
from commune_coverage.synthetic.raw_files import readiness
from commune_coverage.synthetic.settlements import footprint_cells
from commune_coverage.synthetic.terrain import Terrain
from commune_coverage.synthetic.towers import Operator, make_cells, scatter

OPERATORS = [
    Operator("Invented Telecom", 999, 1, 0.46),
    Operator("Mobile of Nowhere", 999, 2, 0.32),
    Operator("Example Cell", 999, 3, 0.22, without=("2g", "3g")),
]
FOREIGN_MCC, FOREIGN_MNC = 998, 10
_MAIN_ROADS = ("trunk", "primary")
_ROADSIDE_SHARE = 0.10
_NEAR_CITY_HARDNESS = 0.6
_MIN_READY = 0.08
_MAIN_ROAD_REACH_KM = 1.5


def build_networks(
    terrain: Terrain, settlements: pd.DataFrame, roads: gpd.GeoDataFrame, count: int, seed: int
) -> pd.DataFrame:
    """Cells (see ``make_cells``) of ``count`` sites, few of them in the mountains and on the lake shore."""
    rng = stream(seed, "towers")
    main_road = shapely.get_coordinates(roads.geometry[roads["highway"].isin(_MAIN_ROADS)].to_numpy())
    roadside = round(count * _ROADSIDE_SHARE)
    sites = pd.concat(
        [_in_settlements(terrain, settlements, count - roadside, rng), _along_roads(terrain, main_road, roadside, rng)],
        ignore_index=True,
    )
    position = sites[["lon", "lat"]].to_numpy()
    sites["on_main_road"] = cKDTree(main_road).query(position)[0] * KM_PER_DEG < _MAIN_ROAD_REACH_KM
    sites["in_large_city"] = _in_largest(settlements[settlements["kind"] == "city"], position)
    sites["hardness"] = 1 - readiness(terrain, settlements, *position.T)
    sites["operator"] = _operators(sites, rng)
    return make_cells(sites, OPERATORS, rng)


def _in_settlements(terrain: Terrain, settlements: pd.DataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
    ready = readiness(terrain, settlements, *settlements[["lon", "lat"]].to_numpy().T)
    attraction = settlements["people"].to_numpy() ** 0.8 * (_MIN_READY + ready)
    chosen = np.sort(rng.choice(len(settlements), count, p=attraction / attraction.sum()))
    places = settlements.iloc[chosen].reset_index(drop=True)
    lon, lat = scatter(places, rng)
    stays = terrain.is_inland(lon, lat)
    return pd.DataFrame(
        {
            "lon": np.where(stays, lon, places["lon"]),
            "lat": np.where(stays, lat, places["lat"]),
            "people": places["people"],
        }
    )


def _along_roads(terrain: Terrain, main_road: Floats, count: int, rng: np.random.Generator) -> pd.DataFrame:
    inland = main_road[terrain.is_inland(*main_road.T)]
    lon, lat = inland[np.sort(rng.choice(len(inland), count, replace=False))].T
    return pd.DataFrame({"lon": lon, "lat": lat, "people": 300.0})


def _in_largest(cities: pd.DataFrame, position: Floats) -> np.ndarray:
    """Whether a site stands in one of the three largest cities, or the six of a large country."""
    largest = cities.head(3 if len(cities) < 10 else 6)
    radius_deg = 1.2 * np.sqrt(footprint_cells(largest["people"].to_numpy()) / np.pi) * 0.1 / KM_PER_DEG
    gaps = np.hypot(*(position[:, None] - largest[["lon", "lat"]].to_numpy()).transpose(2, 0, 1))
    return np.asarray((gaps < radius_deg).any(axis=1))


def _operators(sites: pd.DataFrame, rng: np.random.Generator) -> Integers:
    """The second operator keeps to main roads and towns, the third to the surroundings of cities."""
    share = np.array([operator.share for operator in OPERATORS])
    weight = np.tile(share, (len(sites), 1))
    weight[:, 1] *= np.where(sites["on_main_road"] | (sites["people"] > 4000), 1.4, 0.5)
    weight[:, 2] *= np.where(sites["hardness"] < _NEAR_CITY_HARDNESS, 1.6, 0)
    bounds = np.cumsum(weight / weight.sum(axis=1, keepdims=True), axis=1)
    return np.asarray((rng.random(len(sites))[:, None] > bounds).sum(axis=1)).clip(max=2)
