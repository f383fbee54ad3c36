"""File staging: tasks with their files for workers that share no disk with the coordinator.

Workers unpickle what the coordinator sends. The coordinator unpickles nothing of theirs.
"""

from __future__ import annotations

import io
import pickle
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from commune_coverage.core.errors import EngineError
from commune_coverage.core.quarantine import printable
from commune_coverage.core.versions import library_versions, require_same_versions
from commune_coverage.engine.object_storage import Storage, link_atomically, storage_at
from commune_coverage.engine.task_results import decode_result, encode_result, result_type

MAX_FILE_BYTES = 2**32
_ROOT = Path("/")
_UNDECLARED = "a worker sent what its task does not; see that only this package's workers are at the scheduler"
StagedFile = tuple[str, str]
"""Path on the coordinator, and name of the content in the storage; "" for a file that does not exist."""


@dataclass(frozen=True)
class TaskFiles:
    """Which files an item reads and writes.

    Parameters
    ----------
    reads, writes : callable
        Paths of an item; of those that it reads also folders.
    """

    reads: Callable[[Any], Iterable[Path]]
    writes: Callable[[Any], Iterable[Path]]

    def staged_files(self, item: Any, storage: Storage) -> list[StagedFile]:
        """Upload the files that an item reads.

        Parameters
        ----------
        item : any
            The item.
        storage : Storage
            Into which they are uploaded, unless they are there.

        Returns
        -------
        list of StagedFile
            The files, by path.

        Raises
        ------
        EngineError
            When the storage does not work.
        """
        files = sorted({file for path in self.reads(item) for file in _files_in(path)})
        return [(str(file), storage.put(file) if file.is_file() else "") for file in files]


def _files_in(path: Path) -> Iterable[Path]:
    return (file for file in path.rglob("*") if file.is_file()) if path.is_dir() else (path,)


class _Packer(pickle.Pickler):
    def __init__(self, stream: io.BytesIO, root: Path) -> None:
        super().__init__(stream, protocol=pickle.HIGHEST_PROTOCOL)
        self.root = root

    def persistent_id(self, obj: Any) -> str | None:
        if isinstance(obj, Path) and obj.is_absolute() and obj.is_relative_to(self.root):
            return str(obj.relative_to(self.root))
        return None


class _Unpacker(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, root: Path) -> None:
        super().__init__(stream)
        self.root = root

    def persistent_load(self, pid: str) -> Path:
        return self.root / pid


def pack(content: Any, root: Path) -> bytes:
    """Pickle anything, with paths below a root relative to it.

    Parameters
    ----------
    content : any
        What is to be sent.
    root : Path
        The root of this machine's paths.

    Returns
    -------
    bytes
        With the versions of this package's code and of its libraries.
    """
    stream = io.BytesIO()
    pickle.dump(_versions(), stream)
    _Packer(stream, root).dump(content)
    return stream.getvalue()


@cache
def _versions() -> dict[str, str]:
    return library_versions()


def unpack(packed: bytes, root: Path) -> Any:
    """Unpickle what was packed, with its paths below another root.

    Parameters
    ----------
    packed : bytes
        Of ``pack``.
    root : Path
        The root of this machine's paths.

    Returns
    -------
    any
        The content.

    Raises
    ------
    EngineError
        Where it was packed by other code, or with other libraries.
    """
    stream = io.BytesIO(packed)
    require_same_versions(pickle.load(stream))  # noqa: S301 - of the coordinator, as all that a worker unpickles
    return _Unpacker(stream, root).load()


_download_lock = Lock()


@dataclass(frozen=True)
class Task:
    """One task for a worker.

    Parameters
    ----------
    function : callable
        Of the item.
    item : any
        The item.
    staged_files : sequence of StagedFile
        Files that the task reads.
    targets : sequence of str
        Paths on the coordinator of files that it writes.
    storage : str
        Address of the storage; "" where workers see the coordinator's disk.
    """

    function: Callable[[Any], Any]
    item: Any
    staged_files: Sequence[StagedFile]
    targets: Sequence[str]
    storage: str


