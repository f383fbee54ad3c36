"""A run on an external Dask scheduler: the same bytes as on one machine, alone."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date

import pytest

from coverage.walk import walk
from tests import tiny

FILES = ("commune_gaps.parquet", "commune_gaps.gpkg", "commune_gaps.csv", "operator_coverage.csv")
START_S = 60


@contextmanager
def _dask(role, *options):
    """A Dask scheduler or worker of our own, stopped by its process id."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", f"distributed.cli.dask_{role}", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    place = tmp_path_factory.mktemp("dask") / "scheduler.json"
    local = ("--host", "127.0.0.1", "--no-dashboard")
    with _dask("scheduler", *local, "--port", "0", "--scheduler-file", str(place)):
        deadline = time.monotonic() + START_S
        while not place.is_file():
            assert time.monotonic() < deadline, "the scheduler did not start"
            time.sleep(0.1)
        options = ("--scheduler-file", str(place), "--nworkers", "2", "--nthreads", "1", "--no-dashboard")
        with _dask("worker", "--host", "127.0.0.1", "--local-directory", str(place.parent), *options):
            yield json.loads(place.read_text())["address"]


def test_an_external_scheduler_gives_the_same_bytes(scheduler, tmp_path):
    country = tiny.write_files(tmp_path / "in")
    for name, engine in (("serial", "serial"), ("dask", scheduler)):
        walk(country, tmp_path / name, tmp_path / f"{name}-maps", date(2026, 1, 31), engine, lambda *_: None)
    for file in FILES:
        assert (tmp_path / "dask/latest" / file).read_bytes() == (tmp_path / "serial/latest" / file).read_bytes(), file
