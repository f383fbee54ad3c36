"""Ingest stages of what the ground is like: heights, water, floods, friction."""

from __future__ import annotations

from collections.abc import Callable

from coverage.layers import ExtentLayer
from coverage.runs import Run
from coverage.sources import rasters
from coverage.sources.ground import check_extent
from coverage.sources.origin import files_of, origin_of
from coverage.steps.report import StageNotes, missing

Progress = Callable[[int, int], None]


def elevation(run: Run, _: Progress) -> StageNotes:
    layer = run.country.layers.elevation
    if layer is None:
        return missing("elevation", "terrain")
    return StageNotes([rasters.check_raster("elevation", layer)], origin_of(layer))


def water(run: Run, _: Progress) -> StageNotes:
    return _extent(run, "water", run.country.layers.water)


def flood(run: Run, _: Progress) -> StageNotes:
    return _extent(run, "flood", run.country.layers.flood)


def _extent(run: Run, name: str, layer: ExtentLayer | None) -> StageNotes:
    return missing(name, name) if layer is None else StageNotes([check_extent(name, layer, run.area)], origin_of(layer))


def friction(run: Run, _: Progress) -> StageNotes:
    layer = run.country.layers.friction
    if layer is None:
        return missing("friction", "friction")
    return StageNotes([rasters.check_raster("friction", ref) for _, ref in files_of(layer)], origin_of(layer))
