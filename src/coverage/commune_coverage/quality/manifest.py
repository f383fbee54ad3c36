"""What goes into a run: inputs with their hashes, configuration and versions. Its hash names the run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from commune_coverage.config.country import Country
from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import MissingFileError
from commune_coverage.core.plug_ins import plug_in_versions
from commune_coverage.core.versions import bundled_libraries, code_hash, code_hash_now, library_versions
from commune_coverage.readers.formats.provenance import files_of, sidecar_of
from commune_coverage.readers.safety.files import require_file, sha256

_NO_FIGURES = {"alerts", "cluster", "postgis"}


def make_manifest(country: Country, country_path: Path, run_date: date, held: dict[str, Any]) -> dict[str, Any]:
    """Describe what goes into a run: inputs with hashes, configuration, versions.

    Parameters
    ----------
    country : Country
        The country file, with the files that are used.
    country_path : Path
        Its path: inputs are named relative to it.
    run_date : date
        The run's date.
    held : dict[str, Any]
        Layers whose newest versions are not used, and why.

    Returns
    -------
    dict[str, Any]
        As JSON; ``run_id`` names the run by the hash of all the rest.

    Raises
    ------
    MissingFileError
        When inputs are not there; the message lists all.
    UnreadableFileError
        When one is no data.
    """
    inputs = {name: describe_input(ref, country_path) for name, ref in input_files(country)}
    configuration = _without_folders(
        country.model_dump(mode="json", exclude={"alerts", "cluster", "postgis"}), country_path
    )
    content = {
        "run_date": run_date.isoformat(),
        "inputs": inputs,
        "held": held,
        "configuration": configuration,
        "versions": library_versions(),
        "bundled_libraries": bundled_libraries(),
        "plug_ins": plug_in_versions(),
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return {"run_id": f"{country.code}-{run_date:%Y%m%d}-{digest[:12]}", **content}


def describe_input(ref: FileRef, country_path: Path) -> dict[str, Any]:
    """Describe one file.

    Parameters
    ----------
    ref : FileRef
        The file, how it is written and what its columns are called.
    country_path : Path
        The country file, to which the name is relative.

    Returns
    -------
    dict[str, Any]
        ``file``, ``sha256``, ``bytes`` and ``origin_sha256``, the hash of its sidecar.

    Raises
    ------
    MissingFileError
        When it is not there.
    UnreadableFileError
        When it is no data.
    """
    return {
        "file": _shown(ref.path, country_path),
        "sha256": sha256(require_file(ref.path)),
        "bytes": ref.path.stat().st_size,
        "origin_sha256": sha256(sidecar) if (sidecar := sidecar_of(ref.path)).is_file() else None,
    }


def input_files(country: Country) -> list[tuple[str, FileRef]]:
    """List every file that the country file names.

    Parameters
    ----------
    country : Country
        The country file.

    Returns
    -------
    list[tuple[str, FileRef]]
        A name for each use, such as 'people.table', and the file.

    Raises
    ------
    MissingFileError
        When files are not there; the message lists all.
    """
    files = [
        (f"{layer_name}.{name}".rstrip("."), ref)
        for layer_name, layer in country.layer_items
        for name, ref in files_of(layer)
    ]
    if country.radio.radios is not None:
        files.append(("radios", FileRef(path=country.radio.radios)))
    absent = [
        f"layers.{name}: '{ref.path.name}' is not there (looked in '{ref.path.parent}')"
        for name, ref in files
        if not ref.path.is_file()
    ]
    if absent:
        raise MissingFileError("; ".join(absent))
    return files


def code_has_changed(manifest: Mapping[str, Any]) -> bool:
    """Tell whether a run's code, or the libraries that it was begun with, are others now.

    Parameters
    ----------
    manifest : mapping
        The run's manifest.

    Returns
    -------
    bool
        Whether the files of the package, or versions of libraries, were exchanged since.
    """
    return code_hash_now() != code_hash() or manifest["versions"] != library_versions()


def _shown(path: Path, country_path: Path) -> str:
    """Return a path as it may be published: relative to the country file's folder, or the bare name."""
    return path.relative_to(country_path.parent).as_posix() if path.is_relative_to(country_path.parent) else path.name


def _without_folders(value: Any, country_path: Path, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _without_folders(inner, country_path, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_folders(inner, country_path, key) for inner in value]
    return _shown(Path(value), country_path) if key in ("path", "radios", "catalogue") and value else value
