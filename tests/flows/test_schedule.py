"""A nightly that never fires looks like one that works; so wait for a run that the scheduler itself made."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.xdist_group("prefect")

EVERY_S = "10"
BOUND_S = 200


def test_a_scheduled_run_of_the_deployed_flow_completes(prefect_server, tiny_country, tmp_path) -> None:
    parameters = {
        "country": str(tiny_country),
        "data_dir": str(tmp_path / "data"),
        "maps_dir": str(tmp_path / "maps"),
        "engine": "threads",
    }
    prefect_server.prefect("work-pool", "create", "coverage", "--type", "process")
    prefect_server.prefect("work-pool", "set-concurrency-limit", "coverage", "1")
    prefect_server.prefect("deploy", "--name", "nightly", "--interval", EVERY_S, "--params", json.dumps(parameters))
    with prefect_server.running(tmp_path / "worker.log", "worker", "start", "--pool", "coverage"):
        run = _first_finished(prefect_server.url)
        prefect_server.prefect("work-pool", "pause", "coverage")

    worker_log = (tmp_path / "worker.log").read_text(errors="replace")
    assert run["state_type"] == "COMPLETED", worker_log
    assert run["auto_scheduled"], run
    assert run["created_by"]["type"] == "SCHEDULE", run
    assert run["parameters"]["country"] == str(tiny_country)
    assert (tmp_path / "maps" / "latest" / "index.html").is_file()


def test_deployments_of_the_clone(prefect_server) -> None:
    """What prefect.yaml itself declares, with nothing overridden."""
    prefect_server.prefect("work-pool", "create", "coverage", "--type", "process", "--overwrite")
    prefect_server.prefect("deploy", "--all")
    deployments = {found["name"]: found for found in _ask(prefect_server.url, "deployments/filter", {})}
    assert {name: found["entrypoint"] for name, found in deployments.items()} == {
        "nightly": "pipelines.nightly.nightly",
        "on-demand": "pipelines.nightly.nightly",
        "plan": "pipelines.plan.plan",
        "sources": "pipelines.refresh.refresh",
    }
    assert {name: _crons(found) for name, found in deployments.items()} == {
        "nightly": [("0 2 * * *", "Asia/Phnom_Penh")],
        "on-demand": [],
        "plan": [],
        "sources": [("17 * * * *", "Asia/Phnom_Penh")],
    }
    for deployment in deployments.values():
        assert deployment["parameters"]["country"] == "build/demo/country.toml"
        assert deployment["global_concurrency_limit"]["limit"] == 1
        assert deployment["concurrency_options"]["collision_strategy"] == "ENQUEUE"


def test_the_environment_names_country_folders_zone_and_hours(prefect_server) -> None:
    named = {
        "COUNTRY": "/c/country.toml",
        "DATA_DIR": "/d",
        "MAPS_DIR": "/m",
        "TIME_ZONE": "Europe/Luxembourg",
        "NIGHTLY_CRON": "30 1 * * *",
        "SOURCES_CRON": "5 * * * *",
    }
    environment = {f"COMMUNE_COVERAGE_{name}": value for name, value in named.items()}
    prefect_server.prefect("work-pool", "create", "coverage", "--type", "process", "--overwrite")
    replace(prefect_server, environment={**prefect_server.environment, **environment}).prefect("deploy", "--all")
    deployments = {found["name"]: found for found in _ask(prefect_server.url, "deployments/filter", {})}
    assert _crons(deployments["nightly"]) == [("30 1 * * *", "Europe/Luxembourg")]
    assert _crons(deployments["sources"]) == [("5 * * * *", "Europe/Luxembourg")]
    assert deployments["sources"]["parameters"] == {"country": "/c/country.toml", "data_dir": "/d"}
    parameters = {"country": "/c/country.toml", "data_dir": "/d", "maps_dir": "/m", "engine": "processes"}
    assert deployments["nightly"]["parameters"] == deployments["on-demand"]["parameters"] == parameters


def _crons(deployment: dict[str, Any]) -> list[tuple[str, str]]:
    return [(found["schedule"]["cron"], found["schedule"]["timezone"]) for found in deployment["schedules"]]


def _first_finished(url: str) -> dict[str, Any]:
    """The first flow run of the nightly deployment that ended, failing when none was made or none ends."""
    deadline = time.monotonic() + BOUND_S
    runs: list[dict[str, Any]] = []
    while time.monotonic() < deadline:
        runs = _ask(
            url, "flow_runs/filter", {"deployments": {"name": {"any_": ["nightly"]}}, "sort": "EXPECTED_START_TIME_ASC"}
        )
        for run in runs:
            if run["state_type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}:
                return run
        time.sleep(2)
    states = [run["state_name"] for run in runs]
    raise AssertionError(f"{len(runs)} runs were scheduled in {BOUND_S} s and none ended: {states}")


def _ask(url: str, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    answer = httpx.post(f"{url}/{path}", json=body, timeout=10)
    answer.raise_for_status()
    return list(answer.json())
