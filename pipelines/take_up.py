"""Before a worker starts: what its predecessor left when it, the server or the machine was down or killed.

Prefect counts a run whose process was killed as running for ever. It would hold the pool's only place, and no run
would run again. Runs that came due meanwhile all wait, where the last of a deployment does the work of them all.
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


def take_up(pool: str) -> list[str]:
    """What was done with the pool's unfinished and overdue runs; to be called only while nothing works for it."""
    of_pool = WorkPoolFilter(name=WorkPoolFilterName(any_=[pool]))
    due = FlowRunFilter(state=WAITING, expected_start_time=FlowRunFilterExpectedStartTime(before_=datetime.now(UTC)))
    with get_client(sync_client=True) as client:
        killed = client.read_flow_runs(flow_run_filter=FlowRunFilter(state=UNFINISHED), work_pool_filter=of_pool)
        overdue = client.read_flow_runs(
            flow_run_filter=due, work_pool_filter=of_pool, sort=FlowRunSort.EXPECTED_START_TIME_DESC
        )
        return [_order_again(client, run) for run in killed] + _drop_all_but_the_last(client, overdue)


def _order_again(client: SyncPrefectClient, run: FlowRun) -> str:
    """The order's own run begins at once, and with the stages that this one finished."""
    parts = FlowRunFilter(state=UNFINISHED, parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[run.id]))
    for part in client.read_flow_runs(flow_run_filter=parts):
        client.set_flow_run_state(part.id, Crashed(message="Killed with the run that it is part of."))
    client.set_flow_run_state(run.id, Crashed(message="Killed with its worker; ordered again."))
    if run.deployment_id is None:
        return f"{run.name}: crashed"
    again = client.create_flow_run_from_deployment(run.deployment_id, parameters=run.parameters)
    return f"{run.name}: crashed, ordered again as {again.name}"


def _drop_all_but_the_last(client: SyncPrefectClient, newest_first: list[FlowRun]) -> list[str]:
    """Of runs that a schedule made; those ordered by hand all stay."""
    said, kept = [], set[UUID | None]()
    for run in newest_first:
        if run.auto_scheduled and run.deployment_id in kept:
            client.set_flow_run_state(run.id, Cancelled(message="Overdue; a later run does its work."))
            said.append(f"{run.name}: overdue, dropped for a later one")
        elif run.auto_scheduled:
            kept.add(run.deployment_id)
    return said


if __name__ == "__main__":
    for line in take_up(sys.argv[1]):
        print(line)  # noqa: T201
