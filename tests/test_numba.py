"""numba takes this package for coverage.py; it must import and compile beside it all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SRC = Path(__file__).parents[1] / "src"


def test_numba_imports_and_compiles_beside_this_package() -> None:
    code = (
        "import coverage, numba\n"
        "@numba.njit\n"
        "def twice(x): return 2 * x\n"
        "assert twice(21) == 42 and twice.signatures\n"
        "assert coverage.__file__.endswith('src/coverage/__init__.py')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=SRC, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
