"""Stages named by all that goes into them: what was computed under the same key is restored, not computed again.

A stage sees nothing but what it declares: the layers, sections and artifacts that its key is made of. What an artifact
holds counts, not how it came about: where a changed input leads to the same artifact, all that follows stays.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import warnings
from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path
from typing import Any, cast

from commune_coverage.config.country import Country
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.event_log import log_event
from commune_coverage.core.files import link_file
from commune_coverage.core.state.declared import CACHED_FILES, STAGE_REPORT
from commune_coverage.pipeline.code_digest import code_of
from commune_coverage.pipeline.stage import Stage
from commune_coverage.readers.safety.files import sha256
from commune_coverage.runs.artifacts import REPORT, artifact_digest, files_of_artifact
from commune_coverage.runs.run import Run

CACHE = "cache"
_FILES = "files.json"
_SOUND: set[tuple[Path, Path]] = set()
_KEEP = 2
_COSTS = ("seconds", "cpu_seconds", "peak_memory_mb", "reused", "compute_mode", "key", "key_parts", "digests")
_SEEN_BY = ("confidentiality", "min_count")
_OWN_VERSIONS = ("commune-coverage", "code")

KeyParts = dict[str, str]


class DamagedCacheWarning(UserWarning):
    """What was cached is not what it was."""


class Declared:
    """A settings object of which only the declared fields can be seen; others raise AttributeError."""

    def __init__(self, source: object, declared: Collection[str], **exchanged: object) -> None:
        self._source, self._declared, self._exchanged = source, frozenset(declared), exchanged

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._exchanged:
            return self._exchanged[name]
        if name not in self._declared:
            raise AttributeError(f"{type(self._source).__name__}.{name} is not declared by the stage that asks for it")
        return getattr(self._source, name)


def restricted_view(stage: Stage, run: Run) -> Run:
    """The run as the stage may see it; what it does not declare raises AttributeError."""
    if not stage.is_cacheable:
        return run
    layers = Declared(run.country.layers, stage.layers)
    country = cast("Country", Declared(run.country, ("code", "status", *stage.settings), layers=layers))
    seen = run.view(given_country=country, previous=previous_result(stage, run))
    return seen.view(run_id="", run_date=run.run_date if stage.depends_on_run_date else date.min)


def key_parts(stage: Stage, run: Run) -> KeyParts:
    """Digests of all that goes into the stage, by what it is: code, libraries, inputs, settings, artifacts, the run.

    Returns
    -------
    dict of str to str
        Labels such as ``code:radio/hata.py``, ``input:towers``, ``setting:travel`` or ``artifact:cells``.
    """
    manifest, digests = run.manifest, run.reports.digests
    configuration = manifest["configuration"]
    # The manifest of an older version knows neither layers nor sections that came later: they were not there.
    layers = {name: configuration["layers"].get(name) for name in stage.layers}
    named = {*stage.layers, *(("radios",) if "radio" in stage.settings else ())}
    parts: dict[str, Any] = {"status": [configuration["code"], configuration["status"]]}
    parts |= {f"code:{path}": digest for path, digest in code_of(stage.modules).items()}
    versions = manifest["versions"].items()
    parts |= {f"library:{name}": version for name, version in versions if name not in _OWN_VERSIONS}
    plug_ins = manifest["plug_ins"].items()
    parts |= {f"plug-in:{name}": version for name, version in plug_ins if name.startswith(stage.plug_ins)}
    inputs = manifest["inputs"].items()
    parts |= {f"input:{name}": facts for name, facts in inputs if name.split(".")[0] in named}
    parts |= {f"layer:{name}": _read_of(layer) for name, layer in layers.items()}
    parts |= {f"setting:{name}": configuration.get(name) for name in stage.settings}
    parts |= {f"artifact:{name}": digests.get(name) for name in stage.reads}
    is_absent = stage.group == "ingest" and layers.get(stage.name) is None
    parts |= {"run_date": manifest["run_date"]} if stage.depends_on_run_date and not is_absent else {}
    return {label: _short(value) for label, value in sorted(parts.items())}


def _read_of(layer: dict[str, Any] | None) -> dict[str, Any] | None:
    """A layer's section without what only says who may see it."""
    return layer and {name: value for name, value in layer.items() if name not in _SEEN_BY}


