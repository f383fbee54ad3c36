"""Publish stages: exported, checked, drawn aside, and only then shown, all in one switch; or held back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import pandas as pd

from commune_coverage.archive.archive import history_of, record_run
from commune_coverage.archive.integrity import sound_shown_run
from commune_coverage.archive.obligations import keep_obligations, obligations_before
from commune_coverage.archive.retention import prune
from commune_coverage.core.errors import CODE_CHANGED, CodeChangedError, RunError
from commune_coverage.core.files import link_tree, read_attributes, read_geo, read_json, read_table
from commune_coverage.core.state.declared import REPORT
from commune_coverage.indicators.obligation_trends import trend_obligations
from commune_coverage.indicators.obligations import judge_obligations
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.folders import open_places_folder, open_tables_folder, tables_folder
from commune_coverage.pipeline.stages.indicators.stage import declared_table
from commune_coverage.pipeline.stages.ingest.version_gate import approved_change, keep_inputs
from commune_coverage.pipeline.stages.open_data.release import describe_release
from commune_coverage.pipeline.stages.open_data.tables import describe_dated
from commune_coverage.pipeline.stages.report import INGESTS, build_report
from commune_coverage.pipeline.stages.tables import coverage_tables, labels_of, write_with_dictionary
from commune_coverage.publish.publication import how_to_publish, publish_or_hold
from commune_coverage.quality.manifest import code_has_changed
from commune_coverage.quality.output_checks import CheckedRun, find
from commune_coverage.quality.results import ApprovedChange, failed, findings_in, write_findings
from commune_coverage.runs.run import Run, clear_abandoned, move_into_place
from commune_coverage.schema.benchmarks import BENCHMARKS
from commune_coverage.schema.obligation_trends import OBLIGATION_TRENDS
from commune_coverage.schema.obligations import OBLIGATIONS
from commune_coverage.schema.territory import TERRITORY_COVERAGE

Progress = Callable[[int, int], None]

COMPUTED = (
    *INGESTS,
    "radio",
    "model_validation",
    "scoreboard",
    "internet_sums",
    "declared_sums",
    "territory_spots",
    "territory",
    "fixed_sums",
    "evidence_age",
    "declared_cells",
    "verification",
    "coverage_challenges",
    "network",
    "snapping",
    "service",
    "direct_walks",
    "travel_times",
    "travel_comparison",
    "capacity",
    "delivery_sums",
    "payment_sums",
    "mode_times",
    "mode_sums",
    "indicators",
)
PRESENTED = (
    "tables",
    "open_tables",
    "open_places",
    "boundaries",
    "base_map",
    "signal_overlay",
    "travel_overlays",
    "served_sites",
    "site_data",
)


def exports(run: Run, _: Progress) -> StageResult:
    """Put what users take away into the work folder: the tables in all their formats, and what the date decides."""
    for folder in (tables_folder(run), open_tables_folder(run), open_places_folder(run)):
        link_tree(folder, run.folder)
    if run.country.obligations:
        _export_obligations(run)
    _report(run)
    return StageResult()


def _export_obligations(run: Run) -> None:
    """Write whether obligations are met, and what the columns are."""
    territory = run.stages_folder / f"{TERRITORY_COVERAGE.name}.parquet"
    communes = read_attributes(run.stages_folder / "commune_gaps.parquet")
    tables = coverage_tables(run, communes, read_table(territory) if territory.is_file() else None)
    table = judge_obligations(run.country.obligations, tables, run.run_date)
    write_with_dictionary(run.folder, table.assign(**labels_of(run)), OBLIGATIONS)
    before = obligations_before(run.data_dir, run.country.code, run.run_date.isoformat())
    trends = trend_obligations(table, before, run.run_date)
    write_with_dictionary(run.folder, trends.assign(**labels_of(run)), OBLIGATION_TRENDS)
    describe_dated(run, [OBLIGATIONS.name, OBLIGATION_TRENDS.name])


def _report(run: Run, *further: str) -> None:
    """Write report.json from what the stages so far have left."""
    national = read_json(run.stages_folder / "national.json")
    checks = [asdict(one) for one in findings_in(run.folder)]
    names = [*COMPUTED, "ensemble", *PRESENTED, *further]
    report = build_report(run, [run.stage_report(name) for name in names], national) | {"checks": checks}
    REPORT.write(run.folder / "report.json", report)
    if run.work.public_tables.is_dir():
        from commune_coverage.pipeline.stages.publish.editions import write_public_report

        write_public_report(run, names, report)


def checks(run: Run, _: Progress) -> StageResult:
    """Write ``checks.json``: the run measured against itself and against what was published last."""
    shown, unreadable = sound_shown_run(run.data_dir)
    benchmarks = run.folder / f"{BENCHMARKS.name}.csv"
    checked = CheckedRun(
        read_geo(run.stages_folder / "commune_gaps.parquet"),
        declared_table(run),
        run.stage_report("communes")["facts"]["communes"],
        run.read_report(),
        shown,
        unreadable,
        ApprovedChange() if shown is None else approved_change(run, shown),
        pd.read_csv(benchmarks) if benchmarks.is_file() else None,
    )
    write_findings(run.folder, find(checked, run.country.checks))
    return StageResult()


def maps(run: Run, _: Progress) -> StageResult:
    """Draw the pages of every edition beside the published ones."""
    from commune_coverage.pipeline.stages.publish.editions import draw, editions_of, write_public_tables

    describe_release(run, run.folder)
    write_public_tables(run)
    _report(run, "exports", "checks", "changes")
    for edition in editions_of(run):
        draw(edition)
    return StageResult()


def publish(run: Run, _: Progress) -> StageResult:
    """Move the finished folders into place, then show the run or hold it.

    Killed before the one switch, the last run stays published. Raises RunError when the run is held and no other was
    ever published, CodeChangedError when the code or its libraries were exchanged since the run was begun.
    """
    if code_has_changed(run.manifest):
        run.discard()
        raise CodeChangedError(CODE_CHANGED)
    _report(run, "exports", "checks", "changes", "maps")
    history = run.country.history
    blocking = failed(findings_in(run.folder), "block")
    if not blocking:
        keep_inputs(run)
    keep_obligations(run, history_of(run.data_dir, run.country.code))
    record_run(run)
    for name in ("run.json", "held.json"):
        (run.folder / name).unlink(missing_ok=True)
    for work, final in zip(run.work, run.final, strict=True):
        if work.is_dir():
            move_into_place(work, final)
    shown = publish_or_hold(run.run_id, run.data_dir, run.maps_dir)
    clear_abandoned(run)
    prune(run, history)
    if shown is None:
        reasons = "; ".join(one.sentence for one in blocking)
        raise RunError(f"the run is held and none was published before: {reasons}. {how_to_publish(run.run_id)}")
    return StageResult()
