"""A whole set-up in a folder of its own, on loopback, with a run every minute."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests import tiny
from tests.deploy.parts import ROOT, free_port, needed

BOUND_S = 240
ALERTS_GO_TO = "http://127.0.0.1:{port}/"
DEBIAN_PYTHON = Path("/usr/bin/python3")


@dataclass(frozen=True)
class Instance:
    """A set-up instance, and the clone that it runs."""

    clone: Path
    folder: Path
    api_port: int
    https_port: int
    alerts_port: int

    def script(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script of deploy/ for this instance."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        return subprocess.run(
            [self.clone / "deploy" / name, *arguments],
            env={**kept, "INSTANCE": str(self.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=1200,
            check=False,
        )

    def supervisor(self, *arguments: str) -> None:
        command = ["supervisorctl", "-c", str(self.folder / "supervisord.conf"), *arguments]
        subprocess.run(command, capture_output=True, timeout=120, check=True)

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The API's answer to one who has the password."""
        text = (self.folder / "secrets/prefect.env").read_text()
        secret = next(line for line in text.splitlines() if line.startswith("PREFECT_API_AUTH_STRING="))
        user, password = secret.split("=", 1)[1].split(":", 1)
        url = f"http://127.0.0.1:{self.api_port}/api/{path}"
        answer = httpx.post(url, json=body or {}, auth=(user, password), timeout=30)
        answer.raise_for_status()
        return answer.json()

    def completed(self) -> list[dict[str, Any]]:
        """Runs that ended well, the oldest first."""
        wanted = {
            "deployments": {"name": {"any_": ["nightly"]}},
            "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
            "sort": "EXPECTED_START_TIME_ASC",
        }
        return list(self.ask("flow_runs/filter", wanted))

    def family(self) -> list[psutil.Process]:
        """supervisord, first, and all that it started."""
        parent = psutil.Process(int((self.folder / "run/supervisord.pid").read_text()))
        return [parent, *parent.children(recursive=True)]

    def services(self) -> set[int]:
        """The processes that a set-up which changes nothing leaves alone."""
        return {child.pid for child in self.family()[0].children()}

    def stop(self) -> None:
        if (self.folder / "run/supervisord.pid").is_file():
            family = self.family()
            family[0].terminate()
            for process in psutil.wait_procs(family, timeout=90)[1]:
                process.kill()


@contextmanager
def running_instance() -> Iterator[Instance]:
    """Set up, and at the end stopped and removed."""
    for program in ("nginx", "supervisord", "openssl", "curl", "ss", "flock", str(DEBIAN_PYTHON)):
        needed(program)
    if not Path("/usr/lib/postgresql").is_dir():
        pytest.skip("postgresql is not installed")
    # Not pytest's own folder, which other users may not enter; and the path of a socket is short.
    home = Path(tempfile.mkdtemp(prefix="set-up-"))
    home.chmod(0o755)
    made = Instance(home / "clone", home / "i", free_port(), free_port(), free_port())
    try:
        _copy_clone(made.clone)
        _prepare(made)
        done = made.script("set_up.sh")
        assert done.returncode == 0, done.stdout + done.stderr
        yield made
    finally:
        made.stop()
        shutil.rmtree(home)


def _copy_clone(target: Path) -> None:
    """What git knows, without what was installed: another user may not be able to run this clone's Python."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)


def _prepare(made: Instance) -> None:
    """Settings and a tiny country, before set-up: it leaves both as they are."""
    country = tiny.write_files(made.folder / "country")
    (made.folder / "country/webhook").write_text(ALERTS_GO_TO.format(port=made.alerts_port))
    tiny.say(country, '[alerts]\nwebhook_file = "webhook"\nmissed_after_hours = 0.04')
    user = "nobody" if os.geteuid() == 0 else psutil.Process().username()
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{user}:", made.folder / "country"], check=True)
    (made.folder / "settings.env").write_text(
        f"SERVER_NAME=localhost\nLISTEN=127.0.0.1\nHTTP_PORT={free_port()}\nHTTPS_PORT={made.https_port}\n"
        f"API_PORT={made.api_port}\nCOUNTRY={made.folder}/country/country.toml\nTIME_ZONE=Asia/Phnom_Penh\n"
        'NIGHTLY_CRON="* * * * *"\nSOURCES_CRON="17 * * * *"\nMAPS_MAX_HOURS=26\nWATCH_SECONDS=5\n'
        f"SUPERVISION=supervisord\nSERVICE_USER={user}\nWEB_USER={user}\n"
    )


def until(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + BOUND_S
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(2)
    raise AssertionError(f"after {BOUND_S} s not: {what}")
