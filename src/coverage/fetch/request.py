"""What is asked for, how far it has come, and what a fetch takes from the world around it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from coverage.fetch.catalogue import Source
from coverage.fetch.download import Sleep
from coverage.fetch.exchange import Manners
from coverage.fetch.gate import Resolve, resolve


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
class Surroundings:
    """What a fetch takes from the world around it."""

    manners: Manners = field(default_factory=Manners)
    sleep: Sleep = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    resolve: Resolve = resolve
