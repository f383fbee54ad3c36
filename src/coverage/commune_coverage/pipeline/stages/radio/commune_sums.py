"""The internet sums stage: people by commune under each flag of the signal stage, and near fibre."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from commune_coverage.core.array_archives import read_scale
from commune_coverage.core.files import read_geo
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, is_summed, read_figures
from commune_coverage.pipeline.stages.zonal_sums import (
    commune_count,
    followed_by_commune,
    people_by_commune,
    read_sums,
    write_sums,
)
from commune_coverage.population.tables import has_places, read_tile, tile_count
from commune_coverage.population.weights import PopulationWeights
from commune_coverage.radio.fixed_broadband import within_m
from commune_coverage.runs.run import Run
from commune_coverage.schema.inputs import TECHNOLOGIES
from commune_coverage.schema.themes import at_least, fibre_band

Progress = Callable[[int, int], None]
Floats = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[Any]]


def internet_sums(run: Run, progress: Progress) -> StageResult:
    """Write ``internet_sums.npz``: by commune, people under every flag and uncertainty component, and near fibre."""
    folder = run.stages_folder
    if not has_places(folder):
        return StageResult()
    files, fibre, communes = SignalFiles(folder), _working_fibre(run), commune_count(folder)
    flags = partial(_flags, files)
    if (followed := _followed(run)) is not None:
        write_sums(folder / "internet_sums.npz", followed)
        return StageResult(compute_mode="from the run before")

    def values(tile: int, _first: int, _last: int, _shares: PopulationWeights) -> Columns:
        progress(tile + 1, tile_count(folder))
        return flags(tile) | _near_fibre(run, tile, fibre)

    write_sums(folder / "internet_sums.npz", people_by_commune(folder, communes, values))
    return StageResult(
        compute_mode="from scratch: no earlier run of the same people, settings and code, or other fields"
    )


def _flags(files: SignalFiles, tile: int) -> Columns:
    source = files.figures(tile)
    if not source.is_file():
        return {}
    flags = read_figures(source, is_summed)
    return flags | {
        at_least(name): np.bitwise_or.reduce([flags[f"outdoor_any_{newer}"] for newer in TECHNOLOGIES[row:]])
        for row, name in enumerate(TECHNOLOGIES)
    }


def _followed(run: Run) -> dict[str, Floats] | None:
    """The sums by way of the earlier run's, where there is one whose signal tables have the same fields."""
    if run.previous is None:
        return None
    now, then = SignalFiles(run.stages_folder), SignalFiles(run.previous)
    before = read_sums(run.previous / "internet_sums.npz")[0]
    if _fields(now) != _fields(then) or at_least(TECHNOLOGIES[0]) not in before:
        return None
    return followed_by_commune(run.stages_folder, before, partial(_flags, now), partial(_flags, then))


def _fields(files: SignalFiles) -> list[str]:
    return list(_flags(files, 0))


def _working_fibre(run: Run) -> npt.NDArray[np.object_] | None:
    source = run.stages_folder / "fibre.parquet"
    if not source.is_file():
        return None
    fibre = read_geo(source)
    return np.asarray(fibre.geometry[fibre["is_operational"]].to_numpy())


def _near_fibre(run: Run, tile: int, fibre: npt.NDArray[np.object_] | None) -> Columns:
    bands = run.country.radio.fibre_bands_km
    if fibre is None:
        return {}
    position = read_tile(run.stages_folder, tile, ["x_m", "y_m"])
    x_m, y_m = position["x_m"].to_numpy(), position["y_m"].to_numpy()
    true_per_m = read_scale(SignalFiles(run.stages_folder).scale).in_middle(x_m, y_m)
    near = within_m(x_m, y_m, fibre, [1000 * km / true_per_m for km in bands])
    return {fibre_band(km): near[row] for row, km in enumerate(bands)}
