"""Tasks on this machine: one after the other, in threads, or in processes that are started once."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import get_all_start_methods, get_context, parent_process
from threading import Thread
from typing import Any, TypeVar

from commune_coverage.core.errors import CoverageError, EngineError
from commune_coverage.core.resources import tune_gc
from commune_coverage.engine.settings import LOCAL

Item = TypeVar("Item")
Result = TypeVar("Result")

_HAS_FORKSERVER = "forkserver" in get_all_start_methods()


def map_locally(
    function: Callable[[Item], Result], items: Sequence[Item], engine: str, on_done: Callable[[], None]
) -> list[Result]:
    """Map a function over items on this machine.

    Parameters
    ----------
    function : callable
        Of one item.
    items : sequence
        The items.
    engine : {"serial", "threads", "processes"}
        The engine.
    on_done : callable
        Called once for each finished item.

    Returns
    -------
    list
        Results in item order.

    Raises
    ------
    EngineError
        When a worker process is killed.
    """
    import dask
    from dask.system import CPU_COUNT

    def finished(*_: Any) -> None:
        on_done()

    # Dask begins independent tasks with the last key; without a chunk size of 1 it would send six at once.
    tasks = [
        dask.delayed(function, pure=False)(item, dask_key_name=f"item-{len(items) - at:09d}")
        for at, item in enumerate(items)
    ]
    kind = LOCAL[engine] if len(items) > 1 else "synchronous"
    options: dict[str, Any] = {"pool": _process_pool(), "chunksize": 1} if kind == "processes" else {}
    # Callbacks by a context are those of all threads: stages side by side would take each other's.
    own = {"callbacks": [(None, None, None, finished, None)]}
    try:
        return list(dask.compute(*tasks, scheduler=_scheduler(kind), num_workers=CPU_COUNT, **own, **options))
    except CoverageError as error:
        raise getattr(error, "exception", error) from None
    except BrokenProcessPool as error:
        _process_pool.cache_clear()
        raise EngineError("a worker process was killed (out of memory?); run again, or with fewer workers") from error


def _scheduler(kind: str) -> Callable[..., Any]:
    """Import Dask's own function: by name, Dask would import the distributed scheduler first."""
    if kind == "threads":
        from dask.threaded import get as in_threads

        return in_threads
    if kind == "processes":
        from dask.multiprocessing import get as in_processes

        return in_processes
    from dask.local import get_sync

    return get_sync


def prestart_workers(engine: str, modules: Sequence[str]) -> None:
    """Start the forkserver, from which worker processes are forked when they are needed.

    Parameters
    ----------
    engine : str
        Nothing is done where it has no processes, or the system has no forkserver.
    modules : sequence of str
        Imported by the forkserver, so that no worker has to.
    """
    if LOCAL.get(engine) == "processes" and _HAS_FORKSERVER:
        _start_forkserver(tuple(modules))


@cache
def _start_forkserver(modules: tuple[str, ...]) -> None:
    from multiprocessing.forkserver import ensure_running, set_forkserver_preload

    set_forkserver_preload(list(modules))
    ensure_running()


@cache
def _process_pool() -> ProcessPoolExecutor:
    """Start the worker processes, once: their imports cost more than most stages."""
    from dask.system import CPU_COUNT

    context = get_context("forkserver" if _HAS_FORKSERVER else "spawn")
    return ProcessPoolExecutor(CPU_COUNT, context, _initialize_worker)


def _initialize_worker() -> None:
    tune_gc()
    _end_with_parent()


def _end_with_parent() -> None:
    """End this worker with its parent: after a killed run it would wait for its next item for ever."""

    def watch() -> None:
        if parent := parent_process():
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()
