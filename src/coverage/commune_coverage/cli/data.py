"""Commands on files that come in: fetched, recognised, previewed, let in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commune_coverage.cli.options import EXAMPLES, By, CountryFile

inputs = typer.Typer()


@inputs.command(epilog="Example: " + EXAMPLES["fetch"])
def fetch(
    country: CountryFile,
    only: Annotated[str | None, typer.Option(help="One layer, such as people.", show_default=False)] = None,
    data_dir: Annotated[Path, typer.Option(help="Where versions are kept, under sources/.")] = Path("data"),
    offline: Annotated[bool, typer.Option("--offline", help="Use what is there and say how old it is.")] = False,
) -> None:
    """Download the public sources that the layers name, checked, and keep their versions."""
    from commune_coverage.config.loader import load_country
    from commune_coverage.download.country import fetch_country
    from commune_coverage.download.scheduler import progress_bars

    with progress_bars() as report:
        fetched = fetch_country(load_country(country), data_dir, only=only, offline=offline, on_progress=report)
    if not fetched:
        typer.echo('no layer names a source; set [layers.people.source] id = "…"', err=True)
        raise typer.Exit(1)
    for one in fetched:
        typer.echo(f"{one.layer}: {one.outcome.status}: {one.outcome.sentence}")
    if any(one.outcome.status == "failed" for one in fetched):
        raise typer.Exit(1)


@inputs.command(epilog="Example: " + EXAMPLES["recognise"])
def recognise(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The upload.", show_default=False)],
    layer: Annotated[
        str | None, typer.Option(help="What it is to be read as; guessed when left out.", show_default=False)
    ] = None,
    country: Annotated[
        Path | None, typer.Option(help="Its communes tell grids, zones and exchanged coordinates.", show_default=False)
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet or layer of the file.", show_default=False)] = None,
    map_page: Annotated[
        Path | None, typer.Option("--map", help="Page that shows where the rows would lie.", show_default=False)
    ] = None,
) -> None:
    """Say what an upload's columns and coordinates seem to be, with the lines for the country file."""
    from commune_coverage.readers.detection.command import likely_layer, recognise_upload, section
    from commune_coverage.readers.detection.position_map import write_map

    if layer is None:
        layer = likely_layer(file, country, sheet)
        typer.echo(f"'{file.name}' seems to be the layer {layer}.")
    recognition = recognise_upload(file, layer, country, sheet)
    for sentence in recognition.sentences():
        typer.echo(sentence)
    typer.echo()
    typer.echo(section(recognition, file, layer, country), nl=False)
    if map_page is not None:
        write_map(recognition, country, map_page)
        typer.echo(f"# Map: {map_page}")


@inputs.command(epilog="Example: " + EXAMPLES["preview"])
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
    from commune_coverage.cli.options import stage_bars
    from commune_coverage.cli.preview_text import preview_lines, write_preview
    from commune_coverage.pipeline.preview import preview_file

    with stage_bars() as report:
        preview = preview_file(file, country, layer, data_dir, engine, report)
    for line in preview_lines(preview):
        typer.echo(line)
    if out is not None:
        write_preview(preview, out)
        typer.echo(f"All rows and communes: {out}")


@inputs.command(epilog="Example: " + EXAMPLES["approve"])
def approve(
    source: Annotated[str, typer.Argument(help="A layer, or a source of the catalogue.", show_default=False)],
    because: Annotated[str, typer.Option(help="Why the version is right; it is recorded.", show_default=False)],
    by: By = "",
    data_dir: Annotated[Path, typer.Option(help="Where versions are kept.")] = Path("data"),
    country: Annotated[str | None, typer.Option(help="Code, where the folder serves several countries.")] = None,
) -> None:
    """Let a version that is held back into the next run."""
    from commune_coverage.quality.approve import approve_version

    typer.echo(approve_version(data_dir, source, because, country, by))
