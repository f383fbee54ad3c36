"""Replay: an old run computed again from the stored inputs and compared byte by byte with what was published."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from commune_coverage.archive.archive import hashes_of
from commune_coverage.archive.records import recorded
from commune_coverage.config.country import Country, country_model
from commune_coverage.core.errors import RunError
from commune_coverage.core.quarantine import printable
from commune_coverage.core.versions import library_versions
from commune_coverage.engine import engine_of
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stages
from commune_coverage.pipeline.stage import ungated
from commune_coverage.quality.input_versions import InputVersions
from commune_coverage.quality.select_versions import HeldVersion, with_files
from commune_coverage.readers.formats.provenance import sidecar_of
from commune_coverage.readers.safety.files import sha256
from commune_coverage.runs.run import Run, write_run_files

Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Replayed:
    """Files that came out the same, and those that did not."""

    same: list[str]
    differ: list[str]


def replay(run_id: str, data_dir: Path, engine: str, report: Report) -> Replayed:
    """Compute a run again, from nothing, and compare every table and page.

    Raises RunError that says what is missing: the record, an input, the code or a library of then.
    """
    record = recorded(data_dir, run_id)
    if record is None:
        raise RunError(f"no record of a run '{printable(run_id, 60)}'; 'commune-coverage publications' lists all")
    with tempfile.TemporaryDirectory(prefix="replay-") as scratch:
        run = run_of(record["manifest"], data_dir, Path(scratch), engine)
        run_stages([ungated(stage) for stage in STAGES[:-1]], run, report)
        now = hashes_of(run)
    pairs = [
        (f"{kind}/{name}", record.get(kind, {}).get(name), now[kind].get(name))
        for kind in now
        for name in sorted(record.get(kind, {}).keys() | now[kind].keys())
    ]
    return Replayed([name for name, old, new in pairs if old == new], [name for name, old, new in pairs if old != new])


def run_of(manifest: dict[str, Any], data_dir: Path, scratch: Path, engine: str) -> Run:
    """A started run of a manifest in a folder of its own.

    Raises RunError that lists everything that is missing of the code, the libraries and the inputs.
    """
    country = stored_country(manifest, data_dir, _other_versions(manifest))
    run = Run(
        manifest["run_id"],
        date.fromisoformat(manifest["run_date"]),
        scratch / "country.toml",
        scratch / "run",
        scratch,
        scratch / "maps",
        engine_of(engine, country.cluster),
        given_country=country,
    )
    run.stages_folder.mkdir(parents=True)
    write_run_files(run.folder, manifest, {})
    return run


def stored_country(manifest: dict[str, Any], data_dir: Path, absent: Sequence[str] = ()) -> Country:
    """The country of a manifest with its inputs where they are stored under their hashes.

    Raises RunError that lists the inputs that are not stored any more, after what else is ``absent``.
    """
    country = country_model().model_validate(manifest["configuration"])
    store = InputVersions(data_dir, country.code)
    if absent := [*absent, *_absent_inputs(manifest, store)]:
        raise RunError("this run cannot be computed again: " + "; ".join(absent))
    files: dict[str, dict[str, str]] = {}
    for name, facts in manifest["inputs"].items():
        layer, _, part = name.partition(".")
        files.setdefault(layer, {})[part] = str(store.path_of(facts["sha256"], facts["file"]))
    radios = files.pop("radios", None)
    stored = with_files(country, {name: HeldVersion("", "", "", 0, of_layer) for name, of_layer in files.items()})
    if radios is None:
        return stored
    radio = stored.radio.model_copy(update={"radios": Path(radios[""])})
    return stored.model_copy(update={"radio": radio})


def _other_versions(manifest: dict[str, Any]) -> list[str]:
    here = library_versions()
    return [
        f"{name} was {then}, here it is {here.get(name, 'not there')}"
        for name, then in manifest["versions"].items()
        if here.get(name) != then
    ]


def _absent_inputs(manifest: dict[str, Any], store: InputVersions) -> list[str]:
    return [
        f"{name} ('{facts['file']}', SHA-256 {facts['sha256'][:12]}…) is not stored any more"
        for name, facts in manifest["inputs"].items()
        if not _is_stored(store.path_of(facts["sha256"], facts["file"]), facts)
    ]


def _is_stored(path: Path, facts: dict[str, Any]) -> bool:
    sidecar = sidecar_of(path)
    origin = sha256(sidecar) if sidecar.is_file() else None
    return path.is_file() and sha256(path) == facts["sha256"] and origin == facts["origin_sha256"]
