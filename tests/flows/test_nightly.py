"""The real nightly flow on a tiny country, called in this process."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey

from commune_coverage.api import run as run_pipeline
from commune_coverage.core.errors import MissingFileError, RunError
from commune_coverage.quality.approve import approve_version
from commune_coverage.runs.run import run_lock
from pipelines.headline import CHANGES_KEY, KEY, REPORT_KEY
from pipelines.nightly import TIME_OUT_S, nightly

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.usefixtures("prefect_here")]


RUN_DATE = date(2026, 11, 22)


def test_the_flow_publishes_what_the_command_line_publishes(tiny_country, tmp_path) -> None:
    data_dir, maps_dir = tmp_path / "data", tmp_path / "maps"
    nightly(tiny_country, data_dir, maps_dir, engine="threads", run_date=RUN_DATE)
    same = run_pipeline(tiny_country, tmp_path / "data2", tmp_path / "maps2", RUN_DATE, "serial", lambda *_: None)

    assert (maps_dir / "latest" / "index.html").read_bytes() == same.index_page.read_bytes()
    assert (data_dir / "latest" / "commune_gaps.csv").read_bytes() == same.tables.read_bytes()
    assert any(same.run_id in said for said in _descriptions(KEY))
    assert f"Run {RUN_DATE}: warn: layers_missing: payments" in _descriptions(REPORT_KEY)


def _descriptions(key: str) -> list[str]:
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])))
    return [str(artifact.description) for artifact in found]


def test_what_changed_is_an_artifact_too(tiny_country, tmp_path) -> None:
    data_dir, maps_dir = tmp_path / "data", tmp_path / "maps"
    run_pipeline(tiny_country, data_dir, maps_dir, RUN_DATE, "serial", lambda *_: None)
    hubs = tiny_country.parent / "hubs.csv"
    hubs.write_text(hubs.read_text() + hubs.read_text().splitlines()[1].replace(",1", ",2") + "\n")
    nightly(tiny_country, data_dir, maps_dir, engine="serial", run_date=RUN_DATE + timedelta(days=1))
    assert any(
        said.startswith(f"Run {RUN_DATE + timedelta(days=1)} against {RUN_DATE}: ")
        for said in _descriptions(CHANGES_KEY)
    )


def test_a_run_that_is_published_already_is_shown_again(tiny_country, tmp_path, monkeypatch) -> None:
    data_dir, maps_dir = tmp_path / "data", tmp_path / "maps"
    run_pipeline(tiny_country, data_dir, maps_dir, RUN_DATE, "serial", lambda *_: None)
    monkeypatch.setattr("pipelines.stage_tasks.run_stage", None)
    nightly(tiny_country, data_dir, maps_dir, engine="serial", run_date=RUN_DATE)
    assert [path.name for path in (data_dir / "runs").iterdir()] == [(data_dir / "latest").resolve().name]


def test_a_missing_country_file_fails_without_a_trace(tmp_path) -> None:
    with pytest.raises(MissingFileError):
        nightly(tmp_path / "absent.toml", tmp_path / "data", tmp_path / "maps")
    assert not (tmp_path / "maps").exists()


def test_a_second_run_in_the_same_folder_is_refused(tiny_country, tmp_path) -> None:
    data_dir = tmp_path / "data"
    with run_lock(data_dir, tmp_path / "maps"), pytest.raises(RunError, match="another run is at work"):
        nightly(tiny_country, data_dir, tmp_path / "maps")


def test_a_run_that_hangs_is_ended_and_lets_the_next_one_in(tiny_country, tmp_path, monkeypatch) -> None:
    assert nightly.timeout_seconds == TIME_OUT_S
    data_dir = tmp_path / "data"
    with monkeypatch.context() as patch:
        patch.setattr("pipelines.stage_tasks.run_stage", lambda *_: time.sleep(8))
        state = nightly.with_options(timeout_seconds=3)(tiny_country, data_dir, tmp_path / "maps", return_state=True)
    assert state.name == "TimedOut"
    with run_lock(data_dir, tmp_path / "maps"):
        pass


def test_a_first_version_that_is_mostly_unusable_fails_the_flow_with_what_to_do(tiny_country, tmp_path) -> None:
    (tiny_country.parent / "hubs.csv").write_text("lon,lat,kind,id\nx,y,post office,1\n", encoding="utf-8")
    state = nightly(tiny_country, tmp_path / "data", tmp_path / "maps", "serial", RUN_DATE, return_state=True)
    said = str(state.result(raise_on_failure=False))
    assert said.startswith("hubs: 1 of 1 rows of 'hubs.csv' are set aside (limit 50%). ")
    assert 'commune-coverage approve hubs --because "…"' in said
    approve_version(tmp_path / "data", "hubs", "none is open yet")
    nightly(tiny_country, tmp_path / "data", tmp_path / "maps", "serial", RUN_DATE)
    assert any("last-mile delivery gap not available" in text for text in _descriptions(KEY))
