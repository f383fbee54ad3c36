"""A module of another library that a file uses is there, whatever else was imported before it."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("src/coverage/commune_coverage", "pipelines", "tools", "benchmarks")


def _imported(tree: ast.Module) -> dict[str, str]:
    """Name in the file to the library that ``import library`` binds it to."""
    plain = [alias for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return {alias.asname or alias.name: alias.name for alias in plain if alias.asname or "." not in alias.name}


def used_submodules(path: Path) -> set[tuple[str, str]]:
    """Pairs of a library and the module of it that a file reaches as an attribute without importing it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bound = _imported(tree)
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    reached = {
        (bound[node.value.id], node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in bound
    }
    return {(one, attribute) for one, attribute in reached if f"{one}.{attribute}" not in named}


def _is_module(library: str, attribute: str) -> bool:
    spec = importlib.util.find_spec(library)
    if spec is None or spec.submodule_search_locations is None:
        return False
    return importlib.util.find_spec(f"{library}.{attribute}") is not None


def test_every_module_that_is_used_comes_with_what_is_imported():
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    used = {pair for path in files for pair in used_submodules(path) if _is_module(*pair)}
    for library in sorted({library for library, _ in used}):
        names = sorted(name for one, name in used if one == library)
        code = f"import {library}\nprint([name for name in {names} if not hasattr({library}, name)])"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]", library


def test_a_module_that_is_reached_without_its_import_is_found(tmp_path):
    (tmp_path / "one.py").write_text("import rasterio\nrasterio.warp.transform_bounds\n")
    (tmp_path / "two.py").write_text("import rasterio\nimport rasterio.warp\nrasterio.warp.transform_bounds\n")
    assert used_submodules(tmp_path / "one.py") == {("rasterio", "warp")}
    assert used_submodules(tmp_path / "two.py") == set()
