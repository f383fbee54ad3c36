"""What is compiled is compiled again when anything that it is made of changes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SRC = Path(__file__).parents[2] / "src" / "coverage"


def _printed(module: str, folder: Path, **environment: str) -> str:
    """What a module prints when a process of its own imports it."""
    done = subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        # Python itself tells sources apart by size and whole seconds only.
        env={**os.environ, "PYTHONPATH": str(SRC), "PYTHONDONTWRITEBYTECODE": "1", **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


LOOP = """from typing import NamedTuple
import numpy as np
from commune_coverage.core.jit import compiled_allocating
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
        return _printed("loop", tmp_path)

    assert said("Before", 0) == "3.0 0"
    assert said("Before", 0) == "3.0 1"
    assert said("After", 1) == "4.0 0"


def test_what_a_function_calls_in_another_module_is_compiled_again_when_it_changes(tmp_path: Path) -> None:
    """numba looks at the file of the function alone: without more, an upgrade would go on with older figures."""
    (tmp_path / "outer.py").write_text(
        "from commune_coverage.core.jit import compiled\nfrom inner import MORE, more\n"
        "@compiled\ndef twice(x): return 2 * below(x)\n"
        "@compiled\ndef below(x): return more(x) + MORE / 2\n"
        "print(twice(1.0), sum(twice.stats.cache_hits.values()))\n"
    )

    def said(constant: float, text: str) -> str:
        inner = f"MORE = {constant}\n@inlined\ndef more(x): return x + {text}\n"
        (tmp_path / "inner.py").write_text("from commune_coverage.core.jit import inlined\n" + inner)
        return _printed("outer", tmp_path)

    assert said(0.0, "1.0") == "4.0 0"
    assert said(0.0, "1.0") == "4.0 1"
    assert said(0.0, "5.0") == "12.0 0"
    assert said(3.0, "5.0") == "15.0 0"
    assert said(3.0, "5.0") == "15.0 1"


def test_a_record_within_a_record_that_has_moved_to_another_module_is_no_failure(tmp_path: Path) -> None:
    """An index names it by where it was, though the function's module imports the outer one alone."""
    typed = "from __future__ import annotations\nfrom typing import NamedTuple\n"
    inner = f"{typed}class Inner(NamedTuple): height: float\n"
    (tmp_path / "above.py").write_text(
        "from commune_coverage.core.jit import compiled\nfrom outer import Outer, made\n"
        "@compiled\ndef twice(given): return 2 * given.inner.height\n"
        "print(twice(made()), sum(twice.stats.cache_hits.values()), Outer._fields)\n"
    )

    def said(home: str) -> str:
        for name in ("here", "there"):
            (tmp_path / f"{name}.py").write_text(inner if name == home else "")
        (tmp_path / "outer.py").write_text(
            f"{typed}from {home} import Inner\n"
            "class Outer(NamedTuple): inner: Inner\ndef made(): return Outer(Inner(1.5))\n"
        )
        return _printed("above", tmp_path)

    assert said("here") == "3.0 0 ('inner',)"
    assert said("here") == "3.0 1 ('inner',)"
    assert said("there") == "3.0 0 ('inner',)"


def test_without_compiling_the_functions_are_plain_python_and_say_the_same(tmp_path: Path) -> None:
    """So a measure of coverage sees every line of them."""
    (tmp_path / "plain.py").write_text(
        "from types import FunctionType\nfrom commune_coverage.core.jit import compiled, compiled_allocating, inlined\n"
        "@inlined\ndef more(x): return x + 1.0\n"
        "@compiled\ndef twice(x): return 2 * more(x)\n"
        "@compiled_allocating\ndef thrice(x): return 3 * more(x)\n"
        "kinds = [isinstance(one, FunctionType) for one in (more, twice, thrice)]\n"
        "print(kinds, twice(3.0), thrice(3.0))\n"
    )
    assert _printed("plain", tmp_path) == "[False, False, False] 8.0 12.0"
    assert _printed("plain", tmp_path, NUMBA_DISABLE_JIT="1") == "[True, True, True] 8.0 12.0"
