"""``python -m tools.mutants``: see docs/testing.md."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path

from tools.mutants.calls import CallMap
from tools.mutants.changes import Change
from tools.mutants.choice import ALSO, PARTS, chosen_changes, equivalent_reasons, named_changes
from tools.mutants.forked import preload
from tools.mutants.run import (
    CRASH,
    EQUIVALENT,
    SURVIVED,
    Limits,
    Result,
    Results,
    Trial,
    noticed_share,
    printed,
    result_of,
    table_of,
    value_share,
)
from tools.mutants.tree import PACKAGE, ROOT, copy_tree


def main(arguments: list[str] | None = None) -> int:
    """Run the changes that have no result yet, print the table; 1 where too few are noticed."""
    options = _options(arguments)
    if options.fresh:
        shutil.rmtree(options.folder, ignore_errors=True)
    results = Results(options.folder / "results.jsonl")
    changes = _changes(options)
    _run(_without_result(changes, results.read(), options.again), results, options)
    known = results.read()
    own = [known[change.key] for change in changes]
    _report(own, options.json)
    return int(noticed_share(own) < options.min_share or value_share(own) < options.min_value_share)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description="Which small faults do tests notice?")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200, help="changes drawn beside the named ones")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--only", nargs="+", default=(), metavar="KEY", help="run only these")
    parser.add_argument("--no-named", action="store_true", help="leave out the changes of named.toml")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="run those once more that no value noticed")
    parser.add_argument("--fresh", action="store_true", help="forget all results and which tests call what")
    parser.add_argument("--seconds", type=float, default=60.0, help="processor time of tests for a change")
    parser.add_argument("--compiled-seconds", type=float, default=120.0, help="the same of tests that need compiling")
    parser.add_argument("--min-share", type=float, default=0.9, help="exit code 1 where fewer are noticed")
    parser.add_argument("--min-value-share", type=float, default=0.8, help="the same where fewer of these are by value")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "mutants")
    return parser.parse_args(arguments)


def _changes(options: argparse.Namespace) -> list[Change]:
    package = ROOT / PACKAGE
    named = (
        [] if options.no_named else [one for one in named_changes(package) if one.file.split("/")[0] in options.parts]
    )
    changes = {
        one.key: one for one in [*named, *chosen_changes(package, options.seed, options.count, tuple(options.parts))]
    }
    return [one for key, one in changes.items() if not options.only or key in options.only]


def _without_result(changes: list[Change], known: dict[str, Result], again: bool) -> list[Change]:
    return [one for one in changes if one.key not in known or (again and known[one.key].outcome in {SURVIVED, CRASH})]


def _run(changes: list[Change], results: Results, options: argparse.Namespace) -> None:
    """Changes shared out over processes, each with a tree of its own; equivalent ones need no test."""
    reasons = equivalent_reasons()
    for change in changes:
        if change.lines in reasons:
            results.add(result_of(change, EQUIVALENT, reason=reasons[change.lines]))
    changes = [change for change in changes if change.lines not in reasons]
    if not changes:
        return
    preload()
    trees = [options.folder / f"tree-{number}" for number in range(options.jobs)]
    for tree in trees:
        copy_tree(tree)
    calls = CallMap(trees[0], options.folder)
    calls.load(partial(print, file=sys.stderr, flush=True), (*options.parts, *ALSO), options.compiled_seconds > 0)
    _in_processes(
        [partial(_try, changes[n :: options.jobs], tree, calls, results, options) for n, tree in enumerate(trees)]
    )


def _try(changes: list[Change], tree: Path, calls: CallMap, results: Results, options: argparse.Namespace) -> None:
    trial = Trial(tree, calls, Limits(options.seconds, options.compiled_seconds))
    for number, change in enumerate(changes, 1):
        result = trial(change)
        results.add(result)
        printed(result, number, len(changes), partial(print, file=sys.stderr, flush=True))


def _in_processes(tasks: list[partial[None]]) -> None:
    processes = []
    for task in tasks[1:]:
        process = os.fork()
        if not process:
            task()
            os._exit(0)
        processes.append(process)
    tasks[0]()
    codes = [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in processes]
    if any(codes):
        raise RuntimeError(f"processes ended with exit codes {codes}")


def _report(results: list[Result], as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(result) for result in results], indent=1))
        return
    print(table_of(results, PARTS))
    for result in results:
        if result.outcome == SURVIVED:
            where = f"{result.file} {result.function} line {result.line}"
            print(f"survived {result.key} {where}\n    - {result.before}\n    + {result.after}")


if __name__ == "__main__":
    sys.exit(main())
