"""What travels to a worker: a function, an item and names of files, as a few kilobytes whose paths are translated."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coverage import __version__
from coverage.engine.storage import Storage
from coverage.errors import EngineError

# Where a file belongs on the coordinator, and the name of its content in the storage; "" where it is not there.
Parcel = tuple[str, str]


@dataclass(frozen=True)
class Luggage:
    """Which files an item reads and writes."""

    reads: Callable[[Any], Iterable[Path]]
    writes: Callable[[Any], Iterable[Path]]

    def parcels(self, item: Any, storage: Storage) -> list[Parcel]:
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
