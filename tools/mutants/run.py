"""What became of each change: noticed by a value or by a crash, survived, or equivalent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.mutants.calls import CallMap, MappedTest, importers
from tools.mutants.changes import Change
from tools.mutants.choice import part_of
from tools.mutants.forked import Job, ended, started
from tools.mutants.tree import PACKAGE, Changed

VALUE, CRASH, SURVIVED, EQUIVALENT = "value", "crash", "survived", "equivalent"


@dataclass(frozen=True)
class Limits:
    """Processor seconds for the tests of one change: interpreted ones, and compiled ones for what survives these."""

    interpreted_s: float = 60.0
    compiled_s: float = 120.0


@dataclass(frozen=True)
class Result:
    """One change: its outcome, the test that noticed it first and the error, and how many tests could have."""

    key: str
    name: str
    part: str
    file: str
    function: str
    line: int
    kind: str
    before: str
    after: str
    outcome: str
    error: str = ""
    test: str = ""
    tests: int = 0
    reason: str = ""


def result_of(change: Change, outcome: str, **more: Any) -> Result:
    same = ("key", "name", "file", "function", "line", "kind", "before", "after")
    return Result(part=part_of(change), outcome=outcome, **{name: getattr(change, name) for name in same}, **more)


class Trial:
    """Runs changes in a copy of the tree."""

    def __init__(self, tree: Path, calls: CallMap, limits: Limits) -> None:
        self._tree, self._calls, self._limits = tree, calls, limits
        self._sound: dict[str, bool] = {}

    def __call__(self, change: Change) -> Result:
        """The change's result; tests that are compiled are run only where no other notices it."""
        tests = self._calls.of(change, importers(self._tree / PACKAGE, change.file))
        while True:
            noticed = self._tried(change, [test for test in tests if self._sound.get(test.name, True)])
            if noticed is None:
                return result_of(change, SURVIVED, tests=len(tests))
            if self._is_sound(next((test for test in tests if test.name == noticed["test"]), None)):
                return result_of(change, tests=len(tests), **noticed)

    def _tried(self, change: Change, tests: list[MappedTest]) -> dict[str, str] | None:
        interpreted = _within([test for test in tests if test.interpreted], self._limits.interpreted_s)
        compiled = _within([test for test in tests if not test.interpreted], self._limits.compiled_s)
        with Changed(self._tree, change):
            for chosen in filter(None, (interpreted, compiled)):
                noticed = self._noticed(chosen)
                if noticed is not None:
                    return noticed
        return None

    def _is_sound(self, test: MappedTest | None) -> bool:
        """A test that fails without the change too notices nothing; it may have passed when it was recorded."""
        if test is None:
            return True
        if test.name not in self._sound:
            self._sound[test.name] = self._noticed([test]) is None
        return self._sound[test.name]

    def _noticed(self, tests: list[MappedTest]) -> dict[str, str] | None:
        """Outcome, error and test of the first that fails, by a value if any does; none where all pass."""
        limit_s = 30 + int(5 * sum(test.seconds for test in tests))
        job = Job(self._tree, [test.name for test in tests], self._tree.with_suffix(".jsonl"))
        job.interpreted, job.limit_s = tests[0].interpreted, limit_s
        end = ended(started(job), job)
        if end == "passed":
            return None
        failed = next((row for kind in (VALUE, CRASH) for row in job.rows if row["outcome"] == kind), None)
        if failed is not None:
            return {"outcome": failed["outcome"], "error": failed["error"], "test": failed["test"]}
        if end == "failed":
            raise RuntimeError(f"pytest could not run: see {job.out.with_suffix('.log')}")
        return {"outcome": CRASH, "error": end, "test": ""}


def _within(tests: list[MappedTest], limit_s: float) -> list[MappedTest]:
    """The first tests that together take no longer than the limit, at least one."""
    result, total = [], 0.0
    for test in tests:
        total += test.seconds
        if result and total > limit_s:
            break
        result.append(test)
    return result


class Results:
    """Results of earlier runs and of this one, a line each; what is there is not run again."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)

    def read(self) -> dict[str, Result]:
        """The newest result of each change."""
        lines = self._file.read_text().splitlines() if self._file.is_file() else []
        return {row["key"]: Result(**row) for row in map(json.loads, lines)}

    def add(self, result: Result) -> None:
        with self._file.open("a") as out:
            out.write(json.dumps(asdict(result)) + "\n")


def table_of(results: list[Result], parts: tuple[str, ...]) -> str:
    """Changes by part and outcome, the share noticed of those that can be seen and the share by value of these."""
    lines = [_row("part", "run", "by value", "by crash", "survived", "equivalent", "noticed", "of it value")]
    for part in (*parts, "all"):
        own = [result for result in results if part in {result.part, "all"}]
        counts = [sum(result.outcome == outcome for result in own) for outcome in (VALUE, CRASH, SURVIVED, EQUIVALENT)]
        lines.append(_row(part, len(own), *counts, f"{noticed_share(own):.1%}", f"{value_share(own):.1%}"))
    return "\n".join(lines)


def _row(first: str, *others: object) -> str:
    return f"{first:<12}" + "".join(f"{other!s:>12}" for other in others)


def noticed_share(results: list[Result]) -> float:
    """Of the changes that can be seen, those that a test notices; 1 where there is none."""
    visible = [result for result in results if result.outcome != EQUIVALENT]
    return sum(result.outcome != SURVIVED for result in visible) / len(visible) if visible else 1.0


def value_share(results: list[Result]) -> float:
    """Of the changes that a test notices, those noticed by a value; 1 where there is none."""
    noticed = [result.outcome for result in results if result.outcome in {VALUE, CRASH}]
    return noticed.count(VALUE) / len(noticed) if noticed else 1.0


def printed(result: Result, number: int, count: int, say: Callable[[str], None] = print) -> None:
    """One line of progress, and for a survivor what the change is."""
    where = f"{result.file}:{result.line} {result.function}"
    by = f" {result.error} in {result.test.rsplit('/', 1)[-1]}" if result.test or result.error else ""
    say(f"[{number}/{count}] {result.outcome:<10} {result.key} {where} ({result.name or result.kind}){by}")
    if result.outcome == SURVIVED:
        say(f"    - {result.before}\n    + {result.after}   ({result.tests} tests)")
