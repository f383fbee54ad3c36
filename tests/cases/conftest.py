"""Folders of real inputs that once went wrong, copied where a test may change them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def case_folder(shared_data: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Copy a folder of the collected cases into ``tmp_path``; skip, saying why, where they are absent."""

    def copied(name: str) -> Path:
        source = shared_data / "cases" / name
        if not source.is_dir():
            pytest.skip(f"no case '{name}' at '{source.parent}'")
        target = tmp_path / name
        shutil.copytree(source, target, copy_function=shutil.copyfile)
        for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        return target

    return copied
