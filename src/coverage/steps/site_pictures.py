"""Pictures for the pages: what the places of all tiles have, as classes: signal and speed, minutes in both seasons."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from coverage.maps.palette import BLUES, ORANGES, shades
from coverage.maps.pictures import CELL_M, Ground, Picture
from coverage.maps.words import Saying
from coverage.runs import Run
from coverage.steps.reach_tiles import hub_ways
from coverage.steps.signal_files import SignalFiles
from coverage.steps.signal_table import read_figures
from coverage.store import has_places, read_tile, tile_count, tile_rows

Classes = npt.NDArray[np.uint8]
POINT_M = 500.0
"""Places further apart than cells of a raster are drawn this large."""


def pictures_of(run: Run) -> list[Picture]:
    """Those that the run's stages allow."""
    folder = run.stages_folder
    if not has_places(folder):
        return []
    at = [read_tile(folder, tile, ["lon", "lat"]) for tile in range(tile_count(folder))]
    lon, lat = (np.concatenate([part[name].to_numpy() for part in at]) for name in ("lon", "lat"))
    ground = Ground(lon, lat, _spacing_m(run))
    signal = [_signal(run, ground)] if SignalFiles(folder).figures(0).is_file() else []
    minutes = _minutes(run, ground) if (folder / "minutes" / "hubs.npz").is_file() else []
    return [*signal, *minutes]


def _spacing_m(run: Run) -> float:
    """Of most places to the next: that of the raster, or more where people are villages."""
    from scipy.spatial import cKDTree

    at = read_tile(run.stages_folder, 0, ["x_m", "y_m"]).to_numpy()
    if len(at) < 2:
        return POINT_M
    nearest = cKDTree(at).query(at[:: max(len(at) // 2000, 1)], k=2)[0][:, 1]
    return CELL_M if np.median(nearest) < 2 * CELL_M else POINT_M


def _every(run: Run, classes_of: Callable[[int], Classes]) -> Classes:
    return np.concatenate([classes_of(tile) for tile in range(tile_count(run.stages_folder))])


def _signal(run: Run, ground: Ground) -> Picture:
    """Fast, slow or no signal in the busy hour, by the headline speed."""
    headline = f"{run.country.thresholds.high_speed_mbps[0]:g}"
    files, fast = SignalFiles(run.stages_folder), f"served_{headline}"

    def classes_of(tile: int) -> Classes:
        found = read_figures(files.figures(tile), lambda name: name in (fast, "signal"))
        is_fast, has_signal = found[fast] & 1 > 0, found["signal"] & 1 > 0
        return np.where(is_fast, 1, np.where(has_signal, 2, 3)).astype(np.uint8)

    said = (
        Saying("picture_fast", {"mbps": headline}), Saying("picture_slow", {"mbps": headline}),
        Saying("picture_no_signal"),
    )  # fmt: skip
    entries = list(zip((BLUES[1], BLUES[2], BLUES[4]), said, strict=True))
    return Picture("signal", "internet", Saying("picture_signal"), entries, ground, _every(run, classes_of))


def _minutes(run: Run, ground: Ground) -> list[Picture]:
    """Minutes to the nearest pick-up by the bands of the country file, in both seasons."""
    bands = sorted({*run.country.thresholds.delivery_bands_min, run.country.thresholds.delivery_gap_min})[:4]
    rows = tile_rows(run.stages_folder)
    fills = shades(ORANGES, len(bands) + 1)
    said = [*(Saying("picture_up_to", {"minutes": f"{band:g}"}) for band in bands),
            Saying("picture_over", {"minutes": f"{bands[-1]:g}"})]  # fmt: skip

    def classes_of(tile: int) -> Classes:
        ways = hub_ways(run, tile, *rows[tile], ("",))
        minutes = np.stack([ways["pickup_dry"], ways["pickup_wet"]], axis=1)
        return np.asarray(1 + np.searchsorted(bands, minutes, side="left"), dtype=np.uint8)

    entries, classes = list(zip(fills, said, strict=True)), _every(run, classes_of)
    return [
        Picture(f"minutes_{season}", "delivery", Saying(title), entries, ground, classes[:, number])
        for number, (season, title) in enumerate((("dry", "picture_minutes"), ("wet", "picture_minutes_wet")))
    ]
