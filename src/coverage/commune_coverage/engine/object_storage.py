"""Files in shared or object storage, named by the hash of their content: what is there is not brought again."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from commune_coverage.core.errors import CoverageError, EngineError
from commune_coverage.core.files import atomic_write

# Objects of these appear whole or not at all; elsewhere a file is written aside and renamed.
_WHOLE = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "memory"}


class Storage:
    """An fsspec address. Credentials are those of the environment and of fsspec's configuration."""

    def __init__(self, address: str) -> None:
        """Raises EngineError when the address or the packages for it are not usable."""
        self.address = address
        self._known: dict[tuple[str, int, int, int], str] = {}
        with self._in_one_sentence():
            import fsspec

            self._system, self._root = fsspec.core.url_to_fs(address)

    def put(self, file: Path) -> str:
        """The hash under which a file's content is in the storage, brought there when it is not. Raises EngineError."""
        state = file.stat()
        key = (str(file), state.st_ino, state.st_mtime_ns, state.st_size)
        if key not in self._known:
            name = sha256_of(file)
            with self._in_one_sentence():
                self._upload(file, name, state.st_size)
            self._known[key] = name
        return self._known[key]

    def get(self, name: str, target: Path) -> None:
        """Write the content of a hash to a path. Raises EngineError when it is not there, or not what it should be."""
        with atomic_write(target) as aside:
            with self._in_one_sentence():
                self._system.get_file(self._place(name), str(aside))
            if sha256_of(aside) != name:
                raise EngineError(f"a file in storage '{self.address}' is damaged; empty the storage and run again")

    def _upload(self, file: Path, name: str, size: int) -> None:
        place = self._place(name)
        if self._system.exists(place) and self._system.info(place)["size"] == size:
            return
        protocols = self._system.protocol
        if _WHOLE & ({protocols} if isinstance(protocols, str) else set(protocols)):
            self._system.put_file(str(file), place)
            return
        aside = f"{place}.{uuid.uuid4().hex}"
        self._system.makedirs(place.rpartition("/")[0], exist_ok=True)
        self._system.put_file(str(file), aside)
        self._system.mv(aside, place)

    def _place(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/content/{name[:2]}/{name}"

    @contextmanager
    def _in_one_sentence(self) -> Iterator[None]:
        """Failures of any library without its words, which may hold an address with its key."""
        try:
            yield
        except CoverageError:
            raise
        except ImportError:
            raise EngineError(
                f"storage '{self.address}' needs packages that are not here: pip install 'commune-coverage[cloud]'"
            ) from None
        except Exception as error:  # noqa: BLE001 - each of the libraries has exceptions of its own
            raise EngineError(
                f"storage '{self.address}' does not work ({type(error).__name__}); check address and credentials"
            ) from None


@cache
def storage_at(address: str) -> Storage:
    """The storage of an address, opened once in a process so that no file is hashed twice. Raises EngineError."""
    return Storage(address)


def sha256_of(file: Path) -> str:
    """The hash of a file's content."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def link_whole(source: Path, target: Path) -> None:
    """Make ``target`` a second name of the file ``source``, in one step; nothing when it is one already."""
    if target.is_file() and target.samefile(source):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{uuid.uuid4().hex}")
    os.link(source, aside)
    aside.replace(target)
