"""``commune-coverage approve``: a version that is held back is let into the next run."""

from __future__ import annotations

from pathlib import Path

from commune_coverage.core.errors import RunError
from commune_coverage.core.identity import identify
from commune_coverage.core.quarantine import printable
from commune_coverage.download.versions import SourceStore, Version
from commune_coverage.quality.decisions import SOURCE_APPROVED, Decided, order, reason_of, record_decision
from commune_coverage.quality.input_versions import InputVersions

_RECORDED = "recorded; it counts once a second person has given the same command"


def approve_version(data_dir: Path, source: str, because: str, country: str | None = None, stated: str = "") -> str:
    """Approve the held version of a layer, or of a source of the catalogue; one sentence on what was approved.

    ``stated`` is the name that the person gives. Raises RunError when nothing of that name is held back, no reason is
    given, or the person may not approve it.
    """
    decided = Decided(identify(stated), reason_of(because, 'say why the version is right: --because "…"'))
    held = _held_layers(data_dir, country)
    of_source = [version for version in _source_versions(data_dir, source) if version.status == "held"]
    if source in held and len(held[source]) == 1:
        return _approve_layer(data_dir, source, held[source][0], decided)
    if source in held:
        raise RunError(f"several countries hold a version of '{source}'; name one with --country")
    if of_source:
        return _approve_source(data_dir, source, of_source[-1], decided)
    shown = ", ".join(sorted(held)) or "nothing"
    raise RunError(
        f"no version of '{printable(source, 60)}' is held back in '{data_dir}'; held back: {shown}. "
        "A version is held back once a run or `commune-coverage check` has read it"
    )


def _approve_layer(data_dir: Path, layer: str, store: InputVersions, decided: Decided) -> str:
    ordered = order(data_dir, "approve", store.named(layer, store.newest_held(layer)), decided)
    if ordered is None:
        return f"{layer}: {_RECORDED}"
    version = store.approve(layer, ordered)
    return f"{layer}: the version held on {version.run_date} is approved; the next run uses it"


def _approve_source(data_dir: Path, source: str, version: Version, decided: Decided) -> str:
    about = {"source": source, "version": version.sha256}
    ordered = order(data_dir, "approve", about, decided)
    if ordered is None:
        return f"{source}: {_RECORDED}"
    record_decision(data_dir, SOURCE_APPROVED, about, ordered)
    SourceStore(data_dir).release(source, version.sha256, ordered.because)
    return f"{source}: {version.label} is approved; the next fetch puts it in its place"


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
