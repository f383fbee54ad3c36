"""A Dask scheduler and workers on this machine, each a process of our own that ends with the block."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE_S = 60
LOCAL = ("--host", "127.0.0.1", "--no-dashboard")


@dataclass(frozen=True)
class DaskHere:
    """The scheduler, its workers (no nanny brings a killed one back), and the folder of each worker."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]
    folder: Path


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for something to become true, but not for ever."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@contextmanager
def dask_here(
    folder: Path, workers: int, *options: str, of_scheduler: tuple[str, ...] = (), **environment: str
) -> Iterator[DaskHere]:
    """A scheduler with workers of one thread, which have their scratch in ``folder``."""
    place = folder / "scheduler.json"
    with ExitStack() as stack:
        scheduler = stack.enter_context(
            _process("scheduler", *LOCAL, "--port", "0", "--scheduler-file", str(place), *of_scheduler, **environment)
        )
        until(lambda: place.is_file() and place.read_text().endswith("}"), "the scheduler did not start")
        own = (*LOCAL, "--scheduler-file", str(place), "--nthreads", "1", "--no-nanny", *options)
        started = [
            stack.enter_context(_process("worker", "--local-directory", str(folder / f"w{at}"), *own, **environment))
            for at in range(workers)
        ]
        yield DaskHere(json.loads(place.read_text())["address"], scheduler, started, folder)


@contextmanager
def _process(role: str, *options: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{role}", *options]
    around = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=around)
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=PATIENCE_S)
