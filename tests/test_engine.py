import operator
from functools import partial

import pytest

from coverage.engine import map_items
from coverage.errors import EngineError, UnreadableFileError


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
    begun = []

    def note(number: int) -> int:
        begun.append(number)
        return -number

    assert map_items(note, [2, 3, 1], "serial", size=float) == [-2, -3, -1]
    assert begun == [3, 2, 1]


@pytest.mark.parametrize("engine", ["serial", "threads", "processes"])
def test_an_error_of_the_input_stays_one_sentence(engine):
    with pytest.raises(UnreadableFileError) as error:
        map_items(fail, [1, 2], engine)
    assert str(error.value) in ("'file 1' is empty", "'file 2' is empty")


def test_an_unknown_engine_is_named():
    with pytest.raises(EngineError, match=r"engine 'gpu' is not one of serial, threads, processes, cluster"):
        map_items(square, [1], "gpu")


def test_a_scheduler_that_does_not_answer_is_one_sentence(monkeypatch):
    monkeypatch.setattr("coverage.engine.connect.CONNECT_TIMEOUT_S", 1)
    with pytest.raises(EngineError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9"):
        map_items(square, [1], "tcp://127.0.0.1:9")
