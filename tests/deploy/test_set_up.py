"""The whole set-up, on loopback and in a folder of its own, until a run that the scheduler made has published maps."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests import tiny
from tests.deploy.conftest import ROOT, free_port, needed
from tests.deploy.pages import troubles_of

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("set-up")]

BOUND_S = 240
LATE_S = 10  # a run begins within seconds where nothing is in its way
DEBIAN_PYTHON = Path("/usr/bin/python3")


@dataclass(frozen=True)
class Instance:
    """A set-up instance, and the clone that it runs."""

    clone: Path
    folder: Path
    api_port: int
    https_port: int

    def script(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script of deploy/ for this instance."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        return subprocess.run(
            [self.clone / "deploy" / name, *arguments],
            env={**kept, "INSTANCE": str(self.folder)}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=1200, check=False,
        )  # fmt: skip

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
        """Nights that ended well, the oldest first."""
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


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    for program in ("nginx", "supervisord", "openssl", "curl", "ss", "flock", str(DEBIAN_PYTHON)):
        needed(program)
    if not Path("/usr/lib/postgresql").is_dir():
        pytest.skip("postgresql is not installed")
    # Not pytest's own folder, which other users may not enter; and the path of a socket is short.
    home = Path(tempfile.mkdtemp(prefix="set-up-"))
    home.chmod(0o755)
    made = Instance(home / "clone", home / "i", free_port(), free_port())
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
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)


def _prepare(made: Instance) -> None:
    """Settings and a tiny country, before set-up: it leaves both as they are."""
    tiny.write_files(made.folder / "country")
    user = "nobody" if os.geteuid() == 0 else psutil.Process().username()
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{user}:", made.folder / "country"], check=True)
    (made.folder / "settings.env").write_text(
        f"SERVER_NAME=localhost\nLISTEN=127.0.0.1\nHTTP_PORT={free_port()}\nHTTPS_PORT={made.https_port}\n"
        f"API_PORT={made.api_port}\nCOUNTRY={made.folder}/country/country.toml\nTIME_ZONE=Asia/Phnom_Penh\n"
        'NIGHTLY_CRON="* * * * *"\nSOURCES_CRON="17 * * * *"\nMAPS_MAX_HOURS=26\n'
        f"SUPERVISION=supervisord\nSERVICE_USER={user}\nWEB_USER={user}\n"
    )


def until(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + BOUND_S
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(2)
    raise AssertionError(f"after {BOUND_S} s not: {what}")


def test_a_run_that_the_scheduler_made_publishes_and_the_check_passes(instance: Instance) -> None:
    (run, *_) = until(instance.completed, "a night completed")
    assert run["created_by"]["type"] == "SCHEDULE"
    assert (instance.folder / "maps/latest/index.html").is_file()
    checked = instance.script("check.sh")
    assert checked.returncode == 0, checked.stdout
    assert "FAILED" not in checked.stdout
    assert len(checked.stdout.splitlines()) > 20


def test_the_pages_work_in_a_browser(instance: Instance, browser) -> None:
    until(instance.completed, "a night completed")
    assert troubles_of(browser, f"https://localhost:{instance.https_port}", communes=9) == []


@pytest.mark.parametrize("auth", [None, ("admin", "admin"), ("admin", "")])
def test_without_the_password_the_api_answers_401(instance: Instance, auth) -> None:
    for path in ("version", "admin/settings", "deployments/name/nightly/nightly"):
        assert httpx.get(f"http://127.0.0.1:{instance.api_port}/api/{path}", auth=auth).status_code == 401


def test_no_service_is_root_nor_listens_beyond_loopback(instance: Instance) -> None:
    users: set[str] = set()
    listeners: set[tuple[str, str]] = set()
    for process in instance.family():
        with suppress(psutil.NoSuchProcess):  # those of a run come and go
            users.add(process.username())
            found = [each for each in process.net_connections("inet") if each.status == psutil.CONN_LISTEN]
            listeners |= {(process.name(), each.laddr.ip) for each in found}
    assert users == {"nobody" if os.geteuid() == 0 else psutil.Process().username()}
    assert {ip for _, ip in listeners} == {"127.0.0.1"}
    assert {"nginx", "prefect"} <= {name for name, _ in listeners}
    assert "postgres" not in {name for name, _ in listeners}


def test_a_second_set_up_changes_nothing(instance: Instance) -> None:
    folders = [instance.folder / name for name in ("secrets", "tls")]
    files = [*instance.folder.glob("*.*"), *(file for folder in folders for file in folder.iterdir())]
    before = _as_they_are(files), instance.services()
    again = instance.script("set_up.sh")
    assert (again.returncode, again.stdout) == (0, "set-up: done; deploy/check.sh checks it\n"), again.stderr
    assert (_as_they_are(files), instance.services()) == before


def _as_they_are(files: list[Path]) -> dict[Path, tuple[bytes, int]]:
    return {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in files}


def test_the_check_finds_an_open_secret_and_a_service_that_is_down(instance: Instance) -> None:
    secret = instance.folder / "secrets/tokens.env"
    secret.chmod(0o644)
    instance.supervisor("stop", "nginx")
    checked = instance.script("check.sh")
    secret.chmod(0o600)
    instance.supervisor("start", "nginx")
    failed = [line.split(":")[0] for line in checked.stdout.splitlines() if line.startswith("FAILED")]
    assert checked.returncode == 1
    assert failed[:2] == ["FAILED  nginx runs", "FAILED  secrets are closed to others"]
    assert "FAILED  the maps are served" in failed


def test_nights_that_were_missed_are_made_up_once(instance: Instance) -> None:
    until(instance.completed, "a night completed")
    instance.supervisor("stop", "server", "worker")
    time.sleep(150)
    instance.supervisor("start", "server", "worker")
    until(lambda: (instance.folder / "log/worker.log").read_text().count("overdue"), "an overdue night was dropped")
    late = until(
        lambda: [run for run in instance.completed() if run["estimated_start_time_delta"] > LATE_S],
        "a missed night was made up",
    )
    assert len(late) == 1, json.dumps(late)
