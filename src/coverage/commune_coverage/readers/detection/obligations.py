"""A file of obligations, recognised: those that can be read for the country file, the others with the reason."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import ValidationError

from commune_coverage.config.country import Country
from commune_coverage.config.obligations import Obligation
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.quarantine import printable
from commune_coverage.readers.detection.other_files import NOTHING_USED
from commune_coverage.readers.safety.files import read_bytes

SECTION = "obligations"


@dataclass(frozen=True)
class ObligationsFile:
    """Obligations that can be read, as they are written, and sentences on the file."""

    told: list[str]
    entries: list[dict[str, Any]]

    def sentences(self) -> list[str]:
        """What was recognised, one sentence a line."""
        return [*self.told, NOTHING_USED]

    def as_toml(self) -> str:
        """The sections for the country file."""
        return tomlkit.dumps({SECTION: self.entries})


def is_obligations(path: Path) -> bool:
    """Tell by its name whether a file is one of obligations: no layer is TOML.

    Parameters
    ----------
    path : Path
        The upload.

    Returns
    -------
    bool
    """
    return path.suffix.lower() == ".toml"


def recognise_obligations(path: Path, country: Country | None) -> ObligationsFile:
    """Read a file of ``[[obligations]]`` sections.

    Parameters
    ----------
    path : Path
        The upload.
    country : Country or None
        The country file, whose operators and obligations are known.

    Returns
    -------
    ObligationsFile

    Raises
    ------
    UnreadableFileError
        When the file is no TOML, or has no such sections.
    """
    entries = _sections(path)
    problems = {number: _problem(entry) for number, entry in enumerate(entries)}
    good = [entry for number, entry in enumerate(entries) if not problems[number]]
    told = [f"'{printable(path.name)}': {len(good):,} obligations."]
    told += [
        f"'{_called(entries[number], number)}' cannot be read: {printable(problem, 200)}; it is left out."
        for number, problem in problems.items()
        if problem
    ]
    return ObligationsFile([*told, *([] if country is None else _beside(good, country))], good)


def _sections(path: Path) -> list[dict[str, Any]]:
    try:
        found = tomllib.loads(read_bytes(path).decode("utf-8-sig")).get(SECTION)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"'{path.name}' is no TOML: {error}") from error
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise UnreadableFileError(f"'{path.name}' has no [[{SECTION}]] sections")
    return found


def _problem(entry: dict[str, Any]) -> str:
    try:
        Obligation.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))} {first['msg']}".strip()
    return ""


def _called(entry: dict[str, Any], number: int) -> str:
    return printable(str(entry.get("id", f"number {number + 1}")), 60)


def _beside(entries: list[dict[str, Any]], country: Country) -> list[str]:
    """Sentences on operators that the country file does not know, and on obligations that it has already."""
    operators = {str(entry["operator"]) for entry in entries if entry.get("operator")} - set(country.operators)
    known = {one.id for one in country.obligations} & {str(entry["id"]) for entry in entries}
    told = [f"'{printable(name, 60)}' is no operator of the country file." for name in sorted(operators)]
    return told + [f"The country file has '{name}' already: take one of the two out." for name in sorted(known)]
