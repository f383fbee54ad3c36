"""An instance's files without the instance: templates filled in, free ports, nginx alone, and a browser."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.deploy.instance import Instance, running_instance
from tests.deploy.parts import DEPLOY, filled_in, free_port, needed


@pytest.fixture(scope="session")
def instance() -> Iterator[Instance]:
    """Set up once for all tests that need the whole of it."""
    with running_instance() as made:
        yield made


@dataclass(frozen=True)
class Web:
    """nginx with the configuration of an instance."""

    folder: Path
    http_port: int
    https_port: int

    @property
    def address(self) -> str:
        return f"https://localhost:{self.https_port}"

    @property
    def log(self) -> Path:
        """What nginx says."""
        return self.folder / "nginx.log"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """nginx on loopback over ``folder/maps/latest``, which is empty."""
    nginx, openssl = needed("nginx"), needed("openssl")
    made = Web(tmp_path_factory.mktemp("web"), free_port(), free_port())
    for name in ("web", "tls", "maps/latest"):
        (made.folder / name).mkdir(parents=True)
    _certificate(openssl, made.folder / "tls")
    configuration = made.folder / "nginx.conf"
    configuration.write_text(
        filled_in(
            DEPLOY / "nginx.conf",
            INSTANCE=made.folder,
            LISTEN="127.0.0.1",
            SERVER_NAME="localhost",
            HTTP_PORT=made.http_port,
            HTTPS_PORT=made.https_port,
            HTTPS_SUFFIX=f":{made.https_port}",
        )
    )
    # Started by root nginx gives its workers to a user who may not enter the tests' folders.
    user = "user root;" if os.geteuid() == 0 else ""
    command = [nginx, "-e", "stderr", "-c", str(configuration), "-g", f"daemon off; {user}"]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, timeout=30, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr
    with made.log.open("wb") as log:
        process = subprocess.Popen(command, stderr=log)
        try:
            yield made
        finally:
            process.terminate()
            process.wait(timeout=15)


def _certificate(openssl: str, folder: Path) -> None:
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    files = ["-keyout", folder / "key.pem", "-out", folder / "certificate.pem"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run([openssl, "req", "-x509", *curve, *named, *files], capture_output=True, timeout=30, check=True)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()
