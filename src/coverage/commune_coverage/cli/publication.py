"""Commands on runs that were computed: shown, held, kept, explained, watched."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commune_coverage.cli.options import EXAMPLES, By, CountryFile, DataDir, MapsDir, date_of
from commune_coverage.core.errors import CoverageError

if TYPE_CHECKING:
    from commune_coverage.archive.backup import Backup


class EditionName(StrEnum):
    public = "public"
    internal = "internal"


EditionOption = Annotated[
    EditionName, typer.Option(help="Where layers are confidential: what everybody may see, or all of it.")
]
Because = Annotated[str, typer.Option(help="Why; it is recorded.", show_default=False)]

updates = typer.Typer()


@updates.command(epilog="Example: " + EXAMPLES["publish"])
def publish(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A finished run.", show_default=False)],
    because: Because,
    by: By = "",
    data_dir: DataDir = Path("data"),
    maps_dir: MapsDir = Path("maps"),
) -> None:
    """Show a finished run, such as one that its checks held back."""
    from commune_coverage.publish.publication import publish_run

    typer.echo(publish_run(run_id, because, data_dir, maps_dir, by))


@updates.command(epilog="Example: " + EXAMPLES["rollback"])
def rollback(because: Because, by: By = "", data_dir: DataDir = Path("data"), maps_dir: MapsDir = Path("maps")) -> None:
    """Show the run again that was shown before the current one."""
    from commune_coverage.publish.publication import roll_back

    typer.echo(roll_back(because, data_dir, maps_dir, by))


@updates.command(epilog="Example: " + EXAMPLES["verify"])
def verify(
    run_id: Annotated[
        str | None, typer.Argument(metavar="RUN", help="A finished run; the one that is shown without.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All runs that are kept.")] = False,
    data_dir: DataDir = Path("data"),
    maps_dir: MapsDir = Path("maps"),
) -> None:
    """Hold the files of runs, and the records, against their digests; exit code 1 where any differs."""
    from commune_coverage.archive.integrity import damaged_files, runs_to_verify, told
    from commune_coverage.archive.record_checks import broken_records

    damaged = {one: damaged_files(one, data_dir, maps_dir) for one in runs_to_verify(run_id, every, data_dir, maps_dir)}
    for one, files in damaged.items():
        typer.echo(told(one, files))
    broken = broken_records(data_dir, maps_dir)
    for name, problem in broken.items():
        typer.echo(f"the record of {name} does not match: {problem}")
    raise typer.Exit(int(any(damaged.values()) or bool(broken)))


@updates.command(epilog="Example: " + EXAMPLES["backup"])
def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; on another disk.", show_default=False)],
    data_dir: DataDir = Path("data"),
    maps_dir: MapsDir = Path("maps"),
) -> None:
    """Write data and maps into one file and read it back; exit code 1 where something was damaged before."""
    from commune_coverage.archive.backup import back_up

    _tell("backed up", back_up(data_dir, maps_dir, target))


@updates.command(epilog="Example: " + EXAMPLES["restore"])
def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="What backup wrote.", show_default=False)],
    data_dir: DataDir = Path("data"),
    maps_dir: MapsDir = Path("maps"),
) -> None:
    """Put data and maps back into folders that are not there, every byte verified; exit code 1 where it was damaged."""
    from commune_coverage.archive.backup import restore as put_back

    _tell("restored", put_back(source, data_dir, maps_dir))


def _tell(done: str, backup: Backup) -> None:
    """Print what was done, and what was damaged before."""
    for problem in backup.problems:
        typer.echo(problem)
    typer.echo(f"{done}: {backup.files:,} files, {backup.bytes / 1e6:,.1f} MB, every byte verified")
    raise typer.Exit(int(bool(backup.problems)))


@updates.command(epilog="Example: " + EXAMPLES["decisions"])
def decisions(
    data_dir: DataDir = Path("data"), as_json: Annotated[bool, typer.Option("--json", help="One JSON text.")] = False
) -> None:
    """List what was approved, held, shown and gone back to: who decided it, when and why."""
    from commune_coverage.quality.decisions import list_decisions

    typer.echo(list_decisions(data_dir, as_json))


@updates.command(epilog="Example: " + EXAMPLES["publications"])
def publications(
    maps_dir: MapsDir = Path("maps"), as_json: Annotated[bool, typer.Option("--json", help="One JSON text.")] = False
) -> None:
    """List what was shown when, what was held back, and who decided what and why."""
    from commune_coverage.publish.publication import list_publications

    typer.echo(list_publications(maps_dir, as_json))


@updates.command(epilog="Example: " + EXAMPLES["validate"])
def validate(
    country: Annotated[
        Path | None, typer.Argument(metavar="COUNTRY.toml", help="The country file; none with --simulate.")
    ] = None,
    data_dir: DataDir = Path("data"),
    maps_dir: MapsDir = Path("maps"),
    engine: Annotated[str, typer.Option(help="As for run.")] = "processes",
    run_date: Annotated[str | None, typer.Option("--date", help="As for run.")] = None,
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Instead score the intervals of ensembles over invented truths (hours).")
    ] = False,
    truths: Annotated[int, typer.Option(min=1, help="Truths of each case, with --simulate.")] = 40,
    draws: Annotated[int, typer.Option(min=2, help="Draws of each ensemble, with --simulate.")] = 100,
) -> None:
    """Compare the newest figures with all that is published or measured, and with simple models; run where needed."""
    from commune_coverage.api import run as run_pipeline
    from commune_coverage.cli.options import stage_bars
    from commune_coverage.cli.validation_text import left_out_lines, lines_of
    from commune_coverage.core.state.declared import SCOREBOARD

    if simulate:
        _simulate(truths, draws)
        return
    if country is None:
        raise CoverageError("name a country file, or --simulate")
    with stage_bars() as report:
        published = run_pipeline(country, data_dir, maps_dir, date_of(run_date), engine, report)
    source = data_dir / "runs" / published.run_id / "scoreboard.json"
    typer.echo(
        "\n".join([*lines_of(SCOREBOARD.read(source)), *left_out_lines(source.with_name("ensemble_evidence.csv"))])
    )
    typer.echo(str(source))


def _simulate(truths: int, draws: int) -> None:
    """Print how often the intervals of an ensemble hold, case by case (docs/ensemble.md)."""
    from commune_coverage.ensemble.simulation.scores import CASES, lines_of, score_case
    from commune_coverage.readers.towers.link_budgets import load_radios

    for case in CASES:
        typer.echo("\n".join(lines_of(score_case(case, load_radios(None), range(truths), draws))))


class OutputFormat(StrEnum):
    text = "text"
    json = "json"
    openmetrics = "openmetrics"


@updates.command(epilog="Example: " + EXAMPLES["health"])
def health(
    country: CountryFile,
    data_dir: DataDir = Path("data"),
    maps_dir: MapsDir = Path("maps"),
    output: Annotated[OutputFormat, typer.Option("--as", help="For people, or for monitoring.")] = OutputFormat.text,
    send: Annotated[bool, typer.Option("--alert", help="Also tell those whom [alerts] names what is new.")] = False,
) -> None:
    """Say whether the runs go as they should; exit code 0 for ok, 1 for a warning, 2 when it is critical."""
    from commune_coverage.monitoring.command import print_health

    text, code = print_health(country, data_dir, maps_dir, output.value, send)
    typer.echo(text, nl=not text.endswith("\n"))
    raise typer.Exit(code)


@updates.command(epilog="Example: " + EXAMPLES["briefs"])
def briefs(
    out: Annotated[Path, typer.Option(help="Folder for the PDF files.")] = Path("briefs"),
    province: Annotated[list[str] | None, typer.Option(help="Code of a province; all without.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Code of a language; all without.")] = None,
    data_dir: DataDir = Path("data"),
    edition: EditionOption = EditionName.public,
) -> None:
    """Write a PDF for each province and language of the run that is shown: maps, figures, changes, ranking."""
    from commune_coverage.cli.options import stage_bars
    from commune_coverage.publish.briefs import write_shown

    with stage_bars() as report:
        progress = partial(report, "briefs")
        count = write_shown(data_dir, out, language or [], province or [], progress, edition.value)
    typer.echo(f"{count} briefs in {out}")


class LevelFormat(StrEnum):
    geotiff = "geotiff"
    parquet = "parquet"


@updates.command(epilog="Example: " + EXAMPLES["levels"])
def levels(
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("levels"),
    output: Annotated[
        LevelFormat, typer.Option("--as", help="A raster on the grid of the people raster, or a table of places.")
    ] = LevelFormat.parquet,
    operator: Annotated[list[str] | None, typer.Option(help="Name of an operator; all without.")] = None,
    technology: Annotated[list[str] | None, typer.Option(help="2g, 3g, 4g or 5g; all without.")] = None,
    bounds: Annotated[
        tuple[float, float, float, float] | None,
        typer.Option(help="West, south, east and north in degrees.", show_default=False),
    ] = None,
    run_id: Annotated[str | None, typer.Option("--run", help="A finished run; the one that is shown without.")] = None,
    data_dir: DataDir = Path("data"),
    edition: EditionOption = EditionName.public,
) -> None:
    """Write received level, SINR and busy-hour speed at every place, a file for each operator and technology."""
    from commune_coverage.api import open_results
    from commune_coverage.pipeline.stages.radio.level_exports import write_geotiffs, write_parquet
    from commune_coverage.pipeline.stages.radio.level_tables import LevelChoice

    write = {LevelFormat.geotiff: write_geotiffs, LevelFormat.parquet: write_parquet}[output]
    results = open_results(data_dir, run_id, edition.value)
    for path in write(results.stages, out, LevelChoice(operator or None, technology or None, bounds)):
        typer.echo(str(path))


@updates.command(epilog="Example: " + EXAMPLES["trend"])
def trend(
    country_code: Annotated[str, typer.Argument(metavar="COUNTRY", help="Code, such as KHM.", show_default=False)],
    commune: Annotated[str | None, typer.Option(help="One commune by its code.", show_default=False)] = None,
    data_dir: DataDir = Path("data"),
    maps_dir: MapsDir = Path("maps"),
) -> None:
    """Print the national figures, or a commune's, of every run that is kept, as CSV."""
    from commune_coverage.archive.trends import trend as figures

    typer.echo(figures(data_dir, maps_dir, country_code, commune).to_csv(index=False), nl=False)


