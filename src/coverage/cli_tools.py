"""Commands beside the nights: a radio link, invented countries, benchmarks."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from coverage.cli_shared import EXAMPLES, CountryFile

tools = typer.Typer()


class Scale(StrEnum):
    default = "default"
    national = "national"


@tools.command(epilog="Example: " + EXAMPLES["link"])
def link(
    profiles: Annotated[Path, typer.Argument(metavar="FILE.json", help="Terrain profiles.", show_default=False)],
    lapse_rate: Annotated[float, typer.Option(min=0, max=150, help="Fall of refractivity, N-units per km.")] = 45.0,
) -> None:
    """Print the loss of each link by each propagation model, as JSON in the order of the file."""
    import json

    from coverage.link import link_losses, read_links

    typer.echo(json.dumps(link_losses(read_links(profiles), lapse_rate), indent=1))


@tools.command(epilog="Example: " + EXAMPLES["demo"])
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the raw files.")] = Path("build/demo"),
    scale: Annotated[Scale, typer.Option(help="About 150 communes, or 1,650 on a 100 m raster.")] = Scale.default,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 7,
) -> None:
    """Write an invented country as raw files, faults included, with its country files."""
    from coverage.synthetic.invented import write_country

    typer.echo(str(write_country(out, scale.value, seed)))


@tools.command(epilog="Example: " + EXAMPLES["synthesize"])
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


@tools.command(epilog="Example: " + EXAMPLES["bench"])
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
