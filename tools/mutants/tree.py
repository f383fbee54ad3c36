"""Copies of the tree in which changes are made: the one that people work in is never touched."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tools.mutants.changes import Change

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path("src/coverage/commune_coverage")
_ASSETS = PACKAGE / "site" / "assets"


def copy_tree(target: Path, root: Path = ROOT) -> None:
    """All that git follows or would follow, with the page assets and what was compiled before; times stay the same."""
    shutil.rmtree(target, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    folders = [_ASSETS, *(path.relative_to(root) for path in (root / PACKAGE).rglob("__pycache__"))]
    for name in filter(None, listed.stdout.split("\0")):
        if (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, target / name)
    for folder in folders:
        if (root / folder).is_dir():
            shutil.copytree(root / folder, target / folder, dirs_exist_ok=True)


class Changed:
    """A file of a copy with a change in it, for a ``with`` block; afterwards its text and time are the old ones.

    The time of the changed file is another second's, or Python would run what it has compiled of the old one.
    """

    def __init__(self, tree: Path, change: Change) -> None:
        self._file, self._change = tree / PACKAGE / change.file, change

    def __enter__(self) -> None:
        self._text, self._stat = self._file.read_text(), self._file.stat()
        self._file.write_text(self._change.applied(self._text))
        os.utime(self._file, (self._stat.st_mtime + 60, self._stat.st_mtime + 60))

    def __exit__(self, *_: object) -> None:
        self._file.write_text(self._text)
        os.utime(self._file, ns=(self._stat.st_atime_ns, self._stat.st_mtime_ns))
