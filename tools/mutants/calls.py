"""Which tests call which functions, found once by running them; so only those that can notice a change are run."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from tools.mutants.changes import MODULE, Change
from tools.mutants.forked import Job, ended, started

FOLDERS = ("indicators", "population", "quality", "travel", "radio", "planning", "readers", "outside")
_TEST_LIMIT_S = 5
_FILE_LIMIT_S = 600


@dataclass(frozen=True)
class MappedTest:
    """A test of the unchanged tree: its seconds of processor time and the functions that it calls."""

    name: str
    seconds: float
    interpreted: bool
    calls: frozenset[str]


def files_of_tests(tree: Path, folders: tuple[str, ...]) -> list[str]:
    """Test files of the folders, from the tree's root."""
    paths = [path for folder in folders for path in sorted((tree / "tests" / folder).rglob("test_*.py"))]
    return [path.relative_to(tree).as_posix() for path in paths]


class CallMap:
    """The runs of all tests, kept in a file a test file; a test file that has changed is run again."""

    def __init__(self, tree: Path, folder: Path) -> None:
        self._tree, self._folder = tree, folder / "calls"
        self._folder.mkdir(parents=True, exist_ok=True)
        self.tests: list[MappedTest] = []

    def load(self, progress: Callable[[str], None], with_compiled: bool, folders: tuple[str, ...] = FOLDERS) -> None:
        """Read what is known, run what is not; with ``with_compiled`` also what takes long or fails interpreted."""
        self.tests = []
        for number, file in enumerate(files := files_of_tests(self._tree, folders), 1):
            digest = f"{Path(file).stem}-{sha256((self._tree / file).read_bytes()).hexdigest()[:16]}"
            rows = self._stored(
                digest, partial(self._interpreted, file), partial(progress, f"{number}/{len(files)} {file}")
            )
            if with_compiled and any(row["outcome"] != "passed" for row in rows):
                rows = self._stored(
                    f"{digest}-compiled", partial(self._compiled, rows), partial(progress, f"{file} compiled")
                )
            self.tests += [_mapped(row) for row in rows if row["outcome"] == "passed"]

    def _stored(
        self, name: str, run: Callable[[], list[dict[str, Any]]], progress: Callable[[], None]
    ) -> list[dict[str, Any]]:
        stored = self._folder / f"{name}.json"
        if not stored.is_file():
            progress()
            stored.write_text(json.dumps(run(), indent=0))
        return list(json.loads(stored.read_text()))

    def _interpreted(self, file: str) -> list[dict[str, Any]]:
        return _run_once(self._tree, [file], self._folder, interpreted=True)

    def _compiled(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows, those that did not pass run again; what they called until they were stopped counts too."""
        calls = {row["test"]: row["calls"] for row in rows if row["outcome"] != "passed"}
        again = _run_once(self._tree, list(calls), self._folder, interpreted=False)
        for row in again:
            row["calls"] = sorted({*row["calls"], *calls.get(row["test"], [])})
        return [*(row for row in rows if row["outcome"] == "passed"), *again]

    def of(self, change: Change, callers: frozenset[str]) -> list[MappedTest]:
        """Tests that call the changed function, or any of ``callers``, those that take least first."""
        chosen = [test for test in self.tests if _may_notice(test, change, callers)]
        return sorted(chosen, key=lambda test: (not test.interpreted, test.seconds))


def _may_notice(test: MappedTest, change: Change, callers: frozenset[str]) -> bool:
    if change.function != MODULE and f"{change.file}:{change.function}" in test.calls:
        return True
    of_module = change.function == MODULE or not test.interpreted
    return of_module and any(call.split(":")[0] in callers for call in test.calls)


def importers(package: Path, file: str) -> frozenset[str]:
    """The module itself and those that import it; of a compiled test no compiled function is seen to be called."""
    name = f"{package.name}.{file.removesuffix('.py').replace('/', '.')}"
    result = {file}
    for path in package.rglob("*.py"):
        text = path.read_text()
        if name in text or f"import {name.rsplit('.', 1)[1]}" in text:
            imported = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.Import, ast.ImportFrom))]
            if any(name in _names(node) for node in imported):
                result.add(path.relative_to(package).as_posix())
    return frozenset(result)


def _names(node: ast.Import | ast.ImportFrom) -> set[str]:
    own = {alias.name for alias in node.names}
    return own if isinstance(node, ast.Import) else {str(node.module), *(f"{node.module}.{name}" for name in own)}


def _run_once(tree: Path, tests: list[str], folder: Path, interpreted: bool) -> list[dict[str, Any]]:
    job = Job(tree, tests, folder / "run.jsonl", interpreted, _FILE_LIMIT_S, _TEST_LIMIT_S * (1 if interpreted else 10))
    job.is_traced, job.first_failure = True, False
    ended(started(job), job)
    shared: dict[str, set[str]] = {}
    for row in job.rows:
        shared.setdefault(row["test"].split("::")[0], set()).update(row.pop("setup"))
    for row in job.rows:
        row["calls"] = sorted({*row["calls"], *shared[row["test"].split("::")[0]]})
        row["interpreted"] = interpreted
    return job.rows


def _mapped(row: dict[str, Any]) -> MappedTest:
    return MappedTest(row["test"], row["seconds"], row["interpreted"], frozenset(row["calls"]))
