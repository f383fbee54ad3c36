"""A worker that is lost costs its tasks; a scheduler that is lost ends the run in one sentence."""

import os
import signal
import subprocess
import sys
from functools import partial
from threading import Thread

import pytest
from distributed import Client

from commune_coverage.core.errors import EngineError
from commune_coverage.engine import map_items
from tests.engine.daskhere import PATIENCE_S, dask_here, until
from tests.engine.tasks import slowly


def _kill_when_started(process, folder, count):
    def kill():
        until(lambda: len(list(folder.iterdir())) >= count, "nothing began")
        os.kill(process.pid, signal.SIGKILL)

    thread = Thread(target=kill)
    thread.start()
    return thread


def test_a_killed_worker_costs_only_its_tasks(tmp_path):
    marks = tmp_path / "marks"
    marks.mkdir()
    with dask_here(tmp_path, 2) as dask:
        killer = _kill_when_started(dask.workers[0], marks, 6)
        done = []
        results = map_items(partial(slowly, marks), range(16), dask.address, lambda: done.append(1))
        killer.join()
        assert dask.workers[0].wait(timeout=PATIENCE_S) == -signal.SIGKILL
    assert results == [number * number for number in range(16)]
    assert len(done) == 16
    started = len(list(marks.iterdir()))
    assert 16 <= started <= 22, "more was done again than the lost worker had done or begun"


def test_a_killed_scheduler_is_one_sentence_at_once(tmp_path):
    marks = tmp_path / "marks"
    marks.mkdir()
    script = (
        "import sys\nfrom functools import partial\nfrom pathlib import Path\n"
        "from commune_coverage.engine import map_items\nfrom commune_coverage.core.errors import EngineError\n"
        "from tests.engine.tasks import slowly\n"
        "try: map_items(partial(slowly, Path(sys.argv[1])), range(200), sys.argv[2])\n"
        "except EngineError as error: print(error)\n"
    )
    with dask_here(tmp_path, 2) as dask:
        killer = _kill_when_started(dask.scheduler, marks, 4)
        around = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", script, marks, dask.address],
            capture_output=True,
            text=True,
            env=around,
            timeout=PATIENCE_S,
            check=False,
        )
        killer.join()
    assert done.stdout == f"the scheduler of {dask.address} was lost; run again to go on from here\n"
    assert done.stderr == ""
    assert len(list(marks.iterdir())) < 200, "all was done as if nothing were lost"


def test_a_scheduler_without_workers_is_not_waited_for_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr("commune_coverage.engine.dask_cluster._POLL_S", 1)
    monkeypatch.setattr("commune_coverage.engine.dask_cluster._MAX_IDLE_S", 2)
    with dask_here(tmp_path, 0) as dask, pytest.raises(EngineError, match="had no worker for 2 s; start workers"):
        map_items(partial(slowly, tmp_path), [1], dask.address)


# Dask's own, which the command does not show.
@pytest.mark.filterwarnings("ignore::distributed.versions.VersionMismatchWarning")
def test_a_worker_with_other_code_is_one_sentence_before_any_task(tmp_path):
    with dask_here(tmp_path, 1, "--preload", "tests.engine.older") as dask:
        until(lambda: _workers(dask.address) == 1, "the worker did not come")
        with pytest.raises(
            EngineError, match=r"^a worker has other versions than the coordinator \(code older, not \w+"
        ):
            map_items(partial(slowly, tmp_path / "nothing"), [1], dask.address)


# Dask's own, which the command does not show.
@pytest.mark.filterwarnings("ignore::distributed.versions.VersionMismatchWarning")
def test_a_scheduler_with_another_dask_is_one_sentence_before_any_task(tmp_path):
    with dask_here(tmp_path, 1, of_scheduler=("--preload", "tests.engine.older")) as dask:
        said = rf"^the scheduler at {dask.address} has other versions than the coordinator \(dask 2020.1.0, not \d"
        with pytest.raises(EngineError, match=said):
            map_items(partial(slowly, tmp_path / "nothing"), [1], dask.address)


def _workers(address):
    with Client(address, set_as_default=False) as client:
        return len(client.scheduler_info()["workers"])
