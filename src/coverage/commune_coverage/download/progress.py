"""Progress of downloads on a terminal; silence where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TransferSpeedColumn
from rich.progress import Progress as Bars

from commune_coverage.download.task import OnProgress, Progress


@contextmanager
def fetch_bars() -> Iterator[OnProgress]:
    """A bar a download on stderr; a publisher that does not say how much will come has a pulsing one."""
    columns = (TextColumn("{task.description:<20}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    tasks: dict[str, TaskID] = {}
    with Bars(*columns, disable=not sys.stderr.isatty(), console=Console(stderr=True)) as bars:

        def report(progress: Progress) -> None:
            values = " ".join(value for _, value in sorted(progress.request.parameters.items()))
            name = f"{progress.request.source.id} {values}"[:40].strip()
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=None)
            told = f"{name} {progress.part}".strip()
            bars.update(tasks[name], description=told, completed=progress.done_bytes, total=progress.total_bytes)

        yield report
