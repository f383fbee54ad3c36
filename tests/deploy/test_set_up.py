"""The whole set-up, on loopback and in a folder of its own, until a run that the scheduler made has published maps."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.deploy.instance import Instance, until
from tests.deploy.pages import troubles_of
from tests.monitoring.receivers import webhook

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("set-up")]

LATE_S = 10  # a run begins within seconds where nothing is in its way


def test_a_run_that_the_scheduler_made_publishes_and_the_check_passes(instance: Instance) -> None:
    (run, *_) = until(instance.completed, "a run completed")
    assert run["created_by"]["type"] == "SCHEDULE"
    assert (instance.folder / "maps/latest/index.html").is_file()
    checked = instance.script("check.sh")
    assert checked.returncode == 0, checked.stdout
    assert "FAILED" not in checked.stdout
    assert len(checked.stdout.splitlines()) > 20


def test_the_pages_work_in_a_browser(instance: Instance, browser) -> None:
    until(instance.completed, "a run completed")
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


def test_runs_that_were_missed_are_made_up_once(instance: Instance) -> None:
    known = {run["id"] for run in until(instance.completed, "a run completed")}
    instance.supervisor("stop", "server", "worker")
    with webhook(port=instance.alerts_port) as (_, posted):
        until(lambda: [one for one in posted if "no run has ended for" in str(one["text"])], "an alert came")
    instance.supervisor("start", "server", "worker")
    until(lambda: (instance.folder / "log/worker.log").read_text().count("overdue"), "an overdue run was dropped")
    late = until(
        lambda: [
            run for run in instance.completed() if run["estimated_start_time_delta"] > LATE_S and run["id"] not in known
        ],
        "a missed run was made up",
    )
    assert len(late) == 1, json.dumps(late)
