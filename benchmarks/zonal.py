"""People by commune: fractions made once, sums from them each run; against three usual ways."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio

from benchmarks.clock import Result, interleave, ratio
from benchmarks.fixture import Fixture
from benchmarks.peers import peer
from commune_coverage.config.layers import LandFile
from commune_coverage.core.files import read_geo
from commune_coverage.population.tables import read_shares, tile_count, tile_rows
from commune_coverage.population.weights import PopulationWeights
from commune_coverage.readers.formats.raster import open_raster, windows
from commune_coverage.readers.population.raster import Inputs, populated_cells
from commune_coverage.readers.population.reader import read_people

Floats = npt.NDArray[np.float64]

FRACTIONS, FIRST = "exact fractions", "exact fractions, places in tiles, first sums"
KEPT, SUMS = "kept fractions read, sums", "sums from fractions in memory"
EXACT, CENTRES, JOIN = "exactextract on the file", "rasterstats (cell centres)", "geopandas sjoin of cells"


def zonal(fixture: Fixture) -> Result:
    """Ratios against decode, and against exactextract, rasterstats and geopandas; all timed in one process."""
    stages = fixture.until("communes")
    path, folder = stages / "communes.parquet", fixture.folder / "zonal"
    communes = read_geo(path)[["geometry"]]
    filled = np.flatnonzero(~communes.is_empty)
    communes = communes.iloc[filled].reset_index(drop=True)

    def first() -> Floats:
        return read_people(fixture.people, fixture.context(folder)).sums["people_sums"]["people"]

    counted = first()
    shares = [read_shares(folder, tile) for tile in range(tile_count(folder))]
    raster = str(fixture.people.path)
    peers = {
        EXACT: partial(_exactextract, raster, communes),
        CENTRES: partial(_rasterstats, raster, communes),
        JOIN: partial(_sjoin, raster, communes),
    }
    by_area = _by_area(fixture, folder)[filled]
    agreement: dict[str, float | bool] = {
        f"{name}: share of people placed otherwise": _apart(way(), by_area) for name, way in peers.items()
    }
    count = len(fixture.run.area.communes)
    ways: dict[str, Callable[[], object]] = {
        "decode": fixture.decode,
        FRACTIONS: partial(_fractions, fixture, path),
        FIRST: first,
        KEPT: partial(_kept_sums, folder, count),
        SUMS: partial(_sums, shares, count),
        **peers,
    }
    costs = interleave(ways, fixture.rounds)
    wanted = {SUMS: 0.3, KEPT: 0.3, FRACTIONS: 12.0, FIRST: None}
    found = [ratio(costs, name, "decode", at_most=most) for name, most in wanted.items()]
    found += [ratio(costs, name, FRACTIONS) for name in peers]
    found += [ratio(costs, name, SUMS) for name in peers]
    facts = {"communes": len(communes), "places": tile_rows(folder)[-1][1], "people": float(counted.sum())}
    return Result("zonal", found, agreement, facts)


def _by_area(fixture: Fixture, folder: Path) -> Floats:
    """People of each commune by area alone, as the peers have them: as if the sea were land."""
    with rasterio.open(fixture.people.path) as source:
        profile = source.profile | {"dtype": "uint8", "nodata": None}
        shape = source.shape
    folder.mkdir(parents=True, exist_ok=True)
    with rasterio.open(folder / "land.tif", "w", **profile) as target:
        target.write(np.ones(shape, dtype=np.uint8), 1)
    people = fixture.people.model_copy(update={"land": LandFile(path=folder / "land.tif")})
    return read_people(people, fixture.context(folder)).sums["people_sums"]["people"]


def _fractions(fixture: Fixture, communes_path: Path) -> None:
    """The raster read, its populated cells and their exact parts in communes, window by window."""
    with open_raster(fixture.people) as source:
        bounds = windows(source)
    for each in bounds:
        populated_cells(Inputs(fixture.people, communes_path), each)


def _kept_sums(folder: Path, communes: int) -> Floats:
    """People of each commune at the places where an indicator holds, here everywhere, from what is kept."""
    return _sums([read_shares(folder, tile) for tile in range(tile_count(folder))], communes)


def _sums(shares: list[PopulationWeights], communes: int) -> Floats:
    found = np.zeros(communes)
    for each in shares:
        everywhere = np.ones(int(each.place[-1]) + 1 if len(each.place) else 0, dtype=np.bool_)
        found += each.sum_where(everywhere, communes)
    return found


def _apart(theirs: Floats, ours: Floats) -> float:
    """Half the sum of the differences over all communes, as a share of all people."""
    return float(np.abs(theirs - ours).sum() / 2 / ours.sum())


def _exactextract(raster: str, communes: gpd.GeoDataFrame) -> Floats:
    found = peer("exactextract").exact_extract(raster, communes, ["sum"], output="pandas")
    return np.nan_to_num(found["sum"].to_numpy(np.float64))


def _rasterstats(raster: str, communes: gpd.GeoDataFrame) -> Floats:
    rows = peer("rasterstats").zonal_stats(communes, raster, stats=["sum"])
    return np.array([row["sum"] or 0.0 for row in rows], dtype=np.float64)


def _sjoin(raster: str, communes: gpd.GeoDataFrame) -> Floats:
    with rasterio.open(raster) as source:
        values, transform, crs = source.read(1), source.transform, source.crs
    row, column = np.nonzero(values > 0)
    x, y = transform @ (column + 0.5, row + 0.5)
    cells = gpd.GeoDataFrame({"people": values[row, column]}, geometry=gpd.points_from_xy(x, y), crs=crs)
    joined = cells.sjoin(communes.to_crs(crs), predicate="within")
    people = joined["people"].to_numpy(np.float64)
    return np.asarray(
        np.bincount(joined["index_right"].to_numpy(), weights=people, minlength=len(communes)), np.float64
    )
