"""A Prefect server of the tests' own: in a new home, on a free loopback port, telling nobody."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest
from prefect.settings import (
    PREFECT_API_KEY,
    PREFECT_API_URL,
    PREFECT_HOME,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)

from tests import tiny

ROOT = Path(__file__).resolve().parents[2]
SERVER_START_S = 180


@dataclass(frozen=True)
class PrefectServer:
    """A running server: ``url`` of its API, and the environment in which commands and workers talk to it."""

    url: str
    environment: dict[str, str]

    def prefect(self, *arguments: str) -> None:
        """Run the prefect command in the clone, failing with what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    @contextmanager
    def running(self, log: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """A prefect command that stays, such as a worker; it and what it started are stopped at the end."""
        with _process(log, self.environment, *arguments) as process:
            yield process


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    home = tmp_path_factory.mktemp("prefect")
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
        "PREFECT_API_URL": url,
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "10",
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "PYTHONPATH": str(ROOT / "src" / "coverage"),
    }
    log = home / "server.log"
    with _process(log, environment, "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui") as server:
        _wait_until_healthy(url, server, log)
        yield PrefectServer(url, environment)


@contextmanager
def _process(log: Path, environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            _stop_with_children(process)


def _stop_with_children(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    parent = psutil.Process(process.pid)
    family = [*parent.children(recursive=True), parent]
    for member in family:
        with suppress(psutil.NoSuchProcess):
            member.terminate()
    _, left = psutil.wait_procs(family, timeout=15)
    for member in left:
        member.kill()
    process.wait(timeout=15)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SERVER_START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=2).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise AssertionError(f"the Prefect server did not start:\n{log.read_text(errors='replace')[-4000:]}")


@pytest.fixture
def prefect_here(prefect_server: PrefectServer) -> Iterator[None]:
    """Let flows that are called in this process report to the tests' server, whatever the user's profile says."""
    updates = {
        PREFECT_API_URL: prefect_server.url,
        PREFECT_HOME: prefect_server.environment["PREFECT_HOME"],
        # Else this process, when it ends, tries for a minute to send its last lines to the stopped server.
        PREFECT_LOGGING_TO_API_ENABLED: False,
    }
    with temporary_settings(updates, restore_defaults={PREFECT_API_KEY}):
        yield


@pytest.fixture
def tiny_country(tmp_path: Path) -> Path:
    """Country file of nine square communes."""
    return tiny.write_files(tmp_path / "tiny")
