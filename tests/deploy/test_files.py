"""The files of deploy/ hold what an operator relies on: syntax, rights, limits."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.deploy.parts import DEPLOY, ROOT, filled_in, needed

SCRIPTS = sorted(DEPLOY.glob("*.sh"))
SERVICES = {"postgres", "server", "worker", "nginx", "watch"}
VALUES = {
    "INSTANCE": "/var/lib/commune-coverage",
    "CLONE": ROOT,
    "SERVICE_USER": "commune-coverage",
    "WEB_USER": "www-data",
}


def unit(*names: str) -> configparser.ConfigParser:
    """The unit with its drop-ins; of a repeated key the last value holds."""
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    for name in names:
        read.read_string(filled_in(DEPLOY / "systemd" / name, **VALUES))
    return read


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_parse_and_stop_at_the_first_failure(script: Path) -> None:
    subprocess.run(["bash", "-n", script], check=True, timeout=30)
    if script.name != "instance.sh":  # which is sourced
        assert script.read_text().splitlines()[0] == "#!/usr/bin/env bash"
        assert "\nset -euo pipefail\n" in script.read_text()
        assert script.stat().st_mode & 0o111


def test_no_service_of_systemd_is_root_or_may_write_elsewhere() -> None:
    service = unit("commune-coverage@.service")["Service"]
    assert service["User"] == "commune-coverage"
    assert service["CapabilityBoundingSet"] == ""
    assert service["ProtectSystem"] == "strict"
    assert service["ReadWritePaths"] == VALUES["INSTANCE"]
    assert service["UMask"] == "0077"
    for key in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "RestrictNamespaces", "RestrictSUIDSGID"):
        assert service[key] == "yes"
    assert service["Restart"] == "always"


def test_nginx_is_a_user_of_its_own_that_may_bind_and_sees_no_secret() -> None:
    service = unit("commune-coverage@.service", "nginx.conf")["Service"]
    assert service["User"] == "www-data"
    assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == "CAP_NET_BIND_SERVICE"
    assert service["ReadWritePaths"] == f"{VALUES['INSTANCE']}/web"
    hidden = {path.rsplit("/", 1)[1] for path in service["InaccessiblePaths"].split()}
    assert hidden >= {"secrets", "postgres", "prefect", "data"}


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    analyze = needed("systemd-analyze")
    for source in (DEPLOY / "systemd").glob("commune-coverage*"):
        (tmp_path / source.name).write_text(filled_in(source, **VALUES))
    for name in ("nginx", "postgres"):
        folder = tmp_path / f"commune-coverage@{name}.service.d"
        folder.mkdir()
        (folder / "own.conf").write_text(filled_in(DEPLOY / "systemd" / f"{name}.conf", **VALUES))
    units = [
        tmp_path / "commune-coverage.target",
        *(tmp_path / f"commune-coverage@{name}.service" for name in SERVICES),
    ]
    for instance in units[1:]:
        shutil.copy(tmp_path / "commune-coverage@.service", instance)
    said = subprocess.run([analyze, "verify", *units], capture_output=True, text=True, timeout=60, check=False)
    assert (said.returncode, said.stderr) == (0, "")


def test_the_target_wants_every_service() -> None:
    wanted = unit("commune-coverage.target")["Unit"]["Wants"]
    assert set(re.findall(r"@(\w+)\.service", wanted)) == SERVICES


def test_supervisord_runs_the_same_services_and_is_closed_to_others() -> None:
    read = configparser.ConfigParser(interpolation=None)
    read.read_string(filled_in(DEPLOY / "supervisord.conf", **VALUES))
    programs = {name.removeprefix("program:"): read[name] for name in read.sections() if name.startswith("program:")}
    assert set(programs) == SERVICES
    assert all(program["command"] == f"{ROOT}/deploy/run.sh {name}" for name, program in programs.items())
    assert read["unix_http_server"]["chmod"] == "0700"
    assert "inet_http_server" not in read.sections()


def test_run_sh_knows_every_service_and_binds_the_server_to_loopback() -> None:
    text = (DEPLOY / "run.sh").read_text()
    assert set(re.findall(r"^(\w+)\)", text, re.MULTILINE)) == {*SERVICES, "prefect"}
    assert re.findall(r"server start .*", text) == ['server start --host 127.0.0.1 --port "$API_PORT"']


def test_every_name_in_a_template_is_filled_in() -> None:
    known = set(re.findall(r"s\|@(\w+)@\|", (DEPLOY / "set_up.sh").read_text()))
    for template in (*DEPLOY.glob("*.conf"), DEPLOY / "settings.env", *(DEPLOY / "systemd").iterdir()):
        assert set(re.findall(r"@([A-Z_]+)@", template.read_text())) <= known


def test_settings_name_all_that_the_scripts_read() -> None:
    settings = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "settings.env").read_text(), re.MULTILINE))
    text = "".join(script.read_text() for script in SCRIPTS)
    read = set(re.findall(r"\$\{?([A-Z][A-Z_]+)", text))
    elsewhere = {"INSTANCE", "PATH", "TMPDIR", "PYTHON", "BASH_SOURCE", "PREFECT_API_URL", "PREFECT_API_AUTH_STRING"}
    assert read - elsewhere == settings


def test_the_environment_of_the_deployments_is_what_prefect_yaml_asks_for() -> None:
    asked = set(re.findall(r"\$\{(COMMUNE_COVERAGE_\w+):-", (ROOT / "prefect.yaml").read_text()))
    assert asked == set(re.findall(r"(COMMUNE_COVERAGE_\w+)=", (DEPLOY / "set_up.sh").read_text()))


def test_three_deployments_share_a_pool_and_run_one_at_a_time() -> None:
    deployments = {found["name"]: found for found in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]}
    assert set(deployments) == {"nightly", "sources", "on-demand", "plan"}
    for deployment in deployments.values():
        assert deployment["work_pool"]["name"] == "coverage"
        assert deployment["concurrency_limit"]["limit"] == 1


@pytest.mark.parametrize(("image", "purpose"), [("container", "run"), ("kubernetes", "cluster")])
def test_an_image_holds_the_lock_of_its_purpose_and_has_its_commands_on_the_path(image: str, purpose: str) -> None:
    text = (DEPLOY / image / "Containerfile").read_text()
    assert f"tools/setup.sh {purpose} " in text
    folder = re.search(r"^WORKDIR (.*)$", text, re.MULTILINE)
    assert folder is not None
    assert f"PATH={folder[1]}/.venv/bin:$PATH" in text
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)


def test_a_server_has_what_briefs_need() -> None:
    needed_by_weasyprint = {"libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"}
    for file in ("set_up.sh", "container/Containerfile"):
        assert needed_by_weasyprint <= set((DEPLOY / file).read_text().split()), file
    assert "tools/setup.sh run\n" in (DEPLOY / "set_up.sh").read_text()
