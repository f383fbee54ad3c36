"""Sites and cells: where operators build, which technologies each site has, and the rows of OpenCelliD."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from commune_coverage.synthetic.frame import KM_PER_DEG, Flags, Floats, Integers, stream
from commune_coverage.synthetic.settlements import footprint_cells, readiness
from commune_coverage.synthetic.terrain import Terrain

RADIOS = {"2g": "GSM", "3g": "UMTS", "4g": "LTE", "5g": "NR"}
_FIRST_SEEN_S, _LAST_SEEN_S = 1_420_070_400, 1_790_000_000
_CELL_KM = 0.1


@dataclass(frozen=True)
class Operator:
    """A network: its code, its share of the sites and the technologies it skips."""

    name: str
    mcc: int
    mnc: int
    share: float
    without: tuple[str, ...] = ()


def scatter(places: pd.DataFrame, rng: np.random.Generator, spread: float = 0.4) -> tuple[Floats, Floats]:
    """A position near each place, within what its people cover (normal, ``spread`` radii of it)."""
    radius_deg = np.sqrt(footprint_cells(places["people"].to_numpy(float)) / np.pi) * _CELL_KM / KM_PER_DEG
    shift = rng.normal(0, 1, (2, len(places))) * spread * radius_deg
    return places["lon"].to_numpy(float) + shift[0], places["lat"].to_numpy(float) + shift[1]


def choose_technologies(sites: pd.DataFrame, operators: list[Operator], rng: np.random.Generator) -> dict[str, Flags]:
    """Which technologies each site has. ``sites``: people, hardness, operator, on_main_road, in_large_city."""
    log_people = np.log10(np.maximum(sites["people"].to_numpy(float), 1))
    hardness = sites["hardness"].to_numpy(float)
    chance = {
        "2g": np.full(len(sites), 0.93),
        "3g": np.clip(0.35 + 0.15 * log_people, 0, 0.9) * (1 - 0.5 * hardness),
        "4g": np.clip(0.30 + 0.35 * (log_people - 2.5) + 0.25 * sites["on_main_road"], 0.01, 0.97) * (1 - hardness),
        "5g": np.where(sites["in_large_city"], 0.6, 0.0),
    }
    flags = {technology: rng.random(len(sites)) < share for technology, share in chance.items()}
    newest = np.zeros(len(sites), dtype=bool)
    for number, operator in enumerate(operators):
        mine = sites["operator"].to_numpy() == number
        for technology in operator.without:
            flags[technology] &= ~mine
            newest |= mine
    flags["4g"] |= newest | flags["5g"]
    flags["2g"] |= ~np.logical_or.reduce(list(flags.values()))
    return flags


def make_cells(sites: pd.DataFrame, operators: list[Operator], rng: np.random.Generator) -> pd.DataFrame:
    """One row a cell: lon, lat of the site, site, operator, technology, sector, people; one to three sectors each."""
    flags = choose_technologies(sites, operators, rng)
    people = sites["people"].to_numpy(float)
    sectors = np.where(people > 6000, 3, 1 + (rng.random(len(sites)) < 0.6) + (rng.random(len(sites)) < 0.3))
    parts = []
    for technology, has in flags.items():
        owner = np.repeat(np.flatnonzero(has), sectors[has])
        parts.append(pd.DataFrame({"site": owner, "technology": technology}))
    cells = pd.concat(parts, ignore_index=True).sort_values(["site", "technology"], kind="stable", ignore_index=True)
    cells["sector"] = cells.groupby(["site", "technology"]).cumcount()
    taken = sites[["lon", "lat", "operator", "people"]].iloc[cells["site"]].reset_index(drop=True)
    return pd.concat([cells, taken], axis=1)


def opencellid_rows(cells: pd.DataFrame, operators: list[Operator], rng: np.random.Generator) -> list[list[str]]:
    """OpenCelliD's fourteen columns as text; ``range`` is as unreliable as in the real file."""
    size = len(cells)
    codes = np.array([(operator.mcc, operator.mnc) for operator in operators])[cells["operator"]]
    samples = np.where(rng.random(size) < 0.15, 1, np.ceil(rng.lognormal(2.6, 1.3, size))).astype(np.int64)
    untrusted = rng.choice([0, 1000, 206_000, -1], size, p=[0.04, 0.30, 0.01, 0.65])
    reach_m = np.where(untrusted < 0, np.round(rng.lognormal(7.8, 0.8, size)), untrusted).astype(np.int64)
    seen = np.sort(rng.integers(_FIRST_SEEN_S, _LAST_SEEN_S, (2, size)), axis=0)
    columns = (
        cells["technology"].map(RADIOS),
        codes[:, 0],
        codes[:, 1],
        1 + cells["site"] // 60,
        _cell_identity(cells),
        np.zeros(size, dtype=np.int64),
        [f"{value:.6f}" for value in cells["lon"]],
        [f"{value:.6f}" for value in cells["lat"]],
        reach_m,
        samples,
        np.ones(size, dtype=np.int64),
        seen[0],
        seen[1],
        np.zeros(size, dtype=np.int64),
    )
    return [list(row) for row in zip(*(list(map(str, column)) for column in columns), strict=True)]


def _cell_identity(cells: pd.DataFrame) -> pd.Series:
    """As networks number their cells: LTE and NR by base station and sector, older ones freely."""
    step = cells["technology"].map({"4g": 256, "5g": 4096}).fillna(10).astype(np.int64)
    return step * (cells["site"] + 100) + cells["sector"]


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
    """The second operator builds on main roads and in towns, the third around cities."""
    share = np.array([operator.share for operator in OPERATORS])
    weight = np.tile(share, (len(sites), 1))
    weight[:, 1] *= np.where(sites["on_main_road"] | (sites["people"] > 4000), 1.4, 0.5)
    weight[:, 2] *= np.where(sites["hardness"] < _NEAR_CITY_HARDNESS, 1.6, 0)
    bounds = np.cumsum(weight / weight.sum(axis=1, keepdims=True), axis=1)
    return np.asarray((rng.random(len(sites))[:, None] > bounds).sum(axis=1)).clip(max=2)
