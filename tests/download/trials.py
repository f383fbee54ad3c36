"""Sources, surroundings and files that the tests of fetching share."""

from __future__ import annotations

import gzip
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commune_coverage.download.catalogue import Source
from commune_coverage.download.http.request import HttpPolicy
from commune_coverage.download.task import FetchContext
from commune_coverage.download.versions import SourceStore
from tests.download.faulty_server import FaultyServer

TOKEN = "pk.s3cr3t-0f-a-t3st"  # noqa: S105
QUICK = HttpPolicy(connect_s=2, read_s=0.5, attempts=3, patience_s=0.3, min_bytes_per_s=10_000)


@dataclass
class Clock:
    """A day that stands still, and sleeps that are only written down."""

    day: datetime = datetime(2026, 11, 22, tzinfo=UTC)
    slept_s: list[float] = field(default_factory=list)

    def context(self, environment: Mapping[str, str] | None = None, **more: Any) -> FetchContext:
        environment = {"OPENCELLID_TOKEN": TOKEN} if environment is None else environment
        return FetchContext(
            http_policy=QUICK, sleep=self.slept_s.append, now=lambda: self.day, environment=environment, **more
        )


def cells(rows: int = 3000, seed: int = 1) -> bytes:
    """A gzipped file of cells that does not compress to nothing."""
    draw = random.Random(seed)  # noqa: S311
    lines = (f"LTE,456,1,{draw.random()},{draw.random()},0,104.9,11.5,1000,5" for _ in range(rows))
    return gzip.compress("\n".join(lines).encode(), mtime=0)


def source(server: FaultyServer, path: str = "/cells", **changes: Any) -> Source:
    """A row whose only host is the local server, which it may reach."""
    row: dict[str, Any] = {
        "id": "cells",
        "kind": "towers",
        "title": "Cells",
        "publisher": "A publisher",
        "licence": "CC0-1.0",
        "address": server.address(path),
        "allowed_hosts": ["127.0.0.1"],
        "format": "csv-gz",
        "version": "of {modified}",
        "min_bytes": 100,
        "max_bytes": 10_000_000,
        "max_size_change_share": 0.3,
        "max_age_days": 45,
    }
    return Source.model_validate(row | changes)


def with_token(server: FaultyServer, **changes: Any) -> Source:
    """A row like OpenCelliD's: the token is part of the address."""
    address = server.address("/cells") + "?token={token}&file={mcc}.csv.gz"
    return source(server, **{"address": address, "token_env": "OPENCELLID_TOKEN"} | changes)


def objects(store: SourceStore) -> list[Path]:
    """Every file under its final name."""
    return [path for path in store.folder.glob("objects/*/*") if path.is_file()]


def everything_written(folder: Path) -> bytes:
    """All bytes and names of all files below."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return b"\n".join(str(path).encode() + path.read_bytes() for path in paths)
