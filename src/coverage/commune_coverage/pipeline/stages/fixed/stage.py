"""The stage of fixed lines: whom they reach, and whom either they or mobile networks reach, place by place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import CRS

from commune_coverage.config.layers import FixedLayer
from commune_coverage.core.files import read_table
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.fixed.addresses import NO_PLACE, at_places, served_share
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, read_figures
from commune_coverage.pipeline.stages.zonal_sums import commune_count, people_by_commune, write_sums
from commune_coverage.population.tables import has_places, read_tile, tile_count
from commune_coverage.population.weights import PopulationWeights
from commune_coverage.readers.declared.lookup import in_polygons
from commune_coverage.readers.declared.tiles import Tile, polygon_file
from commune_coverage.readers.population.tiles import TILE_M
from commune_coverage.runs.run import Run
from commune_coverage.schema.inputs import PLACE_BOUNDS

Progress = Callable[[int, int], None]
Floats = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[Any]]


def fixed_sums(run: Run, progress: Progress) -> StageResult:
    """Write ``fixed_sums``: by commune and speed the people whom fixed lines reach, and whom these or mobile do.

    Parameters
    ----------
    run : Run
        The run; without fixed lines of places nothing is written.
    progress : callable
        Called with tiles done and all tiles.

    Returns
    -------
    StageResult
        The assumptions say how many addresses there are, and how many no place is near.

    Notes
    -----
    A person is reached by either where mobile networks serve the place, else with the share of the place that fixed
    lines reach: who has what is known, and no independence is assumed.
    """
    folder, layer = run.stages_folder, run.country.layers.fixed
    source = folder / "fixed.parquet"
    if layer is None or not source.is_file() or not has_places(folder):
        return StageResult()
    lines, addresses = read_table(source), _addresses(run, layer)
    if addresses is None and not _of_polygons(lines).size:
        return StageResult()
    speeds = run.country.thresholds.high_speed_mbps

    def values(tile: int, _first: int, _last: int, _shares: PopulationWeights) -> Columns:
        progress(tile + 1, tile_count(folder))
        shares = _in_polygons(run, tile, lines, speeds)
        if addresses is not None:
            here = addresses[addresses["tile"] == tile]
            shares = [np.maximum(one, served_share(here, len(one), s)) for one, s in zip(shares, speeds, strict=True)]
        return _reached(SignalFiles(folder), tile, dict(zip(speeds, shares, strict=True)))

    write_sums(folder / "fixed_sums.npz", people_by_commune(folder, commune_count(folder), values))
    result = StageResult()
    if addresses is not None:
        far = int((addresses["place"] == NO_PLACE).sum())
        text = f"{len(addresses):,}; {far:,} are too far from every populated place and count for nobody"
        result.assume("internet", "addresses with or without a fixed line", text, "", "fixed layer")
    return result


def _addresses(run: Run, layer: FixedLayer) -> pd.DataFrame | None:
    """Addresses of all files at their places, None where no file has any."""
    source = run.stages_folder / "fixed_addresses.parquet"
    if not source.is_file():
        return None
    addresses = read_table(source)
    within_m = np.array([file.within_m for file in layer.files])[addresses["file_number"].to_numpy(np.int64)]
    return at_places(run.stages_folder, addresses, within_m)


def _of_polygons(lines: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Numbers of the files that hold polygons."""
    return np.asarray(lines.loc[lines["crs"] != "", "file_number"].unique(), dtype=np.int64)


def _in_polygons(run: Run, tile: int, lines: pd.DataFrame, speeds_mbps: list[float]) -> list[Floats]:
    """1 at the places of a tile that lie in a polygon of the speed or a faster one, else 0; for each speed."""
    places = read_tile(run.stages_folder, tile, ["x_m", "y_m", "lon", "lat"])
    square = Tile(int(places["x_m"].iloc[0] // TILE_M), int(places["y_m"].iloc[0] // TILE_M))
    fastest = np.zeros(len(places))
    for file in _of_polygons(lines).tolist():
        own = lines[lines["file_number"] == file]
        path = polygon_file(run.stages_folder / "fixed", square, file)
        if not path.is_file():
            continue
        lon, lat = places["lon"].to_numpy(np.float64), places["lat"].to_numpy(np.float64)
        inside = in_polygons(path, CRS(own["crs"].iloc[0]), lon, lat, int(lines["number"].max()) + 1)
        for number, speed in zip(own["number"], own["speed_mbps"], strict=True):
            fastest = np.maximum(fastest, inside[number] * speed)
    return [(fastest >= speed).astype(np.float64) for speed in speeds_mbps]


def _reached(files: SignalFiles, tile: int, shares: dict[float, Floats]) -> Columns:
    """Shares of each place that fixed lines reach, and that these or mobile networks do, with all bounds."""
    columns: Columns = {f"fixed_{speed:g}": share for speed, share in shares.items()}
    source, wanted = files.figures(tile), {f"served_{speed:g}" for speed in shares}
    served = read_figures(source, wanted.__contains__) if source.is_file() else {}
    for speed, share in shares.items():
        for bit, bound in enumerate(PLACE_BOUNDS if served else ()):
            by_mobile = (served[f"served_{speed:g}"] >> bit) & 1
            columns[f"reached_{speed:g}{bound}"] = np.where(by_mobile == 1, 1.0, share)
    return columns
