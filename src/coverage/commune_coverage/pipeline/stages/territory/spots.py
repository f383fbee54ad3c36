"""The stage of spots: where signal is computed for land, roads and institutions, and what each spot stands for.

Nothing here depends on the network: where only that changes, all of it stays.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from commune_coverage.core.files import read_table, write_table
from commune_coverage.core.metric_system import MetricSystem
from commune_coverage.engine import map_items
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.ground.tile_inputs import communes_file, lines_file, write_communes, write_lines
from commune_coverage.pipeline.stages.ground.water import Water, write_water
from commune_coverage.pipeline.stages.territory.samples import Samples, sample_tile
from commune_coverage.population.tables import read_urbanisation, tile_file, write_places
from commune_coverage.readers.declared.tiles import Tile, polygon_file, rows_by_tile, tiles_of
from commune_coverage.runs.run import Run
from commune_coverage.schema.territory import BORDERS, LINES

Progress = Callable[[int, int], None]
_WORK = "territory_spots_work"
_INSTITUTION = ["x_m", "y_m", "commune", "class", "row"]
_NO_INSTITUTIONS = pd.DataFrame({name: np.zeros(0, np.int64) for name in _INSTITUTION})


@dataclass(frozen=True)
class SpotFiles:
    """Files of the stage in a run's stages folder; places of a tile are its spots, see ``population.tables``."""

    stages: Path

    @property
    def folder(self) -> Path:
        return self.stages / "territory_spots"

    @property
    def urbanisation_grid(self) -> Path:
        """What they are in, which the stage reads."""
        return self.stages / "urbanisation_grid.npz"

    def counts(self, tile: int) -> Path:
        """``Samples.counts`` of a tile."""
        return self.folder / "counts" / f"{tile:05d}.parquet"

    def institutions(self, tile: int) -> Path:
        """``row`` in the layer of each institution of a tile: its last spots."""
        return self.folder / "institutions" / f"{tile:05d}.parquet"

    def of_tile(self, tile: int) -> tuple[Path, ...]:
        """All files of a tile."""
        return tile_file(self.folder, tile), self.counts(tile), self.institutions(tile)

    def tiles(self) -> list[int]:
        """Numbers of the tiles with anything to count."""
        return sorted(int(path.stem) for path in (self.folder / "counts").glob("*.parquet"))


class TileTask(NamedTuple):
    """A tile, its number, and the institutions in it."""

    tile: Tile
    number: int
    institutions: pd.DataFrame


@dataclass(frozen=True)
class Job:
    """What the spots of every tile are chosen with.

    Attributes
    ----------
    stages, work : Path
        Folders of the run's stages, and of the inputs by tile.
    system : MetricSystem
        The country's plane.
    water : Water
        What is no land.
    spacing_m : float, m
        Side of the squares that have one spot.
    """

    stages: Path
    work: Path
    system: MetricSystem
    water: Water
    spacing_m: float

    def reads(self, task: TileTask) -> Iterable[Path]:
        """What a tile is computed from."""
        yield SpotFiles(self.stages).urbanisation_grid
        yield communes_file(self.work, task.tile)
        yield from (lines_file(self.work, kind, task.tile) for kind in LINES)
        yield polygon_file(self.water.folder, task.tile, 0)
        if self.water.layer is not None:
            yield self.water.layer.path


def territory_spots(run: Run, progress: Progress) -> StageResult:
    """Write ``territory_spots/``, see ``SpotFiles``.

    Parameters
    ----------
    run : Run
        The run; nothing is written where the country file does not ask for it, or without people.
    progress : callable
        Called with tiles done and all tiles.

    Returns
    -------
    StageResult
    """
    settings, work = run.country.territory, run.stages_folder / _WORK
    if settings is None or not SpotFiles(run.stages_folder).urbanisation_grid.is_file():
        return StageResult()
    try:
        _choose(run, work, settings.spacing_m, progress)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return StageResult()


def _choose(run: Run, work: Path, spacing_m: float, progress: Progress) -> None:
    tiles, borders = tiles_of(run.area), run.country.layers.borders
    write_communes(work, run.area, tiles)
    reach_m = {} if borders is None else {BORDERS: borders.within_m}
    for kind in LINES:
        write_lines(work, run.stages_folder / f"{kind}.parquet", run.area, tiles, reach_m.get(kind, 0.0))
    water = write_water(work / "water", run.country.layers.water, run.area)
    job, files = Job(run.stages_folder, work, run.area.system, water, spacing_m), SpotFiles(run.stages_folder)
    tasks, done = _tasks(run, tiles), iter(range(1, len(tiles) + 1))
    map_items(
        partial(choose_spots, job), tasks, run.engine, lambda: progress(next(done), len(tasks)), reads=job.reads,
        writes=lambda task: files.of_tile(task.number),
    )  # fmt: skip


def _tasks(run: Run, tiles: list[Tile]) -> list[TileTask]:
    source = run.stages_folder / "institutions.parquet"
    points = read_table(source) if source.is_file() else _NO_INSTITUTIONS
    points = points.assign(row=np.arange(len(points)))[_INSTITUTION]
    points = points[points["commune"] >= 0]
    by_tile, nowhere = rows_by_tile(points["x_m"].to_numpy(), points["y_m"].to_numpy()), np.zeros(0, dtype=np.int64)
    return [
        TileTask(tile, number, points.iloc[by_tile.get(tile, nowhere)].reset_index(drop=True))
        for number, tile in enumerate(tiles)
    ]


def choose_spots(job: Job, task: TileTask) -> None:
    """Write the spots of a tile, and what each stands for.

    Parameters
    ----------
    job : Job
        What the spots of every tile are chosen with.
    task : TileTask
        The tile.
    """
    samples = sample_tile(job.work, job.system, job.water, task.tile, task.institutions, job.spacing_m)
    files = SpotFiles(job.stages)
    if len(samples.x_m):
        write_places(files.folder, task.number, _places(job, samples))
    write_table(files.institutions(task.number), task.institutions[["row"]])
    write_table(files.counts(task.number), samples.counts)


def _places(job: Job, samples: Samples) -> dict[str, np.ndarray]:
    lon, lat = job.system.to_degrees(samples.x_m, samples.y_m)
    environment = read_urbanisation(SpotFiles(job.stages).urbanisation_grid).at(samples.x_m, samples.y_m)
    positions = {"lon": lon, "lat": lat, "x_m": samples.x_m, "y_m": samples.y_m}
    return positions | {"people": np.zeros(len(lon)), "environment": environment}
