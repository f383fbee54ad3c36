"""Records that only grow: one JSON object a line, each chained to the one before by its digest.

The ``digest`` of an entry is the SHA-256 of the digest before and of all else that it says. Whoever keeps the digest of
the last entry (``Head``) knows later whether anything was edited, removed, exchanged or cut off.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from itertools import chain, count
from pathlib import Path
from typing import Any, NamedTuple

from commune_coverage.core.files import atomic_write
from commune_coverage.core.state.files import FORMAT, require_known

FIRST_DIGEST = "0" * 64
_FORMAT = 1
Entry = dict[str, Any]


class Head(NamedTuple):
    """How long a record was at some time, and the digest of its last entry."""

    entries: int
    digest: str


def read_entries(source: Path, needed: str) -> list[Entry]:
    """Read a record.

    Parameters
    ----------
    source : Path
        The record; it need not be there.
    needed : str
        A field that every entry has, itself of fields.

    Returns
    -------
    list of Entry

    Raises
    ------
    ValueError
        When a line is no entry; the message says which.
    NewerFormatError
        When a newer version wrote one.
    """
    lines = source.read_text(encoding="utf-8").splitlines() if source.is_file() else []
    entries = []
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise ValueError(f"entry {number} cannot be read") from error
        if not isinstance(entry, dict) or not isinstance(entry.get(needed), dict):
            raise ValueError(f"entry {number} is no entry")
        require_known(_number(entry), _FORMAT, source)
        entries.append(entry)
    return entries


def _number(entry: Entry) -> int:
    """The format of an entry; entries of versions before the numbers have none."""
    number = entry.get(FORMAT, 0)
    if type(number) is not int:
        raise ValueError(f"entry {entry.get('number')} is no entry")
    return number


def readable_entries(source: Path, needed: str) -> list[Entry]:
    """Read a record to be added to; one that cannot be read is set aside as ``….damaged`` and begun anew.

    What was set aside before stays. One that a newer version wrote is refused (NewerFormatError).

    Parameters
    ----------
    source : Path
        The record; it need not be there.
    needed : str
        A field that every entry has, itself of fields.

    Returns
    -------
    list of Entry
    """
    try:
        return read_entries(source, needed)
    except ValueError:
        _set_aside(source)
        return []


def _set_aside(source: Path) -> None:
    """Under the first name that is free."""
    names = chain([".damaged"], (f".damaged-{number}" for number in count(2)))
    source.rename(next(target for name in names if not (target := source.with_suffix(name)).exists()))


def chained(entries: list[Entry], contents: Iterable[Entry]) -> list[Entry]:
    """Add entries to those of a record.

    Parameters
    ----------
    entries : list of Entry
        The record so far.
    contents : iterable of Entry
        What new entries say.

    Returns
    -------
    list of Entry
        All, each with its ``number``, the digest ``previous`` to it and its own ``digest``.
    """
    every = list(entries)
    for content in contents:
        entry = {FORMAT: _FORMAT, "number": len(every) + 1, "previous": head_of(every).digest} | content
        every.append(entry | {"digest": _digest(entry)})
    return every


def write_entries(target: Path, entries: Iterable[Entry]) -> None:
    """Write a record, a line an entry."""
    with atomic_write(target, durable=True) as path:
        path.write_text("".join(f"{canonical(entry)}\n" for entry in entries), encoding="utf-8")


def head_of(entries: list[Entry]) -> Head:
    """Tell how long a record is and what its last digest is."""
    return Head(len(entries), str(entries[-1].get("digest")) if entries else FIRST_DIGEST)


def find_broken_link(entries: list[Entry], heads: Mapping[str, Head]) -> str:
    """Check a record against itself and against what others have kept of it.

    Parameters
    ----------
    entries : list of Entry
        The record.
    heads : mapping of str to Head
        What was kept of it, by the run that kept it.

    Returns
    -------
    str
        What does not match first, in words; '' where all of it does.
    """
    digests = [FIRST_DIGEST]
    for number, entry in enumerate(entries, 1):
        is_next = entry.get("number") == number and entry.get("previous") == digests[-1]
        if not is_next or entry.get("digest") != _digest(entry):
            return f"entry {number} is not what it was: it, or one before it, was edited, removed, added or moved"
        digests.append(entry["digest"])
    for run_id, head in sorted(heads.items(), key=lambda one: one[1].entries):
        if head.entries > len(entries):
            return f"entries from {len(entries) + 1} on are missing: run {run_id} ended with {head.entries}"
        if digests[head.entries] != head.digest:
            return f"entry {head.entries} is not the one with which the record of run {run_id} ended"
    return ""


def canonical(content: Entry) -> str:
    """Write what is hashed: JSON with sorted keys and no blanks."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _digest(entry: Entry) -> str:
    """SHA-256 of the digest before and of everything else that an entry says."""
    content = {name: value for name, value in entry.items() if name not in ("digest", "previous")}
    return hashlib.sha256(f"{entry.get('previous')}{canonical(content)}".encode()).hexdigest()
