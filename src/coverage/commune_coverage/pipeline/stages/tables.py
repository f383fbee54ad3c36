"""The stage ``tables``: what users take away, without the date or the name of the run that publishes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import atomic_write, link_file, read_geo, read_json, read_table, write_table
from commune_coverage.indicators.benchmarks import OurFigures, compare_benchmarks, published_benchmarks
from commune_coverage.indicators.covered_areas import CoverageTables
from commune_coverage.indicators.evidence import DATA_POOR
from commune_coverage.indicators.institutions import nearest_masts_m, people_around
from commune_coverage.indicators.official import ADULTS, official_indicators
from commune_coverage.indicators.people_groups import group_gaps
from commune_coverage.indicators.verification.briefs import brief_of
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.declared.targets import ANY
from commune_coverage.pipeline.stages.ensemble.table import Known, tabulate_intervals
from commune_coverage.pipeline.stages.folders import tables_folder
from commune_coverage.pipeline.stages.indicators.stage import declared_table
from commune_coverage.pipeline.stages.radio.artifacts import operators_of
from commune_coverage.pipeline.stages.report import INGESTS, synthetic_layers
from commune_coverage.pipeline.stages.territory.table import CommuneEvidence, covering_operators, tabulate_territory
from commune_coverage.pipeline.stages.zonal_sums import read_sums
from commune_coverage.population.tables import has_places, read_tile, tile_count
from commune_coverage.publish.exports import export_commune_gaps, with_whole_numbers, write_csv, write_dictionary
from commune_coverage.readers.registry import layer_specs
from commune_coverage.runs.run import Run
from commune_coverage.schema.access_by_mode import ACCESS_BY_MODE
from commune_coverage.schema.benchmarks import BENCHMARKS
from commune_coverage.schema.declared import DECLARED_COVERAGE
from commune_coverage.schema.ensemble import ENSEMBLE_EVIDENCE, INTERVALS
from commune_coverage.schema.inputs import Table
from commune_coverage.schema.institutions import INSTITUTIONS
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

_BESIDE = {
    "hubs": ("hub_communes", "hub_access/hubs", "hub_service"), "payments": ("payment_communes", "payment_service"),
}  # fmt: skip
_NO_POINTS = pd.DataFrame({"commune_code": pd.Series(dtype=str), "class": pd.Series(dtype=str)})
_QUARANTINE_COLUMNS = ["layer", "file", "line", "reason_code", "reason", "detail", "synthetic_layers"]


def tables(run: Run, _: Progress) -> StageResult:
    """Write ``tables/``: every table that the date of the run does not change, with what its columns are.

    Parameters
    ----------
    run : Run
        The run; the files are named as they are published.
    _ : callable
        Not called.

    Returns
    -------
    StageResult
        Without facts.
    """
    folder, target = run.stages_folder, tables_folder(run)
    table: gpd.GeoDataFrame = read_geo(folder / "commune_gaps.parquet")
    export_commune_gaps(table, declared_table(run), target)
    write_csv(read_table(folder / "operator_coverage.parquet"), target / "operator_coverage.csv")
    write_csv(read_table(folder / "model_validation.parquet"), target / "agreement.csv")
    export_scoreboard(run)
    _export_declared(run)
    export_verification(run, table)
    groups = _people_groups(run)
    official = _export_official(run, table, groups.get(ADULTS))
    if groups:
        write_with_dictionary(target, group_gaps(table, groups).assign(**labels_of(run)), PEOPLE_GROUPS)
    covered = coverage_tables(run, table, _export_territory(run, table))
    _export_benchmarks(run, covered, official)
    _export_ensemble(run, covered)
    _export_institutions(run, table)
    _export_travel_comparison(run)
    _export_access_by_mode(run)
    export_layers(run, table)
    for name in ("sites", "hubs", "payments"):
        if (folder / f"{name}.parquet").is_file():
            write_csv(_placed(_described(folder, name), table, run), target / f"{name}.csv")
    write_csv(_quarantine(run), target / "quarantine.csv")
    return StageResult()


def coverage_tables(run: Run, communes: pd.DataFrame, territory: pd.DataFrame | None) -> CoverageTables:
    """What is covered by area: by commune, by operator, as declared, and of land, roads and institutions."""
    folder = run.stages_folder
    declared = folder / "declared_coverage.parquet"
    operators = read_table(folder / "operator_coverage.parquet")
    return CoverageTables(communes, operators, read_table(declared) if declared.is_file() else None, territory)


def export_scoreboard(run: Run) -> None:
    """Write what is known beside its estimates, and their scores, as tables and as JSON."""
    folder = run.stages_folder / "scoreboard"
    for name, target in (("figures", "known_figures"), ("scores", "scoreboard")):
        write_csv(read_table(folder / f"{name}.parquet"), tables_folder(run) / f"{target}.csv")
    link_file(folder / "scoreboard.json", tables_folder(run) / "scoreboard.json")


def labels_of(run: Run) -> dict[str, str]:
    """What every row says of the data behind it."""
    return {"synthetic_layers": ", ".join(synthetic_layers(run))}


def write_with_dictionary(folder: Path, table: pd.DataFrame, declared: Table) -> None:
    """Write a table under its declared name, and what its columns are beside it."""
    write_csv(with_whole_numbers(table, declared), folder / f"{declared.name}.csv")
    write_dictionary(declared, folder / f"{declared.name}_dictionary.csv")


def _export_declared(run: Run) -> None:
    """Write what operators declare, as CSV and Parquet, and what its columns say."""
    source = run.stages_folder / "declared_coverage.parquet"
    if source.is_file():
        write_with_dictionary(tables_folder(run), read_table(source), DECLARED_COVERAGE)
        link_file(source, tables_folder(run) / source.name)


def _export_territory(run: Run, communes: gpd.GeoDataFrame) -> pd.DataFrame | None:
    """Write coverage of land, roads and institutions, where the country file asks for it."""
    folder = run.stages_folder / "territory"
    if not folder.is_dir():
        return None
    known = CommuneEvidence(communes["sites"].to_numpy(float), communes["internet_evidence"].eq(DATA_POOR).to_numpy())
    speeds = run.country.thresholds.high_speed_mbps
    table = tabulate_territory(folder, communes, operators_of(run.stages_folder), speeds, known).assign(
        **labels_of(run)
    )
    write_with_dictionary(tables_folder(run), table, TERRITORY_COVERAGE)
    write_table(run.stages_folder / f"{TERRITORY_COVERAGE.name}.parquet", table)
    return table


def _export_travel_comparison(run: Run) -> None:
    """Write minutes by roads beside minutes by a friction surface, where there are both."""
    source = run.stages_folder / "travel_comparison.parquet"
    if source.is_file():
        write_with_dictionary(tables_folder(run), read_table(source).assign(**labels_of(run)), TRAVEL_COMPARISON)


def _export_access_by_mode(run: Run) -> None:
    """Write access by what people travel with, where that is stated."""
    source = run.stages_folder / "access_by_mode.parquet"
    if source.is_file():
        write_with_dictionary(tables_folder(run), read_table(source).assign(**labels_of(run)), ACCESS_BY_MODE)


def export_verification(run: Run, communes: pd.DataFrame) -> None:
    """Write declared coverage against tests: areas, cells and places with tests, and the cells to test next."""
    folder = run.stages_folder
    if not (folder / "verification").is_dir():
        return
    sources = {
        "verification/areas": VERIFICATION,
        "verification/cells": VERIFICATION_CELLS,
        "verification/places": VERIFICATION_PLACES,
        "verification/drive_next": DRIVE_NEXT,
        "coverage_challenges": COVERAGE_CHALLENGES,
    }
    for name, declared in sources.items():
        table = read_table(folder / f"{name}.parquet")
        named = _placed(table, communes, run) if declared is VERIFICATION else table.assign(**labels_of(run))
        write_with_dictionary(tables_folder(run), named.reindex(columns=declared.names), declared)
    told = ("verification/areas", "coverage_challenges", "verification/drive_next")
    _export_briefs(run, *(read_table(folder / f"{name}.parquet") for name in told))


def _export_briefs(run: Run, areas: pd.DataFrame, challenges: pd.DataFrame, drive_next: pd.DataFrame) -> None:
    """Write a brief for each operator that declares anything, labelled as every file is."""
    operators = [operator for operator in sorted(areas["operator"].unique()) if operator != ANY]
    labels = "\n".join(f"{name}: {value or 'none'}" for name, value in labels_of(run).items())
    for number, operator in enumerate(operators, 1):
        slug = re.sub(r"[^a-z0-9]+", "-", operator.lower()).strip("-")
        with atomic_write(tables_folder(run) / "verification_briefs" / f"{number:02d}-{slug}.txt") as path:
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
    write_with_dictionary(tables_folder(run), table.assign(**labels_of(run)), OFFICIAL_INDICATORS)
    return table


def _export_benchmarks(run: Run, tables: CoverageTables, official: pd.DataFrame) -> None:
    """Write figures of others beside ours, and what the columns are, where any are named or read."""
    source = run.stages_folder / "benchmarks.parquet"
    read = published_benchmarks(read_table(source)) if source.is_file() else []
    if benchmarks := [*run.country.benchmarks, *read]:
        national = read_json(run.stages_folder / "national.json")
        table = compare_benchmarks(benchmarks, OurFigures(tables, declared_table(run), national, official))
        write_with_dictionary(tables_folder(run), table.assign(**labels_of(run)), BENCHMARKS)


def _export_ensemble(run: Run, tables: CoverageTables) -> None:
    """Write intervals of the figures and the draws that they are of, where the country file asks for any."""
    source = run.stages_folder / "ensemble" / "draws.parquet"
    if not source.is_file():
        return
    threshold_mbps = run.country.thresholds.high_speed_mbps[0]
    known = Known(tables.communes, tables, run.country.obligations, threshold_mbps)
    table = tabulate_intervals(read_table(source), known)
    write_with_dictionary(tables_folder(run), table.assign(**labels_of(run)), INTERVALS)
    link_file(source, tables_folder(run) / "ensemble_draws.parquet")
    evidence = source.with_name("evidence.parquet")
    if evidence.is_file():
        write_with_dictionary(tables_folder(run), read_table(evidence).assign(**labels_of(run)), ENSEMBLE_EVIDENCE)


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
    write_with_dictionary(tables_folder(run), table[INSTITUTIONS.names], INSTITUTIONS)


def export_layers(run: Run, communes: pd.DataFrame) -> None:
    """Write the tables of the layers that are published as they were read, placed rows with their commune's code."""
    for spec in layer_specs():
        source = run.stages_folder / f"{spec.name}.parquet"
        if spec.is_exported and source.is_file():
            rows = read_table(source).drop(columns="geometry", errors="ignore")
            write_csv(
                _placed(rows, communes, run) if "commune" in rows else rows, tables_folder(run) / f"{spec.name}.csv"
            )


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
    return named.assign(**labels_of(run))


def _quarantine(run: Run) -> pd.DataFrame:
    logs = [log for name in INGESTS for log in run.stage_report(name)["logs"]]
    rows = pd.DataFrame([row for log in logs for row in log["listed"]], columns=_QUARANTINE_COLUMNS[:-1])
    return rows.assign(synthetic_layers=", ".join(synthetic_layers(run)))
