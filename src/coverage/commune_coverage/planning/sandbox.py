"""Where the pipeline runs on networks that are not built yet: the same stages, in a folder of their own.

The cache of the runs is linked into it, so that only what the planned rows change is computed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from commune_coverage.config.country import Country
from commune_coverage.config.loader import load_country
from commune_coverage.core.files import link_file
from commune_coverage.engine import engine_of
from commune_coverage.pipeline.cache import CACHE
from commune_coverage.pipeline.dag import GAP_STAGES, STAGES
from commune_coverage.pipeline.runner import run_stages
from commune_coverage.pipeline.stage import ungated
from commune_coverage.quality.input_versions import InputVersions
from commune_coverage.quality.manifest import make_manifest
from commune_coverage.quality.select_versions import select_input_versions, with_files
from commune_coverage.runs.run import Run, write_run_files
from commune_coverage.synthetic.missing import write_missing

Report = Callable[[str, int, int], None]

NAMES = tuple(stage.name for stage in GAP_STAGES)
REPORTED = tuple(stage.name for stage in STAGES if stage.produces_indicators)
"""Those of today's network, whose report the pages of a plan tell."""
SIGNAL_STAGES = ("communes", "people", "towers", "speed_tests", "fibre", "known_coverage", "spectrum", "radio")
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
    "service",
    "direct_walks",
)


def null_report(_stage: str, _done: int, _total: int) -> None:
    """Ignore progress.

    Parameters
    ----------
    _stage : str
        Name of the stage.
    _done, _total : int
        Parts that are done, and all.
    """


@dataclass(frozen=True)
class SimulationSandbox:
    """A temporary data folder with a country.

    Parameters
    ----------
    folder : Path
        The data folder.
    country_path : Path
        The country file.
    country : Country
        The country with the last good input versions.
    run_date : date
        Date of all runs.
    engine : str
        Engine of the stages.
    report : callable
        Is called with the stage, the parts that are done, and all parts.
    numbers : iterator of int
        Numbers of the runs.
    levels_db : dict of str to dict of str to float, dB
        Level of each operator and technology that published shares have set on the network of today, once it is known.
    """

    folder: Path
    country_path: Path
    country: Country
    run_date: date
    engine: str
    report: Report
    numbers: Iterator[int]
    levels_db: dict[str, dict[str, float]] = field(default_factory=dict)

    def run(self, name: str, country: Country, stages: tuple[str, ...] = NAMES) -> Run:
        """Run stages on a country that may differ from the file's.

        Parameters
        ----------
        name : str
            Of the run.
        country : Country
            The country.
        stages : tuple of str
            Names of the stages; all up to the gaps unless given.

        Returns
        -------
        Run
            In a folder that is never used twice, even when it is gone: what was read from it is cached by its path.

        Notes
        -----
        A level that published shares set is that of the network of today: of a planned one they say nothing.
        """
        if country.layers.known_coverage is not None and not country.radio.level_offsets_db:
            self._find_levels()
            radio = country.radio.model_copy(update={"level_offsets_db": self.levels_db})
            country = country.model_copy(update={"radio": radio})
        return self._run(name, country, stages)

    def _find_levels(self) -> None:
        """Set the levels by the country's own files, where that has not been done."""
        if not self.levels_db:
            today = self._run("levels", self.country, SIGNAL_STAGES)
            for row in today.stage_report("radio")["facts"].get("level_offsets", []):
                self.levels_db.setdefault(row["operator"], {})[row["technology"]] = row["offset_db"]
            self.discard(today)

    def _run(self, name: str, country: Country, stages: tuple[str, ...]) -> Run:
        folder = self.folder / "runs" / f"{next(self.numbers):04d}-{name}"
        (folder / "stages").mkdir(parents=True)
        write_run_files(folder, make_manifest(country, self.country_path, self.run_date, {}), {})
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
        run_stages([ungated(stage) for stage in STAGES if stage.name in stages], run, self.report)
        return run

    def discard(self, run: Run) -> None:
        """Remove a run that is not needed any more.

        Parameters
        ----------
        run : Run
            Whose folder is removed.
        """
        shutil.rmtree(run.folder)


@contextmanager
def simulation_sandbox(
    country_path: Path, data_dir: Path, engine: str, report: Report = null_report, run_date: date | None = None
) -> Iterator[SimulationSandbox]:
    """Set up a sandbox in a data folder; it is removed when the block ends.

    Parameters
    ----------
    country_path : Path
        The country file.
    data_dir : Path
        The data folder, whose cache is used.
    engine : str
        Engine of the stages.
    report : callable
        Is called with the stage, the parts that are done, and all parts.
    run_date : date, optional
        Today in the country's time zone unless given.

    Yields
    ------
    SimulationSandbox
        The sandbox.
    """
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
