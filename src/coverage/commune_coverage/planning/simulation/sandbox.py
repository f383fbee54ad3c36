"""Where the pipeline runs on networks that are not built yet: the same stages, in a folder of their own.

What the runs have kept is linked into it, so that only what the planned rows change is computed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from commune_coverage.config.country import Country
from commune_coverage.config.loader import load_country
from commune_coverage.core.files import link_file, write_json
from commune_coverage.engine import engine_of
from commune_coverage.pipeline.cache import CACHE
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stages
from commune_coverage.quality.input_versions import InputVersions
from commune_coverage.quality.manifest import make_manifest
from commune_coverage.quality.select_versions import select_input_versions, with_files
from commune_coverage.runs.run import Run
from commune_coverage.synthetic.missing import write_missing

Report = Callable[[str, int, int], None]

NAMES = tuple(stage.name for stage in STAGES if stage.produces_indicators)
SIGNAL_STAGES = ("communes", "people", "towers", "speed_tests", "fibre", "radio")
POINT_STAGES = (
    "communes",
    "people",
    "hubs",
    "payments",
    "roads",
    "elevation",
    "water",
    "flood",
    "friction",
    "network",
    "snapping",
    "direct_walks",
)


def null_report(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class SimulationSandbox:
    """``folder`` stands for a data folder; ``country`` is the country file's, with the last good inputs."""

    folder: Path
    country_path: Path
    country: Country
    run_date: date
    engine: str
    report: Report
    numbers: Iterator[int]

    def run(self, name: str, country: Country, stages: tuple[str, ...] = NAMES) -> Run:
        """Do the named stages of a country that may differ from the file's; all up to the gaps unless given.

        A folder is never used twice, even when it is gone: what was read from it is known by its path.
        """
        folder = self.folder / "runs" / f"{next(self.numbers):04d}-{name}"
        (folder / "stages").mkdir(parents=True)
        write_json(folder / "manifest.json", make_manifest(country, self.country_path, self.run_date, {}))
        write_json(folder / "held.json", {})
        run = Run(
            name,
            self.run_date,
            self.country_path,
            folder,
            self.folder,
            self.folder / "maps",
            self.engine,
            given_country=country,
        )
        run_stages([stage for stage in STAGES if stage.name in stages], run, self.report)
        return run

    def forget(self, run: Run) -> None:
        """Remove a run that is not asked any more."""
        shutil.rmtree(run.folder)


@contextmanager
def simulation_sandbox(
    country_path: Path, data_dir: Path, engine: str, report: Report = null_report, run_date: date | None = None
) -> Iterator[SimulationSandbox]:
    """A workshop beside the runs, which is gone when the block ends."""
    country_path, data_dir = country_path.resolve(), data_dir.resolve()
    country = load_country(country_path)
    write_missing(country)
    engine = engine_of(engine, country.cluster)
    run_date = run_date or datetime.now(ZoneInfo(country.time_zone)).date()
    held = select_input_versions(country, country_path, InputVersions(data_dir, country.code), run_date)
    data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".plan-", dir=data_dir) as scratch:
        folder = Path(scratch)
        if (data_dir / CACHE).is_dir():
            shutil.copytree(data_dir / CACHE, folder / CACHE, copy_function=link_file)
        yield SimulationSandbox(folder, country_path, with_files(country, held), run_date, engine, report, count())
