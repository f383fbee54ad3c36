import operator
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import get_all_start_methods

import pytest

from commune_coverage.core.errors import EngineError, UnreadableFileError
from commune_coverage.engine import map_items


def square(number: int) -> int:
    return number * number


def fail(number: int) -> int:
    raise UnreadableFileError(f"'file {number}' is empty")


@pytest.mark.parametrize("engine", ["serial", "threads", "processes"])
def test_results_come_in_item_order_and_each_is_counted(engine):
    done = []
    assert map_items(partial(operator.mul, 3), [3, 1, 2], engine, lambda: done.append(1)) == [9, 3, 6]
    assert len(done) == 3
    assert map_items(square, [], engine) == []


def test_the_largest_begin_first_and_results_stay_in_item_order():
    started = []

    def note(number: int) -> int:
        started.append(number)
        return -number

    assert map_items(note, [2, 3, 1], "serial", size=float) == [-2, -3, -1]
    assert started == [3, 2, 1]


@pytest.mark.parametrize("engine", ["serial", "threads", "processes"])
def test_an_error_of_the_input_stays_one_sentence(engine):
    with pytest.raises(UnreadableFileError) as error:
        map_items(fail, [1, 2], engine)
    assert str(error.value) in ("'file 1' is empty", "'file 2' is empty")


def test_an_unknown_engine_is_named():
    with pytest.raises(EngineError, match=r"engine 'gpu' is not one of serial, threads, processes, cluster"):
        map_items(square, [1], "gpu")


def test_a_scheduler_that_does_not_answer_is_one_sentence(monkeypatch):
    monkeypatch.setattr("commune_coverage.engine.clients.CONNECT_TIMEOUT_S", 1)
    with pytest.raises(EngineError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9"):
        map_items(square, [1], "tcp://127.0.0.1:9")


def _code(code: str) -> subprocess.Popen[str]:
    """Python code as a process of its own, for what a process does once."""
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def has_modules(_: int) -> bool:
    return "commune_coverage.pipeline.stages.travel.snapping" in sys.modules


@pytest.mark.skipif("forkserver" not in get_all_start_methods(), reason="processes cannot be forked from another here")
def test_workers_begin_with_what_was_imported_for_them():
    imported = "from commune_coverage.engine import prestart_workers, map_items\n"
    code = imported + "from tests.engine.test_engine import has_modules\n{}"
    call = "print(map_items(has_modules, [1, 2], 'processes'))"
    assert _code(code.format(call)).communicate()[0].strip() == "[False, False]"
    ready = "prestart_workers('processes', ['commune_coverage.pipeline.stages.travel.snapping'])\n"
    assert _code(code.format(ready + call)).communicate()[0].strip() == "[True, True]"


def its_pid(_: int) -> int:
    time.sleep(0.2)
    return os.getpid()


def test_workers_end_when_their_run_is_killed():
    code = "from commune_coverage.engine import map_items; from tests.engine.test_engine import its_pid; import time\n"
    with _code(code + "print(*map_items(its_pid, [1, 2], 'processes'), flush=True); time.sleep(60)") as run:
        workers = [int(pid) for pid in run.stdout.readline().split()]
        run.kill()
    assert len(workers) == 2
    until = time.monotonic() + 20
    while (left := [pid for pid in workers if _is_there(pid)]) and time.monotonic() < until:
        time.sleep(0.1)
    assert left == []


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_maps_side_by_side_tell_each_of_its_own_items() -> None:
    """Stages that depend on nothing of each other share a process."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def count(items: int) -> list[int]:
        told = []
        for _ in range(60):
            done: list[int] = []
            map_items(square, range(items), "serial", partial(done.append, 1))
            told.append(len(done))
        return told

    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(count, [1, 2, 3, 4]))
    finally:
        sys.setswitchinterval(interval)
    assert found == [[items] * 60 for items in (1, 2, 3, 4)]
