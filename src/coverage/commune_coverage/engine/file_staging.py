"""File staging: tasks with their files for workers that share no disk with the coordinator."""

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

from commune_coverage import __version__
from commune_coverage.core.errors import EngineError
from commune_coverage.engine.object_storage import Storage, link_atomically, storage_at

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
        With the version of this package.
    """
    stream = io.BytesIO()
    _Packer(stream, root).dump((__version__, content))
    return stream.getvalue()


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
        Where it was packed by another version of this package.
    """
    version, content = _Unpacker(io.BytesIO(packed), root).load()
    if version != __version__:
        raise EngineError(f"workers and coordinator have commune-coverage {version} and {__version__}; install one")
    return content


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
        Address of the storage.
    """

    function: Callable[[Any], Any]
    item: Any
    staged_files: Sequence[StagedFile]
    targets: Sequence[str]
    storage: str


@dataclass(frozen=True)
class TaskResult:
    """What a worker sends back.

    Parameters
    ----------
    result : bytes
        The packed result.
    staged_files : sequence of StagedFile
        Files that were written, in the storage.
    """

    result: bytes
    staged_files: Sequence[StagedFile]


def execute_task(packed: bytes) -> TaskResult:
    """Execute a task on a worker: download its files, call its function, upload what it wrote.

    Parameters
    ----------
    packed : bytes
        The packed Task.

    Returns
    -------
    TaskResult
        The packed result and the files that were written.

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
    return TaskResult(pack(result, root), list(_upload_targets(task.targets, root, cache_dir, storage)))


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
