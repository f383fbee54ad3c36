"""A pytest plugin: what each test calls, how long it takes, and how it fails; one line of JSON per test.

The environment names the file (MUTANTS_OUT), the source root whose functions are recorded (MUTANTS_TRACE, if any) and
the seconds of processor time that one test may take (MUTANTS_TEST_LIMIT, if any).
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

_ROOT = os.environ.get("MUTANTS_TRACE", "")
_LIMIT_S = int(os.environ.get("MUTANTS_TEST_LIMIT", "0"))
_MOST_CRASHES = int(os.environ.get("MUTANTS_MOST_CRASHES", "0"))
"""The first assertion that does not hold ends the session, and so many other errors do; 0 for all tests."""
_EXPECTATIONS = (AssertionError, pytest.fail.Exception)


class TooSlowError(BaseException):
    """The test's time is over; no handler of ordinary exceptions may catch it."""


class _Calls:
    """The functions of the source root that were called since the last ``clear``."""

    def __init__(self) -> None:
        self.functions: set[str] = set()
        self._names: dict[Any, str | None] = {}

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            code = frame.f_code
            if code not in self._names:
                self._names[code] = function_name(code.co_filename, code.co_qualname)
            if name := self._names[code]:
                self.functions.add(name)


def function_name(file: str, qualname: str) -> str | None:
    """``folder/module.py:function``; what a function defines is its own, a module's body is nobody's."""
    outer = qualname.split(".<locals>", maxsplit=1)[0]
    if not file.startswith(_ROOT) or outer.startswith("<"):
        return None
    return f"{Path(file).relative_to(_ROOT).as_posix()}:{outer}"


_CALLS = _Calls()
_SLOW_FILES: set[Path] = set()


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A module that cannot be imported fails all of its tests."""
    if report.failed:
        names = re.findall(r"^E +([\w.]+):", str(report.longrepr), re.MULTILINE) or ["Error"]
        _write(
            {"test": report.nodeid, "seconds": 0.0, "outcome": "crash", "error": names[-1], "setup": [], "calls": []}
        )


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, None, None]:
    """Record what the test calls, end it at its limit."""
    if _ROOT:
        _CALLS.functions.clear()
        threading.settrace(_CALLS)
        sys.settrace(_CALLS)
    started = time.process_time()
    yield
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]
    _write(
        {
            "test": item.nodeid,
            "seconds": round(time.process_time() - started, 3),
            "outcome": getattr(item, "outcome", "passed"),
            "error": getattr(item, "error", ""),
            "setup": sorted(getattr(item, "setup_calls", set())),
            "calls": sorted(_CALLS.functions),
        }
    )


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, None]:
    """What fixtures call is kept apart: other tests of the file may share them."""
    if item.path in _SLOW_FILES:
        pytest.skip("what this file sets up takes too long")
    with _limited():
        result = yield
    if result.excinfo and result.excinfo[0] is TooSlowError:
        _SLOW_FILES.add(item.path)
    item.setup_calls = set(_CALLS.functions)  # type: ignore[attr-defined]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """The test itself."""
    with _limited():
        yield


@contextmanager
def _limited() -> Generator[None, None, None]:
    """At most so much processor time: a loaded machine is no fault of the test."""
    signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, _LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _stop(*_: object) -> None:
    raise TooSlowError


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Keep the first failure of the test, of whatever phase."""
    result = yield
    if call.excinfo is None or hasattr(item, "error"):
        return
    if result.get_result().skipped:
        item.outcome = "skipped"  # type: ignore[attr-defined]
        return
    value = call.excinfo.value
    by_value = is_expectation(value) and not _of_exit_code(call.excinfo)
    item.outcome = "value" if by_value else "crash"  # type: ignore[attr-defined]
    item.error = type(value).__name__  # type: ignore[attr-defined]
    _FAILURES.append(str(item.outcome))  # type: ignore[attr-defined]
    if _MOST_CRASHES and is_enough(_FAILURES, _MOST_CRASHES):
        item.session.shouldstop = "noticed"


_FAILURES: list[str] = []


def is_enough(failures: list[str], most_crashes: int) -> bool:
    """A crash says less than a value: of a fault that makes a few tests crash, another may notice the value."""
    return "value" in failures or len(failures) >= most_crashes


def is_expectation(error: BaseException) -> bool:
    """An assertion that does not hold, or a refusal that does not come; so must be all of a group of errors."""
    if isinstance(error, BaseExceptionGroup):
        return all(is_expectation(one) for one in error.exceptions)
    return isinstance(error, _EXPECTATIONS)


def _of_exit_code(info: pytest.ExceptionInfo[BaseException]) -> bool:
    """An assertion about an exit code notices a crash, not a value."""
    statement = str(info.traceback[-1].statement)
    return "returncode" in statement or "exit_code" in statement


def _write(row: dict[str, Any]) -> None:
    with Path(os.environ["MUTANTS_OUT"]).open("a") as out:
        out.write(json.dumps(row) + "\n")
