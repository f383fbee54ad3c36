"""Code that is exchanged while a run works: what was computed of two versions is never seen, nor kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import commune_coverage
from tests import tiny

_SCRIPT = """
import sys
from datetime import date
from pathlib import Path
from commune_coverage.core.errors import CodeChangedError
from commune_coverage.pipeline.run import run_pipeline
from commune_coverage.runs.run import Hooks, RunRequest

country, stage, changed = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

def report(name, done, _total):
    if name == stage and done == 0:
        with (Path(sys.argv[4]) / changed).open("a") as file:
            file.write("# of a newer version" + chr(10))

request = RunRequest(country, country.parent / "data", country.parent / "maps", date(2026, 3, 1), "serial")
try:
    print(run_pipeline(request, Hooks(), report).run_id)
except CodeChangedError as error:
    print("refused:", error)
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package, which a test may change."""
    own, copy = Path(commune_coverage.__file__).parent, tmp_path / "release" / "commune_coverage"
    shutil.copytree(own, copy, ignore=shutil.ignore_patterns("assets"))
    (copy / "site" / "assets").symlink_to(own / "site" / "assets")
    return copy


def run(package: Path, country: Path, stage: str = "", changed: str = "") -> str:
    command = [sys.executable, "-c", _SCRIPT, str(country), stage, changed, str(package)]
    environment = {**os.environ, "PYTHONPATH": str(package.parent)}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.strip()


def test_a_run_of_two_versions_is_seen_by_nobody_and_the_next_one_is_whole(tmp_path: Path, package: Path) -> None:
    country = tiny.write_files(tmp_path)
    text = country.read_text(encoding="utf-8")
    country.write_text(text[: text.index("[layers.towers]")], encoding="utf-8")
    said = run(package, country, "people", "population/sums.py")
    assert said.startswith("refused: the code was exchanged while the run worked")
    assert "population/sums.py, in the stage people" in said
    said = run(package, country, "maps", "scaffold/write.py")
    assert said.startswith("refused: the code was exchanged while the run worked")
    assert not (tmp_path / "maps" / "latest").exists()
    assert [path.name for path in (tmp_path / "data" / "runs").iterdir() if not path.name.startswith(".work-")] == []
    name = run(package, country)
    assert (tmp_path / "data" / "latest" / "commune_gaps.csv").is_file()
    assert (tmp_path / "data" / "runs" / name / "manifest.json").is_file()
