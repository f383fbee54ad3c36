"""People within the radius of three classes of towers, by commune and technology, against the notebook's way.

Ours weighs a place by area between communes and asks whether its middle is within the radius; the notebook cuts
buffers (64 corners to the circle) by communes and takes cells by area (exactextract) or by their middle (rasterstats).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from benchmarks.clock import Result, interleave, ratio
from benchmarks.fixture import Fixture
from benchmarks.peers import peer
from commune_coverage.core.files import read_geo, read_table
from commune_coverage.population.tables import read_shares, read_tile, tile_count, tile_rows
from commune_coverage.readers.population.reader import read_people
from commune_coverage.travel.routing.nearest import build_buckets

Floats = npt.NDArray[np.float64]
Away = Callable[[Floats], Callable[[Floats, float], Floats]]
"""From the towers to what says how far the nearest is from each position, inf beyond a radius."""

RADIUS_M = {"2g": 10_000.0, "3g": 6_000.0, "4g": 3_000.0}
BUCKETS, TREE = "nearest tower by buckets", "nearest tower by scipy's cKDTree"
EXACT, CENTRES = "buffers, union, overlay, exactextract", "buffers, union, overlay, rasterstats"


def cover(fixture: Fixture) -> Result:
    """Both of ours against both of the notebook's; the table is (technologies, communes) people."""
    stages = fixture.until("communes", "towers")
    communes = read_geo(stages / "communes.parquet")[["geometry"]]
    folder = fixture.folder / "cover"
    read_people(fixture.people, fixture.context(folder))
    towers = _positions(fixture, read_table(stages / "cells.parquet"))
    metric, raster = fixture.run.area.metric_crs, str(fixture.people.path)
    within = partial(people_within, folder, len(communes))
    ways = {
        BUCKETS: partial(within, towers, _by_buckets),
        TREE: partial(within, towers, _by_tree),
        EXACT: partial(_notebook, communes, towers, metric, partial(_exact, raster)),
        CENTRES: partial(_notebook, communes, towers, metric, partial(_centres, raster)),
    }
    tables = {name: way() for name, way in ways.items()}
    costs = interleave({"decode": fixture.decode, **ways}, fixture.rounds)
    wanted = {EXACT: 8.0, CENTRES: 8.0, TREE: None}
    found = [ratio(costs, name, BUCKETS, at_least=least) for name, least in wanted.items()]
    found.append(ratio(costs, BUCKETS, "decode"))
    apart = {name: np.abs(table - tables[BUCKETS]) for name, table in tables.items() if name != BUCKETS}
    agreement: dict[str, float | bool] = {}
    for name, by_commune in apart.items():
        agreement[f"{name}: share of people placed otherwise"] = float(by_commune.sum() / tables[BUCKETS].sum())
        agreement[f"{name}: most people in one commune"] = float(by_commune.max())
    facts = {"towers": {name: len(where) for name, where in towers.items()}, "radius_m": RADIUS_M}
    return Result("cover", found, agreement, {**facts, "places": tile_rows(folder)[-1][1]})


def people_within(folder: Path, communes: int, towers: dict[str, Floats], away: Away) -> Floats:
    """People whose place has a tower (n x 2, metres) of the technology within its radius, (technologies, communes)."""
    table, asked = np.zeros((len(towers), communes)), {name: away(where) for name, where in towers.items()}
    for tile in range(tile_count(folder)):
        shares, position = read_shares(folder, tile), read_tile(folder, tile, ["x_m", "y_m"]).to_numpy()
        for row, name in enumerate(towers):
            near = np.isfinite(asked[name](position, RADIUS_M[name]))
            table[row] += shares.sum_where(near, communes)
    return table


def _positions(fixture: Fixture, cells: pd.DataFrame) -> dict[str, Floats]:
    x_m, y_m = fixture.run.area.to_metric(cells["lon"].to_numpy(), cells["lat"].to_numpy())
    where, technology = np.column_stack([x_m, y_m]), cells["technology"].to_numpy()
    return {name: np.unique(where[technology == name], axis=0) for name in RADIUS_M if (technology == name).any()}


def _by_buckets(towers: Floats) -> Callable[[Floats, float], Floats]:
    buckets = build_buckets(towers)
    return lambda position, radius_m: buckets.nearest(position, radius_m)[1]


def _by_tree(towers: Floats) -> Callable[[Floats, float], Floats]:
    tree = cKDTree(towers)
    return lambda position, radius_m: np.asarray(tree.query(position, distance_upper_bound=radius_m)[0])


def _notebook(
    communes: gpd.GeoDataFrame, towers: dict[str, Floats], metric: str, sums: Callable[[gpd.GeoDataFrame], Floats]
) -> Floats:
    table, metric_communes = np.zeros((len(towers), len(communes))), communes.to_crs(metric)
    for row, (name, where) in enumerate(towers.items()):
        circles = gpd.GeoSeries(shapely.points(where), crs=metric).buffer(RADIUS_M[name])
        covered = gpd.GeoDataFrame(geometry=[circles.union_all()], crs=metric)
        numbered = metric_communes.assign(commune=np.arange(len(communes)))
        pieces = numbered.overlay(covered, how="intersection").to_crs(communes.crs)
        np.add.at(table[row], pieces["commune"].to_numpy(), sums(pieces))
    return table


def _exact(raster: str, pieces: gpd.GeoDataFrame) -> Floats:
    return np.nan_to_num(
        peer("exactextract").exact_extract(raster, pieces, ["sum"], output="pandas")["sum"].to_numpy(np.float64)
    )


def _centres(raster: str, pieces: gpd.GeoDataFrame) -> Floats:
    rows = peer("rasterstats").zonal_stats(pieces, raster, stats=["sum"])
    return np.array([row["sum"] or 0.0 for row in rows], dtype=np.float64)
