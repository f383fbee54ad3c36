"""The tool that makes small faults: which it makes, that they are the same each time, and that named ones still fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mutants.changes import MODULE, changes_of, is_visible, place_of, signatures_of
from tools.mutants.choice import by_kind, chosen_changes, equivalent_reasons, named_changes, part_of
from tools.mutants.pytest_plugin import is_enough, is_expectation
from tools.mutants.run import (
    CRASH,
    EQUIVALENT,
    SURVIVED,
    VALUE,
    Results,
    noticed_share,
    result_of,
    table_of,
    value_share,
)
from tools.mutants.tree import PACKAGE, ROOT, Changed

SOURCE = '''LIMIT_M = 50.0

def near(x_m: float, y_m: float) -> bool:
    """Words stay."""
    if x_m < 0:
        raise ValueError("1 + 1")
    total = hypotenuse(x_m, y_m) + 2 * x_m
    total += 1
    return total <= LIMIT_M and not far(x_m)
'''


def _after(kind: str) -> set[str]:
    return {change.after for change in changes_of("part/near.py", SOURCE) if change.kind == kind}


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("limit", {"if x_m <= 0:", "return total < LIMIT_M and not far(x_m)"}),
        ("comparison", {"if x_m > 0:", "return total >= LIMIT_M and not far(x_m)"}),
        ("arguments", {"total = hypotenuse(y_m, x_m) + 2 * x_m"}),
        ("statement", {"pass"}),
        (
            "boolean",
            {
                "if (not (x_m < 0)):",
                "return total <= LIMIT_M or not far(x_m)",
                "return total <= LIMIT_M and (far(x_m))",
            },
        ),
        ("term", {"total = (hypotenuse(x_m, y_m))", "total = hypotenuse(x_m, y_m) + (2)", "return (total <= LIMIT_M)"}),
        (
            "constant",
            {
                "LIMIT_M = (55.00000000000001)",
                "if x_m < (1):",
                "total = hypotenuse(x_m, y_m) + (3) * x_m",
                "total += (2)",
            },
        ),
        (
            "operator",
            {"total = hypotenuse(x_m, y_m) - 2 * x_m", "total = hypotenuse(x_m, y_m) + 2 / x_m", "total -= 1"},
        ),
    ],
)
def test_each_kind_of_change_is_found_wherever_it_can_be_made(kind: str, lines: set[str]) -> None:
    """Also the pass of a removed statement stands where it was, so the lines are stripped."""
    assert {line.strip() for line in _after(kind)} == lines


def test_arguments_of_different_types_are_not_exchanged_where_types_are_declared() -> None:
    source = "def f(a: int, b: int, c: str) -> None: ...\n\nclass P(NamedTuple):\n    x: int\n    y: str\n"
    uses = "def g(x, y, z):\n    f(x, y, z)\n    P(x, y)\n    other(x, y)\n"
    exchanged = {
        one.after for one in changes_of("part/near.py", uses, signatures_of([source])) if one.kind == "arguments"
    }
    assert exchanged == {"f(y, x, z)", "other(y, x)"}


def test_changes_compile_and_name_their_function() -> None:
    changes = changes_of("part/near.py", SOURCE)
    assert {change.function for change in changes} == {MODULE, "near"}
    assert all(is_visible(change, SOURCE) for change in changes)
    assert len({change.key for change in changes}) == len(changes)


def test_the_choice_is_the_same_each_time_and_a_smaller_one_is_its_beginning() -> None:
    package, parts = ROOT / PACKAGE, ("indicators", "population")
    few, many = (chosen_changes(package, 1, count, parts) for count in (4, 8))
    assert many[:4] == few
    assert [part_of(change) for change in many] == [*parts] * 4
    assert chosen_changes(package, 2, 4, parts) != few


def test_what_is_added_or_moved_elsewhere_leaves_the_other_changes_chosen(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for package, folder, text in ((before, "old", SOURCE), (after, "new", "def more(x: float) -> None:\n    x += 7\n")):
        (package / "part" / folder).mkdir(parents=True)
        (package / "part" / folder / "near.py").write_text(SOURCE)
        (package / "part" / folder / "other.py").write_text(text.replace("near", "other"))
    first, second = (
        {kind: [one.key for one in changes] for kind, changes in by_kind(package, "part", 1).items()}
        for package in (before, after)
    )
    own = {change.key for change in changes_of("part/near.py", SOURCE)}
    for kind, keys in first.items():
        assert [key for key in keys if key in own] == [key for key in second[kind] if key in own]


def test_named_changes_still_fit_the_code_and_one_that_does_not_is_an_error(tmp_path: Path) -> None:
    changes = named_changes(ROOT / PACKAGE)
    assert all(is_visible(change, (ROOT / PACKAGE / change.file).read_text()) for change in changes)
    (tmp_path / "near.py").write_text(SOURCE)
    listed = tmp_path / "named.toml"
    listed.write_text("[[mutant]]\nname = 'gone'\nfile = 'near.py'\nfind = 'x_km'\nreplace = 'y'\n")
    with pytest.raises(LookupError, match=r"gone: x_km is 0 times in near\.py, not once"):
        named_changes(tmp_path, listed)


def test_equivalent_changes_are_changes_of_the_code_as_it_is() -> None:
    package = ROOT / PACKAGE
    modules = {tuple(lines[:2]) for lines in equivalent_reasons()}
    files = [path.relative_to(package).as_posix() for path in package.rglob("*.py")]
    known = {
        change.lines
        for file in files
        if place_of(file) in modules
        for change in changes_of(file, (package / file).read_text())
    }
    assert equivalent_reasons().keys() <= known
    assert all(equivalent_reasons().values())


def test_a_file_is_as_before_after_its_change(tmp_path: Path) -> None:
    file = tmp_path / PACKAGE / "part" / "near.py"
    file.parent.mkdir(parents=True)
    file.write_text(SOURCE)
    before = file.stat().st_mtime_ns
    change = changes_of("part/near.py", SOURCE)[0]
    with Changed(tmp_path, change):
        assert file.read_text() == change.applied(SOURCE) != SOURCE
        assert int(file.stat().st_mtime) != before // 10**9
    assert (file.read_text(), file.stat().st_mtime_ns) == (SOURCE, before)


def test_only_assertions_and_refusals_that_do_not_come_are_noticed_by_value() -> None:
    assert is_expectation(AssertionError())
    assert is_expectation(pytest.fail.Exception("DID NOT RAISE"))
    assert is_expectation(ExceptionGroup("", [AssertionError()]))
    assert not is_expectation(ExceptionGroup("", [AssertionError(), ZeroDivisionError()]))
    assert not is_expectation(RuntimeWarning())


def test_a_value_ends_the_tests_of_a_fault_and_a_few_crashes_do_not() -> None:
    assert is_enough(["crash", "value"], 8)
    assert not is_enough(["crash"] * 7, 8)
    assert is_enough(["crash"] * 8, 8)


def test_the_share_noticed_is_of_those_that_can_be_seen_and_the_newest_result_counts(tmp_path: Path) -> None:
    results = Results(tmp_path / "results.jsonl")
    changes = changes_of("part/near.py", SOURCE)
    for change, outcome in zip(changes, (SURVIVED, VALUE, CRASH, EQUIVALENT), strict=False):
        results.add(result_of(change, outcome))
    assert noticed_share(list(results.read().values())) == pytest.approx(2 / 3)
    assert value_share(list(results.read().values())) == pytest.approx(1 / 2)
    assert table_of(list(results.read().values()), ("part",)).splitlines()[-1].split() == (
        ["all", "4", "1", "1", "1", "1", "66.7%", "50.0%"]
    )
    results.add(result_of(changes[0], VALUE))
    assert noticed_share(list(results.read().values())) == 1
