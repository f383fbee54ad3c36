"""Publish stages: exported, checked, drawn aside, and only then shown, all in one switch; or held back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.archive.archive import history_of, record_run
from commune_coverage.archive.obligations import keep_obligations, obligations_before
from commune_coverage.archive.retention import prune
from commune_coverage.core.errors import CODE_CHANGED, CodeChangedError, RunError
from commune_coverage.core.files import (
    atomic_write,
    link_file,
    read_geo,
    read_json,
    read_table,
    write_json,
    write_table,
)
from commune_coverage.indicators.benchmarks import OurFigures, compare_benchmarks, published_benchmarks
from commune_coverage.indicators.covered_areas import CoverageTables
from commune_coverage.indicators.evidence import DATA_POOR
from commune_coverage.indicators.institutions import nearest_masts_m, people_around
from commune_coverage.indicators.obligation_trends import trend_obligations
from commune_coverage.indicators.obligations import judge_obligations
from commune_coverage.indicators.official import ADULTS, official_indicators
from commune_coverage.indicators.people_groups import group_gaps
from commune_coverage.indicators.verification.briefs import brief_of
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.declared.targets import ANY
from commune_coverage.pipeline.stages.ensemble.table import Known, tabulate_intervals
from commune_coverage.pipeline.stages.indicators.stage import declared_table, synthetic_layers
from commune_coverage.pipeline.stages.ingest.version_gate import approved_change, keep_inputs
from commune_coverage.pipeline.stages.radio.artifacts import operators_of
from commune_coverage.pipeline.stages.report import INGESTS, build_report
from commune_coverage.pipeline.stages.territory.table import CommuneEvidence, covering_operators, tabulate_territory
from commune_coverage.pipeline.stages.zonal_sums import read_sums
from commune_coverage.population.tables import has_places, read_tile, tile_count
from commune_coverage.publish.exports import export_commune_gaps, write_csv, write_dictionary
from commune_coverage.publish.publication import how_to_publish, publish_or_hold
from commune_coverage.quality.manifest import code_has_changed
from commune_coverage.quality.output_checks import CheckedRun, find
from commune_coverage.quality.results import ApprovedChange, failed, findings_in, shown_run, write_findings
from commune_coverage.readers.registry import layer_specs
from commune_coverage.runs.run import Run, clear_abandoned, move_into_place
from commune_coverage.schema.access_by_mode import ACCESS_BY_MODE
from commune_coverage.schema.benchmarks import BENCHMARKS
from commune_coverage.schema.declared import DECLARED_COVERAGE
from commune_coverage.schema.ensemble import ENSEMBLE_EVIDENCE, INTERVALS
from commune_coverage.schema.inputs import Table
from commune_coverage.schema.institutions import INSTITUTIONS
from commune_coverage.schema.obligation_trends import OBLIGATION_TRENDS
from commune_coverage.schema.obligations import OBLIGATIONS
from commune_coverage.schema.official import OFFICIAL_INDICATORS
from commune_coverage.schema.people_groups import PEOPLE_GROUPS
from commune_coverage.schema.territory import TERRITORY_COVERAGE
from commune_coverage.schema.travel_comparison import TRAVEL_COMPARISON
from commune_coverage.schema.verification import (
    COVERAGE_CHALLENGES,
    DRIVE_NEXT,
    VERIFICATION,
    VERIFICATION_CELLS,
    VERIFICATION_PLACES,
)

Progress = Callable[[int, int], None]
Floats = npt.NDArray[np.float64]

COMPUTED = (
    *INGESTS,
    "radio",
    "model_validation",
    "scoreboard",
    "internet_sums",
    "declared_sums",
    "territory",
    "fixed_sums",
    "verification",
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
DRAWN = ("boundaries", "signal_overlay", "travel_overlays", "served_sites")
_BESIDE = {
    "hubs": ("hub_communes", "hub_access/hubs", "hub_service"), "payments": ("payment_communes", "payment_service"),
}  # fmt: skip
_NO_POINTS = pd.DataFrame({"commune_code": pd.Series(dtype=str), "class": pd.Series(dtype=str)})
_QUARANTINE_COLUMNS = ["layer", "file", "line", "reason_code", "reason", "detail", "synthetic_layers"]


def exports(run: Run, _: Progress) -> StageResult:
    """Write what users take away into the work folder."""
    folder = run.stages_folder
    table, declared = _commune_gaps(run), declared_table(run)
    export_commune_gaps(table, run.folder, run.run_date.isoformat())
    operators = read_table(folder / "operator_coverage.parquet").assign(run_id=run.run_id)
    write_csv(operators, run.folder / "operator_coverage.csv")
    write_csv(read_table(folder / "model_validation.parquet"), run.folder / "agreement.csv")
    export_scoreboard(run)
    _export_declared(run)
    export_verification(run, table)
    groups = _people_groups(run)
    official = _export_official(run, table, groups.get(ADULTS))
    if groups:
        _write_with_dictionary(run, group_gaps(table, groups).assign(**_labels(run)), PEOPLE_GROUPS)
    tables = _coverage_tables(run, table, operators)
    _export_obligations(run, tables)
    _export_benchmarks(run, tables, official)
    _export_ensemble(run, tables)
    _export_institutions(run, table)
    _export_travel_comparison(run)
    _export_access_by_mode(run)
    export_layers(run, table)
    for name in ("sites", "hubs", "payments"):
        if (folder / f"{name}.parquet").is_file():
            write_csv(_placed(_described(folder, name), table, run), run.folder / f"{name}.csv")
    write_dictionary(declared, run.folder / "data_dictionary.csv")
    write_csv(_quarantine(run), run.folder / "quarantine.csv")
    _report(run)
    return StageResult()


def _commune_gaps(run: Run) -> gpd.GeoDataFrame:
    """The table of the stage ``indicators``, with the name of the run."""
    table: gpd.GeoDataFrame = read_geo(run.stages_folder / "commune_gaps.parquet").assign(run_id=run.run_id)
    return table


def export_scoreboard(run: Run) -> None:
    """Write what is known beside its estimates, and their scores, as tables and as JSON."""
    folder = run.stages_folder / "scoreboard"
    for name, target in (("figures", "known_figures"), ("scores", "scoreboard")):
        write_csv(read_table(folder / f"{name}.parquet"), run.folder / f"{target}.csv")
    write_json(run.folder / "scoreboard.json", {"run_id": run.run_id} | read_json(folder / "scoreboard.json"))


def _labels(run: Run) -> dict[str, str]:
    """What every row says of its run."""
    return {"synthetic_layers": ", ".join(synthetic_layers(run)), "run_id": run.run_id}


def _write_with_dictionary(run: Run, table: pd.DataFrame, declared: Table) -> None:
    """Write a table under its declared name, and what its columns are beside it."""
    write_csv(table, run.folder / f"{declared.name}.csv")
    write_dictionary(declared, run.folder / f"{declared.name}_dictionary.csv")


def _export_declared(run: Run) -> None:
    """Write what operators declare, as CSV and Parquet, and what its columns say."""
    source = run.stages_folder / "declared_coverage.parquet"
    if source.is_file():
        table = read_table(source).assign(run_id=run.run_id)
        _write_with_dictionary(run, table, DECLARED_COVERAGE)
        write_table(run.folder / "declared_coverage.parquet", table)


def _export_territory(run: Run, communes: gpd.GeoDataFrame) -> pd.DataFrame | None:
    """Write coverage of land, roads and institutions, where the country file asks for it."""
    folder = run.stages_folder / "territory"
    if not folder.is_dir():
        return None
    known = CommuneEvidence(communes["sites"].to_numpy(float), communes["internet_evidence"].eq(DATA_POOR).to_numpy())
    speeds = run.country.thresholds.high_speed_mbps
    table = tabulate_territory(folder, communes, operators_of(run.stages_folder), speeds, known).assign(**_labels(run))
    _write_with_dictionary(run, table, TERRITORY_COVERAGE)
    return table


def _export_travel_comparison(run: Run) -> None:
    """Write minutes by roads beside minutes by a friction surface, where there are both."""
    source = run.stages_folder / "travel_comparison.parquet"
    if source.is_file():
        _write_with_dictionary(run, read_table(source).assign(**_labels(run)), TRAVEL_COMPARISON)


def _export_access_by_mode(run: Run) -> None:
    """Write access by what people travel with, where that is stated."""
    source = run.stages_folder / "access_by_mode.parquet"
    if source.is_file():
        _write_with_dictionary(run, read_table(source).assign(**_labels(run)), ACCESS_BY_MODE)


def export_verification(run: Run, communes: pd.DataFrame) -> None:
    """Write declared coverage against tests: areas, cells and places with tests, and the cells to test next."""
    folder = run.stages_folder / "verification"
    if not folder.is_dir():
        return
    tables = {
        "areas": VERIFICATION,
        "cells": VERIFICATION_CELLS,
        "places": VERIFICATION_PLACES,
        "drive_next": DRIVE_NEXT,
        "challenges": COVERAGE_CHALLENGES,
    }
    for name, declared in tables.items():
        table = read_table(folder / f"{name}.parquet")
        named = _placed(table, communes, run) if name == "areas" else table.assign(**_labels(run))
        _write_with_dictionary(run, named.reindex(columns=declared.names), declared)
    _export_briefs(run, *(read_table(folder / f"{name}.parquet") for name in ("areas", "challenges", "drive_next")))


def _export_briefs(run: Run, areas: pd.DataFrame, challenges: pd.DataFrame, drive_next: pd.DataFrame) -> None:
    """Write a brief for each operator that declares anything, labelled as every file is."""
    operators = [operator for operator in sorted(areas["operator"].unique()) if operator != ANY]
    labels = "\n".join(f"{name}: {value or 'none'}" for name, value in _labels(run).items())
    for number, operator in enumerate(operators, 1):
        slug = re.sub(r"[^a-z0-9]+", "-", operator.lower()).strip("-")
        with atomic_write(run.folder / "verification_briefs" / f"{number:02d}-{slug}.txt") as path:
            brief = brief_of(operator, areas, challenges, drive_next)
            path.write_text(f"{brief}\n{labels}\n", encoding="utf-8")


def _people_groups(run: Run) -> dict[str, Floats]:
    """People of each group by commune; none without such a layer."""
    source = run.stages_folder / "people_groups.npz"
    return dict(read_sums(source).sums) if source.is_file() else {}


def _export_official(run: Run, communes: pd.DataFrame, adults: Floats | None) -> pd.DataFrame:
    """Write the official indicators, and what their columns say; returns them."""
    source = run.stages_folder / "payments.parquet"
    points = _placed(_described(run.stages_folder, "payments"), communes, run) if source.is_file() else _NO_POINTS
    table = official_indicators(communes, points, run.country.official, adults)
    _write_with_dictionary(run, table.assign(**_labels(run)), OFFICIAL_INDICATORS)
    return table


def _coverage_tables(run: Run, communes: gpd.GeoDataFrame, operators: pd.DataFrame) -> CoverageTables:
    """What is covered by area; coverage of land, roads and institutions is written where it is asked for."""
    declared, territory = run.stages_folder / "declared_coverage.parquet", _export_territory(run, communes)
    return CoverageTables(communes, operators, read_table(declared) if declared.is_file() else None, territory)


def _export_obligations(run: Run, tables: CoverageTables) -> None:
    """Write whether obligations are met, and what the columns are, where the country file names any."""
    if not run.country.obligations:
        return
    table = judge_obligations(run.country.obligations, tables, run.run_date)
    _write_with_dictionary(run, table.assign(**_labels(run)), OBLIGATIONS)
    before = obligations_before(run.data_dir, run.country.code, run.run_date.isoformat())
    trends = trend_obligations(table, before, run.run_date)
    _write_with_dictionary(run, trends.assign(**_labels(run)), OBLIGATION_TRENDS)


def _export_benchmarks(run: Run, tables: CoverageTables, official: pd.DataFrame) -> None:
    """Write figures of others beside ours, and what the columns are, where any are named or read."""
    source = run.stages_folder / "benchmarks.parquet"
    read = published_benchmarks(read_table(source)) if source.is_file() else []
    if benchmarks := [*run.country.benchmarks, *read]:
        national = read_json(run.stages_folder / "national.json")
        table = compare_benchmarks(benchmarks, OurFigures(tables, declared_table(run), national, official))
        _write_with_dictionary(run, table.assign(**_labels(run)), BENCHMARKS)


def _export_ensemble(run: Run, tables: CoverageTables) -> None:
    """Write intervals of the figures and the draws that they are of, where the country file asks for any."""
    source = run.stages_folder / "ensemble" / "draws.parquet"
    if not source.is_file():
        return
    threshold_mbps = run.country.thresholds.high_speed_mbps[0]
    known = Known(tables.communes, tables, run.country.obligations, threshold_mbps)
    table = tabulate_intervals(read_table(source), known)
    _write_with_dictionary(run, table.assign(**_labels(run)), INTERVALS)
    link_file(source, run.folder / "ensemble_draws.parquet")
    evidence = source.with_name("evidence.parquet")
    if evidence.is_file():
        _write_with_dictionary(run, read_table(evidence).assign(**_labels(run)), ENSEMBLE_EVIDENCE)


def _export_institutions(run: Run, communes: pd.DataFrame) -> None:
    """Write public places with the masts and people around them, where there is such a layer."""
    folder = run.stages_folder
    if not (folder / "institutions.parquet").is_file():
        return
    points, cells = read_table(folder / "institutions.parquet"), folder / "cells.parquet"
    columns = ["technology", "lon", "lat"]
    masts = read_table(cells)[columns] if cells.is_file() else pd.DataFrame(columns=columns)
    tiles = (read_tile(folder, tile, ["lon", "lat", "people"]) for tile in range(tile_count(folder)))
    around = people_around(points, tiles if has_places(folder) else ())
    found = [points, nearest_masts_m(points, masts), around, covering_operators(folder, len(points))]
    table = _placed(pd.concat(found, axis=1), communes, run)
    _write_with_dictionary(run, table[INSTITUTIONS.names], INSTITUTIONS)


def export_layers(run: Run, communes: pd.DataFrame) -> None:
    """Write the tables of the layers that are published as they were read, placed rows with their commune's code."""
    for spec in layer_specs():
        source = run.stages_folder / f"{spec.name}.parquet"
        if spec.is_exported and source.is_file():
            rows = read_table(source).drop(columns="geometry", errors="ignore")
            labelled = _placed(rows, communes, run) if "commune" in rows else rows.assign(run_id=run.run_id)
            write_csv(labelled, run.folder / f"{spec.name}.csv")


