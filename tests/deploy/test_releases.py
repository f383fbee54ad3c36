"""Releases side by side: a switch, a switch that fails half-way, and the way back, in a repository of three commits."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.parts import DEPLOY

_SET_UP = """#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."
cat version >"$INSTANCE/works_with"
[[ $(cat version) != broken ]]
"""


def git(repository: Path, *words: str) -> str:
    who = ("-c", "user.name=tests", "-c", "user.email=tests@localhost")
    return subprocess.run(["git", *who, *words], cwd=repository, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with the tags one, two and broken, each of which sets itself up by a file."""
    repository = tmp_path / "clone"
    (repository / "deploy").mkdir(parents=True)
    for name in ("release.sh", "instance.sh"):
        shutil.copy(DEPLOY / name, repository / "deploy" / name)
    (repository / "deploy" / "set_up.sh").write_text(_SET_UP)
    (repository / "deploy" / "set_up.sh").chmod(0o755)
    git(repository, "init", "--quiet")
    for version in ("one", "two", "broken"):
        (repository / "version").write_text(version)
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--message", version)
        git(repository, "tag", version)
    return repository


def release(clone: Path, *words: str, by: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Call the script of the clone, or that of the folder ``by``."""
    environment = {**os.environ, "INSTANCE": str(clone.parent / "instance")}
    script = (by or clone) / "deploy/release.sh"
    return subprocess.run([script, *words], env=environment, capture_output=True, text=True, check=False)


def works_with(clone: Path) -> str:
    return (clone.parent / "instance" / "works_with").read_text()


def test_a_release_is_a_folder_of_its_own_and_there_is_a_way_back(clone: Path) -> None:
    assert release(clone, "one").returncode == 0
    assert release(clone, "two").returncode == 0
    assert works_with(clone) == "two"
    folders = sorted(path.name for path in (clone.parent / "clone-releases").iterdir())
    assert folders == sorted(git(clone, "rev-parse", "--short=12", name).strip() for name in ("one", "two"))
    assert release(clone, "back").returncode == 0
    assert works_with(clone) == "one"
    assert len(release(clone, "list").stdout.splitlines()) == 3
    # From the folder of a release too, and to the one that is there already.
    assert release(clone, "two", by=clone.parent / "clone-releases" / folders[0]).returncode == 0
    assert works_with(clone) == "two"
    assert sorted(path.name for path in (clone.parent / "clone-releases").iterdir()) == folders


def test_after_a_switch_that_failed_the_way_back_leads_to_what_last_worked(clone: Path) -> None:
    release(clone, "one")
    release(clone, "two")
    assert release(clone, "broken").returncode != 0
    assert works_with(clone) == "broken"
    assert release(clone, "back").returncode == 0
    assert works_with(clone) == "two"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("no-such-tag",), "is no commit"),
        (("--evil",), "usage"),
        ((), "usage"),
        (("one", "two"), "usage"),
        (("back",), "no release before"),
    ],
)
def test_what_cannot_be_switched_to_is_said(clone: Path, words: tuple[str, ...], said: str) -> None:
    found = release(clone, *words)
    assert found.returncode != 0
    assert said in found.stderr
    assert not (clone.parent / "instance" / "works_with").exists()
