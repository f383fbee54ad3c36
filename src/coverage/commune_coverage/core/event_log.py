"""What happened, one JSON object a line, in a file a month: ``<data>/log/2026-03.jsonl``."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from commune_coverage.core.errors import os_error_message
from commune_coverage.core.quarantine import printable
from commune_coverage.core.state.declared import ATTEMPT
from commune_coverage.core.state.files import FORMAT

_MONTHS = 13
_FORMAT = 1
_MAX_LENGTH = 500
DISK, RUNNING = "disk", "running"


def log_event(data_dir: Path, event: str, **facts: Any) -> None:
    """Add a line; the oldest months are removed. Texts are cut and freed of signs that are not printed."""
    now = datetime.now(UTC)
    folder = data_dir / "log"
    folder.mkdir(parents=True, exist_ok=True)
    printed = {key: printable(value, _MAX_LENGTH) if isinstance(value, str) else value for key, value in facts.items()}
    entry = {"at": now.isoformat(timespec="milliseconds"), "event": event, FORMAT: _FORMAT, **printed}
    line = json.dumps(entry, ensure_ascii=False)
    with (folder / f"{now:%Y-%m}.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
    for old in sorted(folder.glob("*.jsonl"))[:-_MONTHS]:
        old.unlink()


def events_in(data_dir: Path, event: str) -> list[dict[str, Any]]:
    """Every entry of one kind, oldest first; lines that a killed process cut short are passed over."""
    found = []
    for source in sorted((data_dir / "log").glob("*.jsonl")):
        for line in source.read_text(encoding="utf-8", errors="replace").splitlines():
            if f'"event": "{event}"' in line:
                with suppress(ValueError):
                    found.append(dict(json.loads(line)))
    return found


@contextmanager
def log_attempt(data_dir: Path) -> Iterator[None]:
    """Keep how the block ended in ``last_attempt.json``, for those who ask after its health.

    That it has begun is kept too, with the process: one that ended without a word, because it was killed or nothing
    could be written any more, is told from one that is at work. Raises OSError before the block where that fails.
    """
    _keep(data_dir, RUNNING, "", **_process())
    try:
        yield
    except BaseException as error:
        message = os_error_message(error) if isinstance(error, OSError) else str(error) or type(error).__name__
        message = printable(message, _MAX_LENGTH)
        with suppress(OSError):  # the error of the run goes before one of the log
            _keep(data_dir, "failed", message)
            log_event(data_dir, "failed", message=message)
        raise
    _keep(data_dir, "ended", "")
    free = os.statvfs(data_dir)
    log_event(data_dir, DISK, free_bytes=free.f_bavail * free.f_frsize, free_inodes=free.f_favail)


def ended_without_a_word(attempt: dict[str, Any]) -> bool:
    """Whether the process of an attempt that is not over is gone; of another machine's nobody can tell here."""
    if attempt["outcome"] != RUNNING or attempt.get("host") != socket.gethostname():
        return False
    try:
        return psutil.Process(attempt["pid"]).create_time() != attempt["process_since"]
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False


def _process() -> dict[str, Any]:
    own = psutil.Process()
    return {"host": socket.gethostname(), "pid": own.pid, "process_since": own.create_time()}


def last_attempt(data_dir: Path) -> dict[str, Any] | None:
    """``at``, ``outcome`` ('running', 'ended' or 'failed') and ``message`` of the last run that was tried."""
    source = data_dir / "last_attempt.json"
    return ATTEMPT.read(source) if source.is_file() else None


def _keep(data_dir: Path, outcome: str, message: str, **more: Any) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    content = {"at": now, "outcome": outcome, "message": message} | more
    ATTEMPT.write(data_dir / "last_attempt.json", content, durable=True)
