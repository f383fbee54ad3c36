"""CPU seconds of this process and of all that it started, workers still at work included."""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import psutil


def cpu_s() -> float:
    """User and system seconds of this process, its finished children and its living descendants with theirs."""
    finished = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.process_time() + finished.ru_utime + finished.ru_stime
    if not _has_children():
        return seconds
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it ended meanwhile
            seconds += sum(process.cpu_times()[:4])
    return seconds


def _has_children() -> bool:
    """Whether there is a process to look for: psutil reads about every process of the machine to find none."""
    if not hasattr(os, "waitid"):
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


Answer = TypeVar("Answer")
Asked = ParamSpec("Asked")
_OBJECTS_BEFORE_A_SEARCH = 50_000
_FILES = 2
_MUCH_MB = 100.0
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_MMAP_BYTES = 2**25
_FORGET: list[Callable[[], None]] = []
_LOCK = threading.Lock()
_BLOCKS: list[bool] = []
_ENDED: list[bool] = []


def lru_cached(function: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """The function with its last two results cached until ``clear_caches``."""
    cached = lru_cache(maxsize=_FILES)(function)
    _FORGET.append(cached.cache_clear)
    return cast("Callable[Asked, Answer]", cached)


@contextmanager
def caches_in_use(*, clear: bool) -> Iterator[None]:
    """While any such block is entered, what is cached stays; when the last ends, and one is to clear, it is cleared."""
    with _LOCK:
        _BLOCKS.append(clear)
    try:
        yield
    finally:
        with _LOCK:
            _ENDED.append(clear)
            if len(_ENDED) == len(_BLOCKS):
                if any(_ENDED):
                    clear_caches()
                _BLOCKS.clear()
                _ENDED.clear()


def clear_caches() -> None:
    """Clear all caches."""
    for forget in _FORGET:
        forget()


def tune_gc() -> None:
    """Have Python look for cycles of objects after more objects than by itself: among millions it takes its time."""
    gc.set_threshold(_OBJECTS_BEFORE_A_SEARCH, 20, 20)


def tune_malloc() -> None:
    """Have the C library keep freed memory for the next array, as it does by itself where nothing is set.

    Dask starts workers with MALLOC_TRIM_THRESHOLD_ set: then every array of 128 KB comes from the system anew, page by
    page. Threads have the memory of the process, not 64 MB at a time of their own.
    https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    if mallopt := cast("Any", getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(_M_MMAP_THRESHOLD, _MMAP_BYTES)
        mallopt(_M_TRIM_THRESHOLD, 2 * _MMAP_BYTES)
        mallopt(_M_ARENA_MAX, 1)


def resident_mb() -> float:
    """What the process holds now; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
    except OSError:
        return 0.0


def release_memory(since_mb: float) -> None:
    """Hand back what is free where the process has grown much since it held ``since_mb``: it takes a while.

    Arrow and the C library keep freed memory until it is released explicitly.
    """
    if resident_mb() - since_mb < _MUCH_MB:
        return
    gc.collect()
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    trim: Any = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
