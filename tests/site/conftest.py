"""A written site, shared by the tests that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from commune_coverage.site.build import write_site
from tests.site.invented import commune_grid, make_report


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the invented country's pages."""
    folder = tmp_path_factory.mktemp("site")
    write_site(commune_grid(), make_report(), folder)
    return folder
