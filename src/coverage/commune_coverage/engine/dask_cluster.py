"""Tasks on a Dask cluster: files and results come back as each task is done."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from commune_coverage.config.cluster import Cluster
from commune_coverage.core.errors import CoverageError, EngineError
from commune_coverage.engine.clients import connected, forget, name_of
from commune_coverage.engine.file_staging import Expected, Task, TaskFiles, execute_in_place, execute_task, pack
from commune_coverage.engine.object_storage import Storage, storage_at

Item = TypeVar("Item")
Result = TypeVar("Result")

_ROOT = Path("/")
_POLL_S = 5
_MAX_IDLE_S = 300


def map_remotely(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    cluster: Cluster,
    on_done: Callable[[], None],
    task_files: TaskFiles,
) -> list[Result]:
    """Map a function over items on a Dask cluster.

    Parameters
    ----------
    function : callable
        Of one item.
    items : sequence
        The items.
    cluster : Cluster
        How to connect, and the storage if workers share no disk with this machine.
    on_done : callable
        Called once for each finished item.
    task_files : TaskFiles
        Files that an item reads and writes.

    Returns
    -------
    list
        Results in item order.

    Raises
    ------
    EngineError
        When the cluster cannot be reached or is lost.
    """
    storage = None if cluster.storage is None else storage_at(cluster.storage)
    with _errors_translated(cluster), connected(cluster) as client:
        tasks = [_packed_task(function, item, task_files, storage) for item in items]
        expected = [Expected(function, task_files.writes(item)) for item in items]
        futures = client.map(execute_in_place if storage is None else execute_task, tasks, pure=False)
        of_key = dict(zip((future.key for future in futures), expected, strict=True))
        return _gather(client, futures, on_done, lambda key, answer: of_key[key].collect(answer, storage))


def _packed_task(function: Callable[[Any], Any], item: Any, task_files: TaskFiles, storage: Storage | None) -> bytes:
    if storage is None:
        return pack(Task(function, item, (), (), ""), _ROOT)
    targets = [str(path) for path in task_files.writes(item)]
    return pack(Task(function, item, task_files.staged_files(item, storage), targets, storage.address), _ROOT)


def _gather(
    client: Any, futures: list[Any], on_done: Callable[[], None], collect: Callable[[str, Any], Any]
) -> list[Any]:
    """Collect each future's result as it completes; the results in the futures' order."""
    results: dict[str, Any] = {}
    try:
        for future in _as_completed(client, futures):
            results[future.key] = collect(future.key, future.result())
            on_done()
    finally:
        client.cancel(futures)
    return [results[future.key] for future in futures]


def _as_completed(client: Any, futures: list[Any]) -> Iterator[Any]:
    """Yield each future once it is done; EngineError when there has been no worker for some time."""
    from distributed import wait

    waiting, idle_s = set(futures), 0
    while waiting:
        try:
            done, waiting = wait(waiting, timeout=_POLL_S, return_when="FIRST_COMPLETED")
        except TimeoutError:
            idle_s = 0 if client.scheduler_info()["workers"] else idle_s + _POLL_S
            if idle_s >= _MAX_IDLE_S:
                raise EngineError(f"the scheduler had no worker for {idle_s} s; start workers and run again") from None
            continue
        yield from done


@contextmanager
def _errors_translated(cluster: Cluster) -> Iterator[None]:
    """Raise EngineError for losses of the cluster; Dask's own log, with their tracebacks, is silent meanwhile."""
    from concurrent.futures import CancelledError

    from distributed.comm import CommClosedError
    from distributed.scheduler import KilledWorker

    logs = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    levels = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    except CoverageError:
        raise
    except KilledWorker:
        raise EngineError(
            f"a task lost its worker again and again at {name_of(cluster)} (out of memory?); give workers more memory"
        ) from None
    except (CancelledError, CommClosedError):
        forget(cluster)
        raise EngineError(f"the scheduler of {name_of(cluster)} was lost; run again to go on from here") from None
    except (OSError, TimeoutError):
        raise EngineError(f"no Dask scheduler answers at {name_of(cluster)}") from None
    finally:
        for log, level in zip(logs, levels, strict=True):
            log.setLevel(level)
