"""The command line: every command ends with what it made, or with one sentence on what is wrong."""

from __future__ import annotations

import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from coverage import __version__
from coverage.cli_nights import nights
from coverage.cli_plan import planning
from coverage.cli_shared import EXAMPLES, CountryFile
from coverage.disk import disk_errors_said
from coverage.errors import CoverageError

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


class Scale(StrEnum):
    default = "default"
    national = "national"


@app.command(epilog="Example: " + EXAMPLES["init"])
def init(
    code: Annotated[str, typer.Argument(help="ISO 3166 code, two or three letters.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("country.toml"),
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented country file that names the public source of every layer."""
    from coverage.new_country.write import write_country_file

    typer.echo(str(write_country_file(code, out, overwrite=overwrite)))


@app.command(epilog="Example: " + EXAMPLES["run"])
def run(
    country: CountryFile,
    data_dir: Annotated[Path, typer.Option(help="Where runs are kept.")] = Path("data"),
    maps_dir: Annotated[Path, typer.Option(help="Where maps are published.")] = Path("maps"),
    engine: Annotated[
        str, typer.Option(help="serial, threads, processes, cluster, or a Dask scheduler: tcp://host:8786.")
    ] = "processes",
    night: Annotated[
        str | None, typer.Option(help="Date of the run, YYYY-MM-DD; today in the country when left out.")
    ] = None,
) -> None:
    """Compute the gaps of every commune and publish tables and maps; exit code 3 when the night is held back."""
    from coverage.progress import stage_bars
    from coverage.walk import hold_sentence, walk

    with stage_bars() as report:
        published = walk(country, data_dir, maps_dir, _date(night), engine, report)
    typer.echo(f"Run {published.run_id}: {published.headline}")
    for sentence in published.held:
        typer.echo(sentence, err=True)
    if published.postgis_problem:
        typer.echo(f"not in PostGIS: {published.postgis_problem}", err=True)
    typer.echo(f"Tables: {published.tables}")
    typer.echo(str(published.index_page))
    if published.hold is not None:
        typer.echo(hold_sentence(published.hold), err=True)
        raise typer.Exit(HELD_EXIT)


@app.command(epilog="Example: " + EXAMPLES["check"])
def check(country: CountryFile) -> None:
    """Validate a country file and read every layer, without computing; list all problems at once."""
    from coverage.check import check_country
    from coverage.country_file import load_country

    findings = check_country(load_country(country))
    for log in findings.logs:
        counts = f"{log.read:,} read, {log.kept:,} kept, {log.neighbours:,} neighbours, {log.out_of_area:,} out of area"
        typer.echo(f"{log.layer} ({log.file}): {counts}, {log.quarantined:,} quarantined")
        for row in log.rows[:10]:
            typer.echo(f"  line {row['line']}: {row['reason']}" + (f" ({row['detail']})" if row["detail"] else ""))
        if len(log.rows) > 10:
            typer.echo(f"  … and {len(log.rows) - 10:,} more")
        for note in log.notes:
            typer.echo(f"  {note}")
    for problem in findings.problems:
        typer.echo(f"problem: {problem}", err=True)
    if findings.problems:
        raise typer.Exit(1)
    typer.echo("no problem that would stop a run")


@app.command(epilog="Example: " + EXAMPLES["fetch"])
def fetch(
    country: CountryFile,
    only: Annotated[str | None, typer.Option(help="One layer, such as people.", show_default=False)] = None,
    data_dir: Annotated[Path, typer.Option(help="Where versions are kept, under sources/.")] = Path("data"),
    offline: Annotated[bool, typer.Option("--offline", help="Use what is there and say how old it is.")] = False,
) -> None:
    """Download the public sources that the layers name, checked, and keep their versions."""
    from coverage.country_file import load_country
    from coverage.fetch.bars import fetch_bars
    from coverage.fetch.for_country import fetch_country

    with fetch_bars() as report:
        found = fetch_country(load_country(country), data_dir, only=only, offline=offline, on_progress=report)
    if not found:
        typer.echo('no layer names a source; set [layers.people.source] id = "…"', err=True)
        raise typer.Exit(1)
    for one in found:
        typer.echo(f"{one.layer}: {one.outcome.status}: {one.outcome.sentence}")
    if any(one.outcome.status == "failed" for one in found):
        raise typer.Exit(1)


@app.command(epilog="Example: " + EXAMPLES["recognise"])
def recognise(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The upload.", show_default=False)],
    layer: Annotated[str, typer.Option(help="What it is to be read as.")] = "towers",
    country: Annotated[
        Path | None, typer.Option(help="Its communes tell zones and exchanged coordinates.", show_default=False)
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet or layer of the file.", show_default=False)] = None,
) -> None:
    """Say what an upload's columns and coordinates seem to be, with the lines for the country file."""
    from coverage.uploads import recognise_upload, section

    found = recognise_upload(file, layer, country, sheet)
    for sentence in found.sentences():
        typer.echo(sentence)
    typer.echo()
    typer.echo(section(found, file, layer), nl=False)


@app.command(epilog="Example: " + EXAMPLES["preview"])
def preview(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The upload.", show_default=False)],
    country: Annotated[Path, typer.Option(help="The country file.")] = Path("country.toml"),
    layer: Annotated[str, typer.Option(help="The layer whose file it would replace.")] = "towers",
    data_dir: Annotated[Path, typer.Option(help="Where runs are kept.")] = Path("data"),
    out: Annotated[
        Path | None, typer.Option(help="Folder for all rows and communes as CSV.", show_default=False)
    ] = None,
    engine: Annotated[str, typer.Option(help="As for run.")] = "processes",
) -> None:
    """Show what an upload would change before it does: its rows, and the communes whose figures would move."""
    from coverage.preview import preview_file
    from coverage.preview_text import preview_lines, write_preview
    from coverage.progress import stage_bars

    with stage_bars() as report:
        found = preview_file(file, country, layer, data_dir, engine, report)
    for line in preview_lines(found):
        typer.echo(line)
    if out is not None:
        write_preview(found, out)
        typer.echo(f"All rows and communes: {out}")


@app.command(epilog="Example: " + EXAMPLES["approve"])
def approve(
    source: Annotated[str, typer.Argument(help="A layer, or a source of the catalogue.", show_default=False)],
    because: Annotated[str, typer.Option(help="Why the version is right; it is recorded.", show_default=False)],
    data_dir: Annotated[Path, typer.Option(help="Where versions are kept.")] = Path("data"),
    country: Annotated[str | None, typer.Option(help="Code, where the folder serves several countries.")] = None,
) -> None:
    """Let a version that is held back into the next run."""
    from coverage.approve import approve_version

    typer.echo(approve_version(data_dir, source, because, country))


@app.command(epilog="Example: " + EXAMPLES["link"])
def link(
    profiles: Annotated[Path, typer.Argument(metavar="FILE.json", help="Terrain profiles.", show_default=False)],
    lapse_rate: Annotated[float, typer.Option(min=0, max=150, help="Fall of refractivity, N-units per km.")] = 45.0,
) -> None:
    """Print the loss of each link by each propagation model, as JSON in the order of the file."""
    import json

    from coverage.link import link_losses, read_links

    typer.echo(json.dumps(link_losses(read_links(profiles), lapse_rate), indent=1))


@app.command(epilog="Example: " + EXAMPLES["demo"])
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the raw files.")] = Path("build/demo"),
    scale: Annotated[Scale, typer.Option(help="About 150 communes, or 1,650 on a 100 m raster.")] = Scale.default,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 7,
) -> None:
    """Write an invented country as raw files, faults included, with its country files."""
    from coverage.synthetic.invented import write_country

    typer.echo(str(write_country(out, scale.value, seed)))


@app.command(epilog="Example: " + EXAMPLES["synthesize"])
def synthesize(
    country: CountryFile,
    people_raster: Annotated[Path | None, typer.Option(help="Also write a 100 m population raster here.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the raster; layers take theirs from the country file.")] = 0,
) -> None:
    """Write the layers that the country file declares synthetic, from its real places."""
    from coverage.country_file import load_country
    from coverage.synthetic.missing import write_missing, write_people_raster

    loaded = load_country(country)
    for path in write_missing(loaded, again=True):
        typer.echo(str(path))
    if people_raster is not None:
        typer.echo(str(write_people_raster(loaded, people_raster, seed)))


@app.command(epilog="Example: " + EXAMPLES["bench"])
def bench(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Benchmarks; all when none.")] = None,
    country: Annotated[str, typer.Option(help="default, national, or the folder of a country.toml.")] = "default",
    rounds: Annotated[int, typer.Option(help="How often each way is timed, in turn with its peers.")] = 5,
    copies: Annotated[str, typer.Option(help="Copies of the country side by side, for scale.")] = "1,4,16",
    shares: Annotated[str, typer.Option(help="Shares of the sites that change, for warm.")] = "0,0.001,0.01,0.05",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON text, with the machine.")] = False,
    table: Annotated[Path | None, typer.Option(help="Markdown file to write the tables into.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where scratch files go.", show_default=False)] = None,
) -> None:
    """Measure speed and memory against peers: ratios with their spread."""
    from coverage.bench import command

    command.bench(
        names or [], country=country, rounds=rounds, copies=copies, shares=shares, as_json=as_json, table=table,
        folder=folder, echo=typer.echo,
    )  # fmt: skip


app.add_typer(nights)
app.add_typer(planning)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False) -> None:
    if version:
        typer.echo(f"commune-coverage {__version__}")
        raise typer.Exit


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CoverageError(f"--night '{text}' is not a date such as 2026-01-31") from error


def main() -> None:
    """Run the command; an error of the input is one sentence on stderr and exit code 1."""
    try:
        with disk_errors_said():
            app()
    except CoverageError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(1)
