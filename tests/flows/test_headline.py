"""The figures that a run shows in Prefect's pages, and that it says when they are not real."""

from __future__ import annotations

import json
from typing import Any

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import Artifact

from pipelines.headline import KEY, show_headline

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.usefixtures("prefect_here")]

NATIONAL = {
    "communes": 3,
    "internet_gap_people": 38200,
    "internet_gap_share": 0.25,
    "delivery_gap_people": None,
    "delivery_gap_share": None,
    "payment_gap_people": None,
    "payment_gap_share": None,
}


def _shown(run_id: str, **changes: Any) -> Artifact:
    report = {
        "run_date": "2026-11-22",
        "run_id": run_id,
        "status": "real",
        "synthetic_layers": [],
        "national": NATIONAL,
    }
    flow(name="show")(show_headline)({**report, **changes})
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[KEY])))
    (artifact,) = (artifact for artifact in found if run_id in (artifact.description or ""))
    return artifact


def test_each_national_figure_is_a_row_and_a_missing_one_is_empty() -> None:
    artifact = _shown("real-run")
    assert {row["figure"]: row["value"] for row in json.loads(str(artifact.data))} == NATIONAL
    assert "38,200 people (25.0%) without high-speed mobile internet" in str(artifact.description)
    assert "last-mile delivery gap not available" in str(artifact.description)
    assert "[" not in str(artifact.description)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "invented"}, "INVENTED COUNTRY"),
        ({"synthetic_layers": ["towers", "roads"]}, "synthetic: towers, roads"),
    ],
    ids=["invented", "synthetic"],
)
def test_figures_that_are_not_real_are_marked(changes: dict[str, Any], words: str) -> None:
    assert words in str(_shown("-".join(changes), **changes).description)
