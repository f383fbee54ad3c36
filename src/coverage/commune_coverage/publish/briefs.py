"""Briefs of the run that is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from commune_coverage.core.errors import RunError
from commune_coverage.core.files import read_geo
from commune_coverage.core.quarantine import printable
from commune_coverage.core.run_places import Edition, shown_run_in
from commune_coverage.core.state.declared import CHANGES, REPORT
from commune_coverage.site.briefs.pdf import provinces_of, write_briefs
from commune_coverage.site.data.ranges import of_gaps
from commune_coverage.site.data.rows import read_table_of, rows_in


def write_shown(
    data_dir: Path,
    folder: Path,
    languages: Sequence[str] = (),
    provinces: Sequence[str] = (),
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    edition: Edition = "public",
) -> int:
    """Write a PDF for each province and language of an edition into the folder; how many. None named means all.

    Raises RunError where no run is shown or a named province or language is unknown, CoverageError where the PDF
    library is not installed.
    """
    latest = shown_run_in(data_dir, edition)
    if not (latest / "report.json").is_file():
        raise RunError(f"no run is shown in '{printable(data_dir.name, 60)}'; run 'commune-coverage run' first")
    table, report = read_geo(latest / "commune_gaps.parquet"), REPORT.read(latest / "report.json")
    changes = latest / "changes.json"
    report |= {"changes": CHANGES.read(changes)} if changes.is_file() else {}
    intervals = latest / "intervals.csv"
    report |= {"tables": {"intervals": rows_in(of_gaps(read_table_of(intervals)))}} if intervals.is_file() else {}
    chosen = _known(languages, report["country"]["languages"], "language")
    codes = _known(provinces, list(provinces_of(table)), "province")
    return len(write_briefs(table, report, folder, chosen, codes, progress))


def _known(named: Sequence[str], there: Sequence[str], what: str) -> list[str]:
    if unknown := [one for one in named if one not in there]:
        raise RunError(f"no {what} '{printable(unknown[0], 40)}'; there are {printable(', '.join(there), 300)}")
    return list(named or there)
