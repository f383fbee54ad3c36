"""The base map stage: lines and water of the layers that the run has, and where the names of communes stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from rasterio.features import shapes as polygons_of
from rasterio.transform import from_origin
from shapely.geometry import shape as shape_of

from commune_coverage.core.errors import CountryFileError
from commune_coverage.core.files import read_attributes, read_geo, read_table, write_table
from commune_coverage.core.longitudes import unwrapped
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.site.boundaries import read_boundaries
from commune_coverage.pipeline.stages.travel.artifacts import read_ground
from commune_coverage.population.tables import has_places, read_shares, read_tile, tile_count
from commune_coverage.population.urbanisation import RURAL
from commune_coverage.runs.run import Run
from commune_coverage.site.geometry.base_map import CAPITAL, COMMUNE, ROAD_RANKS, SEAT, TOWN, WATER, BaseMap
from commune_coverage.site.geometry.generalise import middle_of

Progress = Callable[[int, int], None]
BASE_MAP = "base_map"
DETAIL_M = 50.0
"""Nothing finer is kept."""
MIN_WATER_CELLS = 12
RANKED_LINES: dict[str, dict[str, int] | None] = {"roads": ROAD_RANKS, "railways": None, "borders": None}
"""Layers of lines with the ranks of their classes; None where all are drawn."""


def base_map(run: Run, _: Progress) -> StageResult:
    """Write ``base_map``: features.parquet and labels.parquet.

    Raises
    ------
    CountryFileError
        When ``[maps]`` names a commune that there is not as capital or seat.
    """
    folder = run.stages_folder
    middle_deg = middle_of(read_boundaries(folder / "boundaries").whole)
    parts = [_lines(run, layer, ranks) for layer, ranks in RANKED_LINES.items()]
    features = pd.concat([*parts, _water(run)], ignore_index=True)
    to_degrees = run.area.system.to_degrees

    def placed(at_m: Any) -> Any:
        lon, lat = to_degrees(at_m[:, 0], at_m[:, 1])
        return np.column_stack([unwrapped(lon, middle_deg), lat])

    shapes = shapely.transform(features["geometry"].to_numpy(), placed)
    write_base_map(folder / BASE_MAP, BaseMap(features.assign(geometry=shapes), _labels(run, middle_deg)))
    return StageResult()


def write_base_map(folder: Path, base: BaseMap) -> None:
    """Write the features and the names of a base map."""
    packed = base.features.assign(geometry=shapely.to_wkb(base.features["geometry"].to_numpy()))
    write_table(folder / "features.parquet", packed.astype({"layer": str, "rank": int}))
    write_table(folder / "labels.parquet", base.labels)


def read_base_map(folder: Path) -> BaseMap:
    """The base map that the stage has left in its folder."""
    features = read_table(folder / "features.parquet")
    shapes = np.asarray(shapely.from_wkb(features["geometry"].to_numpy()), dtype=object)
    return BaseMap(features.assign(geometry=shapes), read_table(folder / "labels.parquet"))


def _lines(run: Run, layer: str, ranks: dict[str, int] | None) -> pd.DataFrame:
    """The lines of a layer that are drawn; none without the layer."""
    source = run.stages_folder / f"{layer}.parquet"
    if not source.is_file():
        return _nothing()
    table = read_geo(source)
    rank = table["class"].map(ranks) if ranks else pd.Series(0, index=table.index)
    return _features(layer, table.geometry[rank.notna()].to_numpy(), rank.dropna())


def _features(layer: str, shapes: Any, rank: Any) -> pd.DataFrame:
    light = shapely.simplify(np.asarray(shapes, dtype=object), DETAIL_M)
    return pd.DataFrame({"layer": layer, "rank": np.asarray(rank, dtype=int), "geometry": light})


def _nothing() -> pd.DataFrame:
    return pd.DataFrame({"layer": [], "rank": [], "geometry": []}).astype({"layer": str, "geometry": object})


def _water(run: Run) -> pd.DataFrame:
    """Water within the country that ways go around, without ponds: what the water and the elevation layers say."""
    source = run.stages_folder / "network" / "ground.npz"
    if not source.is_file():
        return _nothing()
    ground = read_ground(source)
    if not ground.is_water.any():
        return _nothing()
    flags, placed = ground.is_water.astype(np.uint8), from_origin(ground.west_m, ground.north_m, *[ground.cell_m] * 2)
    found = [shape_of(shape) for shape, _ in polygons_of(flags, flags > 0, 4, placed)]
    own = shapely.intersection(np.array(found, dtype=object), _land(run))
    large = own[shapely.area(own) >= MIN_WATER_CELLS * ground.cell_m**2]
    return _features(WATER, large, np.zeros(len(large)))


def _land(run: Run) -> Any:
    """The country with the lakes that no commune has, in the metric system."""
    communes = read_geo(run.stages_folder / "communes.parquet").geometry.dropna()
    x_m_y_m = shapely.transform(communes.to_numpy(), lambda at: np.column_stack(run.area.system.to_metric(*at.T)))
    whole = shapely.union_all(shapely.make_valid(shapely.simplify(x_m_y_m, DETAIL_M)))
    return shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(whole) if part.area])


def _labels(run: Run, middle_deg: float) -> pd.DataFrame:
    """Where most people of each commune live, and whether it is capital, seat, town or only a commune."""
    codes = read_attributes(run.stages_folder / "communes.parquet")["commune_code"].astype(str)
    at = _homes(run.stages_folder, len(codes))
    rank = np.where(at["is_town"], TOWN, COMMUNE)
    rank[_rows(codes, run.country.maps.seats)] = SEAT
    rank[_rows(codes, [run.country.maps.capital] if run.country.maps.capital else [])] = CAPITAL
    return pd.DataFrame({"lon": unwrapped(at["lon"], middle_deg), "lat": at["lat"], "rank": rank})


def _rows(codes: pd.Series, wanted: list[str]) -> list[int]:
    rows = {code: row for row, code in enumerate(codes)}
    if unknown := [code for code in wanted if code not in rows]:
        raise CountryFileError(f"[maps] names the commune '{unknown[0]}', which the communes layer does not have")
    return [rows[code] for code in wanted]


def _homes(folder: Path, communes: int) -> pd.DataFrame:
    """Of each commune the place with most of its people, and whether most of them live in a town; NaN without any."""
    most, homes = np.zeros(communes), np.full((communes, 2), np.nan)
    people, in_towns = np.zeros(communes), np.zeros(communes)
    for tile in range(tile_count(folder) if has_places(folder) else 0):
        places, shares = read_tile(folder, tile, ["lon", "lat", "environment"]), read_shares(folder, tile)
        if not len(shares.people):
            continue
        is_urban = places["environment"].to_numpy()[shares.place] > RURAL
        people += np.bincount(shares.commune, shares.people, communes)
        in_towns += np.bincount(shares.commune, shares.people * is_urban, communes)
        order = np.lexsort((-shares.place, shares.people))
        best = np.full(communes, -1)
        best[shares.commune[order]] = order
        better = np.flatnonzero((best >= 0) & (shares.people[best] > most))
        most[better] = shares.people[best[better]]
        homes[better] = places[["lon", "lat"]].to_numpy()[shares.place[best[better]]]
    return pd.DataFrame({"lon": homes[:, 0], "lat": homes[:, 1], "is_town": (in_towns > people / 2) & (people > 0)})
