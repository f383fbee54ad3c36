"""Ingest stages of what the ground is like: heights, water, floods, friction."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from coverage.layers import ExtentLayer
from coverage.quarantine import RowLog
from coverage.runs import Run
from coverage.sources import rasters
from coverage.sources.ground import check_extent
from coverage.sources.origin import files_of, origin_of
from coverage.steps.report import StageNotes, missing
from coverage.store import read_table, write_table

Progress = Callable[[int, int], None]


def elevation(run: Run, _: Progress) -> StageNotes:
    layer = run.country.layers.elevation
    if layer is None:
        return missing("elevation", "terrain")
    log = RowLog("elevation", layer.path.name)
    heights = {}
    for name in ("places", "cells"):
        source = run.stages_folder / f"{name}.parquet"
        if source.is_file():
            table = read_table(source)
            heights[name] = rasters.sample(layer, table["lon"].to_numpy(), table["lat"].to_numpy())
            write_table(run.stages_folder / f"elevation-{name}.parquet", pd.DataFrame({"elevation_m": heights[name]}))
            log.note(f"{int(np.isfinite(heights[name]).sum()):,} of {len(table):,} {name} have a height")
    return StageNotes([log], origin_of(layer))


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
