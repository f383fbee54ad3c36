"""The changes stage: what moved since the run that is shown, and why."""

from __future__ import annotations

from collections.abc import Callable

from commune_coverage.core.state.declared import CHANGES
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.open_data.tables import describe_dated
from commune_coverage.publish.exports import write_csv
from commune_coverage.runs.run import Run

Progress = Callable[[int, int], None]


def changes(run: Run, _: Progress) -> StageResult:
    """Write ``changes.json`` for the pages and ``changes.csv`` with every part of the change of every commune."""
    moved = run.hooks.explain_changes(run)
    CHANGES.write(run.folder / "changes.json", {"before": None} if moved is None else moved.record)
    if moved is not None:
        write_csv(moved.parts, run.folder / "changes.csv")
        describe_dated(run, ["changes"])
    return StageResult()
