"""Layers made up for a real country from its real places: seeded, and labelled synthetic by their sidecar."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
import shapely
from rasterio.transform import from_origin

from commune_coverage.config.country import Country
from commune_coverage.core.errors import CountryFileError
from commune_coverage.core.files import atomic_write
from commune_coverage.core.rasterizing import rasterize
from commune_coverage.readers.formats.provenance import write_sidecar
from commune_coverage.readers.towers.cells import OPENCELLID_COLUMNS
from commune_coverage.synthetic.frame import CELL_DEG, stream
from commune_coverage.synthetic.roads import road_network
from commune_coverage.synthetic.settlements import spread_people
from commune_coverage.synthetic.towers import Operator, make_cells, opencellid_rows, scatter

PEOPLE_PER_SITE = 2_000
_TOWN_PEOPLE, _CITY_PEOPLE = 4_000, 12_000
_STAMP = "2000-01-01T00:00:00.000Z"


def synthesize_layer(
    kind: str, path: Path, seed: int, places: pd.DataFrame, communes: gpd.GeoDataFrame, country: Country
) -> Path:
    """Write one layer ('towers', 'roads', 'hubs', 'payments' or 'people') and its sidecar; the path.

    ``places`` has lon, lat, people; ``communes`` is in WGS 84. Same inputs and seed, same bytes.
    """
    method = _WRITERS[kind](path, seed, places.reset_index(drop=True), communes, country)
    write_sidecar(
        path,
        {
            "title": f"Synthetic {kind} for {country.name.get('en', country.code)}",
            "publisher": "commune-coverage",
            "licence": "CC0-1.0",
            "attribution": "synthetic, not observed",
            "version": f"seed {seed}",
            "synthetic": True,
            "note": method,
        },
    )
    return path


def _towers(path: Path, seed: int, places: pd.DataFrame, _: gpd.GeoDataFrame, country: Country) -> str:
    """OpenCelliD cells, about one site for 2,000 people, at places drawn by people to the power 0.8."""
    operators = _operators(country)
    rng = stream(seed, "towers")
    attraction = places["people"].to_numpy() ** 0.8
    count = max(1, round(places["people"].sum() / PEOPLE_PER_SITE))
    chosen = np.sort(rng.choice(len(places), count, p=attraction / attraction.sum()))
    sites = places.iloc[chosen].reset_index(drop=True)
    lon, lat = scatter(sites, rng, spread=0.8)
    large = sites["people"] >= places["people"].quantile(0.995)
    sites = sites.assign(
        lon=lon,
        lat=lat,
        hardness=0.0,
        on_main_road=rng.random(count) < 0.15,
        in_large_city=large,
        operator=rng.choice(len(operators), count, p=[operator.share for operator in operators]),
    )
    rows = opencellid_rows(make_cells(sites, operators, rng), operators, rng)
    text = io.StringIO()
    pd.DataFrame(rows, columns=OPENCELLID_COLUMNS).to_csv(text, index=False, lineterminator="\n")
    write_text(path, text.getvalue())
    return f"sites drawn near the real places by people to the power 0.8, one for {PEOPLE_PER_SITE:,} people"


def _operators(country: Country) -> list[Operator]:
    if not country.operators:
        raise CountryFileError("synthetic towers need [operators] with network codes")
    share = 1 / len(country.operators)
    codes = {name: codes[0].split("-") for name, codes in country.operators.items()}
    return [Operator(name, int(mcc), int(mnc), share) for name, (mcc, mnc) in codes.items()]


def _roads(path: Path, seed: int, places: pd.DataFrame, _: gpd.GeoDataFrame, __: Country) -> str:
    lon, lat, people = places[["lon", "lat", "people"]].to_numpy(float).T
    roads = road_network(lon, lat, people, stream(seed, "roads"))
    write_gpkg(path, roads, "roads")
    return "spanning tree of the real places with some shortcuts, classes by the paths between the largest"


def _hubs(path: Path, seed: int, places: pd.DataFrame, communes: gpd.GeoDataFrame, _: Country) -> str:
    """A post office at the largest place of each district, couriers in the larger cities."""
    rows = _largest_by(places, communes, "district_code").assign(**{"class": "post office"})
    cities = rows[rows["people"] >= _CITY_PEOPLE].assign(**{"class": "courier"})
    return _points(path, pd.concat([rows, cities], ignore_index=True), seed, "hubs")


def _payments(path: Path, seed: int, places: pd.DataFrame, communes: gpd.GeoDataFrame, _: Country) -> str:
    """An agent at the largest place of each commune, a bank in each town."""
    rows = _largest_by(places, communes, "commune_code").assign(**{"class": "agent"})
    towns = rows[rows["people"] >= _TOWN_PEOPLE].assign(**{"class": "bank"})
    return _points(path, pd.concat([rows, towns], ignore_index=True), seed, "payments")


def _largest_by(places: pd.DataFrame, communes: gpd.GeoDataFrame, level: str) -> pd.DataFrame:
    points = shapely.points(places["lon"].to_numpy(float), places["lat"].to_numpy(float))
    place, commune = shapely.STRtree(communes.geometry.to_numpy()).query(points, predicate="intersects")
    located = places.iloc[place].assign(unit=communes[level].to_numpy()[commune])
    largest = located.sort_values(["people", "lon", "lat"], ascending=[False, True, True], kind="stable")
    return largest.drop_duplicates("unit").sort_values("unit", kind="stable")


def _points(path: Path, rows: pd.DataFrame, seed: int, kind: str) -> str:
    lon, lat = scatter(rows, stream(seed, kind), spread=0.2)
    table = pd.DataFrame(
        {
            "id": [f"S{number:05d}" for number in range(1, len(rows) + 1)],
            "class": rows["class"].to_numpy(),
            "lon": lon.round(6),
            "lat": lat.round(6),
        }
    )
    write_text(path, table.to_csv(index=False, lineterminator="\n"))
    return "placed at the largest real places of the administrative units"


def _people(path: Path, seed: int, places: pd.DataFrame, communes: gpd.GeoDataFrame, _: Country) -> str:
    """A WorldPop-like raster of 3 arc-seconds; each place's people stay in its own commune."""
    west, south, east, north = communes.total_bounds
    west, north = np.floor(west / CELL_DEG) * CELL_DEG, np.ceil(north / CELL_DEG) * CELL_DEG
    shape = (int(np.ceil((north - south) / CELL_DEG)) + 1, int(np.ceil((east - west) / CELL_DEG)) + 1)
    transform = from_origin(west, north, CELL_DEG, CELL_DEG)
    numbered = zip(communes.geometry, range(1, len(communes) + 1), strict=True)
    zones = rasterize(((s, n) for s, n in numbered if not s.is_empty), shape, transform=transform, dtype="int32")
    rows = np.floor((north - places["lat"].to_numpy(float)) / CELL_DEG).astype(np.int64).clip(0, shape[0] - 1)
    columns = np.floor((places["lon"].to_numpy(float) - west) / CELL_DEG).astype(np.int64).clip(0, shape[1] - 1)
    cells, people = spread_people(rows, columns, places["people"].to_numpy(float), zones, stream(seed, "people"))
    values = np.full(shape, -99999, dtype=np.float32)
    values.ravel()[cells] = people
    write_count_raster(path, values, transform)
    return "each real place's people spread over a disc around it, all of them inside its commune"


