from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commune_coverage.download.versions import SourceStore
from tests.download.faulty_server import FaultyServer, faulty_server


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> SourceStore:
    return SourceStore(tmp_path)
