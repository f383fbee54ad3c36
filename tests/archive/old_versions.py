"""Data folders as earlier versions of the program wrote them: each written by the code of its commit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from commune_coverage.site.pages.assets import INSTALLED_FOLDER
from tests.conftest import ROOT

COMMITS = {
    "tables of runs": "a6c96e5",
    "copies of listings": "88e5c4d",
    "the last package 'coverage'": "625407c",
    "dates of runs": "d65932a",
    "a table of challenges": "97a166f",
    "no record of decisions": "2ee44b2",
    "no numbers of formats": "b8207ee",
}
"""The last commits before, or the first with, another format of some state, oldest first."""
_WRITE = "import sys; from pathlib import Path; from tests import tiny; tiny.write_files(Path(sys.argv[1]))"


class OldVersion(NamedTuple):
    """The code of a commit, unpacked."""

    root: Path

    @property
    def package(self) -> str:
        """Its import package."""
        return "commune_coverage" if (self.root / "src/coverage/commune_coverage").is_dir() else "coverage"

    @property
    def _asks_compiled_loops(self) -> bool:
        """Whether the code looks into its compiled loops when it is imported."""
        return (self.root / "src/coverage/compiled.py").is_file()

    def python(self, *arguments: str | Path) -> str:
        """What Python says with this code in the place of today's; loops stay uncompiled where they can."""
        source = self.root / ("src/coverage" if self.package == "commune_coverage" else "src")
        path = os.pathsep.join(map(str, (source, self.root)))
        done = subprocess.run(
            [sys.executable, "-W", "ignore", *map(str, arguments)],
            env=os.environ | {"PYTHONPATH": path, "NUMBA_DISABLE_JIT": str(int(not self._asks_compiled_loops))},
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def command(self, name: str, country: Path, *arguments: str | Path) -> str:
        """What a command of the program says."""
        entry = "commune_coverage_entry" if self.package == "coverage" else "commune_coverage.cli.app"
        where = ("--data-dir", country.parents[1] / "data")
        return self.python("-c", f"from {entry} import main; main()", name, *arguments, *where)

    def run(self, country: Path, day: int) -> str:
        """A run of the country in March 2026."""
        date = "--night" if self.package == "coverage" else "--date"
        maps = ("--maps-dir", country.parents[1] / "maps", "--engine", "serial")
        return self.command("run", country, country, date, f"2026-03-{day:02d}", *maps)

    def write_country(self, folder: Path) -> Path:
        """The tiny country as this version's tests have it."""
        self.python("-c", _WRITE, folder)
        return folder / "country.toml"


def unpacked(commit: str, folder: Path) -> OldVersion:
    """The code of a commit, with the files of pages that are installed here; skips where the history is not there."""
    folder.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"the history of this clone does not have {commit}")
    subprocess.run(["tar", "x"], cwd=folder, input=archive.stdout, check=True)
    old = OldVersion(folder)
    pages = "src/coverage/commune_coverage/site" if old.package == "commune_coverage" else "src/coverage/maps"
    (folder / pages / "assets").symlink_to(INSTALLED_FOLDER)
    return old
