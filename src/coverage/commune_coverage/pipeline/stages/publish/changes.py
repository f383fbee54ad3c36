"""The changes stage: what moved since the run that is shown, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from commune_coverage.core.errors import CoverageError
from commune_coverage.core.files import read_attributes, read_json, write_json
from commune_coverage.pipeline.stages.ingest.version_gate import store_inputs
from commune_coverage.pipeline.stages.report import StageResult
from commune_coverage.publish.exports import write_csv
from commune_coverage.publish.publication import now_shown
from commune_coverage.quality.diff import CHANGED, NEW, REMOVED, RowChanges
from commune_coverage.reanalysis.attribution.explain import Explained, RecordedRun, explain, recorded_run
from commune_coverage.reanalysis.attribution.text import attribution_headline, most_moved
from commune_coverage.runs.run import Run

Progress = Callable[[int, int], None]

_COMMUNES, _NAMES = 30, 20


def changes(run: Run, _: Progress) -> StageResult:
    """Write ``changes.json`` for the pages and ``changes.csv`` with every part of the change of every commune."""
    shown = now_shown(run.maps_dir)
    try:
        before = None if shown is None else recorded_run(shown.run_id, run.data_dir)
    except CoverageError:
        before = None
    if shown is None or before is None:
        write_json(run.folder / "changes.json", {"before": None})
        return StageResult()
    store_inputs(run)
    table = read_attributes(run.stages_folder / "commune_gaps.parquet")
    after = RecordedRun(run.run_id, read_json(run.folder / "manifest.json"), table)
    found = explain(before, after, run.data_dir, run.engine)
    write_csv(found.parts, run.folder / "changes.csv")
    write_json(run.folder / "changes.json", told(found) | {"previous_run_date": shown.run_date})
    return StageResult()


def told(found: Explained) -> dict[str, Any]:
    """The explanation as pages and artifacts take it."""
    national = found.national()
    return {
        "before": found.before,
        "headline": attribution_headline(found),
        "why_not": found.why_not,
        "causes": [{"cause": str(cause), **row.round(3).to_dict()} for cause, row in national.iterrows()],
        "rows": {cause: _counted(changes) for cause, changes in found.rows.items()},
        "communes": most_moved(found).head(_COMMUNES).to_dict("records"),
    }


def _counted(changes: RowChanges) -> dict[str, dict[str, Any]]:
    by_status = {
        status: changes.rows.loc[changes.rows["status"] == status, "key"] for status in (NEW, REMOVED, CHANGED)
    }
    return {
        status: {"count": len(names), "names": [str(name) for name in names.head(_NAMES)]}
        for status, names in by_status.items()
        if len(names)
    }
