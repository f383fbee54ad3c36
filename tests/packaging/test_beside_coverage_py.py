"""coverage.py, pytest-cov, numba and this package in one environment, in any order: none harms another."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from commune_coverage import __version__
from tests.packaging.builds import Environment, fresh_environment

pytestmark = pytest.mark.xdist_group("packaging")

OTHERS = ("coverage", "pytest-cov", "numba")
# Each package does something of its own and gives its version.
CHECKS = {
    "coverage": "import coverage; coverage.Coverage(data_file=None).start(); print(coverage.__version__)",
    "pytest-cov": "import pytest_cov.plugin; print(pytest_cov.__version__)",
    "numba": "import numba; assert numba.njit(lambda x: x + 1)(1) == 2; print(numba.__version__)",
    "commune-coverage": (
        "import commune_coverage.radio.best_server, commune_coverage.cli.app; print(commune_coverage.__version__)"
    ),
}
INSTALLED = (
    "import importlib.metadata as m, json; print(json.dumps({d.name.lower(): d.version for d in m.distributions()}))"
)


def test_the_wheel_has_no_module_named_coverage(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        top_level = {name.split("/")[0] for name in archive.namelist()}
    assert top_level == {"commune_coverage", "pipelines", f"commune_coverage-{__version__}.dist-info"}


def test_beside_this_package_coverage_is_coverage_py_or_not_there(tmp_path: Path) -> None:
    """``src/`` on the path would make it an empty namespace of ``src/coverage/``, which numba takes for coverage.py."""
    code = (
        "import importlib.util, commune_coverage, pipelines\n"
        "spec = importlib.util.find_spec('coverage')\n"
        "if spec is not None:\n"
        "    import coverage; print(coverage.__version__)\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.long
def test_each_works_in_every_order_of_installation(wheel: Path, tmp_path: Path) -> None:
    environment = fresh_environment(tmp_path)
    sources = {name: name for name in OTHERS} | {"commune-coverage": str(wheel)}
    for order in itertools.permutations(sources):
        for name in order:
            environment.install(sources[name])
        _check(environment, order)
        environment.uninstall(*order)


@pytest.mark.long
def test_without_one_the_others_are_whole(wheel: Path, tmp_path: Path) -> None:
    environment = fresh_environment(tmp_path)
    sources = {name: name for name in OTHERS} | {"commune-coverage": str(wheel)}
    needs = {"coverage": {"pytest-cov"}, "numba": {"commune-coverage"}}
    for name in sources:
        environment.install(*sources.values())
        environment.uninstall(name)
        _check(environment, tuple(other for other in sources if other != name and other not in needs.get(name, set())))
        environment.install(*sources.values())
        _check(environment, tuple(sources))


def _check(environment: Environment, names: tuple[str, ...]) -> None:
    """Each of them works and gives the version that is installed."""
    versions = json.loads(environment.python(INSTALLED))
    for name in names:
        assert environment.python(CHECKS[name]) == versions[name], (name, names)
    if "commune-coverage" in names:
        assert environment.run("commune-coverage", "--version") == f"commune-coverage {versions['commune-coverage']}"
    if "coverage" in names:
        assert environment.run("coverage", "--version").startswith(f"Coverage.py, version {versions['coverage']} ")
