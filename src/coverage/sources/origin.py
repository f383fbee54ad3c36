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
    origin["synthetic"] = declared or any(_read_sidecar(ref.path).get("synthetic") is True for ref in files_of(layer))
    origin["note"] = printable(note or beside.get("note", ""), 500)
    origin["file"] = layer.path.name
    origin["sha256"] = sha256(layer.path)
    return origin


def files_of(layer: Layer) -> list[FileRef]:
    """The layer's own file, then the tables that are joined to it."""
    joined = [getattr(layer, name, None) for name in ("codes", "table")]
    return [layer, *(ref for ref in joined if ref is not None), *getattr(layer, "gazetteer", [])]


def _read_sidecar(path: Path) -> dict[str, object]:
    beside = sidecar_of(path)
    if not beside.is_file():
        return {}
    try:
        content = json.loads(beside.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"'{beside.name}' is not valid JSON; delete it or write it again") from error
    return content if isinstance(content, dict) else {}
