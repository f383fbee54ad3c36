"""The invented country as one world, before it is written in any format."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from commune_coverage.synthetic.communes import partition_land
from commune_coverage.synthetic.frame import SCALES, Floats, Frame, Scale, stream
from commune_coverage.synthetic.roads import road_network, with_oddities
from commune_coverage.synthetic.settlements import generate_settlements, readiness
from commune_coverage.synthetic.terrain import Terrain, shape_terrain
from commune_coverage.synthetic.towers import build_networks, scatter

HUB_TAGS = (("amenity", "post_office"), ("office", "courier"), ("amenity", "parcel_locker"))
SORTING_TAGS = (("amenity", "post_depot"), ("industrial", "port"))
PAYMENT_TAGS = (("amenity", "bank"), ("amenity", "atm"), ("amenity", "money_transfer"))
OTHER_TAGS = (("amenity", "school"), ("shop", "convenience"), ("place", "village"))


@dataclass(frozen=True)
class World:
    """Everything there is, positions in WGS 84; ``points`` are OSM-like nodes with a tag and a value."""

    seed: int
    scale: Scale
    terrain: Terrain
    communes: gpd.GeoDataFrame
    settlements: pd.DataFrame
    roads: gpd.GeoDataFrame
    cells: pd.DataFrame
    points: pd.DataFrame


def make_world(scale_name: str, seed: int) -> World:
    """The invented country of that scale; same seed, same world."""
    scale = SCALES[scale_name]
    terrain = shape_terrain(Frame(scale.cells), stream(seed, "terrain"))
    communes = partition_land(terrain, scale, seed)
    settlements = generate_settlements(terrain, communes, scale, seed)
    lon, lat, people = settlements[["lon", "lat", "people"]].to_numpy(float).T
    roads = road_network(lon, lat, people, stream(seed, "roads"), terrain.is_inland)
    roads = with_oddities(roads, terrain, settlements)
    cells = build_networks(terrain, settlements, roads, scale.sites, seed)
    return World(seed, scale, terrain, communes, settlements, roads, cells, _points(terrain, settlements, scale, seed))


def _points(terrain: Terrain, settlements: pd.DataFrame, scale: Scale, seed: int) -> pd.DataFrame:
    """Hubs and payment points where people are, few in hard country, among other things on the map."""
    rng = stream(seed, "points")
    wanted = ((scale.hubs, HUB_TAGS, (0.6, 0.3, 0.1)), (scale.payments, PAYMENT_TAGS, (0.3, 0.4, 0.3)))
    parts = [_near_people(terrain, settlements, count, tags, share, rng) for count, tags, share in wanted]
    parts.append(_near_people(terrain, settlements, scale.hubs, OTHER_TAGS, (0.4, 0.4, 0.2), rng))
    parts.append(_sorting(settlements, 2 + scale.hubs // 250))
    points = pd.concat(parts, ignore_index=True)
    return points.assign(id=100_000 + np.arange(len(points)) * 7)


def _sorting(settlements: pd.DataFrame, count: int) -> pd.DataFrame:
    """A port at the largest town, and a depot that sorts parcels in it and in each of the next."""
    towns = settlements.nlargest(count, "people")
    towns = pd.concat([towns, towns.head(1)], ignore_index=True)
    depot, port = SORTING_TAGS
    tags = [depot] * count + [port]
    return pd.DataFrame(
        {
            "lon": towns["lon"] + 0.001,
            "lat": towns["lat"],
            "name": towns["name"],
            "tag": [tag for tag, _ in tags],
            "value": [value for _, value in tags],
        }
    )


def _near_people(
    terrain: Terrain,
    settlements: pd.DataFrame,
    count: int,
    tags: tuple[tuple[str, str], ...],
    share: tuple[float, ...],
    rng: np.random.Generator,
) -> pd.DataFrame:
    place_lon, place_lat = settlements[["lon", "lat"]].to_numpy().T
    weight = settlements["people"].to_numpy() * readiness(terrain, settlements, place_lon, place_lat)
    places = settlements.iloc[rng.choice(len(settlements), count, p=weight / weight.sum())].reset_index(drop=True)
    lon, lat = scatter(places, rng, spread=0.3)
    dry = terrain.is_inland(lon, lat)
    tag = rng.choice(len(tags), count, p=share)
    return pd.DataFrame(
        {
            "lon": np.where(dry, lon, places["lon"]),
            "lat": np.where(dry, lat, places["lat"]),
            "name": places["name"],
            "tag": [tags[number][0] for number in tag],
            "value": [tags[number][1] for number in tag],
        }
    )


def land_zones(world: World) -> np.ndarray:
    """1 on the country's land and 0 elsewhere, one value a people cell."""
    from commune_coverage.core.rasterizing import rasterize

    cells = world.terrain.frame.cells
    shape = (world.terrain.country, 1)
    return np.asarray(rasterize([shape], (cells, cells), transform=world.terrain.frame.transform(), dtype="uint8"))


def outside_points(world: World, count: int, rng: np.random.Generator) -> Floats:
    """Positions across the land border, on the neighbour's ground: within reach of the country."""
    neighbour = shapely.difference(world.terrain.landmass, world.terrain.country.buffer(0.01))
    west, south, east, north = neighbour.bounds
    points = np.empty((0, 2))
    while len(points) < count:
        tried = rng.uniform((west, south), (east, north), (20 * count, 2))
        points = np.concatenate([points, tried[shapely.contains_xy(neighbour, *tried.T)]])
    return points[:count]
