"""Stages named by all that goes into them: what was computed under the same name is taken and not computed again.

A stage sees nothing but what it declares: the layers, sections and artifacts that its name is made of. What an
artifact holds counts, not how it came about: where a changed input leads to the same artifact, all that follows stays.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from commune_coverage.config.country import Country
from commune_coverage.config.layers import Layers
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.files import link_file, read_json, write_json
from commune_coverage.readers.safety.files import sha256
from commune_coverage.runs.run import Run

_KEEP = 2
_COSTS = ("seconds", "cpu_seconds", "peak_memory_mb", "reused", "way", "key", "basis", "digests")
_REPORT = ".report"


@dataclass(frozen=True)
class StageSpec:
    """What a stage is named by and may see.

    ``reads`` and ``writes`` name artifacts in the run's stages folder: ``places`` are files of that name and the
    folder places, ``people.report`` what the stage people has to say. ``layers`` and ``settings`` name layers and
    sections of the country file; a stage that ``depends_on_run_date`` may also see the run's date and name.

    Where nothing but its ``incremental_inputs`` (artifacts that it reads, or layers) differs from an earlier run, the
    stage may go on from what that run left: its artifacts, its ``checkpoint``, which no other stage reads, and those
    inputs.
    """

    name: str
    group: Literal["ingest", "compute", "draw", "publish"]
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    depends_on_run_date: bool = False
    incremental_inputs: tuple[str, ...] = ()
    checkpoint: tuple[str, ...] = ()

    @property
    def is_cacheable(self) -> bool:
        """What is published is done every run."""
        return self.group != "publish"

    @property
    def produces_indicators(self) -> bool:
        """Whether figures come out of it: they do without what is drawn and published."""
        return self.group in ("ingest", "compute")


def restricted_view(stage: StageSpec, run: Run) -> Run:
    """The run as the stage may see it; what it does not declare raises AttributeError."""
    if not stage.is_cacheable:
        return run
    seen = replace(run, before=previous_result(stage, run))
    if not stage.depends_on_run_date:
        seen = replace(seen, run_date=date.min, run_id="")
    seen.__dict__["country"] = _country_of(stage, run.country)
    return seen


def _country_of(stage: StageSpec, country: Country) -> Country:
    layers = {name: getattr(country.layers, name) for name in stage.layers}
    seen = _only(Layers, layers)
    named = {name: getattr(country, name) for name in ("code", "status", *stage.settings)}
    return _only(Country, {**named, "layers": seen})


def _only(model: Any, values: dict[str, Any]) -> Any:
    """An instance with these fields and no others, not even by default."""
    made = model.model_construct(**values)
    for name in set(made.__dict__) - set(values):
        del made.__dict__[name]
    return made


def cache_key(stage: StageSpec, run: Run) -> str:
    """The stage's name: a hash of the code, of the inputs and settings that it declares, and of what it reads."""
    return _hash(stage, run, without=())


def incremental_cache_key(stage: StageSpec, run: Run) -> str:
    """The stage's name but for what it follows: it can go on from any run of the same basis."""
    return _hash(stage, run, stage.incremental_inputs)


