"""Distributions built from this clone, and fresh environments to install them in."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What a fresh environment must not take from this one; without bytecode each start would compile its libraries again.
NOT_INHERITED = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV"}
BOUND_S = 1800


def run(*arguments: object, cwd: Path, check: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
    """A process that sees nothing of this one's Python path; with ``check`` a failure shows what it wrote."""
    environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    result = subprocess.run(
        list(map(str, arguments)),
        cwd=cwd,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=BOUND_S,
        check=False,
    )
    assert not check or result.returncode == 0, f"{arguments}\n{result.stdout}\n{result.stderr}"
    return result


def build(source: Path, target: Path, kind: str, *, check: bool = True, **variables: str) -> Path:
    """The 'wheel' or 'sdist' of a source tree, by this environment's hatchling."""
    result = run(
        sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", target, cwd=source, check=check, **variables
    )
    if result.returncode:
        raise BuildError(result.stdout + result.stderr)
    return next(target.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


class BuildError(Exception):
    """What a build that ended in failure wrote."""


def unpack(sdist: Path, target: Path) -> Path:
    """The source tree of an sdist."""
    with tarfile.open(sdist) as archive:
        archive.extractall(target, filter="data")
    return next(target.iterdir())


def files_of_git(*folders: str) -> set[str]:
    """Files below the folders that are not ignored, relative to the clone."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *folders, cwd=ROOT)
    return {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}


@dataclass(frozen=True)
class Environment:
    """A virtual environment of its own, and a folder to run its programs in."""

    folder: Path
    work: Path

    def install(self, *what: object) -> None:
        uv("pip", "install", "--quiet", "--python", self.program("python"), *what, cwd=self.work)

    def uninstall(self, *names: str) -> None:
        uv("pip", "uninstall", "--quiet", "--python", self.program("python"), *names, cwd=self.work)

    def python(self, code: str) -> str:
        return run(self.program("python"), "-c", code, cwd=self.work).stdout.strip()

    def run(self, program: str, *arguments: object) -> str:
        return run(self.program(program), *arguments, cwd=self.work).stdout.strip()

    def program(self, name: str) -> Path:
        return self.folder / "bin" / name


def fresh_environment(folder: Path, python: str = sys.executable) -> Environment:
    """Without packages; the work folder is empty."""
    (folder / "work").mkdir(parents=True)
    uv("venv", "--quiet", "--python", python, folder / "venv", cwd=folder)
    return Environment(folder / "venv", folder / "work")


def uv(*arguments: object, cwd: Path) -> None:
    run(sys.executable, "-m", "uv", *arguments, cwd=cwd)
