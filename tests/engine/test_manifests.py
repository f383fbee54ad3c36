"""The example manifests: they parse, their commands exist, and nothing in them runs as root."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import yaml
from dask import config as dask_config
from typer.testing import CliRunner

from commune_coverage.cli.app import app
from commune_coverage.core.errors import EngineError
from commune_coverage.engine import map_items
from tests.engine.daskhere import dask_here
from tests.engine.test_engine import square

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "kubernetes"
DOCUMENTS = [document for file in sorted(FOLDER.glob("*.yaml")) for document in yaml.safe_load_all(file.read_text())]


def _pods(value: object) -> Iterator[dict]:
    if isinstance(value, dict):
        if "containers" in value:
            yield value
        for inner in value.values():
            yield from _pods(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _pods(inner)


PODS = [pod for document in DOCUMENTS for pod in _pods(document)]
CONTAINERS = [container for pod in PODS for container in pod["containers"]]


def test_there_is_a_cluster_a_run_its_disk_and_its_storage():
    kinds = sorted(document["kind"] for document in DOCUMENTS)
    assert kinds == ["CronJob", "DaskCluster", "NetworkPolicy", "PersistentVolumeClaim", "Secret"]
    assert {document["metadata"]["namespace"] for document in DOCUMENTS} == {"commune-coverage"}
    assert sorted(container["name"] for container in CONTAINERS) == ["coordinator", "scheduler", "worker"]


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda container: container["name"])
def test_the_command_knows_its_options(container):
    options = [argument for argument in container["args"] if argument.startswith("--")]
    if container["command"] == ["commune-coverage"]:
        help_text = CliRunner().invoke(app, [container["args"][0], "--help"], env={"COLUMNS": "200"}).output
    else:
        command = [sys.executable, *container["command"][1:], "--help"]
        help_text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert options
    assert [option for option in options if option not in help_text] == []


@pytest.mark.parametrize("pod", PODS, ids=lambda pod: pod["containers"][0]["name"])
def test_a_pod_is_not_root_cannot_write_its_image_and_is_limited(pod):
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["automountServiceAccountToken"] is False
    volumes = {volume["name"] for volume in pod["volumes"]}
    for container in pod["containers"]:
        rights = container["securityContext"]
        assert rights["readOnlyRootFilesystem"]
        assert not rights["allowPrivilegeEscalation"]
        assert rights["capabilities"] == {"drop": ["ALL"]}
        assert {"cpu", "memory"} <= container["resources"]["limits"].keys()
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes


def test_names_that_refer_to_each_other_agree():
    by_kind = {document["kind"]: document for document in DOCUMENTS}
    cluster = by_kind["DaskCluster"]["metadata"]
    coordinator = next(container for container in CONTAINERS if container["name"] == "coordinator")
    assert coordinator["args"][-1] == f"tls://{cluster['name']}-scheduler.{cluster['namespace']}.svc:8786"
    secrets = {source["secretRef"]["name"] for container in CONTAINERS for source in container.get("envFrom", [])}
    assert secrets == {by_kind["Secret"]["metadata"]["name"]}
    worker = next(container for container in CONTAINERS if container["name"] == "worker")
    assert worker["args"][0] == coordinator["args"][-1]


def _environment(name: str, tls: Path) -> dict[str, str]:
    """The environment of a container, with its certificates where they are here."""
    container = next(container for container in CONTAINERS if container["name"] == name)
    return {
        one["name"]: one["value"].replace("/tls", str(tls), 1) for one in container["env"] if "COMM__" in one["name"]
    }


def _configured(environment: dict[str, str]) -> AbstractContextManager[object]:
    """Dask's configuration as it is in a process of that environment."""
    import distributed  # noqa: F401 - its defaults are put into the configuration where it is first imported

    return dask_config.set(dask_config.merge(dask_config.config, dask_config.collect_env(environment)))


def _tls_options(name: str) -> tuple[str, ...]:
    arguments = next(container for container in CONTAINERS if container["name"] == name)["args"]
    return ("--protocol", arguments[arguments.index("--protocol") + 1])


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """What docs/distributed.md makes for the Secret that all pods mount."""
    folder = tmp_path_factory.mktemp("tls")
    text = (FOLDER.parents[1] / "docs" / "distributed.md").read_text()
    for line in (line for line in text.splitlines() if line.startswith("openssl ")):
        subprocess.run(shlex.split(line), cwd=folder, capture_output=True, check=True)
    return folder


def test_the_configuration_of_dask_is_in_the_image_and_has_known_keys():
    import distributed  # noqa: F401 - its defaults are put into the configuration where it is first imported

    (place,) = re.findall(
        r"^ENV DASK_CONFIG=/opt/commune-coverage/(\S+)$", (FOLDER / "Containerfile").read_text(), re.M
    )
    own = dask_config.collect([str(FOLDER.parents[1] / place)], env={})

    def check(settings, prefix):
        for name, value in settings.items():
            known = dask_config.get(f"{prefix}{name}")
            assert isinstance(value, dict) == isinstance(known, dict)
            if isinstance(value, dict):
                check(value, f"{prefix}{name}.")

    check(own, "")
    assert own["distributed"]["worker"]["profile"] == {"enabled": False}


def test_every_pod_mounts_the_certificates():
    for pod in PODS:
        assert {"name": "tls", "secret": {"secretName": "commune-coverage-tls", "defaultMode": 0o440}} in pod["volumes"]
        assert {"name": "tls", "mountPath": "/tls", "readOnly": True} in pod["containers"][0]["volumeMounts"]


def test_who_has_no_certificate_is_not_spoken_to(certificates, tmp_path, monkeypatch):
    own, environment = _environment("coordinator", certificates), _environment("scheduler", certificates)
    assert environment == _environment("worker", certificates)
    options = {"of_scheduler": _tls_options("scheduler"), **environment}
    monkeypatch.setattr("commune_coverage.engine.clients.CONNECT_TIMEOUT_S", 3)
    with dask_here(tmp_path, 1, *_tls_options("worker"), **options) as dask:
        assert dask.address.startswith("tls://")
        with _configured(own):
            assert map_items(square, [2, 3], dask.address) == [4, 9]
        without = {name: value for name, value in own.items() if "CLIENT" not in name}
        for address, settings in ((dask.address, without), (dask.address.replace("tls", "tcp"), {})):
            with _configured(settings), pytest.raises(EngineError, match="do not trust each other"):
                map_items(square, [2], address)
