"""Every version of every source, stored by content: the same bytes once, the last good version always at hand."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.files import atomic_write, sync_path
from commune_coverage.core.locks import file_lock
from commune_coverage.core.state.declared import SOURCE_VERSIONS
from commune_coverage.download.catalogue import Source, fill
from commune_coverage.download.http.download import Download
from commune_coverage.readers.formats.provenance import write_sidecar
from commune_coverage.readers.safety.files import sha256

_ENDINGS = {"geotiff": ".tif", "csv-gz": ".csv.gz", "osm-pbf": ".osm.pbf", "overpass": ".json"}


class Version(BaseModel):
    """One fetched version. ``confirmed`` is when the publisher last confirmed that it is still the newest; UTC.

    ``reason`` is why it is held back, ``because`` why a person let it in. What another version says further is kept.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    parameters: dict[str, str]
    label: str
    status: Literal["good", "held"]
    reason: str = ""
    because: str = ""
    fetched: datetime
    confirmed: datetime
    size_bytes: int
    sha256: str
    etag: str = ""
    last_modified: str = ""
    address: str
    licence: str = ""

    def age_days(self, now: datetime) -> int:
        """Whole days since the publisher last confirmed it."""
        return max(0, (now - self.confirmed).days)


class SourceStore:
    """``<data>/sources``: objects named by their hash, and one versions.json a source, oldest first."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = Path(data_dir) / "sources"

    @property
    def partials(self) -> Path:
        """Where files on their way are."""
        return self.folder / "partial"

    def path_of(self, version: Version) -> Path:
        """The version's bytes."""
        return self.folder / "objects" / version.sha256[:2] / version.sha256

    def versions(self, source_id: str) -> list[Version]:
        """All that is known of a source, oldest first. Raises UnreadableFileError or NewerFormatError."""
        listing = self._listing(source_id)
        if not listing.is_file():
            return []
        return SOURCE_VERSIONS.typed(SOURCE_VERSIONS.read(listing)["versions"], list[Version], listing)

    def newest(self, source_id: str, parameters: dict[str, str], good: bool = False) -> Version | None:
        """The newest version whose bytes are there; with ``good``, the newest that was not held back."""
        for version in reversed(self.versions(source_id)):
            path = self.path_of(version)
            there = path.is_file() and path.stat().st_size == version.size_bytes
            if there and version.parameters == parameters and (version.status == "good" or not good):
                return version
        return None

    def commit_version(
        self,
        source: Source,
        parameters: dict[str, str],
        download: Download,
        address: str,
        now: datetime,
        more: dict[str, str] | None = None,
    ) -> Version:
        """Give checked bytes their final place and list them; held back when their size is implausible.

        ``more`` are further values for the version's label.
        """
        with self._locked():
            earlier = [version for version in self.versions(source.id) if version.parameters == parameters]
            same = next((version for version in earlier if version.sha256 == download.sha256), None)
            reason = same.reason if same else self._doubt(source, parameters, download.size_bytes)
            version = Version(
                parameters=parameters,
                label=_label(source, {**parameters, **(more or {})}, download, now),
                status="held" if reason else "good",
                reason=reason,
                fetched=same.fetched if same else now,
                confirmed=now,
                size_bytes=download.size_bytes,
                sha256=download.sha256,
                etag=download.validators.etag,
                last_modified=download.validators.last_modified,
                address=address,
                licence=source.licence,
            )
            target = self.path_of(version)
            target.parent.mkdir(parents=True, exist_ok=True)
            with download.path.open("rb") as stream:
                os.fsync(stream.fileno())
            download.path.replace(target)
            sync_path(target.parent)
            self._list(source.id, version)
        return version

    def confirm(self, source_id: str, version: Version, now: datetime) -> Version:
        """Note that the publisher still has this version."""
        with self._locked():
            confirmed = version.model_copy(update={"confirmed": now})
            self._list(source_id, confirmed)
        return confirmed

    def release(self, source_id: str, digest: str, because: str) -> None:
        """Declare versions good that were held back, after a person has looked at them and gives the reason."""
        with self._locked():
            good = {"status": "good", "reason": "", "because": because}
            versions = self.versions(source_id)
            self._write(
                source_id, [each.model_copy(update=good) if each.sha256 == digest else each for each in versions]
            )

    def prune(self, source_id: str, keep: int) -> int:
        """Keep the newest ``keep`` good versions and what was held since; the number of versions dropped."""
        with self._locked():
            remaining: list[Version] = []
            good: dict[str, int] = {}
            versions = self.versions(source_id)
            for version in reversed(versions):
                key = repr(sorted(version.parameters.items()))
                if good.get(key, 0) < max(1, keep):
                    remaining.insert(0, version)
                    good[key] = good.get(key, 0) + (version.status == "good")
            self._write(source_id, remaining)
            self._drop_unlisted_objects()
        return len(versions) - len(remaining)

    def keep_only(self, source_id: str, wanted: list[Version]) -> None:
        """Drop every other version of a source; for parts, which are of no use but in their whole."""
        with self._locked():
            self._write(source_id, [version for version in self.versions(source_id) if version in wanted])
            self._drop_unlisted_objects()

    def sweep_partials(self, before: datetime) -> None:
        """Delete what abandoned fetches left and nobody has touched since ``before``."""
        for path in self.partials.glob("*"):
            if path.stat().st_mtime < before.timestamp():
                path.unlink()

    def place(self, source: Source, version: Version, folder: Path) -> Path:
        """The bytes in ``folder`` under a readable name, with the sidecar that readers know.

        Raises UnreadableFileError when the disk no longer gives the bytes that were stored.
        """
        ending = _ENDINGS.get(source.format, f".{source.format}")
        target = folder / f"{_readable(source.id, version.parameters)}{ending}"
        with atomic_write(target) as path:
            shutil.copyfile(self.path_of(version), path)
            if sha256(path) != version.sha256:
                self.path_of(version).unlink()
                raise UnreadableFileError(f"the stored bytes of '{source.id}' are damaged; fetch it again")
        stated = {name: getattr(source, name) for name in ("title", "publisher", "licence", "attribution")}
        write_sidecar(
            target,
            {
                **stated,
                "version": version.label,
                "synthetic": False,
                "source": source.id,
                "address": version.address,
                "fetched": version.fetched.isoformat(),
                "sha256": version.sha256,
                "bytes": version.size_bytes,
                "max_age_days": source.max_age_days,
            },
        )
        return target

    def _doubt(self, source: Source, parameters: dict[str, str], size_bytes: int) -> str:
        last = self.newest(source.id, parameters, good=True)
        if last is None:
            return ""
        change_share = abs(size_bytes - last.size_bytes) / last.size_bytes
        if change_share <= source.max_size_change_share:
            return ""
        return f"{size_bytes:,} bytes where the last good version has {last.size_bytes:,}"

    def _list(self, source_id: str, version: Version) -> None:
        def same(other: Version) -> bool:
            return (other.sha256, other.parameters) == (version.sha256, version.parameters)

        self._write(source_id, [*(other for other in self.versions(source_id) if not same(other)), version])

    def _write(self, source_id: str, versions: list[Version]) -> None:
        content = {"versions": [version.model_dump(mode="json") for version in versions]}
        SOURCE_VERSIONS.rewrite(self._listing(source_id), content, durable=True)

    def _listing(self, source_id: str) -> Path:
        return self.folder / source_id / "versions.json"

    def _drop_unlisted_objects(self) -> None:
        listed = {
            version.sha256
            for listing in self.folder.glob("*/versions.json")
            for version in self.versions(listing.parent.name)
        }
        for path in (self.folder / "objects").glob("*/*"):
            if path.name not in listed:
                path.unlink()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with file_lock(self.folder / ".lock", wait=True):
            yield


def _readable(source_id: str, parameters: dict[str, str]) -> str:
    exact = "_".join([source_id, *(value for _, value in sorted(parameters.items()))])
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", exact)[:100]
    return safe if safe == exact else f"{safe}-{hashlib.sha256(exact.encode()).hexdigest()[:8]}"


def _label(source: Source, parameters: dict[str, str], download: Download, now: datetime) -> str:
    try:
        day = parsedate_to_datetime(download.validators.last_modified).date()
    except ValueError:
        day = now.date()
    return fill(source.version, {**parameters, "modified": day.isoformat()})
