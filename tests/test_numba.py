"""numba takes this package for coverage.py; it must import and compile beside it all the same."""

from __future__ import annotations

import os
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


LOOP = """from typing import NamedTuple
import numpy as np
from coverage.compiled import compiled_allocating
class {name}(NamedTuple):
    values: np.ndarray
@compiled_allocating
def total(given):
    return given.values.sum() + {more}
print(total({name}(np.ones(3))), sum(total.stats.cache_hits.values()))
"""


def test_what_was_compiled_of_older_code_is_no_failure_after_an_upgrade(tmp_path: Path) -> None:
    """An index of numba's cache names the types that were given; a class that is no more cannot be read back."""
    module = tmp_path / "loop.py"

    def said(name: str, more: int) -> str:
        text = LOOP.format(name=name, more=more)
        if not module.is_file() or module.read_text() != text:
            module.write_text(text)
        done = subprocess.run(
            [sys.executable, "-c", "import loop"], cwd=tmp_path, capture_output=True, text=True, timeout=120,
            check=False, env={**os.environ, "PYTHONPATH": str(SRC)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert said("Before", 0) == "3.0 0"
    assert said("Before", 0) == "3.0 1"
    assert said("After", 1) == "4.0 0"
