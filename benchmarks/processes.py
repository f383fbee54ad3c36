"""Runs as processes of their own: what they cost with their workers, what their stages cost, the bytes they left."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import commune_coverage
from benchmarks.clock import Cost
from benchmarks.fixture import RUN_DATE
from commune_coverage.core.errors import BenchError
from commune_coverage.core.files import read_json

_ENTRY = "import sys; from commune_coverage.cli.app import main; sys.argv[0] = 'commune-coverage'; main()"
_IMPORTS = "import commune_coverage.pipeline.runner, commune_coverage.pipeline.dag, commune_coverage.site.build"
_NOT_TABLES = (".report.json",)


@dataclass(frozen=True)
class Done:
    """A run that has ended: its cost, its stages' reports, its stages folder."""

    cost: Cost
    stages: list[dict[str, Any]]
    folder: Path

    def of_stages(self, *names: str) -> Cost:
        """What the named stages cost together."""
        chosen = [stage for stage in self.stages if stage["name"] in names]
        return Cost(sum(stage["cpu_seconds"] for stage in chosen), sum(stage["seconds"] for stage in chosen))

    @property
    def peak_mb(self) -> float:
        """Of the stages, in the process of the run: what the system says of a process counts that it came from too."""
        return float(max(stage["peak_memory_mb"] for stage in self.stages))

    @property
    def peak_stage(self) -> str:
        """The stage with that peak."""
        return str(max(self.stages, key=lambda stage: stage["peak_memory_mb"])["name"])

    def facts(self, name: str) -> dict[str, Any]:
        """What the named stage reported of its layer."""
        return next(dict(stage["facts"]) for stage in self.stages if stage["name"] == name)


def run_process(country: Path, data: Path, run_date: date, engine: str = "serial") -> Done:
    """``commune-coverage run`` as a process. Raises BenchError when it fails."""
    options = ["--data-dir", str(data), "--maps-dir", str(data / "maps"), "--date", run_date.isoformat()]
    return finished(data, code_process(_ENTRY, "run", str(country), *options, "--engine", engine))


@cache
def compile_all(country: Path) -> None:
    """A run that is not counted: it compiles what the others find compiled."""
    with tempfile.TemporaryDirectory(prefix="bench-first-") as folder:
        run_process(country, Path(folder), RUN_DATE)


def finished(data: Path, cost: Cost) -> Done:
    """The latest run of the data folder, as a process that cost this much has left it."""
    folder = (data / "latest" / "stages").resolve()
    reports = sorted(folder.glob("*.report.json"), key=lambda path: path.stat().st_mtime_ns)
    return Done(cost, [dict(read_json(path)) for path in reports], folder)


def code_process(code: str, *arguments: str) -> Cost:
    """Python code as a process: its cost with that of its children.

    Raises BenchError when it fails, with the last line that it said.
    """
    source = str(Path(commune_coverage.__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH", "")]))
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = process.stderr.read() if process.stderr else ""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.stderr:
        process.stderr.close()
    if process.returncode:
        raise BenchError(f"a run that was to be measured failed: {(said.strip().splitlines() or ['no message'])[-1]}")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - start)


@cache
def start_up() -> Cost:
    """What a process costs before it does anything: the imports of a run, read once before from the disk."""
    code_process(_IMPORTS)
    return code_process(_IMPORTS)


def tables_of(folder: Path) -> dict[str, str]:
    """SHA-256 of every table that a run's stages left, by its path; reports of stages, which hold times, apart."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.endswith(_NOT_TABLES)]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def differing_files(one: Path, other: Path) -> list[str]:
    """Tables that differ between the stages folders of two runs, or that only one has."""
    ours, theirs = tables_of(one), tables_of(other)
    return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
