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
from commune_coverage.core.files import read_table
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, read_figures
from commune_coverage.pipeline.stages.radio.first_pass import serve_tile
from commune_coverage.pipeline.stages.radio.second_pass import figures_of_tile
from commune_coverage.pipeline.stages.territory.samples import NO_SPOT
from commune_coverage.pipeline.stages.territory.spots import SpotFiles
from commune_coverage.population.tables import tile_file
from commune_coverage.radio.service.bit_flags import flags_of

Flags = npt.NDArray[np.bool_]
KEY = ["measure", "kind", "commune"]
WHOLE = "whole"
"""Name of what a measure has in all."""


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
    files, before : SignalFiles
        Signal at the spots, of this run and of the one that it goes on from, if any.
    country : Country
        The country file.
    flags : tuple of str
        Flags of the signal table that are counted.
    """

    files: SignalFiles
    before: SignalFiles | None
    country: Country
    flags: tuple[str, ...]

    @property
    def spots(self) -> SpotFiles:
        return SpotFiles(self.files.folder)

    def reads(self, tile: int) -> Iterable[Path]:
        """What a tile is computed from."""
        yield from self.files.read_for(self.country, self.before, tile)
        yield from self.spots.of_tile(tile)

    def writes(self, tile: int) -> list[Path]:
        """What a tile leaves for later runs."""
        return [*self.files.served(tile), *self.files.drawn(tile)]


def cover_tile(job: Job, tile: int) -> TileCoverage:
    """Compute signal at the spots of a tile, and sum what it covers.

    Parameters
    ----------
    job : Job
        What every tile is computed with.
    tile : int
        Its number.

    Returns
    -------
    TileCoverage
    """
    counts, institutions = read_table(job.spots.counts(tile)), read_table(job.spots.institutions(tile))
    flags = _signal(job, tile)
    known = counts[counts["spot"] != NO_SPOT]
    weight, spot = (known[name].to_numpy() for name in ("weight", "spot"))
    held = {name: weight * values[spot] for name, values in flags.items()}
    parts = [counts[[*KEY, "weight"]].rename(columns={"weight": WHOLE}), pd.DataFrame(held, index=known.index)]
    sums = pd.concat(parts, axis=1).fillna(0.0).groupby(KEY, sort=True).sum().reset_index()
    own = {name: values[len(values) - len(institutions) :] for name, values in flags.items() if name in job.flags}
    return TileCoverage(sums, pd.DataFrame({"row": institutions["row"].to_numpy()} | own))


def _signal(job: Job, tile: int) -> dict[str, Flags]:
    """Every flag, with its bounds, at each spot."""
    if not tile_file(job.files.places_folder, tile).is_file():
        return {}
    serve_tile(job.files, job.before, job.country, tile)
    figures_of_tile(job.files, job.before, job.country, tile)
    fields = read_figures(job.files.figures(tile), lambda name: name in job.flags)
    return {name: flag for field, values in fields.items() for name, flag in flags_of(field, values).items()}
