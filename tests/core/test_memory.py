"""What is read once is read once, and let go of when the stage has ended."""

import ctypes
import os
import subprocess
import sys

import pytest

from commune_coverage.core import resources as memory
from commune_coverage.core.resources import clear_caches, lru_cached
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.runs.run import start_run
from tests import tiny


def test_what_is_read_once_is_read_again_once_it_was_let_go():
    asked = []

    @lru_cached
    def answer(number):
        asked.append(number)
        return 2 * number

    assert [answer(1), answer(2), answer(1)] == [2, 4, 2]
    assert asked == [1, 2]
    clear_caches()
    assert answer(1) == 2
    assert asked == [1, 2, 1]


def test_a_stage_that_has_ended_keeps_nothing(tmp_path, monkeypatch):
    clear_caches()
    kept, forgotten = [], []
    monkeypatch.setattr(memory, "_FORGET", [*memory._FORGET, lambda: forgotten.append(len(kept))])
    run = start_run(tiny.write_with_roads(tmp_path / "in"), tmp_path / "d", tmp_path / "m", engine="serial")
    for stage in STAGES[:-1]:
        run_stage(stage, run)
        kept.append(stage.name)
    computed = [number for number, stage in enumerate(STAGES[:-1]) if stage.group != "ingest"]
    assert set(computed) <= set(forgotten)


_ARRAYS = """
import resource, sys, threading
import numpy as np
from commune_coverage.core.resources import tune_malloc
if sys.argv[1:]:
    tune_malloc()
def compute():
    for _ in range(40):
        np.full(1_000_000, 1.5).sum()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
thread = threading.Thread(target=compute)
thread.start()
thread.join()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="another C library")
def test_arrays_of_a_dask_worker_are_not_fetched_from_the_system_page_by_page():
    environment = {**os.environ, "MALLOC_TRIM_THRESHOLD_": "65536", "PYTHONPATH": os.pathsep.join(sys.path)}

    def pages(*tuned):
        command = [sys.executable, "-c", _ARRAYS, *tuned]
        return int(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)

    assert pages("tuned") < pages() / 4