@updates.command(epilog="Example: " + EXAMPLES["why"])
def why(
    before: Annotated[str, typer.Argument(metavar="RUN", help="The earlier run, or its date.", show_default=False)],
    after: Annotated[str, typer.Argument(metavar="RUN", help="The later run, or its date.", show_default=False)],
    data_dir: DataDir = Path("data"),
    maps_dir: MapsDir = Path("maps"),
    engine: Annotated[str, typer.Option(help="As for run.")] = "processes",
) -> None:
    """Say why the figures of two runs differ: by cause, with what came and went, and the communes that moved."""
    from commune_coverage.archive.archive import run_of
    from commune_coverage.reanalysis.attribution.explain import explain, recorded_run
    from commune_coverage.reanalysis.attribution.text import lines

    updates = [recorded_run(run_of(named, data_dir, maps_dir), data_dir.resolve()) for named in (before, after)]
    for line in lines(explain(updates[0], updates[1], data_dir.resolve(), engine)):
        typer.echo(line)


@updates.command(epilog="Example: " + EXAMPLES["replay"])
def replay(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run, or its date.", show_default=False)],
    data_dir: DataDir = Path("data"),
    maps_dir: MapsDir = Path("maps"),
    engine: Annotated[str, typer.Option(help="As for run.")] = "processes",
) -> None:
    """Compute an old run again from the stored inputs and compare every byte; or say what is missing."""
    from commune_coverage.archive.archive import run_of
    from commune_coverage.cli.options import stage_bars
    from commune_coverage.reanalysis.replay import replay as again

    with stage_bars() as report:
        replayed = again(run_of(run_id, data_dir, maps_dir), data_dir.resolve(), engine, report)
    typer.echo(f"{len(replayed.same)} files came out the same, {len(replayed.differ)} did not")
    for name in replayed.differ:
        typer.echo(f"  differs: {name}")
    if replayed.differ:
        raise typer.Exit(1)


