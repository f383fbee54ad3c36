"""What happened, one JSON object a line, in a file a month: ``<data>/log/2026-03.jsonl``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commune_coverage.core.errors import os_error_message
from commune_coverage.core.files import read_json, write_json
from commune_coverage.core.quarantine import printable

_MONTHS = 13
_MAX_LENGTH = 500


def log_event(data_dir: Path, event: str, **facts: Any) -> None:
    """Add a line; the oldest months are removed. Texts are cut and freed of signs that are not printed."""
    now = datetime.now(UTC)
    folder = data_dir / "log"
    folder.mkdir(parents=True, exist_ok=True)
    printed = {key: printable(value, _MAX_LENGTH) if isinstance(value, str) else value for key, value in facts.items()}
    line = json.dumps({"at": now.isoformat(timespec="milliseconds"), "event": event, **printed}, ensure_ascii=False)
    with (folder / f"{now:%Y-%m}.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
    for old in sorted(folder.glob("*.jsonl"))[:-_MONTHS]:
        old.unlink()


@contextmanager
def log_attempt(data_dir: Path) -> Iterator[None]:
    """Keep how the block ended in ``last_attempt.json``, for those who ask after its health."""
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


def last_attempt(data_dir: Path) -> dict[str, str] | None:
    """``at``, ``outcome`` ('ended' or 'failed') and ``message`` of the last run that was tried."""
    source = data_dir / "last_attempt.json"
    return dict(read_json(source)) if source.is_file() else None


def _keep(data_dir: Path, outcome: str, message: str) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    write_json(data_dir / "last_attempt.json", {"at": now, "outcome": outcome, "message": message})
