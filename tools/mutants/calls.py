"""Which tests call which functions, found once by running them; so only those that can notice a change are run."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from tools.mutants.changes import MODULE, Change, place_of
from tools.mutants.forked import Job, ended, started

_TEST_LIMIT_S = 5
_FOLDER_LIMIT_S = 3600
_COMPILED = "-compiled"


@dataclass(frozen=True)
class MappedTest:
    """A test of the unchanged tree: its seconds of processor time and the functions that it calls.

    A module is known by its part and name: one that moves within its part needs no new run.
    """

    name: str
    seconds: float
    interpreted: bool
    calls: frozenset[tuple[tuple[str, str], str]]


def files_of_tests(tree: Path, folder: str) -> list[str]:
    """Test files of a folder of tests, from the tree's root."""
    return [path.relative_to(tree).as_posix() for path in sorted((tree / "tests" / folder).rglob("test_*.py"))]


class CallMap:
    """The runs of all tests, kept in a file a test file; a test file that has changed is run again."""

    def __init__(self, tree: Path, folder: Path) -> None:
        self._tree, self._folder = tree, folder / "calls"
        self._folder.mkdir(parents=True, exist_ok=True)
        self.tests: list[MappedTest] = []

    def load(self, progress: Callable[[str], None], folders: tuple[str, ...], with_compiled: bool) -> None:
        """Read what is known, run what is not; with ``with_compiled`` also what takes long or fails interpreted."""
        self.tests = []
        for folder in folders:
            files = files_of_tests(self._tree, folder)
            missing = [file for file in files if not self._stored(file).is_file()]
            if missing:
                progress(f"recording what {len(missing)} test files of tests/{folder} call")
                self._record(missing, _run_once(self._tree, missing, self._folder, interpreted=True), "")
            rows = [row for file in files for row in json.loads(self._stored(file).read_text())]
            if with_compiled:
                rows = self._with_compiled(rows, progress)
            self.tests += [_mapped(row) for row in rows if row["outcome"] == "passed"]

    def _with_compiled(self, rows: list[dict[str, Any]], progress: Callable[[str], None]) -> list[dict[str, Any]]:
        """The rows, those that did not pass run again compiled; what they called until they were stopped counts too."""
        calls = {row["test"]: row["calls"] for row in rows if row["outcome"] != "passed"}
        files = sorted({_file_of(test) for test in calls})
        missing = [file for file in files if not self._stored(file, _COMPILED).is_file()]
        if missing:
            progress(f"recording what slow tests of {len(missing)} files call, compiled")
            slow = [test for test in calls if _file_of(test) in missing]
            self._record(missing, _run_once(self._tree, slow, self._folder, interpreted=False), _COMPILED)
        again = [row for file in files for row in json.loads(self._stored(file, _COMPILED).read_text())]
        more = [row | {"calls": [*row["calls"], *calls.get(row["test"], [])]} for row in again]
        return [*(row for row in rows if row["outcome"] == "passed"), *more]

    def _record(self, files: list[str], rows: list[dict[str, Any]], mode: str) -> None:
        for file in files:
            own = [row for row in rows if _file_of(row["test"]) == file]
            self._stored(file, mode).write_text(json.dumps(own, indent=0))

    def _stored(self, file: str, mode: str = "") -> Path:
        digest = sha256((self._tree / file).read_bytes()).hexdigest()[:16]
        return self._folder / f"{Path(file).stem}-{digest}{mode}.json"

    def of(self, change: Change, callers: frozenset[str]) -> list[MappedTest]:
        """Tests that call the changed function, or any of ``callers``, those that take least first."""
        chosen = [test for test in self.tests if _may_notice(test, change, callers)]
        return sorted(chosen, key=lambda test: (not test.interpreted, test.seconds))


def _may_notice(test: MappedTest, change: Change, callers: frozenset[str]) -> bool:
    if change.function != MODULE and (place_of(change.file), change.function) in test.calls:
        return True
    places = {place_of(caller) for caller in callers}
    of_module = change.function == MODULE or not test.interpreted
    return of_module and any(place in places for place, _ in test.calls)


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
    job = Job(
        tree, tests, folder / "run.jsonl", interpreted, _FOLDER_LIMIT_S, _TEST_LIMIT_S * (1 if interpreted else 10)
    )
    job.is_traced, job.until_noticed = True, False
    end = ended(started(job), job)
    if end not in {"passed", "failed"}:
        raise RuntimeError(f"the tests of {tests[0]} and others ended by {end}: see {job.out.with_suffix('.log')}")
    shared: dict[str, set[str]] = {}
    for row in job.rows:
        shared.setdefault(_file_of(row["test"]), set()).update(row.pop("setup"))
    for row in job.rows:
        row["calls"] = sorted({*row["calls"], *shared[_file_of(row["test"])]})
        row["interpreted"] = interpreted
    return job.rows


def _file_of(test: str) -> str:
    return test.split("::", maxsplit=1)[0]


def _mapped(row: dict[str, Any]) -> MappedTest:
    calls = (call.split(":") for call in row["calls"])
    return MappedTest(
        row["test"],
        row["seconds"],
        row["interpreted"],
        frozenset((place_of(file), function) for file, function in calls),
    )
