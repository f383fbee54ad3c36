"""A file on its way: a temporary name, the publisher's validators, and one fetch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from commune_coverage.core.errors import FetchError, UnreadableFileError
from commune_coverage.core.locks import file_lock
from commune_coverage.core.state.declared import PARTIAL


@dataclass(frozen=True)
class Validators:
    """What the publisher tells versions apart by; empty where it does not say."""

    etag: str = ""
    last_modified: str = ""

    @property
    def for_range(self) -> str:
        """What If-Range may hold: a weak ETag does not vouch for bytes."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified


@dataclass(frozen=True)
class Partial:
    """The bytes that have come so far; ``address`` is without token."""

    path: Path
    address: str

    @property
    def _note(self) -> Path:
        return self.path.with_name(self.path.name + ".json")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other fetches of the same file away. Raises FetchError when one is under way."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            try:
                stack.enter_context(file_lock(self.path.with_name(self.path.name + ".lock"), wait=False))
            except BlockingIOError:
                raise FetchError("another fetch of the same file is under way") from None
            yield

    @property
    def size(self) -> int:
        """Bytes there; 0 when they are of another address or cannot be vouched for."""
        return self.path.stat().st_size if self.path.is_file() and self.validators.for_range else 0

    @property
    def validators(self) -> Validators:
        """Those of the answer that the bytes are from."""
        try:
            note = PARTIAL.read(self._note)
        except (FileNotFoundError, UnreadableFileError):
            return Validators()
        return Validators(note["etag"], note["last_modified"]) if note["address"] == self.address else Validators()

    def begin(self, validators: Validators) -> None:
        """Start again with no bytes."""
        self.path.write_bytes(b"")
        note = {"address": self.address, **asdict(validators)}
        PARTIAL.write(self._note, note)

    def discard(self) -> None:
        """Forget bytes and note."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
