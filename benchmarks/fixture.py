"""The country that is measured: written once, read as far as a benchmark needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio

from commune_coverage.config.country import Country
from commune_coverage.config.layers import PeopleLayer
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import BenchError
from commune_coverage.core.files import atomic_write, link_file
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.readers.registry import ReadContext
from commune_coverage.runs.run import Run, start_run
from commune_coverage.synthetic.invented import MAIN, write_country

SCALES = ("default", "national")
RUN_DATE = date(2026, 1, 30)
_SEED = 7


@dataclass(frozen=True)
class Fixture:
    """A country file, a folder for all that is written, and how often each way is timed.

    ``copies`` and ``shares`` are what ``scale`` and ``warm`` go through.
    """

    country_path: Path
    folder: Path
    rounds: int = 5
    copies: tuple[int, ...] = (1, 4, 16)
    shares: tuple[float, ...] = (0.0, 0.001, 0.01, 0.05)

    @cached_property
    def country(self) -> Country:
        return load_country(self.country_path)

    @cached_property
    def run(self) -> Run:
        """A run in one process, whose stages are done as they are asked for."""
        return start_run(self.country_path, self.folder / "data", self.folder / "maps", RUN_DATE, "serial")

    def until(self, *names: str) -> Path:
        """The folder of the run's stages with those of the given names done, in the page's order."""
        for stage in STAGES:
            if stage.name in names:
                run_stage(stage, self.run)
        return self.run.stages_folder

    def context(self, folder: Path) -> ReadContext:
        """What readers are given once the communes are read; files that they write go into the folder."""
        link_file(self.run.stages_folder / "communes.parquet", folder / "communes.parquet")
        return ReadContext(self.country, self.run.area, folder)

    @cached_property
    def people(self) -> PeopleLayer:
        """The people raster without its impossible cells, which peers would count; on the same grid."""
        layer = self.country.layers.people
        if layer is None:
            raise BenchError("the country file names no people layer; benchmarks need a people raster")
        target = self.folder / "people.tif"
        with rasterio.open(layer.path) as source:
            values, profile = source.read(1), source.profile
        good = np.isfinite(values) & (values >= 0) & (values <= layer.implausible_people)
        with atomic_write(target) as path, rasterio.open(path, "w", **profile | {"driver": "GTiff"}) as written:
            written.write(np.where(good, values, 0).astype(values.dtype), 1)
        return layer.model_copy(update={"path": target})

    def decode(self) -> None:
        """Read the people raster and the communes: the floor that ratios refer to."""
        with rasterio.open(self.people.path) as source:
            source.read(1)
        gpd.read_file(self.country.layers.communes.path)


def make_fixture(
    country: str, folder: Path, rounds: int, copies: tuple[int, ...], shares: tuple[float, ...]
) -> Fixture:
    """The bed for 'default', 'national' or the folder of a country file.

    Raises BenchError when there is no such country.
    """
    path = Path(country) / MAIN if Path(country).is_dir() else Path(country)
    if country in SCALES:
        path = write_country(folder / "country", country, _SEED)
    if not path.is_file():
        raise BenchError(f"'{country}' is neither default nor national nor a folder with a {MAIN}")
    return Fixture(path.resolve(), folder, rounds, copies, shares)
