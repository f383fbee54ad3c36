"""The travel overlays stage: minutes to the nearest pick-up at every place, and isochrones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.site.boundaries import read_boundaries
from commune_coverage.pipeline.stages.site.overlays import ClassesOf, paint_places, write_overlays
from commune_coverage.pipeline.stages.travel.tiles import hub_travel_times
from commune_coverage.population.tables import has_places, tile_rows
from commune_coverage.runs.run import Run
from commune_coverage.site.geometry.isochrones import isochrones
from commune_coverage.site.geometry.raster_overlays import Classes, OverlaySpec
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.themes.classification import ORANGES, shades

Progress = Callable[[int, int], None]


def travel_overlays(run: Run, _: Progress) -> StageResult:
    """Write ``travel_overlays``: minutes to the nearest pick-up in both seasons, by place and as isochrones."""
    folder = run.stages_folder
    if has_places(folder) and (folder / "travel_times" / "hubs.npz").is_file():
        canvas, land = paint_places(run, *_minutes(run)), read_boundaries(folder / "boundaries").whole.shapes
        areas = isochrones(canvas.pictures, canvas.whole, canvas.frames.whole, land)
        write_overlays(folder / "travel_overlays.json", [*canvas.painted(), *areas])
    return StageResult()


def _minutes(run: Run) -> tuple[list[OverlaySpec], ClassesOf]:
    """Minutes to the nearest pick-up by the bands of the country file, in both seasons."""
    bands = sorted({*run.country.thresholds.delivery_bands_min, run.country.thresholds.delivery_gap_min})[:4]
    rows = tile_rows(run.stages_folder)
    fills = shades(ORANGES, len(bands) + 1)
    labels = [
        *(Saying("picture_up_to", {"minutes": f"{band:g}"}) for band in bands),
        Saying("picture_over", {"minutes": f"{bands[-1]:g}"}),
    ]

    def classes_of(tile: int) -> Classes:
        ways = hub_travel_times(run, tile, *rows[tile], ("",))
        minutes = np.stack([ways["pickup_dry"], ways["pickup_wet"]])
        return np.asarray(1 + np.searchsorted(bands, minutes, side="left"), dtype=np.uint8)

    entries = list(zip(fills, labels, strict=True))
    titles = {"dry": "picture_minutes", "wet": "picture_minutes_wet"}
    pictures = [
        OverlaySpec(f"minutes_{season}", "delivery", Saying(title), entries) for season, title in titles.items()
    ]
    return pictures, classes_of
