from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coverage.fetch.versions import SourceStore
from tests.fetch.faulty_server import FaultyServer, faulty_server


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> SourceStore:
    return SourceStore(tmp_path)
