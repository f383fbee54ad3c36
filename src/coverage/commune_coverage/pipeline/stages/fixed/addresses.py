"""Addresses at their nearest populated place, and the share of each place's addresses that a fixed line reaches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from commune_coverage.core.array_archives import read_scale
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles
from commune_coverage.population.tables import read_tile, tile_count

Floats = npt.NDArray[np.float64]

NO_PLACE = -1


def at_places(folder: Path, addresses: pd.DataFrame, within_m: Floats) -> pd.DataFrame:
    """Find the nearest populated place of each address.

    Parameters
    ----------
    folder : Path
        Folder of the run's stages.
    addresses : DataFrame, (addresses,)
        ``x_m`` and ``y_m`` in the country's plane.
    within_m : (addresses,) float64, m
        How far the place may be.

    Returns
    -------
    DataFrame, (addresses,)
        With ``tile`` and ``place`` (row in the tile), both NO_PLACE where none is near enough. Of places as near the
        one in the first tile counts.
    """
    at, scale = addresses[["x_m", "y_m"]].to_numpy(np.float64), read_scale(SignalFiles(folder).scale)
    nearest_m = np.full(len(at), np.inf)
    tile, place = (np.full(len(at), NO_PLACE, dtype=np.int64) for _ in range(2))
    for number in range(tile_count(folder)):
        places = read_tile(folder, number, ["x_m", "y_m"]).to_numpy(np.float64)
        true_per_m = scale.in_middle(places[:, 0], places[:, 1])
        reach_m = within_m / true_per_m
        inside = (at >= places.min(axis=0) - reach_m[:, None]) & (at <= places.max(axis=0) + reach_m[:, None])
        near = np.flatnonzero(inside.all(axis=1))
        away_m, row = cKDTree(places).query(at[near]) if len(near) else (np.zeros(0), near)
        closer = (away_m * true_per_m < nearest_m[near]) & (away_m <= reach_m[near])
        nearest_m[near[closer]] = away_m[closer] * true_per_m
        tile[near[closer]], place[near[closer]] = number, row[closer]
    return addresses.assign(tile=tile, place=place)


def served_share(addresses: pd.DataFrame, places: int, speed_mbps: float) -> Floats:
    """Share of the households of each place whose address has a line of a speed.

    Parameters
    ----------
    addresses : DataFrame, (addresses,)
        Of one tile: ``place``, ``households`` and ``speed_mbps``.
    places : int
        How many places the tile has.
    speed_mbps : float
        Downlink, Mbps.

    Returns
    -------
    (places,) float64
        0 where no address is listed.
    """
    place, households = addresses["place"].to_numpy(), addresses["households"].to_numpy(np.float64)
    served = np.bincount(place, households * (addresses["speed_mbps"].to_numpy() >= speed_mbps), places)
    listed = np.bincount(place, households, places)
    return np.where(listed > 0, served / np.where(listed > 0, listed, 1.0), 0.0)
