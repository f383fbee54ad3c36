"""Whatever fails, expected or not: the token is in no sentence, log, traceback, chain of exceptions, or file."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commune_coverage.download import single_file as single_module
from commune_coverage.download.http import download as download_module
from commune_coverage.download.scheduler import fetch_sources
from commune_coverage.download.task import Progress, Request
from commune_coverage.download.versions import SourceStore
from tests.download.faulty_server import FaultyServer, status, whole
from tests.download.trials import Clock, cells, everything_written, with_token

AWKWARD = "pk.s3cr3t/0f a+t&st"
FORMS = ("s3cr3t/0f", "s3cr3t%2F0f")


def _raises(error: Callable[[str], BaseException]) -> Callable[..., Any]:
    def raising(*arguments: Any, **_: Any) -> Any:
        told = next((a.address for a in arguments if hasattr(a, "address")), None)
        raise error(str(told or next((a for a in arguments if isinstance(a, str)), "")))

    return raising


UNEXPECTED: dict[str, tuple[Any, str, Callable[[str], BaseException]]] = {
    "disk": (SourceStore, "commit_version", lambda _: OSError(28, "No space left on device")),
    "bug": (SourceStore, "commit_version", lambda _: ZeroDivisionError("division by zero")),
    "bug that tells": (single_module, "download", lambda told: ZeroDivisionError(f"in {told}")),
    "disk that tells": (single_module, "download", lambda told: OSError(5, f"cannot read {told}")),
    "library that tells": (download_module, "send_request", lambda told: ValueError(f"no such URL: {told}")),
    "memory": (download_module, "check_content", lambda _: MemoryError()),
}


def _said(error: BaseException | None) -> str:
    """All of an exception: as it is shown, and each that it came of, hidden or not."""
    if error is None:
        return ""
    return "".join(traceback.format_exception(error)) + repr(error) + _said(error.__cause__) + _said(error.__context__)


def _fetch(server: FaultyServer, folder: Path, caplog: pytest.LogCaptureFixture, **more: Any) -> str:
    """All that a fetch says, logs and writes, and how it ends."""
    context = Clock().context({"OPENCELLID_TOKEN": AWKWARD})
    request = Request(with_token(server), {"mcc": "456"})
    said = repr(context)
    with caplog.at_level(logging.DEBUG):
        try:
            said += repr(fetch_sources([request], SourceStore(folder), context=context, **more))
        except Exception as error:  # noqa: BLE001
            said += _said(error)
    return said + caplog.text + everything_written(folder).decode("utf-8", "replace")


@pytest.mark.parametrize("name", UNEXPECTED)
def test_what_nobody_expected_tells_no_token(
    name: str, server: FaultyServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.give("/cells", whole(cells()))
    place, attribute, error = UNEXPECTED[name]
    monkeypatch.setattr(place, attribute, _raises(error))
    said = _fetch(server, tmp_path, caplog)
    assert not [form for form in FORMS if form in said]
    kind = type(error("")).__name__
    assert kind in said or "the disk fails" in said


def test_progress_that_fails_tells_no_token(
    server: FaultyServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: Progress) -> None:
        raise ZeroDivisionError

    server.give("/cells", whole(cells()))
    said = _fetch(server, tmp_path, caplog, on_progress=fails)
    assert "ZeroDivisionError" in said
    assert not [form for form in FORMS if form in said]


@pytest.mark.parametrize(
    "response",
    [
        status(404),
        status(401),
        status(500),
        whole(b"INVALID_TOKEN " + AWKWARD.encode() + b" " * 200),
        status(302, {"Location": f"http://s3cr3t%2F0f.example/?token={AWKWARD.replace(' ', '+')}"}),
        whole(cells(), {"ETag": AWKWARD, "Last-Modified": AWKWARD}),
        whole(cells(), {"Content-Length": "9999999"}),
    ],
    ids=["missing", "unauthorised", "broken", "refusal", "elsewhere", "echo", "cut"],
)
def test_what_a_publisher_answers_tells_no_token(
    response: Any, server: FaultyServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.give("/cells", response)
    said = _fetch(server, tmp_path, caplog)
    assert server.queries
    assert "s3cr3t" in server.queries[0]
    assert not [form for form in FORMS if form in said]