def _short(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def cache_key(stage: Stage, parts: KeyParts) -> str:
    """The name of a stage's result: a hash of all that goes into it."""
    return _short([stage.name, parts])


def _incremental_key(stage: Stage, parts: KeyParts) -> str:
    """The same without what the stage takes incrementally: it can go on from any result of this key."""
    left_out = {f"artifact:{name}" for name in stage.incremental_inputs}
    return _short(
        {
            label: digest
            for label, digest in parts.items()
            if label not in left_out and not _is_input_of(label, stage.incremental_inputs)
        }
    )


def _is_input_of(label: str, layers: Iterable[str]) -> bool:
    return label.startswith("input:") and label.removeprefix("input:").split(".")[0] in layers


def digests_of(stage: Stage, stages: Path, record: dict[str, Any]) -> dict[str, str]:
    """Of every artifact that the stage has written, and of what it reported."""
    stated = {key: value for key, value in record.items() if key not in _COSTS}
    text = json.dumps(stated, sort_keys=True, default=str)
    digests = {f"{stage.name}{REPORT}": hashlib.sha256(text.encode()).hexdigest()}
    return digests | {name: artifact_digest(stages, name) for name in stage.writes}


def cached_report(stage: Stage, run: Run, key: str) -> dict[str, Any] | None:
    """The report of the result that is cached under the key, or None where there is none."""
    folder = cache_folder(run) / f"{stage.name}-{key}"
    return STAGE_REPORT.read(folder / "report.json") if _is_whole(folder) else None


def restore_from_cache(stage: Stage, run: Run, key: str) -> dict[str, Any] | None:
    """Put what is cached under the key into the run; its report, or None where nothing is cached."""
    folder = cache_folder(run) / f"{stage.name}-{key}"
    if not _is_sound(folder, run):
        return None
    report = STAGE_REPORT.read(folder / "report.json")
    folder.touch()
    for name in (*stage.writes, *stage.checkpoint):
        for source in files_of_artifact(folder / "stages", name):
            link_file(source, run.stages_folder / source.relative_to(folder / "stages"))
    return report


def previous_result(stage: Stage, run: Run) -> Path | None:
    """Where the latest result lies from which the stage can go on, with its incremental inputs of then."""
    if not stage.incremental_inputs:
        return None
    wanted = _incremental_key(stage, key_parts(stage, run))
    for folder in reversed(_by_age(cache_folder(run), stage.name)):
        parts = _key_parts_of(folder)
        if parts is not None and _incremental_key(stage, parts) == wanted and _is_sound(folder, run):
            return folder / "stages"
    return None


def latest_key_parts(stage: Stage, run: Run) -> KeyParts | None:
    """What went into the result of the stage that was cached or used last, or None where there is none."""
    kept = [_key_parts_of(folder) for folder in _by_age(cache_folder(run), stage.name)]
    return next((parts for parts in reversed(kept) if parts is not None), None)


def _key_parts_of(folder: Path) -> KeyParts | None:
    """What went into a cached result; None where it is not whole or does not say."""
    try:
        return dict(STAGE_REPORT.read(folder / "report.json")["key_parts"]) if _is_whole(folder) else None
    except (OSError, UnreadableFileError, KeyError, TypeError, ValueError):
        return None


def save_to_cache(stage: Stage, run: Run, key: str) -> None:
    """Cache what the stage has written and reported under its key, and evict all but the last two of its kind."""
    folder = cache_folder(run) / f"{stage.name}-{key}"
    aside = folder.with_name(f".{os.getpid()}-{folder.name}")
    shutil.rmtree(aside, ignore_errors=True)
    (aside / "stages").mkdir(parents=True)
    followed = (name for name in stage.incremental_inputs if name in stage.reads)
    for name in (*stage.writes, *stage.checkpoint, *followed):
        for source in files_of_artifact(run.stages_folder, name):
            link_file(source, aside / "stages" / source.relative_to(run.stages_folder))
    link_file(run.stages_folder / f"{stage.name}{REPORT}.json", aside / "report.json")
    CACHED_FILES.write(aside / _FILES, {"files": _digests(aside)})
    if folder.exists() and not _is_whole(folder):
        _evict([folder])
    if not folder.exists():
        aside.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)
    _evict(_by_age(cache_folder(run), stage.name)[:-_KEEP])


def cache_folder(run: Run) -> Path:
    """Where the country's results of stages are cached."""
    return run.data_dir / CACHE / run.country.code


def _by_age(folder: Path, stage_name: str) -> list[Path]:
    """Oldest use first."""
    folders = folder.glob(f"{stage_name}-{'[0-9a-f]' * 16}")
    whole = [path for path in folders if (path / "report.json").is_file()]
    return sorted(whole, key=lambda path: path.stat().st_mtime_ns)


def _is_whole(folder: Path) -> bool:
    """Whether all that was cached is there in its size: a file that was cut short is no result."""
    try:
        stated = {name: size for name, (size, _) in CACHED_FILES.read(folder / _FILES)["files"].items()}
    except (OSError, UnreadableFileError, ValueError, TypeError, AttributeError):
        return False
    return stated == {name: path.stat().st_size for name, path in _files(folder).items()}


def _is_sound(folder: Path, run: Run) -> bool:
    """Whether what was cached has the digests that it was cached with; what has not is forgotten, with a warning.

    Asked once a run of each result that is used: a disk may give back other bytes than it was given.
    """
    if not _is_whole(folder):
        return False
    if (run.folder, folder) in _SOUND:
        return True
    if CACHED_FILES.read(folder / _FILES)["files"] == _digests(folder):
        _SOUND.add((run.folder, folder))
        return True
    warnings.warn(f"'{folder.name}' of the cache is damaged; it is computed anew", DamagedCacheWarning, stacklevel=2)
    log_event(run.data_dir, "damaged_cache", run_id=run.run_id, stage=folder.name)
    _evict([folder])
    return False


def _digests(folder: Path) -> dict[str, list[int | str]]:
    """Size and SHA-256 of every file."""
    return {name: [path.stat().st_size, sha256(path)] for name, path in _files(folder).items()}


def _files(folder: Path) -> dict[str, Path]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != _FILES]
    return {path.relative_to(folder).as_posix(): path for path in files}


def _evict(folders: Iterable[Path]) -> None:
    for folder in folders:
        gone = folder.with_name(f".gone-{os.getpid()}-{folder.name}")
        folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
