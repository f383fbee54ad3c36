"""The example manifests: they parse, their commands exist, and nothing in them runs as root."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from commune_coverage.cli.app import app

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
    assert coordinator["args"][-1] == f"dask://{cluster['name']}-scheduler.{cluster['namespace']}.svc:8786"
    secrets = {source["secretRef"]["name"] for container in CONTAINERS for source in container.get("envFrom", [])}
    assert secrets == {by_kind["Secret"]["metadata"]["name"]}