def _report(run: Run, *further: str) -> None:
    """Write report.json from what the stages so far have left."""
    national = read_json(run.stages_folder / "national.json")
    checks = [asdict(one) for one in findings_in(run.folder)]
    names = [*COMPUTED, "ensemble", *DRAWN, *further]
    report = build_report(run, [run.stage_report(name) for name in names], national) | {"checks": checks}
    write_json(run.folder / "report.json", report)
    if run.work.public_tables.is_dir():
        from commune_coverage.pipeline.stages.publish.editions import write_public_report

        write_public_report(run, names, report)


def _described(folder: Path, name: str) -> pd.DataFrame:
    """The points with the communes that they stand in, hubs with their load where it is known."""
    parts = [folder / f"{name}.parquet", *(folder / f"{part}.parquet" for part in _BESIDE.get(name, ()))]
    return pd.concat([read_table(part) for part in parts if part.is_file()], axis=1)


def _placed(points: pd.DataFrame, communes: pd.DataFrame, run: Run) -> pd.DataFrame:
    """Points with the code of the commune they stand in, '' outside, and the labels of the run."""
    codes = np.append(communes["commune_code"].to_numpy(), "")
    named = points.drop(columns=["commune", "x_m", "y_m"], errors="ignore").assign(
        commune_code=codes[points["commune"].to_numpy(np.int64)]
    )
    return named.assign(**_labels(run))


def _quarantine(run: Run) -> pd.DataFrame:
    logs = [log for name in INGESTS for log in run.stage_report(name)["logs"]]
    rows = pd.DataFrame([row for log in logs for row in log["listed"]], columns=_QUARANTINE_COLUMNS[:-1])
    return rows.assign(synthetic_layers=", ".join(synthetic_layers(run)))


def checks(run: Run, _: Progress) -> StageResult:
    """Write ``checks.json``: the run measured against itself and against what was published last."""
    shown, unreadable = shown_run(run.data_dir)
    benchmarks = run.folder / f"{BENCHMARKS.name}.csv"
    checked = CheckedRun(
        _commune_gaps(run),
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
    record_run(run)
    keep_obligations(run, history_of(run.data_dir, run.country.code))
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
