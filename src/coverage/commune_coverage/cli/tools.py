"""Commands beside the runs: a radio link, invented countries."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from commune_coverage.cli.options import EXAMPLES, CountryFile

tools = typer.Typer()


class Scale(StrEnum):
    default = "default"
    national = "national"


@tools.command(epilog="Example: " + EXAMPLES["link"])
def link(
    profiles: Annotated[
        Path | None, typer.Argument(metavar="[FILE.json]", help="Terrain profiles.", show_default=False)
    ] = None,
    sinr: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Powers of the cells that places hear.", show_default=False)
    ] = None,
    lapse_rate: Annotated[float, typer.Option(min=0, max=150, help="Fall of refractivity, N-units per km.")] = 45.0,
) -> None:
    """Print the loss of each link by each propagation model, as JSON in the order of the file.

    With --sinr the 10, 50 and 90 % quantiles of the SINR, dB, and the probability that it is -6 dB or more.
    """
    import json

    from commune_coverage.cli.link import link_losses, read_links, read_sinr_cases, sinr_of

    if (profiles is None) == (sinr is None):
        raise typer.BadParameter("give a file of terrain profiles or --sinr with a file of cells, one of the two")
    told = {} if profiles is None else link_losses(read_links(profiles), lapse_rate)
    told |= {} if sinr is None else sinr_of(read_sinr_cases(sinr))
    typer.echo(json.dumps(told, indent=1))


@tools.command(epilog="Example: " + EXAMPLES["demo"])
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the raw files.")] = Path("build/demo"),
    scale: Annotated[Scale, typer.Option(help="About 150 communes, or 1,650 on a 100 m raster.")] = Scale.default,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 7,
) -> None:
    """Write an invented country as raw files, faults included, with its country files."""
    from commune_coverage.synthetic.invented import write_country

    typer.echo(str(write_country(out, scale.value, seed)))


@tools.command(epilog="Example: " + EXAMPLES["synthesize"])
def synthesize(
    country: CountryFile,
    people_raster: Annotated[Path | None, typer.Option(help="Also write a 100 m population raster here.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the raster; layers take theirs from the country file.")] = 0,
) -> None:
    """Write the layers that the country file declares synthetic, from its real places."""
    from commune_coverage.config.loader import load_country
    from commune_coverage.synthetic.missing import write_missing, write_people_raster

    loaded = load_country(country)
    for path in write_missing(loaded, again=True):
        typer.echo(str(path))
    if people_raster is not None:
        typer.echo(str(write_people_raster(loaded, people_raster, seed)))
