"""Recovery, before a worker starts, of runs that crashed or came due while it, the server or the machine was down.

Prefect counts a run whose process was killed as running for ever. It would hold the pool's only slot, and no run would
start again. Runs that came due meanwhile all wait, where the last of a deployment does the work of them all.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterParentFlowRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Cancelled, Crashed

UNFINISHED = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING]))
WAITING = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED]))


def recover_crashed_runs(pool: str) -> list[str]:
    """Mark the unfinished runs of a pool as crashed and schedule them again; drop all overdue runs but the last.

    To be called only while no worker serves the pool. Returns what was done, a line a run.
    """
    of_pool = WorkPoolFilter(name=WorkPoolFilterName(any_=[pool]))
    due = FlowRunFilter(state=WAITING, expected_start_time=FlowRunFilterExpectedStartTime(before_=datetime.now(UTC)))
    with get_client(sync_client=True) as client:
        killed = client.read_flow_runs(flow_run_filter=FlowRunFilter(state=UNFINISHED), work_pool_filter=of_pool)
        overdue = client.read_flow_runs(
            flow_run_filter=due, work_pool_filter=of_pool, sort=FlowRunSort.EXPECTED_START_TIME_DESC
        )
        return [_schedule_again(client, run) for run in killed] + _drop_all_but_the_last(client, overdue)


def _schedule_again(client: SyncPrefectClient, run: FlowRun) -> str:
    """Create a run of the same deployment, which begins at once and with the stages that this one finished."""
    subflows = FlowRunFilter(state=UNFINISHED, parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[run.id]))
    for subflow in client.read_flow_runs(flow_run_filter=subflows):
        client.set_flow_run_state(subflow.id, Crashed(message="Killed with the run that it is part of."))
    client.set_flow_run_state(run.id, Crashed(message="Killed with its worker; scheduled again."))
    if run.deployment_id is None:
        return f"{run.name}: crashed"
    again = client.create_flow_run_from_deployment(run.deployment_id, parameters=run.parameters)
    return f"{run.name}: crashed, scheduled again as {again.name}"


def _drop_all_but_the_last(client: SyncPrefectClient, newest_first: list[FlowRun]) -> list[str]:
    """Cancel runs that a schedule made but for the last of each deployment; those started by hand all stay."""
    lines, with_run = [], set[UUID | None]()
    for run in newest_first:
        if run.auto_scheduled and run.deployment_id in with_run:
            client.set_flow_run_state(run.id, Cancelled(message="Overdue; a later run does its work."))
            lines.append(f"{run.name}: overdue, dropped for a later one")
        elif run.auto_scheduled:
            with_run.add(run.deployment_id)
    return lines


if __name__ == "__main__":
    for line in recover_crashed_runs(sys.argv[1]):
        print(line)  # noqa: T201