class Expected:
    """What a task may send back: a result of its function's type, and the files that it was declared to write.

    Parameters
    ----------
    function : callable
        The task's function.
    writes : iterable of Path
        The files. Where links lead on the way to them is held as it is now.
    """

    def __init__(self, function: Callable[[Any], Any], writes: Iterable[Path]) -> None:
        """Hold where the files lie."""
        self.type = tuple[list[StagedFile], result_type(function)]  # type: ignore[misc]
        self.folders = {path: path.parent.resolve() for path in writes}

    def collect(self, answer: Any, storage: Storage | None) -> Any:
        """Download the files that a task wrote.

        Parameters
        ----------
        answer : bytes
            What the worker sent.
        storage : Storage or None
            Where the files are; None where the worker wrote them in their place.

        Returns
        -------
        any
            The task's result.

        Raises
        ------
        EngineError
            When the answer is not what was declared, or the storage does not work. Nothing undeclared is written.
        """
        staged_files, result = decode_result(answer, self.type, frozenset(self.folders))
        targets = [Path(path) for path, _ in staged_files]
        for target in targets:
            self._require_declared(target)
        if len(set(targets)) < len(targets) or (staged_files and storage is None):
            raise EngineError(f"{_UNDECLARED} (files that nobody asked for)")
        for path, name in staged_files:
            assert storage is not None  # noqa: S101 - for the type checker
            storage.get(name, Path(path), MAX_FILE_BYTES)
        return result

    def _require_declared(self, target: Path) -> None:
        if target not in self.folders:
            raise EngineError(f"{_UNDECLARED} (a file that the task does not write)")
        if target.parent.resolve() != self.folders[target]:
            raise EngineError(f"{_UNDECLARED} (a link leads '{printable(target.parent.name)}' out of its folder)")


def execute_task(packed: bytes) -> bytes:
    """Execute a task on a worker: download its files, call its function, upload what it wrote.

    Parameters
    ----------
    packed : bytes
        The packed Task.

    Returns
    -------
    bytes
        The files that were written and the result, as ``encode_result`` writes them.

    Raises
    ------
    EngineError
        When the storage does not work or the versions differ.
    """
    root, cache_dir = _worker_folders()
    task: Task = unpack(packed, root)
    storage = storage_at(task.storage)
    with _download_lock:
        for path, name in [*((target, "") for target in task.targets), *task.staged_files]:
            _download(_below(root, path), name, cache_dir, storage)
    result = task.function(task.item)
    return encode_result((list(_upload_targets(task.targets, root, cache_dir, storage)), result), root)


def execute_in_place(packed: bytes) -> bytes:
    """Execute a task on a worker that sees the coordinator's disk.

    Parameters
    ----------
    packed : bytes
        The packed Task.

    Returns
    -------
    bytes
        No files and the result, as ``encode_result`` writes them.

    Raises
    ------
    EngineError
        When the versions differ.
    """
    task: Task = unpack(packed, _ROOT)
    return encode_result(([], task.function(task.item)), _ROOT)


def _download(target: Path, name: str, cache_dir: Path, storage: Storage) -> None:
    """Put a file where the task reads it; without a name remove what a task of another run left there."""
    if not name:
        target.unlink(missing_ok=True)
        return
    if not (cache_dir / name).is_file():
        storage.get(name, cache_dir / name)
    link_atomically(cache_dir / name, target)


def _upload_targets(targets: Sequence[str], root: Path, cache_dir: Path, storage: Storage) -> Iterable[StagedFile]:
    for target in targets:
        file = _below(root, target)
        if file.is_file():
            name = storage.put(file)
            link_atomically(file, cache_dir / name)
            yield target, name


def _below(root: Path, path: str) -> Path:
    return root / Path(path).relative_to("/")


@cache
def _worker_folders() -> tuple[Path, Path]:
    """Make the root of staged paths and the cache of contents, in the worker's scratch folder, which goes with it."""
    from distributed import get_worker

    folder = Path(tempfile.mkdtemp(prefix="staging-", dir=get_worker().local_directory))
    return folder / "root", folder / "content"
