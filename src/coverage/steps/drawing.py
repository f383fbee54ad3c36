"""What the pages draw, made once for all nights on which it is the same: boundaries, and pictures of all places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coverage.maps.isochrones import isochrones
from coverage.maps.palette import BLUES, ORANGES, shades
from coverage.maps.pictures import CELL_M, Ground, Painted, Picture, painted
from coverage.maps.shapes import drawn_shapes
from coverage.maps.words import Saying
from coverage.runs import Run
from coverage.steps.drawn_file import read_drawn, write_drawn
from coverage.steps.reach_tiles import hub_ways
from coverage.steps.report import StageNotes
from coverage.steps.signal_files import SignalFiles
from coverage.steps.signal_table import read_figures
from coverage.store import has_places, read_geo, read_json, read_tile, tile_count, tile_rows, write_json

Progress = Callable[[int, int], None]
Classes = npt.NDArray[np.uint8]
POINT_M = 500.0
"""Places further apart than cells of a raster are drawn this large."""


def shapes(run: Run, _: Progress) -> StageNotes:
    """Write ``shapes``: the boundaries at both levels, and to how many decimals each is rounded."""
    write_drawn(run.stages_folder / "shapes", drawn_shapes(read_geo(run.stages_folder / "communes.parquet")))
    return StageNotes()


def signal_picture(run: Run, _: Progress) -> StageNotes:
    """Write ``signal_picture``: fast, slow or no signal in the busy hour."""
    folder = run.stages_folder
    if has_places(folder) and SignalFiles(folder).figures(0).is_file():
        _write(folder / "signal_picture.json", [painted(_signal(run, _ground(run)))])
    return StageNotes()


def minutes_pictures(run: Run, _: Progress) -> StageNotes:
    """Write ``minutes_pictures``: minutes to the nearest pick-up in both seasons, by place and as isochrones."""
    folder = run.stages_folder
    if has_places(folder) and (folder / "minutes" / "hubs.npz").is_file():
        pictures, land = _minutes(run, _ground(run)), read_drawn(folder / "shapes").whole.shapes
        _write(
            folder / "minutes_pictures.json", [*map(painted, pictures), *(isochrones(each, land) for each in pictures)]
        )
    return StageNotes()


def _write(target: Path, pictures: list[Painted]) -> None:
    write_json(target, [asdict(each) for each in pictures])


def pictures_in(folder: Path) -> list[Painted]:
    """Those that the stages have left in their folder."""
    found = (folder / f"{name}.json" for name in ("signal_picture", "minutes_pictures"))
    return [Painted(**each) for source in found if source.is_file() for each in read_json(source)]


def _ground(run: Run) -> Ground:
    folder = run.stages_folder
    at = [read_tile(folder, tile, ["lon", "lat"]) for tile in range(tile_count(folder))]
    lon, lat = (np.concatenate([part[name].to_numpy() for part in at]) for name in ("lon", "lat"))
    return Ground(lon, lat, _spacing_m(run))


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
