"""``commune-coverage approve``: a version that is held back is let into the next run."""

from __future__ import annotations

from pathlib import Path

from commune_coverage.core.errors import RunError
from commune_coverage.core.quarantine import printable
from commune_coverage.download.versions import SourceStore, Version
from commune_coverage.quality.input_versions import InputVersions


def approve_version(data_dir: Path, source: str, because: str, country: str | None = None) -> str:
    """Approve the held version of a layer, or of a source of the catalogue; one sentence on what was approved.

    Raises RunError when nothing of that name is held back, or no reason is given.
    """
    reason = printable(because, 500).strip()
    if not reason:
        raise RunError('say why the version is right: --because "…"')
    held = _held_layers(data_dir, country)
    of_source = [version for version in _source_versions(data_dir, source) if version.status == "held"]
    if source in held and len(held[source]) == 1:
        version = held[source][0].approve(source, reason)
        return f"{source}: the version held on {version.run_date} is approved; the next run uses it"
    if source in held:
        raise RunError(f"several countries hold a version of '{source}'; name one with --country")
    if of_source:
        SourceStore(data_dir).release(source, of_source[-1].sha256, reason)
        return f"{source}: {of_source[-1].label} is approved; the next fetch puts it in its place"
    shown = ", ".join(sorted(held)) or "nothing"
    raise RunError(
        f"no version of '{printable(source, 60)}' is held back in '{data_dir}'; held back: {shown}. "
        "A version is held back once a run or `commune-coverage check` has read it"
    )


def _held_layers(data_dir: Path, country: str | None) -> dict[str, list[InputVersions]]:
    """Layer -> the stores in which a version of it is held back."""
    stores: dict[str, list[InputVersions]] = {}
    for folder in sorted((data_dir / "inputs").glob(country or "*")):
        store = InputVersions(data_dir, folder.name)
        for layer in store.held_layers():
            stores.setdefault(layer, []).append(store)
    return stores


def _source_versions(data_dir: Path, source: str) -> list[Version]:
    known = {path.parent.name for path in (data_dir / "sources").glob("*/versions.json")}
    return SourceStore(data_dir).versions(source) if source in known else []
