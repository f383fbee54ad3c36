"""The one place where work is spread: serial, threads, processes, or a Dask scheduler by address.

Every setting maps the same function over the same items and returns results in item order,
so the bytes that follow do not depend on the setting.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import get_context
from typing import Any, TypeVar

from coverage.errors import CoverageError, EngineError

Item = TypeVar("Item")
Result = TypeVar("Result")

LOCAL = {"serial": "synchronous", "threads": "threads", "processes": "processes"}
_CONNECT_TIMEOUT_S = 15


def check_engine(engine: str) -> str:
    """The setting itself; raises EngineError for one that does not exist."""
    if engine not in LOCAL and not engine.startswith(("tcp://", "tls://", "dask://")):
        raise EngineError(
            f"engine '{engine}' is not one of {', '.join(LOCAL)} or a scheduler address such as tcp://host:8786"
        )
    return engine


def map_items(
    function: Callable[[Item], Result], items: Sequence[Item], engine: str, on_done: Callable[[], None] = lambda: None
) -> list[Result]:
    """``[function(item) for item in items]``, spread as ``engine`` says.

    ``function`` and the items must pickle and should be small: ids and paths, not geometries.
    ``on_done`` is called once for each finished item.
    """
    check_engine(engine)
    if not items:
        return []
    return (
        _local(function, items, engine, on_done) if engine in LOCAL else _distributed(function, items, engine, on_done)
    )


def _local(
    function: Callable[[Item], Result], items: Sequence[Item], engine: str, on_done: Callable[[], None]
) -> list[Result]:
    import dask
    from dask.callbacks import Callback

    def finished(*_: Any) -> None:
        on_done()

    tasks = [dask.delayed(function, pure=False)(item) for item in items]
    options: dict[str, Any] = {"scheduler": LOCAL[engine] if len(items) > 1 else "synchronous"}
    if options["scheduler"] == "processes":
        options["pool"] = _process_pool()
    try:
        with Callback(posttask=finished):
            return list(dask.compute(*tasks, num_workers=os.cpu_count(), **options))
    except CoverageError as error:
        raise getattr(error, "exception", error) from None
    except BrokenProcessPool as error:
        _process_pool.cache_clear()
        raise EngineError("a worker process was killed (out of memory?); run again, or with fewer workers") from error


@cache
def _process_pool() -> ProcessPoolExecutor:
    """Worker processes, started once: their imports cost more than most stages."""
    return ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn"))


def _distributed(
    function: Callable[[Item], Result], items: Sequence[Item], engine: str, on_done: Callable[[], None]
) -> list[Result]:
    from distributed import Client, as_completed
    from distributed.client import FutureCancelledError
    from distributed.scheduler import KilledWorker

    address = engine.replace("dask://", "tcp://", 1)
    try:
        with Client(address, timeout=_CONNECT_TIMEOUT_S, set_as_default=False) as client, client.as_current():
            futures = client.map(function, items, pure=False)
            for _ in as_completed(futures):
                on_done()
            return list(client.gather(futures))
    except (OSError, TimeoutError) as error:
        raise EngineError(f"no Dask scheduler answers at {address}") from error
    except (KilledWorker, FutureCancelledError) as error:
        raise EngineError(f"the workers of {address} were lost; run again once they are back") from error
