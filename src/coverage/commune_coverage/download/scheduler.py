"""Many sources at once: politely, each to its own end, none stopping the others."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal
from urllib.parse import quote, quote_plus, urlsplit

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TransferSpeedColumn
from rich.progress import Progress as Bars

from commune_coverage.core.errors import CoverageError, FetchError, StoppedError
from commune_coverage.download.catalogue import Source
from commune_coverage.download.sources import from_publisher
from commune_coverage.download.task import FetchContext, OnProgress, Progress, Request
from commune_coverage.download.versions import SourceStore, Version

Status = Literal["fetched", "unchanged", "held", "offline", "failed"]


@dataclass(frozen=True)
class FetchResult:
    """How a request ended, in one sentence; ``version`` is the last good one, if there is any."""

    request: Request
    status: Status
    sentence: str
    version: Version | None


def fetch_sources(
    wanted: list[Request],
    store: SourceStore,
    *,
    workers: int = 4,
    per_host: int = 2,
    offline: bool = False,
    on_progress: OnProgress | None = None,
    context: FetchContext | None = None,
) -> list[FetchResult]:
    """An outcome for each request, in order; ``on_progress`` is called by one thread at a time.

    When it raises, or the run is interrupted, downloads end at their next bytes and waits at once.
    """
    context = context or FetchContext()
    if offline:
        return [_offline(request, store, context) for request in wanted]
    turns: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(per_host))
    by_host = [turns[_host(request.source)] for request in wanted]
    stopped = threading.Event()
    if context.sleep is time.sleep:
        context = replace(context, sleep=partial(_sleep_until, stopped))
    report = _one_at_a_time(on_progress, stopped)

    def one(request: Request, turn: threading.Semaphore) -> FetchResult:
        with turn:
            return _tokenless(request, context, lambda: _fetch(request, store, context, report))

    with ThreadPoolExecutor(workers) as pool:
        try:
            return list(pool.map(one, wanted, by_host))
        finally:
            stopped.set()


def _sleep_until(stopped: threading.Event, seconds: float) -> None:
    if stopped.wait(seconds):
        raise StoppedError("stopped before its end")


def _host(source: Source) -> str:
    return str(urlsplit(source.addresses[0]).hostname) if source.addresses else ""


def _one_at_a_time(on_progress: OnProgress | None, stopped: threading.Event) -> OnProgress:
    lock = threading.Lock()

    def report(progress: Progress) -> None:
        if stopped.is_set():
            raise StoppedError("stopped before its end")
        if on_progress is not None:
            with lock:
                on_progress(progress)

    return report


def _offline(request: Request, store: SourceStore, context: FetchContext) -> FetchResult:
    try:
        last = store.newest(request.source.id, request.parameters, good=True)
    except CoverageError as error:
        return _outcome(request, "failed", str(error), None)
    if last is None:
        return _outcome(request, "failed", "no version was ever fetched, and this run is offline", None)
    return _outcome(request, "offline", f"{last.label}, {_age(request.source, last, context)}", last)


def _fetch(request: Request, store: SourceStore, context: FetchContext, report: OnProgress) -> FetchResult:
    last = None
    try:
        last = store.newest(request.source.id, request.parameters, good=True)
        newest = store.newest(request.source.id, request.parameters)
        version = from_publisher(request, store, newest, context, report)
    except (CoverageError, OSError) as error:
        sentence = str(error) if isinstance(error, CoverageError) else f"the disk fails: {error.strerror}"
        stays = f"; {last.label}, {_age(request.source, last, context)}, stays" if last else ""
        return _outcome(request, "failed", _hidden(sentence, request, context) + stays, last)
    if version.status == "held":
        stays = f"; {last.label} stays" if last else ""
        return _outcome(request, "held", f"{version.label} is held back: {version.reason}{stays}", last)
    if newest is not None and newest.sha256 == version.sha256:
        return _outcome(request, "unchanged", f"{version.label}, as on {version.fetched:%Y-%m-%d}", version)
    return _outcome(request, "fetched", f"{version.label}, {version.size_bytes:,} bytes", version)


def _outcome(request: Request, status: Status, sentence: str, version: Version | None) -> FetchResult:
    return FetchResult(request, status, f"{request.source.id}: {sentence}", version)


def _age(source: Source, version: Version, context: FetchContext) -> str:
    days = version.age_days(context.now())
    limit = f", more than the {source.max_age_days} allowed" if days > source.max_age_days else ""
    return f"{days} day(s) old{limit}"


def _tokenless(request: Request, context: FetchContext, action: Callable[[], FetchResult]) -> FetchResult:
    """The action's outcome; an exception that nobody expected goes on, but not when it tells the token."""
    try:
        return action()
    except Exception as error:
        text = "".join(traceback.format_exception(error)) + "".join(map(repr, _chain(error)))
        if _hidden(text, request, context) == text:
            raise
        kind = type(error).__name__
    raise FetchError(f"{request.source.id}: an unexpected {kind}, not shown because its text holds the token")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and all that it came of, shown or not."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _hidden(sentence: str, request: Request, context: FetchContext) -> str:
    token = context.environment.get(request.source.token_env or "", "").strip()
    for form in {token, quote(token, safe=""), quote_plus(token)} - {""}:
        sentence = sentence.replace(form, "TOKEN")
    return sentence


@contextmanager
def progress_bars() -> Iterator[OnProgress]:
    """A bar a download on stderr; a publisher that does not say how much will come has a pulsing one."""
    columns = (TextColumn("{task.description:<20}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    tasks: dict[str, TaskID] = {}
    with Bars(*columns, disable=not sys.stderr.isatty(), console=Console(stderr=True)) as bars:

        def report(progress: Progress) -> None:
            values = " ".join(value for _, value in sorted(progress.request.parameters.items()))
            name = f"{progress.request.source.id} {values}"[:40].strip()
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=None)
            description = f"{name} {progress.part}".strip()
            bars.update(tasks[name], description=description, completed=progress.done_bytes, total=progress.total_bytes)

        yield report
