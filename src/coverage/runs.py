"""A run: named by its night and the hash of all that goes into it, worked on aside, then published whole."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from coverage import __version__
from coverage.country import Country, FileRef, load_country
from coverage.engine import check_engine
from coverage.errors import MissingFileError, RunError
from coverage.sources.area import Area
from coverage.sources.communes import metric_crs_of
from coverage.sources.files import require_file, sha256
from coverage.store import point_link, read_geo, read_json, write_json
from coverage.synthetic.missing import write_missing

LIBRARIES = (
    "geopandas",
    "shapely",
    "rasterio",
    "exactextract",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "pyogrio",
    "folium",
    "dask",
)
_OWN_SUFFIXES = (".py", ".toml", ".html", ".css", ".js")


@dataclass(frozen=True)
class Run:
    """One run of one country. ``folder`` is the work folder until the run is published."""

    run_id: str
    night: date
    country_path: Path
    folder: Path
    data_dir: Path
    maps_dir: Path
    engine: str

    @cached_property
    def country(self) -> Country:
        return load_country(self.country_path)

    @property
    def stages_folder(self) -> Path:
        return self.folder / "stages"

    @property
    def maps_work(self) -> Path:
        return self.maps_dir / "runs" / f".work-{self.run_id}"

    @cached_property
    def area(self) -> Area:
        communes = read_geo(self.stages_folder / "communes.parquet")
        return Area(communes, self.country.metric_crs or metric_crs_of(communes))

    def stage_report(self, name: str) -> dict[str, Any]:
        return dict(read_json(self.stages_folder / f"{name}.report.json"))

    def discard(self) -> None:
        """Remove the work folders."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.maps_work, ignore_errors=True)

    def read_report(self) -> dict[str, Any]:
        """The report of the run, from the work folder or, once published, from its place."""
        folder = self.folder if (self.folder / "report.json").is_file() else self.data_dir / "runs" / self.run_id
        return dict(read_json(folder / "report.json"))


def start_run(
    country_path: Path, data_dir: Path, maps_dir: Path, night: date | None = None, engine: str = "processes"
) -> Run:
    """Name the run and open its work folder; a folder that a killed run left is taken up again.

    Layers that the country file declares synthetic are written first where they are not there.

    Raises CountryFileError, MissingFileError or EngineError before anything is written.
    """
    country_path, data_dir, maps_dir = (Path(path).resolve() for path in (country_path, data_dir, maps_dir))
    country = load_country(country_path)
    check_engine(engine)
    write_missing(country)
    night = night or datetime.now(ZoneInfo(country.time_zone)).date()
    manifest = make_manifest(country, country_path, night)
    run_id = manifest["run_id"]
    run = Run(run_id, night, country_path, data_dir / "runs" / f".work-{run_id}", data_dir, maps_dir, engine)
    run.stages_folder.mkdir(parents=True, exist_ok=True)
    write_json(run.folder / "manifest.json", manifest)
    write_json(run.folder / "run.json", {
        "run_id": run_id, "night": night.isoformat(), "country": str(country_path),
        "data_dir": str(data_dir), "maps_dir": str(maps_dir), "engine": engine,
    })  # fmt: skip
    return run


def open_run(folder: Path) -> Run:
    """A started run, from its work folder."""
    if not (folder / "run.json").is_file():
        raise RunError(f"'{folder.name}' is not the work folder of a run")
    kept = read_json(folder / "run.json")
    night, country = date.fromisoformat(kept["night"]), Path(kept["country"])
    return Run(kept["run_id"], night, country, folder, Path(kept["data_dir"]), Path(kept["maps_dir"]), kept["engine"])


def make_manifest(country: Country, country_path: Path, night: date) -> dict[str, Any]:
    """What goes into a run: inputs with hashes, configuration, versions; ``run_id`` is their name."""
    inputs = {
        name: {
            "file": _shown(ref.path, country_path),
            "sha256": sha256(require_file(ref.path)),
            "bytes": ref.path.stat().st_size,
        }
        for name, ref in input_files(country)
    }
    configuration = _without_folders(country.model_dump(mode="json"), country_path)
    versions = {"commune-coverage": __version__, "code": code_hash(), **{name: version(name) for name in LIBRARIES}}
    content = {"night": night.isoformat(), "inputs": inputs, "configuration": configuration, "versions": versions}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return {"run_id": f"{country.code}-{night:%Y%m%d}-{digest[:12]}", **content}


def input_files(country: Country) -> list[tuple[str, FileRef]]:
    """Every file that the country file names, with a name for each use.

    Raises MissingFileError that lists all that are not there.
    """
    found: list[tuple[str, FileRef]] = []
    for name, layer in country.layer_items:
        found.append((name, layer))
        found += [
            (f"{name}.{part}", ref) for part in ("codes", "table") if (ref := getattr(layer, part, None)) is not None
        ]
        found += [(f"{name}.gazetteer.{i}", ref) for i, ref in enumerate(getattr(layer, "gazetteer", []))]
    if country.signal.radios is not None:
        found.append(("radios", FileRef(path=country.signal.radios)))
    absent = [
        f"layers.{name}: '{ref.path.name}' is not there (looked in '{ref.path.parent}')"
        for name, ref in found
        if not ref.path.is_file()
    ]
    if absent:
        raise MissingFileError("; ".join(absent))
    return found


def code_hash() -> str:
    """Hash of the package's own source files."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in _OWN_SUFFIXES and "assets" not in p.parts):
        digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _shown(path: Path, country_path: Path) -> str:
    """A path as it may be published: relative to the country file's folder, or the bare name."""
    return path.relative_to(country_path.parent).as_posix() if path.is_relative_to(country_path.parent) else path.name


def _without_folders(value: Any, country_path: Path, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _without_folders(inner, country_path, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_folders(inner, country_path, key) for inner in value]
    return _shown(Path(value), country_path) if key in ("path", "radios") and value else value


@contextmanager
def run_lock(data_dir: Path) -> Iterator[None]:
    """One run at a time in a data folder; the lock goes with the process, however it ends.

    Raises RunError when another run holds it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / ".lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunError(f"another run is at work in '{data_dir}'; wait for it or give another --data-dir") from error
        yield


def move_into_place(work: Path, final: Path) -> None:
    """The finished folder under its final name; a whole one of that name is of the same run and stays."""
    if final.exists():
        shutil.rmtree(work)
    else:
        work.rename(final)


def clear_abandoned(run: Run) -> None:
    """Remove the work folders of runs that were never finished; the lock says that nobody is at them."""
    for work in (run.data_dir / "runs").glob(".work-*"):
        if work != run.folder:
            shutil.rmtree(work)
            shutil.rmtree(run.maps_dir / "runs" / work.name, ignore_errors=True)


def is_published(run: Run) -> bool:
    """Whether tables and maps of the same inputs, configuration and code are there already."""
    return (run.data_dir / "runs" / run.run_id).is_dir() and (run.maps_dir / "runs" / run.run_id).is_dir()


def point_latest(folder: Path, run_id: str) -> None:
    """Let ``folder/latest`` name the run."""
    point_link(folder / "latest", folder / "runs" / run_id)
