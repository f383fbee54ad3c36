"""The stage ``site_data``: what the pages draw and list, written once while the figures stay the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from commune_coverage.core.files import read_geo, read_json, write_json
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.folders import tables_folder
from commune_coverage.pipeline.stages.report import shown_of
from commune_coverage.pipeline.stages.site.base_map import BASE_MAP, read_base_map
from commune_coverage.pipeline.stages.site.boundaries import read_boundaries
from commune_coverage.pipeline.stages.site.overlays import OVERLAYS, read_overlays
from commune_coverage.pipeline.stages.site.points import points_of
from commune_coverage.runs.run import Run
from commune_coverage.site.build import write_site_data
from commune_coverage.site.data.ranges import of_gaps
from commune_coverage.site.data.rows import read_table_of, rows_in
from commune_coverage.site.pages.page import SiteExtras

Progress = Callable[[int, int], None]
Rows = dict[str, list[dict[Any, Any]]]

SITE_DATA = "site_data"
DATED = ("obligations", "obligation_trends")
"""Tables that pages show and the date changes."""
UNDATED = (
    "official_indicators", "benchmarks", "territory_coverage", "verification", "coverage_challenges", "drive_next",
    "intervals",
)  # fmt: skip
"""Tables that pages show and the date does not change."""
_NATION_SHOWN = ("official_indicators", "territory_coverage", "verification")
"""Of these pages show the rows of the nation alone: a country's communes, operators and technologies are many."""


def site_data(run: Run, _: Progress) -> StageResult:
    """Write ``site_data/``: the data files of the pages of the whole edition, and the rows of tables that they show.

    Parameters
    ----------
    run : Run
        The run; nothing of its name, its date and of other runs is written.
    _ : callable
        Not called.

    Returns
    -------
    StageResult
        Without facts.
    """
    folder, target, country = run.stages_folder, site_data_folder(run), run.country
    rows = shown_rows(tables_folder(run), UNDATED)
    write_json(target / "rows.json", rows)
    told = {"country": {"languages": country.languages}, "national": read_json(folder / "national.json")}
    table = read_geo(folder / "commune_gaps.parquet")
    drawn = read_boundaries(folder / "boundaries")
    points, pictures, base = points_of(run, table), read_overlays(folder, OVERLAYS), read_base_map(folder / BASE_MAP)
    extras = SiteExtras(points=points, pictures=pictures, drawn=drawn, base=base)
    write_site_data(table, told | shown_of(country) | {"tables": rows}, target, extras)
    return StageResult()


def site_data_folder(run: Run) -> Path:
    """Where the data files of the pages are before they are published."""
    return run.stages_folder / SITE_DATA


def shown_rows(folder: Path, names: Iterable[str]) -> Rows:
    """Rows of exported tables that pages show; what is empty in the file is None.

    Parameters
    ----------
    folder : Path
        Of the tables.
    names : iterable of str
        Tables, of which some may not be there.

    Returns
    -------
    dict of str to list of dict
        The rows of each table that is there.
    """
    shown = {}
    for name in names:
        source = folder / f"{name}.csv"
        if source.is_file():
            table = read_table_of(source)
            table = table[table["level"] == "nation"] if name in _NATION_SHOWN else table
            shown[name] = rows_in(of_gaps(table) if name == "intervals" else table)
    return shown
