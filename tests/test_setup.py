"""Guards of the set-up: the package's name, the locks, and the one direction of imports."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import coverage
from coverage.maps.page_assets import INSTALLED_FILES
from tools.page_assets import FILES

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
PYTHON_LOCKS = sorted((ROOT / "requirements").glob("*.txt"))

GROUND = {"errors", "quarantine", "tables", "commune_table", "measured_tables", "country", "layers", "assumptions",
          "reach_assumptions", "reach_table", "table_columns", "cluster", "postgis", "map_settings"}  # fmt: skip
# part of the package -> other parts that it may import; runs, steps, stages and cli join them all.
MAY_IMPORT = {
    "errors": set(),
    "quarantine": set(),
    "tables": set(),
    "table_columns": {"tables"},
    "reach_table": {"assumptions", "table_columns", "tables"},
    "commune_table": {"assumptions", "reach_table", "table_columns", "tables"},
    "measured_tables": {"tables"},
    "assumptions": set(),
    "compiled": set(),
    "memory": set(),
    "cluster": {"assumptions"},
    "postgis": {"assumptions"},
    "reach_assumptions": {"assumptions"},
    "layers": {"assumptions", "reach_assumptions", "reach_table", "table_columns"},
    "map_settings": {"assumptions"},
    "night_settings": {"assumptions"},
    "country": {
        "assumptions",
        "cluster",
        "errors",
        "layers",
        "map_settings",
        "night_settings",
        "postgis",
        "reach_assumptions",
        "reach_table",
        "table_columns",
    },
    "declared_file": {"errors"},
    "country_file": {"country", "declared_file", "errors"},
    "people": GROUND | {"compiled"},
    "urbanisation": GROUND,
    "signal": GROUND | {"compiled", "urbanisation"},
    "reach": GROUND | {"compiled"},
    "gaps": GROUND,
    "engine": GROUND | {"memory", "store"},
    "checks": GROUND | {"night_settings", "store"},
    "publishing": GROUND | {"checks", "maps", "runs", "store", "watch"},
    "manifest": GROUND | {"sources"},
    "fetch": GROUND | {"sources", "store"},
    "guard": GROUND | {"manifest", "sources", "store"},
    "new_country": GROUND | {"maps", "store"},
    "store": GROUND | {"people", "urbanisation"},
    "exports": GROUND | {"store"},
    "database": GROUND | {"country_file", "exports", "runs", "store", "watch"},
    "maps": GROUND,
    # Readers of people make demand, the reader of radios makes link budgets, that of heights the ground to walk on.
    "sources": GROUND | {"compiled", "engine", "memory", "people", "places", "reach", "signal"},
    "places": GROUND | {"engine", "people", "store", "urbanisation"},
}
# outside library -> the only parts that may import it
ONLY_IN = {
    "asyncpg": {"database"},
    "dask": {"engine"},
    "dask_gateway": {"engine"},
    "dask_kubernetes": {"engine"},
    "distributed": {"bench", "engine"},
    "fsspec": {"engine"},
    "folium": {"maps"},
    "prefect": set(),
}
READS_OR_WRITES = {
    "fcntl",
    "http",
    "httpx",
    "openpyxl",
    "osmium",
    "pyarrow",
    "pyogrio",
    "requests",
    "socket",
    "sqlite3",
    "urllib",
}
PURE = GROUND | {"people", "urbanisation", "signal", "reach", "gaps"}


def test_coverage_is_this_projects_package() -> None:
    assert Path(coverage.__file__) == SRC / "coverage" / "__init__.py"


@pytest.mark.parametrize("lock", PYTHON_LOCKS, ids=lambda path: path.name)
def test_lock_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert not re.search(r"://|^\s*-(i|f)\b|--(extra-)?index-url|--find-links| @ ", text, re.MULTILINE)
    pins = re.findall(r"^[a-z0-9._-]+==", text, re.MULTILINE)
    assert len(pins) > 0
    assert len(pins) == len(re.findall(r"^[a-z0-9._-]+==.*\\\n\s+--hash=sha256:", text, re.MULTILINE))


def test_lock_lacks_what_clashes_with_our_name() -> None:
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements" / "lock.txt").read_text(), re.MULTILINE))
    assert not locked & {"coverage", "pytest-cov"}


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


def test_command_says_when_another_package_has_our_name(tmp_path: Path) -> None:
    impostor = tmp_path / "coverage"
    impostor.mkdir()
    (impostor / "__init__.py").write_text("class Coverage: ...\n")
    search_path = os.pathsep.join([str(tmp_path), str(SRC)])
    done = subprocess.run(
        [sys.executable, "-c", "import commune_coverage_entry; commune_coverage_entry.main()"],
        env={**os.environ, "PYTHONPATH": search_path}, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert str(impostor) in done.stderr
    assert "coverage.py has the same name" in done.stderr


def test_command_starts_as_a_process_and_numba_is_not_loaded_for_help() -> None:
    code = (
        "import sys, commune_coverage_entry as entry\n"
        "sys.argv = ['commune-coverage', 'link', '--help']\n"
        "try: entry.main()\n"
        "except SystemExit as done: assert not done.code, done.code\n"
        "assert 'numba' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(SRC)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "FILE.json" in done.stdout


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they go"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _modules_by_part() -> Iterator[tuple[str, Path]]:
    package = SRC / "coverage"
    for path in sorted(package.rglob("*.py")):
        yield path.relative_to(package).parts[0].removesuffix(".py"), path


MODULES = list(_modules_by_part())


@pytest.mark.parametrize(("part", "path"), MODULES, ids=[str(path.relative_to(SRC)) for _, path in MODULES])
def test_imports_go_one_way(part: str, path: Path) -> None:
    for name in _imports(path):
        top, _, rest = name.partition(".")
        if top == "coverage" and part in MAY_IMPORT and rest != "__version__":
            assert rest.split(".")[0] in MAY_IMPORT[part] | {part}, f"{part} may not import {name}"
        assert part in ONLY_IN.get(top, {part}), f"{name} belongs in {ONLY_IN.get(top)}, not in {part}"
        reads = top in READS_OR_WRITES and not name.startswith("urllib.parse")
        assert not (part in PURE and reads), f"{part} is pure and may not import {name}"
