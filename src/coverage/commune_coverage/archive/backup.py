"""Data and maps in one file that proves itself, and put back from it.

A backup is a tar file: ``backup.json`` first, every file of ``data/`` and ``maps/`` with what is under several names
stored once, and last ``digests.json`` with the SHA-256 of each. What can be made again is left out: the cache, work
folders, and links, which are made anew for wherever it is put back.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from commune_coverage import __version__
from commune_coverage.archive.integrity import damaged_files, told
from commune_coverage.archive.record_checks import broken_records
from commune_coverage.core.errors import CoverageError, RunError
from commune_coverage.core.files import atomic_write, link_file
from commune_coverage.core.quarantine import printable
from commune_coverage.core.state.declared import BACKUP
from commune_coverage.publish.publication import link_again, now_shown
from commune_coverage.runs.run import run_lock

RECORD = "backup.json"
"""In the data folder: when the last backup was made."""
_FIRST, _LAST, _FORMAT = "backup.json", "digests.json", 1
_PARTS = ("data", "maps")
_LEFT_OUT = ("cache", "backup.json")
_CHUNK = 1 << 20


class Backup(NamedTuple):
    """How many files, the bytes of the whole, and sentences on what of it was damaged before."""

    files: int
    bytes: int
    problems: list[str]


def back_up(data_dir: Path, maps_dir: Path, target: Path) -> Backup:
    """Write everything that cannot be made again into one file, and read it back.

    Parameters
    ----------
    data_dir, maps_dir : Path
        Where runs and maps are kept. No run may be at work.
    target : Path
        The file; one that is there is replaced once the new one is whole. Only its owner may read it.

    Returns
    -------
    Backup

    Raises
    ------
    RunError
        When a run is at work, nothing was published, or the file does not read back as it was written.
    """
    data_dir, maps_dir = data_dir.resolve(), maps_dir.resolve()
    with run_lock(data_dir, maps_dir):
        shown = now_shown(maps_dir)
        if shown is None:
            raise RunError("nothing was published yet; there is nothing to back up")
        about = {"format": _FORMAT, "made": _now(), "version": __version__, "publication": shown.number}
        with atomic_write(target.resolve()) as path:
            path.touch(mode=0o600)
            digests = _write(path, about, {"data": data_dir, "maps": maps_dir})
            if _read(path, lambda _name: None) != about:
                raise RunError("the backup does not read back as it was written; is the disk sound?")
        problems = problems_of(data_dir, maps_dir)
        BACKUP.write(data_dir / RECORD, {"at": about["made"], "files": len(digests) - 1})
    return Backup(len(digests) - 1, target.stat().st_size, problems)


def restore(source: Path, data_dir: Path, maps_dir: Path) -> Backup:
    """Put a backup into folders that are not there yet, after every byte of it was verified.

    Parameters
    ----------
    source : Path
        What ``back_up`` wrote.
    data_dir, maps_dir : Path
        Where runs and maps are kept from now on; they may lie elsewhere than before.

    Returns
    -------
    Backup

    Raises
    ------
    RunError
        When a folder is there, or the file is no backup, or damaged; nothing is put in place then.
    """
    finals = dict(zip(_PARTS, (data_dir.resolve(), maps_dir.resolve()), strict=True))
    if taken := [str(path) for path in finals.values() if path.exists() and any(path.iterdir())]:
        raise RunError(f"{', '.join(taken)}: there is something already; give folders that are empty or not there")
    works = {part: path.with_name(f".restoring-{path.name}") for part, path in finals.items()}
    try:
        for work in works.values():
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
        written: list[Path] = []
        about = _read(source, lambda name: _place(name, works, written))
        for part, work in works.items():
            with suppress(FileNotFoundError):
                finals[part].rmdir()
            work.rename(finals[part])
    finally:
        for work in works.values():
            shutil.rmtree(work, ignore_errors=True)
    link_again(int(about["publication"]), finals["data"], finals["maps"])
    return Backup(len(written), source.stat().st_size, problems_of(finals["data"], finals["maps"]))


def problems_of(data_dir: Path, maps_dir: Path) -> list[str]:
    """Say what of the run that is shown, and of the records, is not as it was left."""
    shown = now_shown(maps_dir)
    if shown is None:
        return ["nothing is shown"]
    try:
        damaged = damaged_files(shown.run_id, data_dir, maps_dir)
    except CoverageError as error:
        return [str(error)]
    records = [f"the record of {name}: {problem}" for name, problem in broken_records(data_dir, maps_dir).items()]
    return [*([told(shown.run_id, damaged)] if damaged else []), *records]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _write(path: Path, about: dict[str, Any], folders: dict[str, Path]) -> dict[str, str]:
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        digests = {_FIRST: _add_json(archive, _FIRST, about)}
        for part, folder in folders.items():
            for file in _files_of(folder):
                name = f"{part}/{file.relative_to(folder).as_posix()}"
                digests[name] = _add_file(archive, file, name, digests)
        _add_json(archive, _LAST, digests)
    return digests


def _files_of(folder: Path) -> Iterator[Path]:
    """Files whose names, and folders', begin with no dot: work folders, locks and temporaries are left out."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_symlink() or path.name in _LEFT_OUT:
            continue
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from (each for each in sorted(path.rglob("[!.]*")) if _is_own(each, path))


