"""Where a file came from: the country file's words, and the sidecar that synthetic files carry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from commune_coverage.config.layers import FileRef, Layer, Synthetic
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.quarantine import printable
from commune_coverage.readers.safety.files import sha256

SIDECAR_SUFFIX = ".source.json"
_TEXTS = ("title", "publisher", "licence", "attribution", "version")


def sidecar_of(path: Path) -> Path:
    """Name the file's sidecar.

    Parameters
    ----------
    path : Path
        A data file.

    Returns
    -------
    Path
        Its path with ``.source.json`` behind it.
    """
    return path.with_name(path.name + SIDECAR_SUFFIX)


def write_sidecar(path: Path, origin: dict[str, object]) -> Path:
    """Write what is known of a data file's origin into its sidecar.

    Parameters
    ----------
    path : Path
        The data file.
    origin : dict[str, object]
        Title, licence and the like, as JSON.

    Returns
    -------
    Path
        The sidecar.
    """
    target = sidecar_of(path)
    target.write_text(json.dumps(origin, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return target


def origin_of(layer: Layer) -> dict[str, Any]:
    """Describe where a layer's data come from.

    The country file's texts win; a layer is synthetic if the country file or the sidecar of any of its files says so.

    Parameters
    ----------
    layer : Layer
        A section of the country file.

    Returns
    -------
    dict[str, Any]
        Title, licence and the like, with ``file``, ``sha256``, ``synthetic``, ``fetched``, ``max_age_days`` and
        ``also``.

    Raises
    ------
    UnreadableFileError
        When a sidecar is not valid JSON.
    """
    sidecar = _read_sidecar(layer.path)
    origin: dict[str, Any] = {name: printable(getattr(layer, name) or sidecar.get(name, ""), 500) for name in _TEXTS}
    declared = layer.synthetic if isinstance(layer.synthetic, bool) else True
    note = layer.synthetic.note if isinstance(layer.synthetic, Synthetic) else ""
    origin["synthetic"] = declared or any(
        _read_sidecar(ref.path).get("synthetic") is True for _, ref in files_of(layer)
    )
    origin["note"] = printable(note or sidecar.get("note", ""), 500)
    origin["file"] = layer.path.name
    origin["sha256"] = sha256(layer.path)
    origin["fetched"] = printable(sidecar.get("fetched", ""), 40)
    origin["max_age_days"] = sidecar.get("max_age_days") if isinstance(sidecar.get("max_age_days"), int) else None
    origin["also"] = [origin_of(other) for other in layer.further_files]
    return origin


def old_days(origin: dict[str, Any], run_date: date) -> int | None:
    """Count the days since the file was fetched, when they are more than its source should ever be old.

    Parameters
    ----------
    origin : dict[str, Any]
        As ``origin_of`` gives it.
    run_date : date
        The run's date.

    Returns
    -------
    int or None
        Days; None where the file is not too old, or its age is not known.
    """
    try:
        days = (run_date - datetime.fromisoformat(origin["fetched"]).date()).days
    except ValueError:
        return None
    limit = origin["max_age_days"]
    return days if limit is not None and days > limit else None


def files_of(layer: Layer) -> list[tuple[str, FileRef]]:
    """Return the files that a layer names.

    Parameters
    ----------
    layer : Layer
        A section of the country file.

    Returns
    -------
    list of (str, FileRef)
        The layer's own file under the name '', then those of its settings that are files, under the setting's name,
        then those in lists, under the setting's name, a point and the position from 0; each followed by the files that
        it names itself, under both names.
    """
    return list(_files_of(layer, ""))


def _files_of(file: FileRef, name: str) -> Iterator[tuple[str, FileRef]]:
    yield name, file
    values = [(setting, getattr(file, setting)) for setting in type(file).model_fields]
    single = [(setting, value) for setting, value in values if isinstance(value, FileRef)]
    lists = [(setting, value) for setting, value in values if isinstance(value, list)]
    listed = [(f"{setting}.{i}", ref) for setting, refs in lists for i, ref in enumerate(refs)]
    for setting, ref in [*single, *listed]:
        if isinstance(ref, FileRef):
            yield from _files_of(ref, f"{name}.{setting}".removeprefix("."))


def _read_sidecar(path: Path) -> dict[str, object]:
    sidecar = sidecar_of(path)
    if not sidecar.is_file():
        return {}
    try:
        content = json.loads(sidecar.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"'{sidecar.name}' is not valid JSON; delete it or write it again") from error
    return content if isinstance(content, dict) else {}
