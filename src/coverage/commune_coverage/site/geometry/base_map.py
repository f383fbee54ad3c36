"""The base map of the pages: roads, railways, borders and water of the run's own layers, and where names stand.

The whole country is drawn from one file, nearer than that a file for each tile of a grid, like boundaries. However
large the country, all files together stay below ``MAX_BYTES``: the least roads are left out first, then detail.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from commune_coverage.site.geometry.generalise import rings_of

FOLDER, INDEX = "base", "base/index"
MAX_BYTES = 600_000
TILES_ACROSS = 6
WHOLE_TOLERANCE_OF_SPAN, NEAR_DIVISOR, COARSER = 1 / 1500, 6, 1.6
WHOLE_MAX_RANK, MAX_RANK = 1, 3
ROAD_RANKS = {"motorway": 0, "trunk": 0, "primary": 1, "secondary": 2, "tertiary": 3}
"""Roads by their class as OpenStreetMap has them; of others there are too many."""
CAPITAL, SEAT, TOWN, COMMUNE = range(4)
"""Ranks of names."""
WATER = "water"


@dataclass(frozen=True)
class BaseMap:
    """``features`` has layer, rank (0 first) and geometry (degrees, as the boundaries are drawn) a row.

    ``labels`` has lon, lat (degrees) and rank of each commune's name, a row each; NaN where it has no place.
    """

    features: pd.DataFrame
    labels: pd.DataFrame

    @property
    def layers(self) -> list[str]:
        """The layers that it is drawn from."""
        return sorted(set(self.features["layer"]))

    def without(self, confidential: Collection[str]) -> BaseMap:
        """Without confidential layers; where people are, names stand and rank by nothing that is known of them."""
        features = self.features[~self.features["layer"].isin(confidential)]
        rank = self.labels["rank"].replace(TOWN, COMMUNE)
        hidden = self.labels.assign(lon=np.nan, lat=np.nan, rank=rank) if "people" in confidential else self.labels
        return BaseMap(features.reset_index(drop=True), hidden)


def base_files(base: BaseMap, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """The data files of a base map by name, together at most ``max_bytes``.

    Parameters
    ----------
    base : BaseMap
        Features and names.
    max_bytes : int
        Bytes of all files as JSON.

    Returns
    -------
    dict of str to dict
        ``base/index`` with the layers, the tiles and where names stand; ``base/whole`` and a file for each tile that
        has anything, where there are features.
    """
    index = {"layers": base.layers, "tiles": [], **_labels(base.labels)}
    if base.features.empty:
        return {INDEX: index}
    west, south, east, north = shapely.total_bounds(base.features["geometry"].to_numpy())
    span = max(east - west, north - south, 1e-6)
    for max_rank, tolerance in _less_and_less(span * WHOLE_TOLERANCE_OF_SPAN):
        files, tiles = _drawn(base.features, (west, south, span), max_rank, tolerance)
        files |= {INDEX: index | {"tiles": tiles}}
        if sum(map(_size, files.values())) <= max_bytes:
            break
    return files


def _less_and_less(tolerance_deg: float) -> Iterator[tuple[int, float]]:
    """Fewer roads first, then less and less detail."""
    for max_rank in range(MAX_RANK, WHOLE_MAX_RANK - 1, -1):
        yield max_rank, tolerance_deg
    for step in range(1, 40):
        yield WHOLE_MAX_RANK, tolerance_deg * COARSER**step


def _drawn(
    features: pd.DataFrame, grid: tuple[float, float, float], max_rank: int, tolerance: float
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    west, south, span = grid
    whole = features[features["rank"] <= WHOLE_MAX_RANK]
    files = {f"{FOLDER}/whole": _level(whole, whole["geometry"].to_numpy(), tolerance)}
    tiles, near, side = [], features[features["rank"] <= max_rank], span / TILES_ACROSS
    shapes = _simplified(near["geometry"].to_numpy(), tolerance / NEAR_DIVISOR)
    tree = shapely.STRtree(shapes)
    for column in range(TILES_ACROSS):
        for row in range(TILES_ACROSS):
            box = (west + column * side, south + row * side, west + (column + 1) * side, south + (row + 1) * side)
            within = np.sort(tree.query(shapely.box(*box)))
            cut = shapely.clip_by_rect(shapely.make_valid(shapes[within]), *box)
            level = _level(near.iloc[within], cut, tolerance / NEAR_DIVISOR)
            if level["lines"] or level[WATER]:
                name = f"{column}_{row}"
                files[f"{FOLDER}/{name}"] = level
                tiles.append({"name": name, "bounds": [[box[1], box[0]], [box[3], box[2]]]})
    return files, tiles


def _simplified(shapes: Any, tolerance_deg: float) -> Any:
    return shapely.simplify(shapes, tolerance_deg)


def _level(features: pd.DataFrame, shapes: Any, tolerance_deg: float) -> dict[str, Any]:
    """Water as rings, and lines by layer and rank, in whole numbers."""
    decimals = max(math.ceil(-math.log10(tolerance_deg)), 1)
    light = _simplified(shapes, tolerance_deg)
    water: list[Any] = []
    lines: dict[str, Any] = {}
    for layer, rank, shape in zip(features["layer"], features["rank"], light, strict=True):
        if shape.is_empty:
            continue
        if layer == WATER:
            water += rings_of(shape, decimals)
        else:
            lines.setdefault(f"{layer}-{rank}", []).extend(_steps(shape, decimals))
    return {"unit": 10**decimals, WATER: water, "lines": lines}


def _steps(shape: Any, decimals: int) -> list[list[int]]:
    """Each line of a shape in whole numbers: x, y of the first point, then steps; none that is shorter than one."""
    found = []
    for part in shapely.get_parts(shape):
        if part.geom_type != "LineString":
            continue
        points = np.round(shapely.get_coordinates(part) * 10**decimals).astype(np.int64)
        steps = np.diff(points, axis=0)
        moved = steps[steps.any(axis=1)]
        if len(moved):
            found.append([int(step) for step in np.vstack([points[:1], moved]).ravel()])
    return found


LABEL_UNIT = 10_000


def _labels(labels: pd.DataFrame) -> dict[str, Any]:
    """Where the name of each commune stands, and which are more than a commune's."""
    at = labels[["lat", "lon"]].to_numpy(dtype=float)
    known = np.isfinite(at).all(axis=1)
    whole = np.round(np.where(known[:, None], at, 0.0) * LABEL_UNIT).astype(np.int64)
    ranked = {str(rank): np.flatnonzero(labels["rank"].to_numpy() == rank).tolist() for rank in (CAPITAL, SEAT, TOWN)}
    places = [pair.tolist() if is_known else None for pair, is_known in zip(whole, known, strict=True)]
    return {"unit": LABEL_UNIT, "at": places, "ranks": ranked}


def _size(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")))
