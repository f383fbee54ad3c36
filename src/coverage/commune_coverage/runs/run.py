"""A run: named by its date and the hash of all that goes into it, worked on aside, then published whole."""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from commune_coverage.config.country import Country
from commune_coverage.config.layers import CommunesLayer
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import RunError
from commune_coverage.core.files import read_geo, remove_temporaries, sync_tree
from commune_coverage.core.locks import file_lock
from commune_coverage.core.resources import lru_cached
from commune_coverage.core.run_places import RunPlaces, places_of
from commune_coverage.core.state.declared import HELD, MANIFEST, REPORT, STARTED_RUN
from commune_coverage.engine import engine_of
from commune_coverage.quality.input_versions import InputVersions
from commune_coverage.quality.manifest import make_manifest
from commune_coverage.quality.results import ApprovedChange, Shown
from commune_coverage.quality.select_versions import HeldVersion, select_input_versions, with_files
from commune_coverage.runs.artifacts import StageReports
from commune_coverage.synthetic.missing import write_missing

if TYPE_CHECKING:
    import pandas as pd

    from commune_coverage.readers.boundaries.study_area import StudyArea


class RunRequest(NamedTuple):
    """What to run: the country file, where runs and maps are kept, the date (today where None), the engine."""

    country: Path
    data_dir: Path
    maps_dir: Path
    run_date: date | None
    engine: str


class Changes(NamedTuple):
    """What moved since the run that is shown: ``record`` for pages and artifacts, every part of it as a table."""

    record: dict[str, Any]
    parts: pd.DataFrame


@dataclass(frozen=True)
class Hooks:
    """What stages call that lies above the pipeline.

    ``explain_changes`` gives the changes of a computed run since the one that is shown, None where there is none;
    ``approved_change`` what the named layers of a run change by themselves of the national figures that are shown.
    ``worker_modules`` are imported by worker processes before they are forked.
    """

    explain_changes: Callable[[Run], Changes | None] = lambda _: None
    approved_change: Callable[[Run, Shown, list[str]], ApprovedChange] = lambda _run, _shown, layers: ApprovedChange(
        layers, unknown="nothing here computes it"
    )
    worker_modules: tuple[str, ...] = ()


