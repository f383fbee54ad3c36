"""The Pythons of this machine that the project supports: a line for each, its version and its program."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

OLDEST_MINOR, NEWEST_MINOR = 11, 14
DESCRIBE = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"


def pythons() -> dict[str, str]:
    """'3.11' -> its program, for every version that is on the PATH or among pyenv's."""
    programs: dict[str, str] = {}
    for version in (f"3.{minor}" for minor in range(OLDEST_MINOR, NEWEST_MINOR + 1)):
        candidates = [shutil.which(f"python{version}"), *_of_pyenv(version)]
        described = [_describe(program) for program in candidates if program is not None]
        programs.update(dict([pair for pair in described if pair[0] == version][:1]))
    return programs


def _of_pyenv(version: str) -> list[str]:
    folder = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return [str(path) for path in sorted(folder.glob(f"{version}.*/bin/python"))]


def _describe(program: str) -> tuple[str, str]:
    """Version and path; both '' for a program that does not run, such as pyenv's for a version that is not chosen."""
    result = subprocess.run([program, "-c", DESCRIBE], capture_output=True, text=True, check=False)
    version, _, path = result.stdout.strip().partition(" ")
    return version, path


if __name__ == "__main__":
    for version, program in pythons().items():
        print(version, program)
