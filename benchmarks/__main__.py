"""``python -m benchmarks``: speed and memory against peers, from a clone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.command import bench
from commune_coverage.core.errors import CoverageError


def main(
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
    try:
        bench(
            names or [],
            country=country,
            rounds=rounds,
            copies=copies,
            shares=shares,
            as_json=as_json,
            table=table,
            folder=folder,
            echo=typer.echo,
        )
    except CoverageError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)


if __name__ == "__main__":
    typer.run(main)