def _is_own(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return path.is_file() and not path.is_symlink() and not any(part.startswith(".") for part in parts)


def _add_file(archive: tarfile.TarFile, file: Path, name: str, digests: dict[str, str]) -> str:
    """Its SHA-256; a file that is in the archive under another name is not stored again."""
    member = archive.gettarinfo(file, name)
    if member.islnk():
        archive.addfile(member)
        return digests[member.linkname]
    with file.open("rb") as stream:
        hashing = _Hashing(stream)
        archive.addfile(member, hashing)
    return hashing.digest.hexdigest()


def _add_json(archive: tarfile.TarFile, name: str, content: Any) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False).encode()
    member = tarfile.TarInfo(name)
    member.size = len(text)
    archive.addfile(member, io.BytesIO(text))
    return hashlib.sha256(text).hexdigest()


class _Hashing(io.RawIOBase):
    """A stream that is hashed as it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self.digest.update(chunk)
        return chunk


def _read(source: Path, place: Callable[[str], Path | None]) -> dict[str, Any]:
    """Read all of a backup and verify it; files are written where ``place`` says. Raises RunError."""
    digests: dict[str, str] = {}
    texts: dict[str, Any] = {}
    places: dict[str, Path] = {}
    try:
        with tarfile.open(source, "r:") as archive:
            for member in archive:
                if member.name in (_FIRST, _LAST):
                    text = _stream_of(archive, member).read()
                    texts[member.name] = json.loads(text)
                    if member.name == _FIRST:
                        digests[_FIRST] = hashlib.sha256(text).hexdigest()
                    continue
                target = place(member.name)
                if member.islnk():
                    digests[member.name] = digests[member.linkname]
                    if target is not None:
                        link_file(places[member.linkname], target)
                else:
                    digests[member.name] = _copy(_stream_of(archive, member), target)
                if target is not None:
                    places[member.name] = target
        about, stated = dict(texts[_FIRST]), dict(texts[_LAST])
    except (tarfile.TarError, KeyError, TypeError, ValueError, EOFError) as error:
        raise RunError(f"'{source.name}' is no whole backup: {printable(str(error), 200)}") from error
    if about.get("format") != _FORMAT:
        raise RunError(f"'{source.name}' is a backup of another format: {printable(str(about.get('format')), 20)}")
    if differing := sorted(name for name in digests.keys() | stated if digests.get(name) != stated.get(name)):
        raise RunError(
            f"'{source.name}' is damaged: {len(differing)} files differ, {printable(differing[0], 200)} first"
        )
    return about


def _stream_of(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    stream = archive.extractfile(member) if member.isreg() else None
    if stream is None:
        raise ValueError(f"{member.name} is no file")
    return stream


def _copy(stream: IO[bytes], target: Path | None) -> str:
    """The SHA-256 of what is copied; it goes nowhere where there is no target."""
    hashing = _Hashing(stream)
    with (target or Path(os.devnull)).open("wb") as out:
        shutil.copyfileobj(hashing, out, _CHUNK)
    return hashing.digest.hexdigest()


def _place(name: str, works: dict[str, Path], written: list[Path]) -> Path:
    """Where a file of a backup goes: below one of the two folders, whatever its name says."""
    parts = PurePosixPath(name).parts
    if len(parts) < 2 or parts[0] not in works or ".." in parts or "\0" in name:
        raise ValueError(f"{printable(name, 200)} is no name of a backup")
    target = works[parts[0]].joinpath(*parts[1:])
    target.parent.mkdir(parents=True, exist_ok=True)
    written.append(target)
    return target