def _hash(stage: StageSpec, run: Run, without: tuple[str, ...]) -> str:
    manifest = read_json(run.folder / "manifest.json")
    configuration, digests = manifest["configuration"], _digests(run.stages_folder)
    named = {*stage.layers, *(("radios",) if "radio" in stage.settings else ())} - set(without)
    content = {
        "stage": stage.name,
        "versions": manifest["versions"],
        "status": [configuration["code"], configuration["status"]],
        "inputs": {name: facts for name, facts in manifest["inputs"].items() if name.split(".")[0] in named},
        "layers": {name: configuration["layers"][name] for name in stage.layers},
        "settings": {name: configuration[name] for name in stage.settings},
        "reads": {name: digests.get(name) for name in stage.reads if name not in without},
        "run_date": [manifest["run_date"], run.run_id] if stage.depends_on_run_date else None,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _digests(stages: Path) -> dict[str, str]:
    """Of every artifact and report that the stages so far have left."""
    found: dict[str, str] = {}
    for report in stages.glob(f"*{_REPORT}.json"):
        found |= read_json(report).get("digests", {})
    return found


def artifacts_in(stages: Path) -> dict[str, str]:
    """The digest of every artifact that the stages have left."""
    return {name: digest for name, digest in sorted(_digests(stages).items()) if not name.endswith(_REPORT)}


def digests_of(stage: StageSpec, stages: Path, notes: dict[str, Any]) -> dict[str, str]:
    """Of every artifact that the stage has written, and of what it has to say (``notes``)."""
    said = json.dumps({key: value for key, value in notes.items() if key not in _COSTS}, sort_keys=True, default=str)
    found = {f"{stage.name}{_REPORT}": hashlib.sha256(said.encode()).hexdigest()}
    return found | {name: _digest(stages, name) for name in stage.writes}


def _digest(stages: Path, artifact: str) -> str:
    files = [[path.relative_to(stages).as_posix(), sha256(path)] for path in files_of_artifact(stages, artifact)]
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()


def files_of_artifact(stages: Path, artifact: str) -> list[Path]:
    """The files of an artifact, none where it was not written, in a fixed order."""
    alone = [path for path in stages.glob(f"{artifact}.*") if not path.name.endswith(f"{_REPORT}.json")]
    return sorted([*alone, *(path for path in (stages / artifact).rglob("*") if path.is_file())])


def restore_from_cache(stage: StageSpec, run: Run, key: str) -> dict[str, Any] | None:
    """Put what is kept under the name into the run; its report, or None where nothing is kept."""
    folder = _cache_folder(run) / f"{stage.name}-{key}"
    if not _is_whole(folder):
        return None
    folder.touch()
    for name in (*stage.writes, *stage.checkpoint):
        for source in files_of_artifact(folder / "stages", name):
            link_file(source, run.stages_folder / source.relative_to(folder / "stages"))
    return dict(read_json(folder / "report.json"))


def previous_result(stage: StageSpec, run: Run) -> Path | None:
    """Where the latest kept result of the same basis lies, with the artifacts that the stage followed then."""
    if not stage.incremental_inputs:
        return None
    basis, kept = incremental_cache_key(stage, run), _by_age(_cache_folder(run), stage.name)
    same = [folder for folder in kept if _is_whole(folder) and read_json(folder / "report.json").get("basis") == basis]
    return same[-1] / "stages" if same else None


def save_to_cache(stage: StageSpec, run: Run, key: str) -> None:
    """Keep what the stage has written and said under its name, and forget all but the last two of its kind."""
    folder = _cache_folder(run) / f"{stage.name}-{key}"
    aside = folder.with_name(f".{os.getpid()}-{folder.name}")
    shutil.rmtree(aside, ignore_errors=True)
    (aside / "stages").mkdir(parents=True)
    for name in (*stage.writes, *stage.checkpoint, *(name for name in stage.incremental_inputs if name in stage.reads)):
        for source in files_of_artifact(run.stages_folder, name):
            link_file(source, aside / "stages" / source.relative_to(run.stages_folder))
    link_file(run.stages_folder / f"{stage.name}{_REPORT}.json", aside / "report.json")
    write_json(aside / "sizes.json", _sizes(aside))
    if folder.exists() and not _is_whole(folder):
        _evict([folder])
    if not folder.exists():
        aside.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)
    _evict(_by_age(_cache_folder(run), stage.name)[:-_KEEP])


def _cache_folder(run: Run) -> Path:
    return run.data_dir / "kept" / run.country.code


def _by_age(kept: Path, stage_name: str) -> list[Path]:
    """Oldest use first."""
    found = kept.glob(f"{stage_name}-{'[0-9a-f]' * 16}")
    whole = [path for path in found if (path / "report.json").is_file()]
    return sorted(whole, key=lambda path: path.stat().st_mtime_ns)


def _is_whole(folder: Path) -> bool:
    """Whether all that was kept is there in its size: a file that was cut short is no result."""
    try:
        return bool(read_json(folder / "sizes.json") == _sizes(folder))
    except (OSError, UnreadableFileError):
        return False


def _sizes(folder: Path) -> dict[str, int]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "sizes.json"]
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}


def _evict(folders: Iterable[Path]) -> None:
    for folder in folders:
        gone = folder.with_name(f".gone-{os.getpid()}-{folder.name}")
        folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
