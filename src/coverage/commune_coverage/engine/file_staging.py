"""A worker's own copy of the files that its tasks read, below a folder of its own."""

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
from commune_coverage.engine.object_storage import Storage, link_whole, storage_at

# Where a file belongs on the coordinator, and the name of its content in the storage; "" where it is not there.
StagedFile = tuple[str, str]


@dataclass(frozen=True)
class TaskFiles:
    """Which files an item reads and writes."""

    reads: Callable[[Any], Iterable[Path]]
    writes: Callable[[Any], Iterable[Path]]

    def staged_files(self, item: Any, storage: Storage) -> list[StagedFile]:
        """The files that an item reads, put into the storage where they are not yet. Raises EngineError."""
        files = sorted({file for path in self.reads(item) for file in _files_in(path)})
        return [(str(file), storage.put(file) if file.is_file() else "") for file in files]


def _files_in(path: Path) -> Iterable[Path]:
    return (file for file in path.rglob("*") if file.is_file()) if path.is_dir() else (path,)


class _Packer(pickle.Pickler):
    def __init__(self, stream: io.BytesIO, home: Path) -> None:
        super().__init__(stream, protocol=pickle.HIGHEST_PROTOCOL)
        self.home = home

    def persistent_id(self, thing: Any) -> str | None:
        if isinstance(thing, Path) and thing.is_absolute() and thing.is_relative_to(self.home):
            return str(thing.relative_to(self.home))
        return None


class _Unpacker(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, home: Path) -> None:
        super().__init__(stream)
        self.home = home

    def persistent_load(self, pid: str) -> Path:
        return self.home / pid


def pack(thing: Any, home: Path) -> bytes:
    """Anything as bytes, in which paths below ``home`` are told from there."""
    stream = io.BytesIO()
    _Packer(stream, home).dump((__version__, thing))
    return stream.getvalue()


def unpack(content: bytes, home: Path) -> Any:
    """What was packed, with its paths below another ``home``. Raises EngineError where versions differ."""
    version, thing = _Unpacker(io.BytesIO(content), home).load()
    if version != __version__:
        raise EngineError(f"workers and coordinator have commune-coverage {version} and {__version__}; install one")
    return thing


_download_lock = Lock()


@dataclass(frozen=True)
class Task:
    """One task for a worker. Targets are paths below the coordinator's root, like those of the parcels."""

    function: Callable[[Any], Any]
    item: Any
    staged_files: Sequence[StagedFile]
    targets: Sequence[str]
    storage: str


@dataclass(frozen=True)
class TaskResult:
    """What comes back: the packed result, and the files that were written."""

    result: bytes
    staged_files: Sequence[StagedFile]


def execute_task(packed: bytes) -> TaskResult:
    """Do a task with files from the storage, and bring what it wrote there. Raises EngineError."""
    home, content = _folders()
    task: Task = unpack(packed, home)
    storage = storage_at(task.storage)
    with _download_lock:
        for place, name in [*((target, "") for target in task.targets), *task.staged_files]:
            _download(_at(home, place), name, content, storage)
    result = task.function(task.item)
    return TaskResult(pack(result, home), list(_written(task.targets, home, content, storage)))


def _download(target: Path, name: str, content: Path, storage: Storage) -> None:
    """The file as the coordinator has it; what a task of another run left is removed where it has none."""
    if not name:
        target.unlink(missing_ok=True)
        return
    if not (content / name).is_file():
        storage.get(name, content / name)
    link_whole(content / name, target)


def _written(targets: Sequence[str], home: Path, content: Path, storage: Storage) -> Iterable[StagedFile]:
    for target in targets:
        file = _at(home, target)
        if file.is_file():
            name = storage.put(file)
            link_whole(file, content / name)
            yield target, name


def _at(home: Path, place: str) -> Path:
    return home / Path(place).relative_to("/")


@cache
def _folders() -> tuple[Path, Path]:
    """The root of the mirror and the folder of contents, in the worker's scratch folder, which goes with it."""
    from distributed import get_worker

    folder = Path(tempfile.mkdtemp(prefix="mirror-", dir=get_worker().local_directory))
    return folder / "root", folder / "content"
