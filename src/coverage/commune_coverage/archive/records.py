"""What stays of a run, however old: a run that has nothing to compute reads it without the libraries of tables."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from commune_coverage.config.renamed import with_new_configuration
from commune_coverage.core.chain import Head
from commune_coverage.core.files import read_json

RUNS = "runs"


def recorded(data_dir: Path, run_id: str) -> dict[str, Any] | None:
    """What stays of a run, however old: its manifest and the hashes of its files."""
    records = sorted((data_dir / "history").glob(f"*/{RUNS}/{run_id}.json"))
    if not records:
        return None
    record = dict(read_json(records[0]))
    return record | {"manifest": with_new_configuration(record["manifest"])}


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
    kept = {source.stem: read_json(source).get(name) for source in sources}
    return {run_id: Head(**head) for run_id, head in kept.items() if head}
