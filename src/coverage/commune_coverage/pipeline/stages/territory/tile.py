"""A tile: the radio model at its spots, and what each figure holds for, by commune."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.country import Country
from commune_coverage.core.metric_system import MetricSystem
from commune_coverage.pipeline.stages.ground.tile_inputs import communes_file, lines_file
from commune_coverage.pipeline.stages.ground.water import Water
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, read_figures
from commune_coverage.pipeline.stages.radio.first_pass import serve_tile
from commune_coverage.pipeline.stages.radio.second_pass import figures_of_tile
from commune_coverage.pipeline.stages.territory.samples import NO_SPOT, Samples, sample_tile
from commune_coverage.population.tables import read_urbanisation, tile_file, write_places
from commune_coverage.radio.service.bit_flags import flags_of
from commune_coverage.readers.declared.tiles import Tile, polygon_file
from commune_coverage.schema.territory import LINES

Flags = npt.NDArray[np.bool_]
KEY = ["measure", "kind", "commune"]
WHOLE = "whole"
"""Name of what a measure has in all."""


class TileTask(NamedTuple):
    """A tile, its number, and the institutions in it."""

    tile: Tile
    number: int
    institutions: pd.DataFrame


class TileCoverage(NamedTuple):
    """What the network covers in a tile.

    Attributes
    ----------
    sums : DataFrame, (rows,)
        By ``KEY``: ``whole``, and the part of it that each flag holds for, whole numbers.
    institutions : DataFrame, (institutions,)
        ``row`` in the layer, and every flag as estimated.
    """

    sums: pd.DataFrame
    institutions: pd.DataFrame


@dataclass(frozen=True)
class Job:
    """What every tile is computed with.

    Attributes
    ----------
    stages, work : Path
        Folders of the run's stages, and of what is computed here.
    system : MetricSystem
        The country's plane.
    water : Water
        What is no land.
    country : Country
        The country file.
    flags : tuple of str
        Flags of the signal table that are counted.
    spacing_m : float, m
        Side of the squares that have one spot.
    """

    stages: Path
    work: Path
    system: MetricSystem
    water: Water
    country: Country
    flags: tuple[str, ...]
    spacing_m: float

    @property
    def files(self) -> SignalFiles:
        return SignalFiles(self.stages, self.work)

    def reads(self, task: TileTask) -> Iterable[Path]:
        """What a tile is computed from."""
        yield from self.files.read_for(self.country, None, task.number)
        yield communes_file(self.work, task.tile)
        yield from (lines_file(self.work, kind, task.tile) for kind in LINES)
        yield polygon_file(self.water.folder, task.tile, 0)
        if self.water.layer is not None:
            yield self.water.layer.path


def cover_tile(job: Job, task: TileTask) -> TileCoverage:
    """Compute signal at the spots of a tile, and sum what it covers.

    Parameters
    ----------
    job : Job
        What every tile is computed with.
    task : TileTask
        The tile.

    Returns
    -------
    TileCoverage
    """
    samples = sample_tile(job.work, job.system, job.water, task.tile, task.institutions, job.spacing_m)
    flags = _signal(job, task.number, samples)
    known = samples.counts[samples.counts["spot"] != NO_SPOT]
    weight = known["weight"].to_numpy()
    held = {name: weight * values[known["spot"].to_numpy()] for name, values in flags.items()}
    parts = [samples.counts[[*KEY, "weight"]].rename(columns={"weight": WHOLE}), pd.DataFrame(held, index=known.index)]
    sums = pd.concat(parts, axis=1).fillna(0.0).groupby(KEY, sort=True).sum().reset_index()
    first = len(samples.x_m) - len(task.institutions)
    own = {name: values[first:] for name, values in flags.items() if name in job.flags}
    return TileCoverage(sums, pd.DataFrame({"row": task.institutions["row"].to_numpy()} | own))


def _signal(job: Job, number: int, samples: Samples) -> dict[str, Flags]:
    """Every flag, with its bounds, at each spot."""
    if not len(samples.x_m):
        return {}
    lon, lat = job.system.to_degrees(samples.x_m, samples.y_m)
    grid = read_urbanisation(job.files.urbanisation_grid)
    columns = {"lon": lon, "lat": lat, "x_m": samples.x_m, "y_m": samples.y_m, "people": np.zeros(len(lon))}
    write_places(job.work, number, columns | {"environment": grid.at(samples.x_m, samples.y_m)})
    serve_tile(job.files, None, job.country, number)
    figures_of_tile(job.files, None, job.country, number)
    fields = read_figures(job.files.figures(number), lambda name: name in job.flags)
    for path in (tile_file(job.work, number), *job.files.served(number), *job.files.drawn(number)):
        path.unlink(missing_ok=True)
    return {name: flag for field, values in fields.items() for name, flag in flags_of(field, values).items()}
