"""A file of state: it says which format it is of, its older formats are read, and nothing in it is lost.

A file without a number is of format 0, as versions before the numbers wrote it. What another version adds without a
new number is kept when the file is written again; a number that this version does not know is refused and never written
over, unless the file is one that every run makes anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from commune_coverage.core.errors import NewerFormatError, UnreadableFileError
from commune_coverage.core.files import read_json, write_json
from commune_coverage.core.quarantine import printable

FORMAT = "format"
Content = dict[str, Any]
T = TypeVar("T")

REMADE = "the next run makes it anew; delete it if it is in the way"
OF_RUN = "compute the run again: 'commune-coverage run' of its date puts right what differs, or put back a backup"
KEPT = "what it holds is nowhere else: put back a copy of it from a backup (docs/production.md)"


@dataclass(frozen=True)
class StateFile:
    """A kind of file that the program reads again.

    Attributes
    ----------
    places : tuple of str
        Patterns below the folder that holds ``data`` and ``maps``.
    owners : tuple of str
        The modules of the package that alone write it.
    needed : tuple of str
        Fields that each has, of whatever version.
    format : int
        The number that is written.
    older : tuple of callable
        From each earlier format, 0 first, to the next one.
    remedy : str
        What helps where one is damaged. What is ``REMADE`` may be of any format: it is no loss.
    """

    places: tuple[str, ...]
    owners: tuple[str, ...]
    needed: tuple[str, ...]
    format: int = 1
    older: tuple[Callable[[Any], Content], ...] = (dict,)
    remedy: str = KEPT

    def paths(self, data_dir: Path, maps_dir: Path) -> Iterator[Path]:
        """Find the files of the kind, in the order of their places and names."""
        folders = {"data": data_dir, "maps": maps_dir}
        for place in self.places:
            folder, _, pattern = place.partition("/")
            yield from sorted(folders[folder].glob(pattern))

    def read(self, source: Path) -> Content:
        """Read a file, brought up to this version's format; without its number.

        Raises
        ------
        UnreadableFileError
            When it is damaged, or lacks a field.
        NewerFormatError
            When a newer version wrote it, and what it holds cannot be made anew.
        """
        try:
            content = self.upgraded(read_json(source), source)
        except (UnreadableFileError, TypeError, ValueError, KeyError, AttributeError) as error:
            raise self.damaged(source) from error
        if absent := [name for name in self.needed if name not in content]:
            raise self.damaged(source, f"it lacks {', '.join(absent)}")
        return content

    def is_older(self, source: Path) -> bool:
        """Whether an earlier version wrote it; of a damaged one nobody can tell."""
        with suppress(UnreadableFileError):
            content = read_json(source)
            return not isinstance(content, dict) or content.get(FORMAT, 0) != self.format
        return False

    def upgraded(self, content: Any, source: Path) -> Content:
        """Bring what a file holds, or what of its kind another file holds, up to this version's format."""
        number = content.get(FORMAT, 0) if isinstance(content, dict) else 0
        if type(number) is not int or number < 0:
            raise ValueError("its format is no number")
        require_known(number, self.format, source, is_remade=self.remedy == REMADE)
        for step in self.older[number:]:
            content = step(content)
        return {name: value for name, value in content.items() if name != FORMAT}

    def read_as(self, source: Path, kind: type[T]) -> T:
        """Read a file as a declared type; fields that it does not have are left out.

        Raises
        ------
        UnreadableFileError, NewerFormatError
            As ``read`` does, and where a value is not of its type.
        """
        return self.typed(self.read(source), kind, source)

    def typed(self, content: Any, kind: type[T], source: Path) -> T:
        """What was read as a declared type. Raises UnreadableFileError where a value is not of its type."""
        try:
            typed: T = _adapter(cast("Any", kind)).validate_python(content)
        except ValidationError as error:
            problem = error.errors()[0]
            place = ".".join(str(part) for part in problem["loc"])
            raise self.damaged(source, f"{place}: {problem['msg']}") from error
        return typed

    def write(self, target: Path, content: Content, *, durable: bool = False) -> None:
        """Write a file under its number."""
        write_json(target, self.numbered(content), durable=durable)

    def numbered(self, content: Content) -> Content:
        """What is written, with its number: also where it stands in another file."""
        return {**content, FORMAT: self.format}

    def rewrite(self, target: Path, content: Content, *, durable: bool = False) -> None:
        """Write a file with what the one in its place says beyond ``content``; of a damaged one nothing stays.

        Raises
        ------
        NewerFormatError
            When a newer version wrote the one in its place.
        """
        before: Content = {}
        if target.is_file():
            with suppress(UnreadableFileError):
                before = self.read(target)
        self.write(target, {**before, **content}, durable=durable)

    def damaged(self, source: Path, why: str = "") -> UnreadableFileError:
        """Say of a file that it is damaged, and what helps."""
        reason = f" ({printable(why, 200)})" if why else ""
        return UnreadableFileError(f"{_named(source)} is damaged{reason}: {self.remedy}")


def require_known(number: int, known: int, source: Path, *, is_remade: bool = False) -> None:
    """Refuse a number that only a newer version knows.

    Raises
    ------
    UnreadableFileError
        Where the file ``is_remade``.
    NewerFormatError
        Elsewhere.
    """
    if number > known:
        kind = UnreadableFileError if is_remade else NewerFormatError
        raise kind(
            f"{_named(source)} is of format {number}, and this version reads up to {known}: a newer version wrote it;"
            " use that version, or put back a backup from before it was installed. Nothing was changed"
        )


def _named(source: Path) -> str:
    return f"'{printable(source.parent.name, 100)}/{printable(source.name, 100)}'"


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def digest_of_record(record: Content) -> str:
    """SHA-256 of a record as JSON, whatever the order of its names: what is written into it to prove it later."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
