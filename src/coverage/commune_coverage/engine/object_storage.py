"""Content-addressed storage: files under the SHA-256 of their content, uploaded once."""

from __future__ import annotations

import hashlib
import math
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from commune_coverage.core.errors import CoverageError, EngineError
from commune_coverage.core.files import atomic_write

_NAME = re.compile(r"[0-9a-f]{64}")
_PART_BYTES = 2**22
# Uploads to these are atomic; elsewhere a file is uploaded under a temporary name and renamed.
_ATOMIC = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "memory"}


class Storage:
    """A storage at an fsspec address.

    Parameters
    ----------
    address : str
        Such as s3://bucket/prefix. Credentials are those of the environment and of fsspec's configuration.

    Raises
    ------
    EngineError
        When the address or the packages for it are not usable.
    """

    def __init__(self, address: str) -> None:
        """Open the file system of the address."""
        self.address = address
        self._known: dict[tuple[str, int, int, int], str] = {}
        with self._errors_translated():
            import fsspec

            self._system, self._root = fsspec.core.url_to_fs(address)

    def put(self, file: Path) -> str:
        """Upload a file, unless its content is in the storage already.

        Parameters
        ----------
        file : Path
            The file.

        Returns
        -------
        str
            SHA-256 of its content, the name under which it is stored.

        Raises
        ------
        EngineError
            When the storage does not work.
        """
        state = file.stat()
        key = (str(file), state.st_ino, state.st_mtime_ns, state.st_size)
        if key not in self._known:
            name = sha256_of(file)
            with self._errors_translated():
                self._upload(file, name, state.st_size)
            self._known[key] = name
        return self._known[key]

    def get(self, name: str, target: Path, max_bytes: float = math.inf) -> None:
        """Download a file and check it against its hash.

        Parameters
        ----------
        name : str
            SHA-256 of its content; nothing else is a name.
        target : Path
            Where it is written.
        max_bytes : float, bytes
            A larger file is refused, and no more of it is read.

        Raises
        ------
        EngineError
            When it is not there, is damaged or no regular file, or too large.
        """
        if not _NAME.fullmatch(name):
            raise EngineError(f"a worker names a file in storage '{self.address}' that cannot be one")
        place = self._place(name)
        with atomic_write(target) as temporary:
            with self._errors_translated():
                found = self._copied(place, temporary, max_bytes)
            if found != name:
                raise EngineError(f"a file in storage '{self.address}' is damaged; empty the storage and run again")

    def _copied(self, place: str, target: Path, max_bytes: float) -> str:
        """SHA-256 of the content that was copied from the storage."""
        described = self._system.info(place)
        if described["type"] != "file" or described.get("islink"):
            raise EngineError(f"what lies in storage '{self.address}' is not all regular files; empty it and run again")
        digest, read = hashlib.sha256(), 0
        with self._system.open(place, "rb") as source, target.open("wb") as copy:
            while part := source.read(_PART_BYTES):
                read += len(part)
                if read > max_bytes:
                    raise EngineError(f"a file in storage '{self.address}' is larger than {max_bytes / 2**30:.0f} GiB")
                digest.update(part)
                copy.write(part)
        return digest.hexdigest()

    def _upload(self, file: Path, name: str, size: int) -> None:
        place = self._place(name)
        if self._system.exists(place) and self._system.info(place)["size"] == size:
            return
        protocols = self._system.protocol
        if _ATOMIC & ({protocols} if isinstance(protocols, str) else set(protocols)):
            self._system.put_file(str(file), place)
            return
        temporary = f"{place}.{uuid.uuid4().hex}"
        self._system.makedirs(place.rpartition("/")[0], exist_ok=True)
        self._system.put_file(str(file), temporary)
        self._system.mv(temporary, place)

    def _place(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/content/{name[:2]}/{name}"

    @contextmanager
    def _errors_translated(self) -> Iterator[None]:
        """Raise EngineError for failures of any library, without its words, which may hold an address with its key."""
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
    """Open a storage, once in a process so that no file is hashed twice.

    Parameters
    ----------
    address : str
        An fsspec address.

    Returns
    -------
    Storage
        The storage.

    Raises
    ------
    EngineError
        When it is not usable.
    """
    return Storage(address)


def sha256_of(file: Path) -> str:
    """Hash a file.

    Parameters
    ----------
    file : Path
        The file.

    Returns
    -------
    str
        SHA-256 of its content in hexadecimal digits.
    """
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def link_atomically(source: Path, target: Path) -> None:
    """Hard-link a file in one step; nothing is done where it is linked already.

    Parameters
    ----------
    source : Path
        The file.
    target : Path
        Its second name; what was there is replaced.
    """
    if target.is_file() and target.samefile(source):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{uuid.uuid4().hex}")
    os.link(source, temporary)
    temporary.replace(target)
