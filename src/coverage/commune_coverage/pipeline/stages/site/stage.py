"""What the pages draw, made once for all runs on which it is the same: boundaries, and pictures of all places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from commune_coverage.core.files import read_json, read_shapes, read_table, write_json, write_table
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, read_figures
from commune_coverage.pipeline.stages.report import StageResult
from commune_coverage.pipeline.stages.travel.tiles import hub_travel_times
from commune_coverage.population.tables import has_places, read_tile, tile_count, tile_rows
from commune_coverage.runs.run import Run
from commune_coverage.site.geometry.generalise import Level, SimplifiedBoundaries, boundaries_of
from commune_coverage.site.geometry.isochrones import isochrones
from commune_coverage.site.geometry.raster_overlays import Canvas, Classes, OverlaySpec, RasterOverlay
from commune_coverage.site.geometry.tile_grid import CELL_M, Extent, tile_grid_of
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.themes.classification import BLUES, ORANGES, shades


def write_drawn(folder: Path, drawn: SimplifiedBoundaries) -> None:
    write_table(
        folder / "levels.parquet",
        pd.DataFrame({name: shapely.to_wkb(level.shapes) for name, level in drawn._asdict().items()}),
    )
    write_json(folder / "decimals.json", {name: level.decimals for name, level in drawn._asdict().items()})


def read_drawn(folder: Path) -> SimplifiedBoundaries:
    levels, decimals = read_table(folder / "levels.parquet"), read_json(folder / "decimals.json")
    return SimplifiedBoundaries(
        *(
            Level(np.asarray(shapely.from_wkb(levels[name].to_numpy()), dtype=object), int(decimals[name]))
            for name in SimplifiedBoundaries._fields
        )
    )


def write_pictures(target: Path, pictures: list[RasterOverlay]) -> None:
    write_json(target, [asdict(each) for each in pictures])


def pictures_in(folder: Path) -> list[RasterOverlay]:
    """Those that the stages have left in their folder."""
    found = (folder / f"{name}.json" for name in ("signal_overlay", "travel_overlays"))
    return [RasterOverlay(**each) for source in found if source.is_file() for each in read_json(source)]


Progress = Callable[[int, int], None]
ClassesOf = Callable[[int], Classes]
"""(pictures x places) of a tile."""
POINT_M = 500.0
"""Places further apart than cells of a raster are drawn this large."""


def shapes(run: Run, _: Progress) -> StageResult:
    """Write ``shapes``: the boundaries at both levels, and to how many decimals each is rounded."""
    write_drawn(run.stages_folder / "boundaries", boundaries_of(read_shapes(run.stages_folder / "communes.parquet")))
    return StageResult()


def signal_picture(run: Run, _: Progress) -> StageResult:
    """Write ``signal_picture``: fast, slow or no signal in the busy hour."""
    folder = run.stages_folder
    if has_places(folder) and SignalFiles(folder).figures(0).is_file():
        write_pictures(folder / "signal_overlay.json", _painted(run, *_signal(run)).painted())
    return StageResult()


def minutes_pictures(run: Run, _: Progress) -> StageResult:
    """Write ``minutes_pictures``: minutes to the nearest pick-up in both seasons, by place and as isochrones."""
    folder = run.stages_folder
    if has_places(folder) and (folder / "travel_times" / "hubs.npz").is_file():
        canvas, land = _painted(run, *_minutes(run)), read_drawn(folder / "boundaries").whole.shapes
        areas = isochrones(canvas.pictures, canvas.whole, canvas.frames.whole, land)
        write_pictures(folder / "travel_overlays.json", [*canvas.painted(), *areas])
    return StageResult()


def _painted(run: Run, pictures: list[OverlaySpec], classes_of: ClassesOf) -> Canvas:
    """The pictures painted of all places, tile by tile."""
    folder = run.stages_folder
    tiles = range(tile_count(folder))
    canvas = Canvas(tile_grid_of([_extent(folder, tile) for tile in tiles], _spacing_m(run)), pictures)
    for tile in tiles:
        at = read_tile(folder, tile, ["lon", "lat"])
        canvas.paint(tile, at["lon"].to_numpy(), at["lat"].to_numpy(), classes_of(tile))
    return canvas


def _extent(folder: Path, tile: int) -> Extent:
    at = read_tile(folder, tile, ["lon", "lat"]).to_numpy()
    return Extent(*at.min(axis=0).tolist(), *at.max(axis=0).tolist())


def _spacing_m(run: Run) -> float:
    """Of most places to the next: that of the raster, or more where people are villages."""
    from scipy.spatial import cKDTree

    if not tile_count(run.stages_folder):
        return POINT_M
    at = read_tile(run.stages_folder, 0, ["x_m", "y_m"]).to_numpy()
    if len(at) < 2:
        return POINT_M
    nearest = cKDTree(at).query(at[:: max(len(at) // 2000, 1)], k=2)[0][:, 1]
    return CELL_M if np.median(nearest) < 2 * CELL_M else POINT_M


def _signal(run: Run) -> tuple[list[OverlaySpec], ClassesOf]:
    """Fast, slow or no signal in the busy hour, by the headline speed."""
    headline = f"{run.country.thresholds.high_speed_mbps[0]:g}"
    files, fast = SignalFiles(run.stages_folder), f"served_{headline}"

    def classes_of(tile: int) -> Classes:
        found = read_figures(files.figures(tile), lambda name: name in (fast, "signal"))
        is_fast, has_signal = found[fast] & 1 > 0, found["signal"] & 1 > 0
        return np.where(is_fast, 1, np.where(has_signal, 2, 3)).astype(np.uint8)[np.newaxis]

    said = (
        Saying("picture_fast", {"mbps": headline}),
        Saying("picture_slow", {"mbps": headline}),
        Saying("picture_no_signal"),
    )
    entries = list(zip((BLUES[1], BLUES[2], BLUES[4]), said, strict=True))
    return [OverlaySpec("signal", "internet", Saying("picture_signal"), entries)], classes_of


def _minutes(run: Run) -> tuple[list[OverlaySpec], ClassesOf]:
    """Minutes to the nearest pick-up by the bands of the country file, in both seasons."""
    bands = sorted({*run.country.thresholds.delivery_bands_min, run.country.thresholds.delivery_gap_min})[:4]
    rows = tile_rows(run.stages_folder)
    fills = shades(ORANGES, len(bands) + 1)
    said = [
        *(Saying("picture_up_to", {"minutes": f"{band:g}"}) for band in bands),
        Saying("picture_over", {"minutes": f"{bands[-1]:g}"}),
    ]

    def classes_of(tile: int) -> Classes:
        ways = hub_travel_times(run, tile, *rows[tile], ("",))
        minutes = np.stack([ways["pickup_dry"], ways["pickup_wet"]])
        return np.asarray(1 + np.searchsorted(bands, minutes, side="left"), dtype=np.uint8)

    entries = list(zip(fills, said, strict=True))
    titles = {"dry": "picture_minutes", "wet": "picture_minutes_wet"}
    pictures = [
        OverlaySpec(f"minutes_{season}", "delivery", Saying(title), entries) for season, title in titles.items()
    ]
    return pictures, classes_of
