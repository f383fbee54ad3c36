"""A worker's own copy of the files that its tasks read, below a folder of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from coverage.engine.storage import Storage, link_whole, storage_at
from coverage.engine.travel import Parcel, pack, unpack

_bringing = Lock()


@dataclass(frozen=True)
class Errand:
    """One task for a worker. Targets are paths below the coordinator's root, like those of the parcels."""

    function: Callable[[Any], Any]
    item: Any
    parcels: Sequence[Parcel]
    targets: Sequence[str]
    storage: str


@dataclass(frozen=True)
class Outcome:
    """What comes back: the packed result, and the files that were written."""

    result: bytes
    parcels: Sequence[Parcel]


def run_errand(packed: bytes) -> Outcome:
    """Do a task with files from the storage, and bring what it wrote there. Raises EngineError."""
    home, content = _folders()
    errand: Errand = unpack(packed, home)
    storage = storage_at(errand.storage)
    with _bringing:
        for place, name in [*((target, "") for target in errand.targets), *errand.parcels]:
            _bring(_at(home, place), name, content, storage)
    result = errand.function(errand.item)
    return Outcome(pack(result, home), list(_written(errand.targets, home, content, storage)))


def _bring(target: Path, name: str, content: Path, storage: Storage) -> None:
    """The file as the coordinator has it; what a task of another run left is removed where it has none."""
    if not name:
        target.unlink(missing_ok=True)
        return
    if not (content / name).is_file():
        storage.get(name, content / name)
    link_whole(content / name, target)


def _written(targets: Sequence[str], home: Path, content: Path, storage: Storage) -> Iterable[Parcel]:
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