class RunFiles:
    """Manifest, held versions and stage reports of a run's folder, each read when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def manifest(self) -> dict[str, Any]:
        return MANIFEST.read(self._folder / "manifest.json")

    @cached_property
    def held(self) -> dict[str, HeldVersion]:
        source = self._folder / "held.json"
        return HELD.typed(HELD.read(source)["held"], dict[str, HeldVersion], source)

    @cached_property
    def reports(self) -> StageReports:
        return StageReports(self._folder / "stages")


@dataclass(frozen=True)
class Run:
    """One run of one country. ``folder`` is the work folder until the run is published.

    ``previous`` is what an earlier run left of the stage that is being done, from which it may go on (see
    ``pipeline.cache``). ``given_country`` takes the place of the country file's. Manifest, reports and settings are
    read once, whatever views of the run its stages get.
    """

    run_id: str
    run_date: date
    country_path: Path
    folder: Path
    data_dir: Path
    maps_dir: Path
    engine: str
    previous: Path | None = None
    given_country: Country | None = None
    hooks: Hooks = Hooks()
    read_files: RunFiles | None = None

    @cached_property
    def country(self) -> Country:
        """The country file's, with the last good files where the newest are held back."""
        return self.given_country or with_files(load_country(self.country_path), self.held)

    @cached_property
    def files(self) -> RunFiles:
        """What lies in the run's folder, read once."""
        return self.read_files or RunFiles(self.folder)

    @property
    def manifest(self) -> dict[str, Any]:
        """Inputs with hashes, configuration and versions."""
        return self.files.manifest

    @property
    def reports(self) -> StageReports:
        """What each finished stage reported."""
        return self.files.reports

    @property
    def held(self) -> dict[str, HeldVersion]:
        """Layers whose newest version is not used, with what is used instead."""
        return self.files.held

    @cached_property
    def inputs(self) -> InputVersions:
        """The versions of the country's layers."""
        return InputVersions(self.data_dir, self.country.code)

    def view(self, **fields: Any) -> Run:
        """The same run with some fields exchanged; what was read of it already is shared."""
        return replace(self, read_files=self.files, **fields)

    @property
    def stages_folder(self) -> Path:
        return self.folder / "stages"

    @property
    def maps_work(self) -> Path:
        """Where the pages of the public edition are drawn."""
        return self.work.pages

    @property
    def work(self) -> RunPlaces:
        """Where the editions are worked on."""
        places = places_of(f".work-{self.run_id}", self.data_dir, self.maps_dir)
        return places._replace(run=self.folder)

    @property
    def final(self) -> RunPlaces:
        """Where the editions lie once the run is published."""
        return places_of(self.run_id, self.data_dir, self.maps_dir)

    @property
    def area(self) -> StudyArea:
        source, layer = self.stages_folder / "communes.parquet", self.country.layers.communes
        return _area_of(source, source.stat().st_ino, layer.model_dump_json(), self.country.metric_crs)

    def stage_report(self, name: str) -> dict[str, Any]:
        return self.reports[name]

    def discard(self) -> None:
        """Remove the work folders."""
        for folder in (self.folder, *self.work):
            shutil.rmtree(folder, ignore_errors=True)

    def forget_all_but_stages(self) -> None:
        """Remove what a killed run has exported, checked and drawn: it is done again, and no digest vouches for it."""
        for folder in (self.work.public_tables, self.work.internal_pages, self.work.pages):
            shutil.rmtree(folder, ignore_errors=True)
        for path in self.folder.iterdir():
            if path.is_dir() and path != self.stages_folder:
                shutil.rmtree(path)
            elif not path.is_dir():
                path.unlink()

    def read_report(self) -> dict[str, Any]:
        """The report of the run, from the work folder or, once published, from its place."""
        folder = self.folder if (self.folder / "report.json").is_file() else self.data_dir / "runs" / self.run_id
        return REPORT.read(folder / "report.json")


def start_run(
    country_path: Path,
    data_dir: Path,
    maps_dir: Path,
    run_date: date | None = None,
    engine: str = "processes",
    hooks: Hooks = Hooks(),
) -> Run:
    """Name the run and open its work folder; a folder that a killed run left is taken up again.

    A layer whose newest version is held back, missing or no data takes the last good version, where there is one.
    Layers that the country file declares synthetic are written first where they are not there.

    Raises CountryFileError, MissingFileError, EngineError or, where the maps are another country's, RunError before
    anything is written, and CoverageError when files of the pages are not installed.
    """
    run, manifest, held = prepare_run(country_path, data_dir, maps_dir, run_date, engine, hooks)
    run.stages_folder.mkdir(parents=True, exist_ok=True)
    run.forget_all_but_stages()
    remove_temporaries(run.folder)
    write_run_files(run.folder, manifest, held)
    STARTED_RUN.write(
        run.folder / "run.json",
        {
            "run_id": run.run_id,
            "run_date": run.run_date.isoformat(),
            "country": str(run.country_path),
            "data_dir": str(run.data_dir),
            "maps_dir": str(run.maps_dir),
            "engine": run.engine,
        },
    )
    return run


def write_run_files(folder: Path, manifest: dict[str, Any], held: dict[str, HeldVersion]) -> None:
    """Write what a run is made of into its folder."""
    MANIFEST.write(folder / "manifest.json", manifest)
    HELD.write(folder / "held.json", {"held": {name: asdict(entry) for name, entry in held.items()}})


