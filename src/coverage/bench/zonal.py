"""People by commune: fractions made once, sums from them each night; against three usual ways."""

from __future__ import annotations

from functools import partial

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
from exactextract import exact_extract

from coverage.bench.bed import Bed
from coverage.bench.clock import Result, interleave, ratio
from coverage.bench.peers import peer
from coverage.people import Demand
from coverage.sources.people import read_people
from coverage.store import read_demand, read_geo, write_demand

Floats = npt.NDArray[np.float64]

FIRST, KEPT, SUMS = "fractions made", "kept fractions read, sums", "sums from fractions in memory"
EXACT, CENTRES, JOIN = "exactextract on the file", "rasterstats (cell centres)", "geopandas sjoin of cells"


def zonal(bed: Bed) -> Result:
    """Ratios against decode, and against exactextract, rasterstats and geopandas; all timed in one process."""
    stages = bed.until("communes")
    path, folder = stages / "communes.parquet", bed.folder / "zonal"
    communes = read_geo(path)[["geometry"]]
    filled = np.flatnonzero(~communes.is_empty)
    communes = communes.iloc[filled].reset_index(drop=True)

    def first() -> Demand:
        return read_people(bed.people, bed.run.area, path, "serial")[0].demand

    demand = first()
    folder.mkdir(exist_ok=True)
    write_demand(folder, demand)
    raster = str(bed.people.path)
    peers = {
        EXACT: partial(_exactextract, raster, communes),
        CENTRES: partial(_rasterstats, raster, communes),
        JOIN: partial(_sjoin, raster, communes),
    }
    agreement: dict[str, float | bool] = {
        f"{name}: share of people placed otherwise": _apart(way(), demand.by_commune()[filled])
        for name, way in peers.items()
    }
    ways = {"decode": bed.decode, FIRST: first, KEPT: lambda: read_demand(folder).by_commune()}
    costs = interleave({**ways, SUMS: demand.by_commune, **peers}, bed.rounds)
    wanted: dict[str, float | None] = {SUMS: 0.3, KEPT: None, FIRST: 12.0}
    found = [ratio(costs, name, "decode", at_most=most) for name, most in wanted.items()]
    found += [ratio(costs, name, FIRST) for name in peers]
    found += [ratio(costs, name, SUMS) for name in peers]
    facts = {"communes": len(communes), "places": len(demand.places), "people": float(demand.people.sum())}
    return Result("zonal", found, agreement, facts)


def _apart(theirs: Floats, ours: Floats) -> float:
    """Half the sum of the differences over all communes, as a share of all people."""
    return float(np.abs(theirs - ours).sum() / 2 / ours.sum())


def _exactextract(raster: str, communes: gpd.GeoDataFrame) -> Floats:
    found = exact_extract(raster, communes, ["sum"], output="pandas")
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
