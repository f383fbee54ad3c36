"""Every challenge that any run has read or opened: an append-only record, each entry chained to the one before.

``challenges.jsonl`` is a chained record (``core.chain``); each run keeps the digest of the last entry with its own
record. What is edited, removed, exchanged or cut off later does not match any more: ``find_broken_entry`` says where.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from commune_coverage.archive.records import heads_kept
from commune_coverage.core.chain import (
    Entry,
    Head,
    canonical,
    chained,
    find_broken_link,
    head_of,
    read_entries,
    readable_entries,
    write_entries,
)
from commune_coverage.core.files import read_table
from commune_coverage.core.state.renamed_fields import RENAMED_FIELDS
from commune_coverage.runs.run import Run
from commune_coverage.schema.inputs import CHALLENGES
from commune_coverage.schema.verification import COVERAGE_CHALLENGES

FILE = "challenges.jsonl"
ENTERED, LEFT, MIGRATED = "entered", "left", "migrated"
_OF_COVERAGE = COVERAGE_CHALLENGES.names[: COVERAGE_CHALLENGES.names.index("verdict")]
"""What tests say of a challenge in each run is no part of it."""
_NEEDED = "challenge"


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
    entries = readable_entries(target, _NEEDED)
    if not entries:
        entries = chained([], _migrated(history / "challenges.parquet"))
    known = _present(entries)
    now = {canonical(one): one for one in _challenges_of(run)}
    about = {"run_id": run.run_id, "run_date": run.run_date.isoformat()}
    gone = [about | {"event": LEFT, "challenge": one} for key, one in sorted(known.items()) if key not in now]
    new = [about | {"event": ENTERED, "challenge": one} for key, one in sorted(now.items()) if key not in known]
    entries = chained(entries, [*gone, *new])
    if entries:
        write_entries(target, entries)
        _retire(history / "challenges.parquet")
    return head_of(entries)


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
    rows = [entry | entry["challenge"] for entry in read_entries(history / FILE, _NEEDED)]
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
        entries = read_entries(history / FILE, _NEEDED)
    except ValueError as error:
        return str(error)
    return find_broken_link(entries, heads_kept([history], "challenges"))


def _present(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Challenges that have entered and not left, by what they say."""
    present: dict[str, Entry] = {}
    for entry in entries:
        key = canonical(entry["challenge"])
        if entry["event"] == LEFT:
            present.pop(key, None)
        else:
            present[key] = entry["challenge"]
    return present


def _challenges_of(run: Run) -> list[Entry]:
    """Challenges of figures as the layer has them, and those of cells as they stand."""
    of_figures, of_cells = (run.stages_folder / f"{name}.parquet" for name in ("challenges", "coverage_challenges"))
    rows = _records(read_table(of_figures), CHALLENGES.names) if of_figures.is_file() else []
    return [*rows, *(_records(read_table(of_cells), _OF_COVERAGE) if of_cells.is_file() else [])]


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