@updates.command(epilog="Example: " + EXAMPLES["postgis"])
def postgis(
    data_dir: Annotated[Path, typer.Argument(help="Where runs are kept; the newest is written.", show_default=False)],
    dsn_file: Annotated[
        Path | None,
        typer.Option(help="File with the database's address; else COMMUNE_COVERAGE_POSTGIS.", show_default=False),
    ] = None,
    country: Annotated[
        Path | None, typer.Option(help="The country file whose [postgis] section is used.", show_default=False)
    ] = None,
    schema: Annotated[str | None, typer.Option(help="commune_coverage when left out.", show_default=False)] = None,
    role: Annotated[
        str | None, typer.Option(help="Who may read: commune_coverage_reader when left out.", show_default=False)
    ] = None,
    edition: Annotated[
        EditionName | None,
        typer.Option(help="Where layers are confidential; public when left out.", show_default=False),
    ] = None,
) -> None:
    """Write the newest published run into PostGIS: current tables, their history, and views for QGIS."""
    from commune_coverage.publish.postgis.published import latest_run
    from commune_coverage.publish.postgis.write import section_of, write_postgis

    named = None if edition is None else edition.value
    section = section_of(country, dsn_file=dsn_file, schema_name=schema, role_name=role, edition=named)
    written = write_postgis(latest_run(data_dir, section.edition), section)
    rows = ", ".join(f"{name} {count:,}" for name, count in written.rows.items())
    typer.echo(f"{section.schema_name}: run {written.run_id} of {written.run_date}: {rows}")
