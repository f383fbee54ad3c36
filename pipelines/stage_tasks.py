"""One Prefect task per stage; nothing passes between them but the path of the run's work folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import PrefectFuture
from prefect.tasks import exponential_backoff

from commune_coverage.api import HOOKS
from commune_coverage.core.errors import CoverageError, EngineError
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import dependencies, run_stage
from commune_coverage.runs.run import open_run


def may_succeed_later(_task: Task[..., Any], _task_run: TaskRun, state: State[Any]) -> bool:
    """Whether to retry: a bad input stays bad, a lost worker or a file system out of reach may come back."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, EngineError) or not isinstance(error, CoverageError)


@task(task_run_name="{stage_name}", cache_policy=NO_CACHE)
def do_stage(stage_name: str, work_folder: Path) -> None:
    """Run one stage of the run in ``work_folder``."""
    stage = next(stage for stage in STAGES if stage.name == stage_name)
    run_stage(stage, open_run(work_folder, HOOKS))


STAGE_TASKS = {
    # Waits of about 10, 20 and 40 s, each lengthened by up to half so that retries do not coincide.
    "ingest": do_stage.with_options(
        retries=3,
        retry_delay_seconds=exponential_backoff(10),
        retry_jitter_factor=0.5,
        retry_condition_fn=may_succeed_later,
    ),
    "compute": do_stage,
    "beside": do_stage,
    "present": do_stage,
    "publish": do_stage,
}


def run_stage_group(group: str, work_folder: Path) -> None:
    """Run the group's stages, each as one task run named like the stage, after those that it depends on.

    Independent stages are done side by side; the first that failed is raised once all have ended.
    """
    chosen = [stage for stage in STAGES if stage.group == group]
    needed, futures = dependencies(chosen), dict[str, PrefectFuture[Any]]()
    waiting = list(chosen)
    while waiting:
        stage = next(stage for stage in waiting if needed[stage.name] <= futures.keys())
        waiting.remove(stage)
        before = [futures[name] for name in needed[stage.name]]
        futures[stage.name] = STAGE_TASKS[group].submit(stage.name, work_folder, return_state=False, wait_for=before)
    for future in futures.values():
        future.wait()
    for stage in chosen:
        futures[stage.name].result()