def write_text(path: Path, text: str) -> None:
    """UTF-8 text, gzipped without a time stamp where the name ends in .gz."""
    content = text.encode("utf-8")
    with atomic_write(path) as target:
        target.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def write_gpkg(path: Path, frame: gpd.GeoDataFrame, layer: str) -> None:
    """A GeoPackage whose time stamps are fixed, so that equal frames are equal bytes."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _STAMP})
    try:
        with atomic_write(path) as target:
            pyogrio.write_dataframe(frame, target, layer=layer, driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def write_count_raster(path: Path, values: np.ndarray, transform: rasterio.Affine) -> None:
    """A compressed, tiled float32 GeoTIFF of counts, nodata -99999."""
    profile = {
        "driver": "GTiff",
        "height": values.shape[0],
        "width": values.shape[1],
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4326",
        "nodata": -99999,
        "transform": transform,
        "compress": "deflate",
        "tiled": True,
    }
    with atomic_write(path) as target, rasterio.open(target, "w", **profile) as sink:
        sink.write(values, 1)


_WRITERS: dict[str, Callable[[Path, int, pd.DataFrame, gpd.GeoDataFrame, Country], str]] = {
    "towers": _towers,
    "roads": _roads,
    "hubs": _hubs,
    "payments": _payments,
    "people": _people,
}
