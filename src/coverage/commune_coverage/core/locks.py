"""Lock files that processes exclude each other by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def file_lock(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold the lock file ``path``; the system frees it with the process, however that ends.

    Other processes and other threads are excluded; the file itself stays.

    Raises BlockingIOError when another holds it and ``wait`` is False.
    """
    from filelock import FileLock, Timeout

    # A marker file in place of a lock would outlive a killed process.
    lock = FileLock(path, fallback_to_soft=False)
    try:
        lock.acquire(blocking=wait)
    except Timeout:
        raise BlockingIOError(f"'{path.name}' is locked") from None
    try:
        yield
    finally:
        lock.release()
