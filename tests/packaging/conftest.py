"""What the tests of the distributions share: the distributions, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packaging.builds import ROOT, build


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the clone as it is, with all that was installed, compiled and computed in it."""
    return build(ROOT, tmp_path_factory.mktemp("sdist"), "sdist")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")
