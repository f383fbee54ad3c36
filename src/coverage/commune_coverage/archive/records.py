"""What stays of a run, however old: a run that has nothing to compute reads it without the libraries of tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from commune_coverage.config.renamed import with_new_configuration
from commune_coverage.core.files import read_json

RUNS = "runs"


def recorded(data_dir: Path, run_id: str) -> dict[str, Any] | None:
    """What stays of a run, however old: its manifest and the hashes of its files."""
    records = sorted((data_dir / "history").glob(f"*/{RUNS}/{run_id}.json"))
    if not records:
        return None
    record = dict(read_json(records[0]))
    return record | {"manifest": with_new_configuration(record["manifest"])}