def prepare_run(
    country_path: Path, data_dir: Path, maps_dir: Path, run_date: date | None, engine: str, hooks: Hooks
) -> tuple[Run, dict[str, Any], dict[str, HeldVersion]]:
    """A run that is not started yet, its manifest and the versions that are held back."""
    country_path, data_dir, maps_dir = (Path(path).resolve() for path in (country_path, data_dir, maps_dir))
    country = load_country(country_path)
    engine = engine_of(engine, country.cluster)
    _require_own_maps(maps_dir, country.code)
    write_missing(country)
    run_date = run_date or datetime.now(ZoneInfo(country.time_zone)).date()
    held = select_input_versions(country, country_path, InputVersions(data_dir, country.code), run_date)
    records = {name: entry.record() for name, entry in held.items()}
    manifest = make_manifest(with_files(country, held), country_path, run_date, records)
    run_id = manifest["run_id"]
    folder = data_dir / "runs" / f".work-{run_id}"
    return Run(run_id, run_date, country_path, folder, data_dir, maps_dir, engine, hooks=hooks), manifest, held


def open_run(folder: Path, hooks: Hooks = Hooks()) -> Run:
    """A started run, from its work folder."""
    if not (folder / "run.json").is_file():
        raise RunError(f"'{folder.name}' is not the work folder of a run")
    kept = STARTED_RUN.read(folder / "run.json")
    run_date, country = date.fromisoformat(kept["run_date"]), Path(kept["country"])
    data_dir, maps_dir = Path(kept["data_dir"]), Path(kept["maps_dir"])
    return Run(kept["run_id"], run_date, country, folder, data_dir, maps_dir, kept["engine"], hooks=hooks)


@lru_cached
def _area_of(communes: Path, _file: int, layer: str, metric_crs: str | None) -> StudyArea:
    """Read once a process for all stages that ask; ``layer`` is the communes layer as JSON."""
    from commune_coverage.readers.boundaries.study_area import area_of

    return area_of(CommunesLayer.model_validate_json(layer), metric_crs, read_geo(communes))


@contextmanager
def run_lock(data_dir: Path, maps_dir: Path) -> Iterator[None]:
    """One run at a time in a data folder and over a maps folder; the locks go with the process, however it ends.

    A maps folder that is not there yet is nobody's. Raises RunError when another run holds a lock.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folders = {"--data-dir": data_dir} | ({"--maps-dir": maps_dir} if maps_dir.is_dir() else {})
        for option, folder in folders.items():
            try:
                stack.enter_context(file_lock(folder / ".lock", wait=False))
            except BlockingIOError as error:
                raise RunError(f"another run is at work in '{folder}'; wait for it or give another {option}") from error
        yield


def _require_own_maps(maps_dir: Path, country_code: str) -> None:
    """A maps folder belongs to the country that was published there first: another would take the place of its maps.

    Raises RunError.
    """
    shown = maps_dir / "current" / "run"
    owner = shown.readlink().name.partition("-")[0] if shown.is_symlink() else country_code
    if owner != country_code:
        raise RunError(f"'{maps_dir}' shows the maps of {owner}; give {country_code} a --maps-dir of its own")


def move_into_place(work: Path, final: Path) -> None:
    """The finished folder under its final name; one of that name is of the same run, and what differs in it is mended.

    What earlier processes of the run left half written when they were killed is not part of it. A folder under its
    final name is on the disk as a whole, whatever happens to the power.
    """
    remove_temporaries(work)
    sync_tree(work, work)
    if final.exists():
        _mend(work, final)
        shutil.rmtree(work)
    else:
        final.parent.mkdir(parents=True, exist_ok=True)
        work.rename(final)
    sync_tree(final, final.parent)


def _mend(work: Path, final: Path) -> None:
    """Put each file that differs in the place of the one that is there, in one step each: it may be shown."""
    for path in sorted(work.rglob("*")):
        target = final / path.relative_to(work)
        if path.is_file() and not (target.is_file() and filecmp.cmp(path, target, shallow=False)):
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)


def clear_abandoned(run: Run) -> None:
    """Remove the work folders of runs that were never finished; the lock says that nobody is at them."""
    for work in (run.data_dir / "runs").glob(".work-*"):
        if work != run.folder:
            for folder in places_of(work.name, run.data_dir, run.maps_dir)[:-1]:
                shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(work)


def is_finished(run: Run) -> bool:
    """Whether tables and maps of the same inputs, configuration and code are there already, shown or held."""
    return run.final.run.is_dir() and run.final.pages.is_dir()
