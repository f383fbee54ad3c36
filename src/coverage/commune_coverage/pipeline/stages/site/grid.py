"""Populated places with what was computed of each, as one table."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, read_figures
from commune_coverage.population.tables import has_places, read_tile, tile_count

_PLACE = ["lon", "lat", "people", "environment"]
_MEASURES = ("edge_mbps", "busy_mbps", "received_")


def place_table(stages: Path) -> gpd.GeoDataFrame:
    """Every populated place of a run, in the order of its tiles.

    Parameters
    ----------
    stages : Path
        The run's folder of artifacts.

    Returns
    -------
    GeoDataFrame
        Points in EPSG:4326 with people, environment and, where radio was computed, power in dBm and throughput in Mbps.
    """
    files = SignalFiles(stages)
    parts = [_of_tile(stages, files, tile) for tile in range(tile_count(stages) if has_places(stages) else 0)]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_PLACE)
    points = gpd.points_from_xy(table["lon"], table["lat"], crs="EPSG:4326")
    return gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=points)


def _of_tile(stages: Path, files: SignalFiles, tile: int) -> pd.DataFrame:
    places, source = read_tile(stages, tile, _PLACE), files.figures(tile)
    if not source.is_file():
        return places
    return places.assign(**read_figures(source, lambda name: name.startswith(_MEASURES)))
