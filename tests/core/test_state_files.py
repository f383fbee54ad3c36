"""A file of state says its format, refuses a newer one, keeps what it does not know and reads older ones."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from commune_coverage.core.chain import chained, read_entries, readable_entries, write_entries
from commune_coverage.core.errors import NewerFormatError, UnreadableFileError
from commune_coverage.core.state import declared
from commune_coverage.core.state.files import FORMAT, REMADE, StateFile
from tests.conftest import ROOT

PACKAGE = ROOT / "src/coverage/commune_coverage"
KINDS = {name: kind for name, kind in vars(declared).items() if isinstance(kind, StateFile)}


_WRITES = ("write", "rewrite")


class Point(NamedTuple):
    x: int
    y: int = 0


SECOND = StateFile(
    ("data/points.json",),
    ("nobody",),
    ("points",),
    format=2,
    older=(lambda content: {"point": content}, lambda content: {"points": [content["point"]]}),
)


def _written(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    "content",
    [{"x": 1}, {"format": 1, "point": {"x": 1}}, {"format": 2, "points": [{"x": 1}]}],
    ids=["without a number", "first", "today's"],
)
def test_each_older_format_is_brought_up_step_by_step(tmp_path: Path, content: Any) -> None:
    read = SECOND.read(_written(tmp_path / "points.json", content))
    assert read == {"points": [{"x": 1}]}
    assert SECOND.typed(read["points"], list[Point], tmp_path) == [Point(1)]


def test_what_another_version_added_is_kept_when_it_is_written_again(tmp_path: Path) -> None:
    path = _written(tmp_path / "points.json", {"format": 2, "points": [], "colour": "red"})
    SECOND.rewrite(path, {"points": [1]})
    assert json.loads(path.read_text()) == {"format": 2, "points": [1], "colour": "red"}


def test_a_newer_format_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    """Of all but what every run makes anew nothing is lost, and nobody is told to delete it."""
    for name, kind in KINDS.items():
        path = _written(tmp_path / f"{name}.json", {FORMAT: kind.format + 1, **dict.fromkeys(kind.needed)})
        before = path.read_bytes()
        if kind.remedy == REMADE:
            with pytest.raises(UnreadableFileError, match="is damaged"):
                kind.read(path)
            continue
        with pytest.raises(NewerFormatError, match=f"{name}.json' is of format {kind.format + 1}"):
            kind.read(path)
        with pytest.raises(NewerFormatError, match="use that version, or put back a backup"):
            kind.rewrite(path, dict.fromkeys(kind.needed))
        assert "delete" not in kind.remedy
        assert path.read_bytes() == before


DAMAGED = ("", "[1", "3", '"text"', "null", '{"format": "1"}', '{"format": -1}', '{"format": true}')


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_is_named_with_what_helps(content: str, tmp_path: Path) -> None:
    for name, kind in KINDS.items():
        path = tmp_path / f"{name}.json"
        path.write_text(content)
        with pytest.raises(UnreadableFileError, match=rf"/{name}\.json' is damaged") as caught:
            kind.read(path)
        assert str(caught.value).endswith(kind.remedy)


def test_a_field_that_is_missing_or_of_another_type_is_named(tmp_path: Path) -> None:
    path = _written(tmp_path / "points.json", {"format": 2})
    with pytest.raises(UnreadableFileError, match="it lacks points"):
        SECOND.read(path)
    with pytest.raises(UnreadableFileError, match=r"is damaged \(0.x: Input should be a valid integer"):
        SECOND.typed([{"x": "north"}], list[Point], path)


def test_every_kind_is_written_by_its_owner_alone() -> None:
    """Nobody else calls ``write`` or ``rewrite`` of a declared kind, and no owner is named that does not."""
    found: dict[str, set[str]] = {name: set() for name in KINDS}
    for path in PACKAGE.rglob("*.py"):
        module = path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Attribute)
                and node.attr in ("write", "rewrite")
                and isinstance(node.value, ast.Name)
            ):
                found.get(node.value.id, set()).add(module)
    assert found == {name: set(kind.owners) for name, kind in KINDS.items()}


def test_entries_of_a_record_say_their_format_and_those_of_older_versions_stay(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    first = chained([], [{"about": {"a": 1}}])
    assert first[0][FORMAT] == 1
    write_entries(path, first)
    assert readable_entries(path, "about") == first
    path.write_text(path.read_text() + json.dumps({FORMAT: 2, "about": {}}) + "\n")
    before = path.read_bytes()
    for read in (read_entries, readable_entries):
        with pytest.raises(NewerFormatError, match=r"record\.jsonl' is of format 2"):
            read(path, "about")
    assert path.read_bytes() == before


def test_a_record_that_is_damaged_twice_is_set_aside_twice(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    for text in ("first", "second", "third"):
        path.write_text(text)
        assert readable_entries(path, "about") == []
    kept = {one.name: one.read_text() for one in tmp_path.iterdir()}
    assert kept == {"record.damaged": "first", "record.damaged-2": "second", "record.damaged-3": "third"}
