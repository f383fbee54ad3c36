"""Where a file came from: the country file's words, and the sidecar that synthetic files carry."""

from __future__ import annotations

import json
from pathlib import Path

from coverage.country import FileRef, Layer, Synthetic
from coverage.errors import UnreadableFileError
from coverage.quarantine import printable
from coverage.sources.files import sha256

SIDECAR_SUFFIX = ".source.json"
_TEXTS = ("title", "publisher", "licence", "attribution", "version")


def sidecar_of(path: Path) -> Path:
    """The place of a file's sidecar."""
    return path.with_name(path.name + SIDECAR_SUFFIX)


def write_sidecar(path: Path, origin: dict[str, object]) -> Path:
    """Write what is known of a data file's origin beside it."""
    target = sidecar_of(path)
    target.write_text(json.dumps(origin, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return target


def origin_of(layer: Layer) -> dict[str, object]:
    """Title, licence and the like, with ``file``, ``sha256`` and ``synthetic``.

    The country file's texts win; a layer is synthetic if the country file or the sidecar of any of
    its files says so.
    """
    beside = _read_sidecar(layer.path)
    origin: dict[str, object] = {name: printable(getattr(layer, name) or beside.get(name, ""), 500) for name in _TEXTS}
    declared = layer.synthetic if isinstance(layer.synthetic, bool) else True
    note = layer.synthetic.note if isinstance(layer.synthetic, Synthetic) else ""
    origin["synthetic"] = declared or any(
        _read_sidecar(ref.path).get("synthetic") is True for _, ref in files_of(layer)
    )
    origin["note"] = printable(note or beside.get("note", ""), 500)
    origin["file"] = layer.path.name
    origin["sha256"] = sha256(layer.path)
    origin["also"] = [origin_of(other) for other in getattr(layer, "also", [])]
    return origin


def files_of(layer: Layer) -> list[tuple[str, FileRef]]:
    """The layer's own file, under the name '', then the files that are joined to it under names of their own."""
    single = [(name, getattr(layer, name, None)) for name in ("codes", "code_changes", "table")]
    listed = [(f"{name}.{i}", ref) for name in ("gazetteer", "also") for i, ref in enumerate(getattr(layer, name, []))]
    return [("", layer), *((name, ref) for name, ref in single if ref is not None), *listed]


def _read_sidecar(path: Path) -> dict[str, object]:
    beside = sidecar_of(path)
    if not beside.is_file():
        return {}
    try:
        content = json.loads(beside.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"'{beside.name}' is not valid JSON; delete it or write it again") from error
    return content if isinstance(content, dict) else {}
