"""Every challenge that any run has read or opened: an append-only record, each entry chained to the one before.

``challenges.jsonl`` holds one JSON object a line. Its ``digest`` is the SHA-256 of the digest before and of all else
that it says; each run keeps the digest of the last entry with its own record. What is edited, removed, exchanged or cut
off later does not match any more: ``find_broken_entry`` says where.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from commune_coverage.config.renamed import RENAMED_FIELDS
from commune_coverage.core.files import atomic_write, read_json, read_table
from commune_coverage.runs.run import Run
from commune_coverage.schema.inputs import CHALLENGES
from commune_coverage.schema.verification import COVERAGE_CHALLENGES

FILE = "challenges.jsonl"
FIRST_DIGEST = "0" * 64
ENTERED, LEFT, MIGRATED = "entered", "left", "migrated"
_OF_COVERAGE = COVERAGE_CHALLENGES.names[: COVERAGE_CHALLENGES.names.index("verdict")]
"""What tests say of a challenge in each run is no part of it."""
Entry = dict[str, Any]


class Head(NamedTuple):
    """How long the record was at the end of a run, and the digest of its last entry."""

    entries: int
    digest: str


def keep_challenges(run: Run, history: Path) -> Head:
    """Add to the record what the run's challenges have that it does not, and which of its challenges are gone.

    A challenge that is answered or decided leaves and enters again. A record that cannot be read is set aside as
    ``challenges.damaged`` and begun anew. The earlier table ``challenges.parquet`` is taken over.

    Parameters
    ----------
    run : Run
        A finished run.
    history : Path
        Folder of the country's history.

    Returns
    -------
    Head
    """
    target = history / FILE
    entries = _readable(target)
    if not entries:
        entries = _chained([], _migrated(history / "challenges.parquet"))
    known = _present(entries)
    now = {_canonical(one): one for one in _challenges_of(run)}
    about = {"run_id": run.run_id, "run_date": run.run_date.isoformat()}
    gone = [about | {"event": LEFT, "challenge": one} for key, one in sorted(known.items()) if key not in now]
    new = [about | {"event": ENTERED, "challenge": one} for key, one in sorted(now.items()) if key not in known]
    entries = _chained(entries, [*gone, *new])
    if entries:
        _write(target, entries)
        _retire(history / "challenges.parquet")
    return Head(len(entries), entries[-1]["digest"] if entries else FIRST_DIGEST)


def record_of(history: Path) -> pd.DataFrame:
    """Read the record as a table.

    Parameters
    ----------
    history : Path
        Folder of the country's history.

    Returns
    -------
    DataFrame
        One row an entry: ``number``, ``run_id``, ``run_date``, ``event``, and the columns of challenges.
    """
    rows = [entry | entry["challenge"] for entry in _entries(history / FILE)]
    return pd.DataFrame(rows).drop(columns=["challenge", "previous", "digest"], errors="ignore")


def find_broken_entry(history: Path) -> str:
    """Check the record against itself and against what runs have kept of it.

    Parameters
    ----------
    history : Path
        Folder of the country's history.

    Returns
    -------
    str
        What does not match first, in words; '' where all of it does.
    """
    try:
        entries = _entries(history / FILE)
    except ValueError as error:
        return str(error)
    digests = [FIRST_DIGEST]
    for number, entry in enumerate(entries, 1):
        is_next = entry.get("number") == number and entry.get("previous") == digests[-1]
        if not is_next or entry.get("digest") != _digest(entry):
            return f"entry {number} is not what it was: it, or one before it, was edited, removed, added or moved"
        digests.append(entry["digest"])
    for run_id, head in _heads(history):
        if head.entries > len(entries):
            return f"entries from {len(entries) + 1} on are missing: run {run_id} ended with {head.entries}"
        if digests[head.entries] != head.digest:
            return f"entry {head.entries} is not the one with which the record of run {run_id} ended"
    return ""


def _heads(history: Path) -> list[tuple[str, Head]]:
    """What runs kept of the record, those that ended with fewer entries first."""
    kept = ((source.stem, read_json(source).get("challenges")) for source in sorted((history / "runs").glob("*.json")))
    return sorted(((run_id, Head(**head)) for run_id, head in kept if head), key=lambda one: one[1].entries)


def _entries(source: Path) -> list[Entry]:
    lines = source.read_text(encoding="utf-8").splitlines() if source.is_file() else []
    entries = []
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise ValueError(f"entry {number} cannot be read") from error
        if not isinstance(entry, dict) or not isinstance(entry.get("challenge"), dict):
            raise ValueError(f"entry {number} is no entry")
        entries.append(entry)
    return entries


def _readable(target: Path) -> list[Entry]:
    try:
        return _entries(target)
    except ValueError:
        target.rename(target.with_suffix(".damaged"))
        return []


def _chained(entries: list[Entry], contents: Iterable[Entry]) -> list[Entry]:
    chained, digest = list(entries), entries[-1]["digest"] if entries else FIRST_DIGEST
    for content in contents:
        entry = {"number": len(chained) + 1, "previous": digest} | content
        digest = _digest(entry)
        chained.append(entry | {"digest": digest})
    return chained


def _digest(entry: Entry) -> str:
    """SHA-256 of the digest before and of everything else that an entry says."""
    content = {name: value for name, value in entry.items() if name not in ("digest", "previous")}
    return hashlib.sha256(f"{entry.get('previous')}{_canonical(content)}".encode()).hexdigest()


def _canonical(content: Entry) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _present(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Challenges that have entered and not left, by what they say."""
    present: dict[str, Entry] = {}
    for entry in entries:
        key = _canonical(entry["challenge"])
        if entry["event"] == LEFT:
            present.pop(key, None)
        else:
            present[key] = entry["challenge"]
    return present


def _challenges_of(run: Run) -> list[Entry]:
    """Challenges of figures as the layer has them, and those of cells as they stand."""
    of_figures, of_cells = run.stages_folder / "challenges.parquet", run.stages_folder / "verification"
    rows = _records(read_table(of_figures), CHALLENGES.names) if of_figures.is_file() else []
    source = of_cells / "challenges.parquet"
    return [*rows, *(_records(read_table(source), _OF_COVERAGE) if source.is_file() else [])]


def _records(table: pd.DataFrame, names: Iterable[str]) -> list[Entry]:
    """Rows with what they say; what is empty is left out, so that columns of later versions change no entry."""
    rows = table.reindex(columns=list(names)).to_dict("records")
    return [{str(name): value for name, value in row.items() if not (pd.isna(value) or value == "")} for row in rows]


def _migrated(source: Path) -> list[Entry]:
    """Entries of the table that was kept before."""
    if not source.is_file():
        return []
    try:
        table = read_table(source).rename(columns=RENAMED_FIELDS)
    except (OSError, ValueError):
        source.rename(source.with_suffix(".damaged"))
        return []
    runs = [{"first_run": str(row["first_run"]), "last_run": str(row["last_run"])} for row in table.to_dict("records")]
    rows = zip(_records(table, CHALLENGES.names), runs, strict=True)
    return [dates | {"event": MIGRATED, "challenge": one} for one, dates in rows]


def _retire(source: Path) -> None:
    if source.is_file():
        source.rename(source.with_name(f"{source.name}.migrated"))


def _write(target: Path, entries: list[Entry]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(target) as path:
        path.write_text("".join(f"{_canonical(entry)}\n" for entry in entries), encoding="utf-8")
