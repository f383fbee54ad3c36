"""The command line: every command ends with what it made, or with one sentence on what is wrong."""

from __future__ import annotations

import sys
import warnings
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from commune_coverage import __version__
from commune_coverage.cli.data import inputs
from commune_coverage.cli.options import EXAMPLES, CountryFile, date_of
from commune_coverage.cli.planning import planning
from commune_coverage.cli.publication import updates
from commune_coverage.cli.tools import tools
from commune_coverage.config.renamed import RenamedKeyWarning
from commune_coverage.core.errors import CoverageError, translate_os_errors
from commune_coverage.core.gdal_environment import restrict_gdal
from commune_coverage.core.resources import tune_gc

HELD_EXIT = 3

app = typer.Typer(
    name="commune-coverage",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="High-speed-internet and last-mile-delivery gaps for every commune of a country, from files to maps.",
    epilog="Examples:\n\n" + "\n\n".join(EXAMPLES.values()),
)


@app.command(epilog="Example: " + EXAMPLES["init"])
def init(
    code: Annotated[str, typer.Argument(help="ISO 3166 code, two or three letters.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("country.toml"),
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented country file that names the public source of every layer."""
    from commune_coverage.scaffold.write import write_country_file

    typer.echo(str(write_country_file(code, out, overwrite=overwrite)))


@app.command(epilog="Example: " + EXAMPLES["examples"])
def examples(
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("examples"),
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
) -> None:
    """Write a country file, costs and a scenario with every key explained, and the deployments of the flows."""
    from commune_coverage.scaffold.examples import write_examples

    for path in write_examples(out, overwrite=overwrite):
        typer.echo(str(path))


@app.command(epilog="Example: " + EXAMPLES["run"])
def run(
    country: CountryFile,
    data_dir: Annotated[Path, typer.Option(help="Where runs are kept.")] = Path("data"),
    maps_dir: Annotated[Path, typer.Option(help="Where maps are published.")] = Path("maps"),
    engine: Annotated[
        str, typer.Option(help="serial, threads, processes, cluster, or a Dask scheduler: tcp://host:8786.")
    ] = "processes",
    run_date: Annotated[
        str | None, typer.Option("--date", help="Date of the run, YYYY-MM-DD; today in the country when left out.")
    ] = None,
    night: Annotated[str | None, typer.Option(hidden=True)] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be computed, what is cached, and why.")
    ] = False,
    explain: Annotated[
        str | None, typer.Option(metavar="STAGE", help="Only say what differs for a stage since its last result.")
    ] = None,
) -> None:
    """Compute the gaps of every commune and publish tables and maps; exit code 3 when the run is held back."""
    when = date_of(run_date or _renamed_date(night))
    if dry_run or explain is not None:
        _print_decisions(country, data_dir, maps_dir, when, engine, explain)
        return
    from commune_coverage.api import run as run_pipeline
    from commune_coverage.cli.options import stage_bars
    from commune_coverage.pipeline.run import hold_sentence

    with stage_bars() as report:
        published = run_pipeline(country, data_dir, maps_dir, when, engine, report)
    typer.echo(f"Run {published.run_id}: {published.headline}")
    for sentence in published.held:
        typer.echo(sentence, err=True)
    if published.postgis_problem:
        typer.echo(f"not in PostGIS: {published.postgis_problem}", err=True)
    if published.internal_page is not None:
        typer.echo(f"Internal edition: {published.internal_page}")
        typer.echo(f"Public edition, without details of {', '.join(published.withheld)}:")
    typer.echo(f"Tables: {published.tables}")
    typer.echo(str(published.index_page))
    if published.hold is not None:
        typer.echo(hold_sentence(published.hold), err=True)
        raise typer.Exit(HELD_EXIT)


@app.command(epilog="Example: " + EXAMPLES["check"])
def check(
    country: CountryFile,
    data_dir: Annotated[Path, typer.Option(help="Where approved versions are listed.")] = Path("data"),
) -> None:
    """Validate a country file and read every layer, without computing; list all problems at once."""
    from commune_coverage.config.loader import load_country
    from commune_coverage.quality.check_inputs import check_country, hold_versions

    settings = load_country(country)
    findings = check_country(settings, data_dir)
    hold_versions(findings, data_dir, settings.code)
    for log in findings.logs:
        counts = f"{log.read:,} read, {log.kept:,} kept, {log.neighbours:,} neighbours, {log.out_of_area:,} out of area"
        filtered = f", {log.filtered:,} filtered" if log.filtered else ""
        typer.echo(f"{log.layer} ({log.file}): {counts}, {log.quarantined:,} quarantined{filtered}")
        for row in log.rows[:10]:
            typer.echo(f"  line {row['line']}: {row['reason']}" + (f" ({row['detail']})" if row["detail"] else ""))
        if len(log.rows) > 10:
            typer.echo(f"  … and {len(log.rows) - 10:,} more")
        for note in [*filter(None, [log.outside_sentence()]), *log.blanked_sentences(), *log.notes]:
            typer.echo(f"  {note}")
    for problem in findings.problems:
        typer.echo(f"problem: {problem}", err=True)
    if findings.problems:
        raise typer.Exit(1)
    typer.echo("no problem that would stop a run")


for more in (inputs, updates, planning, tools):
    app.add_typer(more)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False) -> None:
    if version:
        typer.echo(f"commune-coverage {__version__}")
        raise typer.Exit


def _print_decisions(
    country: Path, data_dir: Path, maps_dir: Path, run_date: date | None, engine: str, stage: str | None
) -> None:
    from commune_coverage.pipeline.dag import STAGES
    from commune_coverage.pipeline.dry_run import decide, explain_stage, lines_of
    from commune_coverage.runs.run import RunRequest

    request = RunRequest(country, data_dir, maps_dir, run_date, engine)
    lines = lines_of(decide(request, STAGES)) if stage is None else explain_stage(stage, request, STAGES)
    typer.echo("\n".join(lines))


def _renamed_date(night: str | None) -> str | None:
    if night is not None:
        typer.echo("warning: --night is now --date; the old spelling will not be read from version 0.3 on", err=True)
    return night


def _show_warning(message: Warning | str, category: type[Warning], *_where: Any, **_how: Any) -> None:
    if issubclass(category, RenamedKeyWarning):
        typer.echo(f"warning: {message}", err=True)


def main() -> None:
    """Run the command; an error of the input is one sentence on stderr and exit code 1."""
    restrict_gdal()
    tune_gc()
    warnings.showwarning = _show_warning
    try:
        with translate_os_errors():
            app()
    except CoverageError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(1)
