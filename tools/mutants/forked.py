"""Tests in a process forked from one that has imported the libraries: importing them takes longer than most tests."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import resource
import signal
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.mutants.tree import PACKAGE

_LIBRARIES = (
    "numpy", "pandas", "scipy.spatial", "scipy.sparse.csgraph", "scipy.special", "scipy.optimize", "numba", "shapely",
    "pyproj", "rasterio", "rasterio.features", "pyogrio", "geopandas", "pyarrow.parquet", "pyarrow.feather",
    "pyarrow.csv", "pandera", "pydantic", "openpyxl", "osmium", "networkx", "hypothesis", "pytest", "typer", "rich",
)  # fmt: skip
_CANNOT_RUN = 70
_MOST_CRASHES = 8
"""After so many tests that crash none is expected to notice a value."""
_WALL_PER_CPU = 20
"""A shared machine may give a process a small part of a processor."""


@dataclass
class Job:
    """Tests to run in a tree, without compiling or with it, in at most so much processor time.

    ``out`` takes a line for each test; with ``is_traced`` also what it calls. ``until_noticed`` ends at the first
    assertion that does not hold, or at some other errors.
    """

    tree: Path
    tests: list[str]
    out: Path
    interpreted: bool = True
    limit_s: int = 60
    test_limit_s: int = 0
    is_traced: bool = False
    until_noticed: bool = True
    rows: list[dict[str, Any]] = field(default_factory=list)


def preload() -> None:
    """Import what tests and package need of others; none of the package itself."""
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    for name in _LIBRARIES:
        importlib.import_module(name)


def started(job: Job) -> int:
    """The process that runs a job's tests."""
    job.out.unlink(missing_ok=True)
    process = os.fork()
    if not process:
        try:
            _run(job)
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        finally:
            os._exit(_CANNOT_RUN)
    return process


def ended(process: int, job: Job) -> str:
    """Wait for a job and read its rows: 'passed', 'failed', 'limit' where its time was over, 'died' of a signal."""
    until = time.monotonic() + job.limit_s * _WALL_PER_CPU
    done, status = 0, 0
    while not done and time.monotonic() < until:
        time.sleep(0.05)
        done, status = os.waitpid(process, os.WNOHANG)
    if not done:
        os.killpg(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
    job.rows = [json.loads(line) for line in job.out.read_text().splitlines()] if job.out.is_file() else []
    if os.WIFSIGNALED(status):
        return "limit" if os.WTERMSIG(status) in {signal.SIGKILL, signal.SIGXCPU} else "died"
    if os.WEXITSTATUS(status) == _CANNOT_RUN:
        raise RuntimeError(f"the tests of {job.tests[:3]} could not be run: see {job.out.with_suffix('.log')}")
    return "failed" if os.WEXITSTATUS(status) else "passed"


def _run(job: Job) -> None:
    os.setpgid(0, 0)
    package = job.tree / PACKAGE
    os.chdir(job.tree)
    _redirect(job.out.with_suffix(".log"))
    os.environ.update(
        PYTHONPATH=f"{package.parent}", MUTANTS_OUT=str(job.out), MUTANTS_TEST_LIMIT=str(job.test_limit_s)
    )
    os.environ["MUTANTS_TRACE"] = f"{package}/" if job.is_traced else ""
    os.environ["MUTANTS_MOST_CRASHES"] = str(_MOST_CRASHES if job.until_noticed else 0)
    _set_interpreted(job.interpreted)
    used = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + job.limit_s, int(used) + job.limit_s + 5))
    sys.dont_write_bytecode = not job.is_traced
    sys.path[:0] = [str(package.parent), str(job.tree)]
    _require_copy(package)
    os._exit(_pytest(job))


def _redirect(log: Path) -> None:
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(target, 1)
    os.dup2(target, 2)


def _set_interpreted(interpreted: bool) -> None:
    from numba.core import config

    config.DISABLE_JIT = int(interpreted)
    os.environ["NUMBA_DISABLE_JIT"] = str(int(interpreted))


def _require_copy(package: Path) -> None:
    spec = importlib.util.find_spec(package.name)
    if spec is None or Path(str(spec.origin)).parent != package:
        raise ImportError(f"the tests would import {spec and spec.origin}, not the copy {package}")


def _pytest(job: Job) -> int:
    import pytest

    for name in [name for name in sys.modules if name.split(".")[0] in {"tools", "tests"}]:
        del sys.modules[name]
    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "tools.mutants.pytest_plugin",
        "--hypothesis-seed=0",
        "--assert=plain",
    ]
    return int(pytest.main([*options, f"--rootdir={job.tree}", *job.tests]))
