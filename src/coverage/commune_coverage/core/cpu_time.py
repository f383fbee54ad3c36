"""CPU seconds of this process and of all that it started, workers still at work included."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path


def cpu_s() -> float:
    """User and system seconds of this process, its finished children and, on Linux, its living descendants."""
    finished = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = time.process_time() + finished.ru_utime + finished.ru_stime
    return own + sum(_of_process(child) for child in _children(os.getpid()))


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:
            continue
    return found


def _of_process(pid: int) -> float:
    """Seconds of a process with its finished children, and of its living descendants; 0 once it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    ticks = sum(int(fields[index]) for index in (11, 12, 13, 14))
    return ticks / os.sysconf("SC_CLK_TCK") + sum(_of_process(child) for child in _children(pid))
