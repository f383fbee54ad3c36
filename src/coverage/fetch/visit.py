"""One request at one address of its publisher: what every way of fetching is given."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from coverage.fetch.catalogue import Source
from coverage.fetch.gate import Gate, gate_of
from coverage.fetch.partial import Partial
from coverage.fetch.request import OnProgress, Progress, Request, Surroundings
from coverage.fetch.versions import SourceStore, Version


@dataclass(frozen=True)
class Visit:
    """``pattern`` is the address with its placeholders; ``newest`` the version that is here, if any."""

    request: Request
    pattern: str
    store: SourceStore
    newest: Version | None
    around: Surroundings = field(repr=False)
    report: OnProgress = field(repr=False)
    token: str = field(default="", repr=False)

    @property
    def source(self) -> Source:
        return self.request.source

    @property
    def gate(self) -> Gate:
        return gate_of(self.source, self.around.resolve)

    def partial(self, address: str) -> Partial:
        """Where the bytes of an address (without token) lie while they come."""
        return Partial(self.store.partials / hashlib.sha256(address.encode()).hexdigest()[:24], address)

    def on_bytes(self, done: int, total: int | None) -> None:
        """Tell how far this request has come. Raises StoppedError."""
        self.report(Progress(self.request, done, total))

    def of_part(self, name: str, parameters: dict[str, str], number: int, parts: int, **changes: object) -> Visit:
        """The visit for one part: kept as versions of '<id>.<name>', which no catalogue's id can be.

        Parts are checked one by one; whether their size is plausible is asked of the whole.
        """
        whole = self.request
        part_facts = {"id": f"{self.source.id}.{name}", "parts": None, "largest_size_change_share": float("inf")}
        source = self.source.model_copy(update={**part_facts, "version": "{modified}", "smallest_bytes": 1, **changes})

        def report(progress: Progress) -> None:
            self.report(replace(progress, request=whole, part=f"{number} of {parts}"))

        newest = self.store.newest(source.id, parameters)
        return replace(self, request=Request(source, parameters), newest=newest, report=report)
