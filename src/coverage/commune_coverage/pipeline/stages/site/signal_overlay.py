"""The signal overlay stage: fast, slow or no signal at every place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, read_figures
from commune_coverage.pipeline.stages.site.overlays import ClassesOf, paint_places, write_overlays
from commune_coverage.population.tables import has_places
from commune_coverage.runs.run import Run
from commune_coverage.site.geometry.raster_overlays import Classes, OverlaySpec
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.themes.classification import BLUES

Progress = Callable[[int, int], None]


def signal_overlay(run: Run, _: Progress) -> StageResult:
    """Write ``signal_overlay``: fast, slow or no signal in the busy hour."""
    folder = run.stages_folder
    if has_places(folder) and SignalFiles(folder).figures(0).is_file():
        write_overlays(folder / "signal_overlay.json", paint_places(run, *_signal(run)).painted())
    return StageResult()


def _signal(run: Run) -> tuple[list[OverlaySpec], ClassesOf]:
    """Fast, slow or no signal in the busy hour, by the headline speed."""
    headline = f"{run.country.thresholds.high_speed_mbps[0]:g}"
    files, fast = SignalFiles(run.stages_folder), f"served_{headline}"

    def classes_of(tile: int) -> Classes:
        figures = read_figures(files.figures(tile), lambda name: name in (fast, "signal"))
        is_fast, has_signal = figures[fast] & 1 > 0, figures["signal"] & 1 > 0
        return np.where(is_fast, 1, np.where(has_signal, 2, 3)).astype(np.uint8)[np.newaxis]

    labels = (
        Saying("picture_fast", {"mbps": headline}),
        Saying("picture_slow", {"mbps": headline}),
        Saying("picture_no_signal"),
    )
    entries = list(zip((BLUES[1], BLUES[2], BLUES[4]), labels, strict=True))
    return [OverlaySpec("signal", "internet", Saying("picture_signal"), entries)], classes_of
