"""What is requested, how far it has come, and what a fetch takes from the world around it."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from commune_coverage.download.catalogue import Source
from commune_coverage.download.http.allowlist import HostAllowlist, Resolve, allowlist_of, resolve
from commune_coverage.download.http.download import Sleep
from commune_coverage.download.http.partial import Partial
from commune_coverage.download.http.request import HttpPolicy
from commune_coverage.download.versions import SourceStore, Version


@dataclass(frozen=True)
class Request:
    """A source, and values for its address such as ``{"ISO3": "KHM"}``."""

    source: Source
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """Bytes that have come so far; ``total_bytes`` is None when the publisher does not say.

    ``part`` is such as "3 of 30" where a file is put together from parts.
    """

    request: Request
    done_bytes: int
    total_bytes: int | None
    part: str = ""


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class FetchContext:
    """What a fetch takes from the world around it."""

    http_policy: HttpPolicy = field(default_factory=HttpPolicy)
    sleep: Sleep = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    resolve: Resolve = resolve


@dataclass(frozen=True)
class FetchTask:
    """``pattern`` is the address with its placeholders; ``newest`` the version that is here, if any."""

    request: Request
    pattern: str
    store: SourceStore
    newest: Version | None
    context: FetchContext = field(repr=False)
    report: OnProgress = field(repr=False)
    token: str = field(default="", repr=False)

    @property
    def source(self) -> Source:
        return self.request.source

    @property
    def allowlist(self) -> HostAllowlist:
        return allowlist_of(self.source, self.context.resolve)

    def partial(self, address: str) -> Partial:
        """Where the bytes of an address (without token) lie while they come."""
        return Partial(self.store.partials / hashlib.sha256(address.encode()).hexdigest()[:24], address)

    def on_bytes(self, done: int, total: int | None) -> None:
        """Tell how far this request has come. Raises StoppedError."""
        self.report(Progress(self.request, done, total))

    def of_part(self, name: str, parameters: dict[str, str], number: int, parts: int, **changes: object) -> FetchTask:
        """The task for one part: stored as versions of '<id>.<name>', which no catalogue's id can be.

        Parts are checked one by one; whether their size is plausible is checked of the whole.
        """
        whole = self.request
        part_facts = {"id": f"{self.source.id}.{name}", "parts": None, "max_size_change_share": float("inf")}
        source = self.source.model_copy(update={**part_facts, "version": "{modified}", "min_bytes": 1, **changes})

        def report(progress: Progress) -> None:
            self.report(replace(progress, request=whole, part=f"{number} of {parts}"))

        newest = self.store.newest(source.id, parameters)
        return replace(self, request=Request(source, parameters), newest=newest, report=report)
