"""Which changes are made: the named ones, and a seeded choice that weighs every part and kind of change alike."""

from __future__ import annotations

import random
import re
import tomllib
from hashlib import sha256
from itertools import cycle
from pathlib import Path

from tools.mutants.changes import (
    MODULE,
    Change,
    changes_of,
    described_change,
    functions_of,
    is_visible,
    place_of,
    signatures_of,
)

PARTS = ("indicators", "radio", "travel", "readers", "population", "planning", "quality")
ALSO = ("outside", "cases")
"""Folders of tests of no part alone."""
NAMED = Path(__file__).parent / "named.toml"
EQUIVALENT = Path(__file__).parent / "equivalent.toml"


def part_of(change: Change) -> str:
    return change.file.split("/")[0]


def chosen_changes(package: Path, seed: int, count: int, parts: tuple[str, ...] = PARTS) -> list[Change]:
    """``count`` changes, the parts in turn; a smaller count is the beginning of a larger one."""
    draws = {part: random.Random(f"{seed} {part}") for part in parts}  # noqa: S311
    kinds = {part: by_kind(package, part, seed) for part in parts}
    result: list[Change] = []
    for part in cycle(parts):
        if len(result) >= count or not any(kinds.values()):
            return result
        change = _drawn(package, kinds[part], draws[part])
        if change is not None:
            result.append(change)
    return result


def by_kind(package: Path, part: str, seed: int) -> dict[str, list[Change]]:
    """All changes of a part in an order by chance that is each change's own: others come and go without moving it."""
    kinds: dict[str, list[Change]] = {}
    signatures = signatures_of(path.read_text() for path in sorted(package.rglob("*.py")))
    for path in sorted((package / part).rglob("*.py")):
        for change in changes_of(path.relative_to(package).as_posix(), path.read_text(), signatures):
            kinds.setdefault(change.kind, []).append(change)
    for changes in kinds.values():
        changes.sort(key=lambda change: sha256(f"{seed} {change.key}".encode()).digest(), reverse=True)
    return kinds


def _drawn(package: Path, kinds: dict[str, list[Change]], draw: random.Random) -> Change | None:
    """The next change of a kind drawn by chance; taken out, so that it is not drawn again."""
    while kinds:
        kind = draw.choice(sorted(kinds))
        change = kinds[kind].pop()
        if not kinds[kind]:
            del kinds[kind]
        if is_visible(change, (package / change.file).read_text()):
            return change
    return None


def named_changes(package: Path, listed: Path = NAMED) -> list[Change]:
    """The changes that are listed by name; an error where the code that one of them changes is no more."""
    return [_named(package, row) for row in tomllib.loads(listed.read_text())["mutant"]]


def _named(package: Path, row: dict[str, str]) -> Change:
    path = package / row["file"]
    source = path.read_text() if path.is_file() else ""
    matches = list(re.finditer(row["find"], source))
    if len(matches) != 1:
        raise LookupError(f"{row['name']}: {row['find']} is {len(matches)} times in {row['file']}, not once")
    (match,) = matches
    function = next(
        (name for name, (start, end) in functions_of(source).items() if start <= match.start() < end), MODULE
    )
    text = match.expand(row["replace"])
    return described_change(Change(row["file"], function, "named", *match.span(), text, name=row["name"]), source)


def equivalent_reasons(listed: Path = EQUIVALENT) -> dict[tuple[str, ...], str]:
    """Why no test can notice a change, by the part and name of its module, function, and lines before and after."""
    rows = tomllib.loads(listed.read_text()).get("equivalent", [])
    return {(*place_of(row["file"]), row["function"], row["before"], row["after"]): row["reason"] for row in rows}
