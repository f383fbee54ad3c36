"""What stays of a run, however old: a run that has nothing to compute reads it without the libraries of tables."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from commune_coverage.config.renamed import with_new_configuration
from commune_coverage.core.chain import Head
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.state.declared import MANIFEST, RUN_RECORD
from commune_coverage.core.state.files import digest_of_record
from commune_coverage.readers.safety.files import sha256

RUNS = "runs"
_SEAL, _TABLES = "digest", "history"


class DamagedHistoryWarning(UserWarning):
    """What was kept of an earlier run is not what it was."""


def recorded(data_dir: Path, run_id: str) -> dict[str, Any] | None:
    """What stays of a run, however old: its manifest and the hashes of its files."""
    records = sorted((data_dir / "history").glob(f"*/{RUNS}/{run_id}.json"))
    if not records:
        return None
    record = _read(records[0])
    return record | {"manifest": with_new_configuration(MANIFEST.upgraded(record["manifest"], records[0]))}


def write_record(history: Path, run_id: str, record: dict[str, Any]) -> None:
    """Keep what stays of a run, with the digests of its tables in the history and one of the record itself.

    Parameters
    ----------
    history : Path
        Folder of the country's history.
    run_id : str
        The run.
    record : dict of str to Any
        Its manifest and the hashes of its files, as JSON.
    """
    tables = {path.parents[1].name: sha256(path) for path in sorted(history.glob(f"*/run_date=*/{run_id}.parquet"))}
    whole = {**record, _TABLES: tables}
    RUN_RECORD.write(history / RUNS / f"{run_id}.json", whole | {_SEAL: digest_of_record(whole)}, durable=True)


def is_as_recorded(table: Path) -> bool:
    """Tell whether a table of the history is the one that its run has left.

    Parameters
    ----------
    table : Path
        ``<history>/<kind>/run_date=…/<run>.parquet``.

    Returns
    -------
    bool
        True where no digest was recorded, as of runs from before digests were; False where the record is damaged.
    """
    record = table.parents[2] / RUNS / f"{table.stem}.json"
    if not record.is_file():
        return True
    try:
        stated = _read(record).get(_TABLES, {}).get(table.parents[1].name)
    except UnreadableFileError:
        return False
    return stated is None or sha256(table) == stated


def _read(path: Path) -> dict[str, Any]:
    """A record as it was written; one from before digests were has none."""
    record = RUN_RECORD.read(path)
    stated = record.pop(_SEAL, None)
    if stated not in (None, digest_of_record(record)):
        raise RUN_RECORD.damaged(path, "it does not have its digest")
    return record


def heads_kept(histories: Iterable[Path], name: str) -> dict[str, Head]:
    """Read what runs kept of a chained record, by run.

    Parameters
    ----------
    histories : iterable of Path
        Folders of countries' histories.
    name : str
        The record's name with the runs.

    Returns
    -------
    dict of str to Head
    """
    sources = [source for history in histories for source in sorted((history / RUNS).glob("*.json"))]
    kept = {source: _read(source).get(name) for source in sources}
    return {source.stem: RUN_RECORD.typed(head, Head, source) for source, head in kept.items() if head}
