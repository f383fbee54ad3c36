"""Runs that a dead worker left are scheduled again, and of those that came due meanwhile the last one stays."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId
from prefect.client.schemas.objects import FlowRun
from prefect.states import Completed, Pending, Running, Scheduled, State

from pipelines.recover_crashed_runs import recover_crashed_runs

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.usefixtures("prefect_here")]


@flow
def work(number: int = 0) -> None:
    """Nothing; no worker runs it."""


class Place:
    """A pool of its own with one deployment."""

    def __init__(self, client: SyncPrefectClient) -> None:
        self.client = client
        self.pool = f"pool-{uuid4().hex[:8]}"
        client.create_work_pool(WorkPoolCreate(name=self.pool, type="process"))
        flow_id = client.create_flow(work)
        self.deployment = client.create_deployment(
            flow_id, self.pool, work_pool_name=self.pool, entrypoint="x.py:work", path="."
        )

    def run(self, state: State[None], **parameters: int) -> FlowRun:
        return self.client.create_flow_run_from_deployment(self.deployment, parameters=parameters, state=state)

    def remove(self) -> None:
        """Other tests look at all deployments."""
        self.client.delete_deployment(self.deployment)

    def states(self) -> dict[UUID, str]:
        mine = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[self.deployment]))
        return {run.id: str(run.state_name) for run in self.client.read_flow_runs(flow_run_filter=mine)}


@pytest.fixture
def place():
    with get_client(sync_client=True) as client:
        here = Place(client)
        yield here
        here.remove()


def test_a_killed_run_is_scheduled_again_with_its_parameters(place: Place) -> None:
    killed, submitted, done = place.run(Running(), number=7), place.run(Pending()), place.run(Completed())
    assert len(recover_crashed_runs(place.pool)) == 2
    states = place.states()
    assert [states.pop(run.id) for run in (killed, submitted, done)] == ["Crashed", "Crashed", "Completed"]
    assert sorted(states.values()) == ["Scheduled", "Scheduled"]
    assert {7} in [set(place.client.read_flow_run(run).parameters.values()) for run in states]


def test_another_pools_runs_are_left_alone(place: Place) -> None:
    other = Place(place.client)
    theirs = other.run(Running())
    recover_crashed_runs(place.pool)
    assert other.states() == {theirs.id: "Running"}
    other.remove()


def test_of_overdue_scheduled_runs_the_last_stays(place: Place, monkeypatch) -> None:
    hours = [place.run(Scheduled(scheduled_time=datetime(2026, 3, 1, hour, tzinfo=UTC))) for hour in (1, 3, 2)]
    later = place.run(Scheduled(scheduled_time=datetime(2100, 1, 1, tzinfo=UTC)))
    assert recover_crashed_runs(place.pool) == []  # ordered by hand, all of them
    read = SyncPrefectClient.read_flow_runs
    made = {"auto_scheduled": True}
    monkeypatch.setattr(
        SyncPrefectClient, "read_flow_runs", lambda *a, **k: [run.model_copy(update=made) for run in read(*a, **k)]
    )
    assert len(recover_crashed_runs(place.pool)) == 2
    states = place.states()
    assert [states[run.id] for run in (*hours, later)] == ["Cancelled", "Scheduled", "Cancelled", "Scheduled"]
