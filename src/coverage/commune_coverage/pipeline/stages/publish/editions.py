"""The editions of a run: one that holds everything, and where layers are confidential another for the public."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd

from commune_coverage.core.files import link_file, read_geo, read_json
from commune_coverage.core.state.declared import CHANGES, CHECKS, MANIFEST, REPORT, SCOREBOARD
from commune_coverage.pipeline.stages.indicators.stage import declared_table, own_table
from commune_coverage.pipeline.stages.open_data.release import describe_release
from commune_coverage.pipeline.stages.open_data.tables import publication_of
from commune_coverage.pipeline.stages.report import build_report
from commune_coverage.pipeline.stages.site.base_map import BASE_MAP, read_base_map
from commune_coverage.pipeline.stages.site.boundaries import read_boundaries
from commune_coverage.pipeline.stages.site.data import DATED, UNDATED, Rows, shown_rows, site_data_folder
from commune_coverage.pipeline.stages.site.history import runs_before
from commune_coverage.pipeline.stages.site.overlays import OVERLAYS, read_overlays
from commune_coverage.pipeline.stages.site.plans import plans_of
from commune_coverage.pipeline.stages.site.points import points_of
from commune_coverage.publish.editions.communes import public_communes, public_national, public_table
from commune_coverage.publish.editions.pages import public_history, public_pictures, public_places, public_points
from commune_coverage.publish.editions.records import public_changes, public_checks, public_manifest, public_stage
from commune_coverage.publish.editions.shown import table_shown
from commune_coverage.publish.editions.tables import PublicTables
from commune_coverage.publish.exports import export_commune_gaps
from commune_coverage.publish.open_data.write import write_open_data
from commune_coverage.runs.run import Run
from commune_coverage.site.build import write_site
from commune_coverage.site.data.stored_plans import StoredPlans
from commune_coverage.site.pages.page import SiteExtras

_DOWNLOADS = (
    "commune_gaps.csv", "commune_gaps.gpkg", "commune_gaps.parquet", "commune_coverage.xlsx", "data_dictionary.csv",
)  # fmt: skip
"""What readers of the pages may take away, as far as the edition has it."""
_BESIDE = {"changes": CHANGES, "scoreboard": SCOREBOARD}


class Edition(NamedTuple):
    """An edition as it is drawn: the folder of its tables, that of its pages, and what is drawn besides tables.

    ``data`` is where the data files of its pages are already, None where they are written with the pages.
    """

    tables: Path
    pages: Path
    extras: SiteExtras
    data: Path | None = None


def write_public_tables(run: Run) -> None:
    """Write the tables of the public edition, report and manifest apart; nothing where no layer is confidential."""
    confidential, target = run.country.confidential_layers, run.work.public_tables
    if not confidential:
        return
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    table: gpd.GeoDataFrame = read_geo(run.folder / "commune_gaps.parquet")
    public = public_communes(table, own_table(run), confidential)
    export_commune_gaps(public, public_table(declared_table(run)), target)
    known = table[[name for name in own_table(run).names if name in table]]
    PublicTables(run.folder, target, confidential, known, _public_national(run, table)).write()
    MANIFEST.write(target / "manifest.json", public_manifest(run.manifest, confidential))
    checks = CHECKS.read(run.folder / "checks.json")["checks"]
    CHECKS.write(target / "checks.json", {"checks": public_checks(checks)})
    _write_changes(run, target)
    write_open_data(target, target, publication_of(run, confidential), run.country.exports)
    for name in public_places(confidential):
        if (run.folder / name).is_file():
            link_file(run.folder / name, target / name)
    describe_release(run, target, confidential)


def _write_changes(run: Run, target: Path) -> None:
    confidential = run.country.confidential_layers
    changes = public_changes(CHANGES.read(run.folder / "changes.json"), confidential)
    CHANGES.write(target / "changes.json", changes)
    if changes["before"] is not None and (run.folder / "changes.csv").is_file():
        link_file(run.folder / "changes.csv", target / "changes.csv")
    board = table_shown("scoreboard")
    if board is not None and not board.hides(confidential):
        link_file(run.folder / "scoreboard.json", target / "scoreboard.json")


def _public_national(run: Run, table: gpd.GeoDataFrame) -> dict[str, Any]:
    return public_national(read_json(run.stages_folder / "national.json"), table, run.country.confidential_layers)


def write_public_report(run: Run, names: Sequence[str], whole: dict[str, Any]) -> None:
    """Write report.json of the public edition from the stages of public layers and what the ``whole`` report says."""
    confidential, target = run.country.confidential_layers, run.work.public_tables
    stages = [public_stage(run.stage_report(name), confidential) for name in names if name not in confidential]
    report = build_report(run, stages, _public_national(run, read_geo(run.folder / "commune_gaps.parquet")))
    report |= {
        "edition": "public",
        "synthetic_layers": whole["synthetic_layers"],
        "held_layers": [name for name in whole["held_layers"] if name not in confidential],
        "checks": public_checks(whole["checks"]),
    }
    REPORT.write(target / "report.json", report)


def editions_of(run: Run) -> list[Edition]:
    """The editions of a run whose tables are written: the whole one, and the public one where there are two."""
    table, stages = read_geo(run.folder / "commune_gaps.parquet"), run.stages_folder
    drawn, base = read_boundaries(stages / "boundaries"), read_base_map(stages / BASE_MAP)
    points, pictures = points_of(run, table), read_overlays(stages, OVERLAYS)
    whole = SiteExtras(runs_before(run), points, pictures, drawn, plans_of(run), base=base)
    confidential = run.country.confidential_layers
    if not confidential:
        return [Edition(run.folder, run.work.pages, whole, site_data_folder(run))]
    public = replace(
        whole,
        updates=public_history(whole.updates, confidential),
        points=public_points(whole.points, confidential),
        pictures=read_overlays(stages, public_pictures(confidential)),
        plans=StoredPlans(),
        base=base.without(confidential),
    )
    return [
        Edition(run.folder, run.work.internal_pages, whole, site_data_folder(run)),
        Edition(run.work.public_tables, run.work.pages, public),
    ]


def draw(edition: Edition) -> None:
    """Draw the pages of an edition from its own tables and nothing else."""
    shutil.rmtree(edition.pages, ignore_errors=True)
    edition.pages.mkdir(parents=True)
    sources = {name: edition.tables / f"{name}.json" for name in _BESIDE}
    beside = {name: _BESIDE[name].read(source) for name, source in sources.items() if source.is_file()}
    report = REPORT.read(edition.tables / "report.json") | beside | {"tables": _shown_rows(edition)}
    communes = read_geo(edition.tables / "commune_gaps.parquet")
    downloads = [path for name in _DOWNLOADS if (path := edition.tables / name).is_file()]
    write_site(communes, report, edition.pages, replace(edition.extras, downloads=downloads), edition.data)


def _shown_rows(edition: Edition) -> Rows:
    """Rows of tables that the pages show: those that the date changes are of today."""
    undated = shown_rows(edition.tables, UNDATED) if edition.data is None else read_json(edition.data / "rows.json")
    return undated | shown_rows(edition.tables, DATED)
