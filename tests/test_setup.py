"""Guards of the set-up: the locks, the pages' files, the command's start."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from commune_coverage.site.pages.assets import INSTALLED_FILES
from tools.page_assets import FILES

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "coverage"
PYTHON_LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("lock", PYTHON_LOCKS, ids=lambda path: path.name)
def test_lock_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert not re.search(r"://|^\s*-(i|f)\b|--(extra-)?index-url|--find-links| @ ", text, re.MULTILINE)
    pins = re.findall(r"^[a-z0-9._-]+==", text, re.MULTILINE)
    assert len(pins) > 0
    assert len(pins) == len(re.findall(r"^[a-z0-9._-]+==.*\\\n\s+--hash=sha256:", text, re.MULTILINE))


@pytest.mark.parametrize("purpose", ["run", "cluster"])
def test_servers_and_workers_have_the_versions_that_were_tested_and_no_tools(purpose: str) -> None:
    """Of packages that development has too: figures come out of the same libraries everywhere."""
    tested, installed = _pins("dev"), _pins(purpose)
    assert {name: version for name, version in installed.items() if name in tested} == {
        name: tested[name] for name in installed if name in tested
    }
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    tools = {re.match(r"[a-z0-9-]+", line)[0] for extra in ("bench", "dev") for line in extras[extra]}
    assert {"pytest", "mypy", "ruff", "playwright", "hypothesis"} <= tools
    assert not tools & installed.keys()
    assert ("prefect" in installed, "dask-gateway" in installed) == (purpose == "run", purpose == "cluster")


def _pins(name: str) -> dict[str, set[str]]:
    """Package -> version for each kind of machine."""
    pins: dict[str, set[str]] = {}
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    for package, version in re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE):
        pins.setdefault(package, set()).add(version)
    return pins


def test_npm_lock_has_hashes_and_no_registry_address() -> None:
    text = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert "registry" not in text
    assert text.count('"integrity": "sha512-') == text.count('"node_modules/')


def test_setup_installs_just_what_pages_load() -> None:
    assert sorted(FILES) == sorted(INSTALLED_FILES)


@pytest.mark.xdist_group("kept together")
def test_groups_of_tests_are_kept_on_one_worker(request: pytest.FixtureRequest) -> None:
    """What takes a minute to make would else be made on every worker; pytest-xdist groups by the names of tests."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("not run by groups; make test does")
    assert request.node.nodeid.endswith("@kept together")


def test_command_starts_as_a_process_and_numba_is_not_loaded_for_help() -> None:
    code = (
        "import sys\nfrom commune_coverage.cli.app import main\n"
        "sys.argv = ['commune-coverage', 'link', '--help']\n"
        "try: main()\n"
        "except SystemExit as done: assert not done.code, done.code\n"
        "assert 'numba' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SRC)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "FILE.json" in done.stdout


@pytest.mark.parametrize("file", ["set_up.sh", "container/Containerfile", "kubernetes/Containerfile"])
def test_servers_and_images_install_a_lock_without_tools(file: str) -> None:
    purposes = re.findall(r"tools/setup\.sh ?(\w*)", (ROOT / "deploy" / file).read_text())
    assert purposes == ["cluster" if "kubernetes" in file else "run"]
