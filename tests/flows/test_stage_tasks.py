"""Each stage is one task run under its own name; only what may pass is tried again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.context import get_run_context

from commune_coverage.core.errors import EngineError, UnreadableFileError
from commune_coverage.pipeline.stage import Stage
from commune_coverage.runs.run import Run
from pipelines import stage_tasks

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.usefixtures("prefect_here")]

GROUPS = ("ingest", "compute", "publish")


class Tries:
    """A stage function that fails with each given error in turn and then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.count = 0

    def __call__(self, stage: Stage, run: Run) -> None:
        self.count += 1
        if self.errors:
            raise self.errors.pop(0)


@pytest.fixture
def walk_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[Tries, str], object]:
    """Walk one group of a page with one stage in each group; the flow run's id."""
    page = [Stage(f"{group} it", group, function=lambda run, progress: None) for group in GROUPS]
    monkeypatch.setattr(stage_tasks, "STAGES", page)
    monkeypatch.setattr(stage_tasks, "open_run", lambda folder, hooks: None)
    monkeypatch.setattr(stage_tasks.STAGE_TASKS["ingest"], "retry_delay_seconds", [0.0, 0.0, 0.0])

    def walk_one_group(tries: Tries, group: str) -> object:
        monkeypatch.setattr(stage_tasks, "run_stage", tries)

        @flow(name="walk")
        def walk_flow() -> object:
            stage_tasks.run_stage_group(group, Path("work"))
            return get_run_context().flow_run.id

        return walk_flow()

    return walk_one_group


@pytest.mark.parametrize("error", [OSError("stale file handle"), EngineError("the workers were lost")])
def test_ingest_is_tried_again_when_the_cause_may_pass(walk_with, error) -> None:
    tries = Tries(error, error)
    walk_with(tries, "ingest")
    assert tries.count == 3


def test_ingest_is_not_tried_again_on_a_bad_input(walk_with) -> None:
    tries = Tries(UnreadableFileError("towers.csv is empty"))
    with pytest.raises(UnreadableFileError):
        walk_with(tries, "ingest")
    assert tries.count == 1


@pytest.mark.parametrize("group", ["compute", "publish"])
def test_later_groups_are_not_tried_again(walk_with, group) -> None:
    tries = Tries(OSError("disk full"))
    with pytest.raises(OSError, match="disk full"):
        walk_with(tries, group)
    assert tries.count == 1


def test_waits_grow_and_differ() -> None:
    ingest_stage = stage_tasks.STAGE_TASKS["ingest"]
    assert ingest_stage.retry_delay_seconds == [10, 20, 40]
    assert ingest_stage.retry_jitter_factor > 0


@pytest.mark.parametrize("group", GROUPS)
def test_task_run_is_named_like_its_stage(walk_with, group) -> None:
    flow_run_id = walk_with(Tries(), group)
    with get_client(sync_client=True) as client:
        task_runs = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id])))
    assert [(run.name, run.state_name) for run in task_runs] == [(f"{group} it", "Completed")]
