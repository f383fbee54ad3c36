"""Order, independence and keys of stages, and what is said of them before they are done."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import grimp
import pytest

from commune_coverage.api import HOOKS
from commune_coverage.core.errors import CoverageError, UnreadableFileError
from commune_coverage.pipeline import code_digest
from commune_coverage.pipeline.code_digest import ON_REQUEST, PACKAGE, READ_FILES, code_of, imported_by, package_folder
from commune_coverage.pipeline.dag import GAP_STAGES, STAGES
from commune_coverage.pipeline.dry_run import decide, explain_stage
from commune_coverage.pipeline.runner import dependencies, run_stages
from commune_coverage.pipeline.stage import Stage
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.report import INGESTS
from commune_coverage.runs.artifacts import StageReports
from commune_coverage.runs.run import Run, RunRequest, start_run
from tests import tiny


def _stage(
    name: str, reads: tuple[str, ...], writes: tuple[str, ...], work: Callable[[], None] = lambda: None
) -> Stage:
    def function(run: Run, _progress: Callable[[int, int], None]) -> StageResult:
        work()
        for artifact in writes:
            (run.stages_folder / f"{artifact}.txt").write_text(artifact)
        return StageResult()

    return Stage(name, "present", reads, writes, function=function)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return start_run(
        tiny.write_files(tmp_path / "in"), tmp_path / "data", tmp_path / "maps", date(2026, 3, 1), "threads"
    )


def test_stages_stand_after_what_they_read() -> None:
    needed, done = dependencies(STAGES), set()
    for stage in STAGES:
        assert needed[stage.name] <= done, stage.name
        done.add(stage.name)
    layers = {"communes", "people", "towers", "speed_tests", "fibre", "known_coverage", "spectrum"}
    assert needed["radio"] == layers
    assert "radio" not in needed["travel_times"]
    assert needed["publish"] >= {stage.name for stage in STAGES if stage.is_cacheable}


def test_independent_stages_are_done_side_by_side(run: Run) -> None:
    """Each of two waits for the other: done one after the other they would wait for ever."""
    both = threading.Barrier(2, timeout=30)
    stages = [
        _stage("first", (), ("a",)),
        _stage("left", ("a",), ("b",), lambda: both.wait() and None),
        _stage("right", ("a",), ("c",), lambda: both.wait() and None),
        _stage("last", ("b", "c"), ("d",)),
    ]
    told: list[tuple[str, int]] = []
    run_stages(stages, run, lambda name, done, _all: told.append((name, done)))
    assert told[0] == ("first", 0)
    assert told[-1] == ("last", 1)
    assert told.index(("last", 0)) > max(told.index(("left", 1)), told.index(("right", 1)))


def test_a_stage_that_fails_ends_the_run_and_nothing_after_it_begins(run: Run) -> None:
    def fail() -> None:
        raise UnreadableFileError("a layer is damaged")

    begun: list[str] = []
    stages = [_stage("first", (), ("a",), fail), _stage("second", ("a",), ("b",), lambda: begun.append("second"))]
    with pytest.raises(CoverageError, match="a layer is damaged"):
        run_stages(stages, run)
    assert begun == []


def test_what_a_module_imports_is_what_an_import_graph_says() -> None:
    graph = grimp.build_graph("commune_coverage", exclude_type_checking_imports=True, cache_dir=None)
    packages = {name for name in graph.modules if (package_folder() / Path(*name.split(".")[1:])).is_dir()}
    for module in graph.modules - packages - {f"{PACKAGE}.{name}" for name in ON_REQUEST}:
        wanted = graph.find_modules_directly_imported_by(module)
        assert imported_by(module) - packages == wanted - packages, module


def test_every_file_that_is_no_code_is_read_by_a_module_that_says_so() -> None:
    root = package_folder()
    known = {path for patterns in READ_FILES.values() for pattern in patterns for path in root.glob(pattern)}
    files = {path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path for path in files if path.suffix not in (".py", ".typed")} == {
        path for path in known if path.is_file()
    }
    for module in READ_FILES:
        assert (root / f"{module.replace('.', '/')}.py").is_file(), module


@pytest.mark.parametrize(
    ("file", "stages"),
    [
        ("site/static/css/print.css", {"site_data"}),
        ("site/i18n/words/km.toml", {"site_data"}),
        ("readers/measured/fibre.py", {"fibre"}),
        ("readers/registry.py", {*INGESTS, "indicators", "tables", "open_tables", "open_places", "site_data"}),
        (
            "radio/propagation/hata.py",
            {
                "radio",
                "model_validation",
                "scoreboard",
                "internet_sums",
                "ensemble",
                "territory",
                "fixed_sums",
                "verification",
                "indicators",
                "tables",
                "open_places",
                "signal_overlay",
                "served_sites",
                "site_data",
            },
        ),
    ],
)
def test_a_file_is_part_of_the_stages_that_it_can_change(file: str, stages: set[str]) -> None:
    assert {stage.name for stage in STAGES if stage.is_cacheable and file in code_of(stage.modules)} == stages


def test_what_would_be_computed_is_said_and_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    country = tiny.write_with_roads(tmp_path / "in")
    request = RunRequest(country, tmp_path / "data", tmp_path / "maps", date(2026, 3, 1), "serial")
    stages = [stage for stage in STAGES if stage.is_cacheable]
    assert {one.action for one in decide(request, STAGES)} <= {"compute", "perhaps"}
    run_stages(stages, start_run(*request, hooks=HOOKS))
    again = request._replace(run_date=date(2026, 3, 2))
    actions = {one.stage: one for one in decide(again, STAGES)}
    assert actions["radio"].action == "restore"
    assert actions["evidence_age"].reasons == ["the date of the run differs"]
    assert actions["indicators"].reasons == ["depends on evidence_age"]
    assert actions["maps"].reasons == ["published in every run"]
    seen = code_digest._first_seen
    changed, other = package_folder() / "radio/propagation/hata.py", {"digest": "other"}
    monkeypatch.setattr(
        code_digest, "_first_seen", lambda path: seen(path)._replace(**(other if path == changed else {}))
    )
    actions = {one.stage: one for one in decide(again, STAGES)}
    assert {name for name, one in actions.items() if one.action == "compute" and "hata" in str(one.reasons)} == {
        "radio", "model_validation", "scoreboard", "internet_sums", "ensemble", "verification", "territory",
        "fixed_sums", "indicators", "tables", "open_places", "signal_overlay",
        "served_sites", "site_data",
    }  # fmt: skip
    assert actions["travel_times"].action == "restore"
    assert explain_stage("radio", again, STAGES) == ["radio: compute", "  code radio/propagation/hata.py changed"]
    with pytest.raises(CoverageError, match=re.escape("there is no stage 'signal'")):
        explain_stage("signal", again, STAGES)


def test_a_report_that_is_being_written_is_not_read(tmp_path):
    (tmp_path / "radio.report.json").write_text('{"name": "radio", "rows": 1}')
    (tmp_path / ".12-travel.report.json").write_text("")
    reports = StageReports(tmp_path)
    assert "radio" in reports
    assert "travel" not in reports


def test_gaps_of_networks_that_are_not_published_are_computed_from_what_they_come_from_and_nothing_else() -> None:
    """Nothing that a stage reads is missing, and what stands beside the gaps is left out."""
    made = {name for stage in GAP_STAGES for name in (*stage.writes, f"{stage.name}.report")}
    assert all(set(stage.reads) <= made for stage in GAP_STAGES)
    assert "commune_gaps" in made
    assert {stage.name for stage in STAGES if stage.produces_indicators} - {stage.name for stage in GAP_STAGES} == {
        "model_validation", "scoreboard", "territory_spots", "territory", "declared_cells", "verification",
        "coverage_challenges", "travel_comparison",
    }  # fmt: skip
