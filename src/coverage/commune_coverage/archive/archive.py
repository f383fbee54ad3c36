"""Every finished run's tables, stored by date: Parquet that pandas, DuckDB and others read as one table."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from commune_coverage.archive.challenges import keep_challenges
from commune_coverage.archive.history_tables import keep_table, partition_of
from commune_coverage.archive.records import write_record
from commune_coverage.core.errors import RunError
from commune_coverage.core.files import read_attributes, read_json
from commune_coverage.core.state.declared import MANIFEST
from commune_coverage.publish.publication import shown_so_far
from commune_coverage.quality.decisions import head_of_decisions
from commune_coverage.readers.safety.files import sha256
from commune_coverage.runs.artifacts import artifacts_in
from commune_coverage.runs.run import Run
from commune_coverage.schema.history import COMMUNES_KEPT, NATIONAL_KEPT

COMMUNES, NATIONAL = COMMUNES_KEPT.name, NATIONAL_KEPT.name
COMPARED_WITH = ("report.json", "manifest.json")
"""Of what tells of times and other runs: what the next run is compared with."""
OF_THE_MOMENT = (
    "report.json",
    "checks.json",
    "run.json",
    "held.json",
    "manifest.json",
    "changes.json",
    "changes.csv",
    "changes.html",
    "obligation_trends.csv",
    "obligations.html",
    "run.html",
)


def history_of(data_dir: Path, country_code: str) -> Path:
    """A country's runs: ``communes/run_date=…/<run>.parquet``, ``national/`` alike, and ``runs/<run>.json``."""
    return data_dir / "history" / country_code


def record_run(run: Run) -> None:
    """Keep the commune table without its shapes, the national figures, and the hash of every file that was made.

    Nothing is added to the run's tables in the history afterwards: the record holds their digests. Challenges are added
    to their record; the digest of its last entry, and of the last decision, is kept with the run.
    """
    folder, day = history_of(run.data_dir, run.country.code), run.run_date.isoformat()
    communes = read_attributes(run.folder / "commune_gaps.parquet")
    national = pd.DataFrame([read_json(run.stages_folder / "national.json") | {"run_id": run.run_id}])
    for table, declared in ((communes, COMMUNES_KEPT), (national, NATIONAL_KEPT)):
        keep_table(partition_of(folder / declared.name, day) / f"{run.run_id}.parquet", table, declared)
    made = {**hashes_of(run), "challenges": keep_challenges(run, folder)._asdict()}
    made["decisions"] = head_of_decisions(run.data_dir)._asdict()
    made["of_the_moment"] = {name: sha256(run.folder / name) for name in COMPARED_WITH}
    write_record(folder, run.run_id, {"manifest": MANIFEST.numbered(run.manifest), **made})


def hashes_of(run: Run) -> dict[str, dict[str, str]]:
    """Those of a run that is not in its place yet: tables and pages, of both editions where there are two."""
    hashes = {"tables": hashes_in(run.folder), "pages": hashes_in(run.maps_work)}
    if run.work.public_tables.is_dir():
        others = {"public_tables": run.work.public_tables, "internal_pages": run.work.internal_pages}
        hashes |= {kind: hashes_in(folder) for kind, folder in others.items()}
    return hashes


def hashes_in(folder: Path) -> dict[str, str]:
    """SHA-256 of every file that the inputs decide, by its path; what tells of times and of other runs apart.

    What stages handed on goes by the digests that they gave it, an artifact under one name.
    """
    stages = folder / "stages"
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_relative_to(stages)]
    named = {path.relative_to(folder).as_posix(): path for path in files}
    of_stages = {f"stages/{name}": digest for name, digest in artifacts_in(stages).items()}
    return {name: sha256(path) for name, path in named.items() if _is_decided(name)} | of_stages


def _is_decided(name: str) -> bool:
    """Pages keep what they tell of other runs in ``data/updates/`` of their files."""
    return name not in OF_THE_MOMENT and "/data/updates/" not in f"/{name}"


def run_of(named: str, data_dir: Path, maps_dir: Path) -> str:
    """The run itself, or of a date such as 2026-01-31 the run of that date, of several the one that was shown last.

    Raises RunError where nothing is stored of the run.
    """
    try:
        run_date = date.fromisoformat(named).isoformat()
    except ValueError:
        return named
    run_ids = sorted(path.stem for path in (data_dir / "history").glob(f"*/{COMMUNES}/run_date={run_date}/*.parquet"))
    if not run_ids:
        updates = sorted(
            {path.name.removeprefix("run_date=") for path in (data_dir / "history").glob(f"*/{COMMUNES}/*")}
        )
        known = f"{len(updates)} runs from {updates[0]} to {updates[-1]} are" if updates else "no run is"
        raise RunError(f"nothing is kept of the run {run_date}; {known} kept")
    shown = [one.run_id for one in shown_so_far(maps_dir) if one.run_id in run_ids]
    return [*run_ids, *shown][-1]
